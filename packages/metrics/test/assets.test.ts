/** The dashboard and the alerts: they can be read, and name nothing that there isn't. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { labelNames, METRIC_NAMES, METRICS, type MetricName, prometheusName } from '../src/index.ts'

const textOf = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}
interface Dashboard {
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}
interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const dashboard = JSON.parse(textOf('grafana/dashboard.json')) as Dashboard
const { groups } = parse(textOf('prometheus/rules.yml')) as {
  groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap(({ rules }) => rules)

const byName = new Map<string, MetricName>(METRIC_NAMES.map((name) => [prometheusName(name), name]))
const named = (text: string): string[] => [...text.matchAll(/\brafted_\w+/g)].map(([name]) => name)

/** What an expression asks of metrics that they don't have. */
function problemsOf(expr: string): string[] {
  const problems = named(expr)
    .filter((name) => !byName.has(name))
    .map((name) => `there is no ${name}`)
  for (const [, metric, matchers] of expr.matchAll(/\b(rafted_\w+)\{([^}]*)\}/g)) {
    const name = byName.get(metric!)
    if (name === undefined) continue
    const { label } = METRICS[name]
    for (const [, key, how, value] of matchers!.matchAll(/(\w+)\s*(=~|!=|=)\s*"([^"]*)"/g)) {
      if (!labelNames(name).includes(key!)) problems.push(`${metric} has no label ${key}`)
      if (key !== label?.name) continue
      for (const one of how === '=~' ? value!.split('|') : [value!])
        if (!label!.values.includes(one)) problems.push(`${key} of ${metric} is never ${one}`)
    }
  }
  // What is counted is looked at as a rate, or as whether there was any.
  for (const name of named(expr))
    if (
      name.endsWith('_total') &&
      !new RegExp(`(rate|increase)\\(${name}|${name}(\\{[^}]*\\})?( > 0|\\))`).test(expr)
    )
      problems.push(`${name} is a counter`)
  return problems
}

/** Labels that are left of an expression's result. */
function labelsOf(expr: string): readonly string[] {
  const [, by] = /\bby \(([^)]*)\)/.exec(expr) ?? []
  if (by !== undefined) return by.split(', ')
  if (/^sum\(/.test(expr)) return []
  return labelNames(byName.get(named(expr)[0]!)!)
}

test('what is looked for would be found', () => {
  expect(problemsOf('rafted_nothing > 1')).toEqual(['there is no rafted_nothing'])
  expect(problemsOf('rafted_term{peer="a"}')).toEqual(['rafted_term has no label peer'])
  expect(problemsOf('rafted_members{state=~"leader|king"}')).toEqual([
    'state of rafted_members is never king',
  ])
  expect(problemsOf('rafted_elections_total > 5')).toEqual(['rafted_elections_total is a counter'])
})

describe('the dashboard', () => {
  const graphs = dashboard.panels.filter(({ type }) => type !== 'row')

  test.each(graphs.map((panel) => [panel.title, panel] as const))('%s', (_, { targets = [] }) => {
    expect(targets).not.toEqual([])
    for (const { expr, legendFormat } of targets) {
      expect(problemsOf(expr)).toEqual([])
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      expect(labelsOf(expr)).toEqual(expect.arrayContaining(shown))
    }
  })

  test('asks for its hosts and groups by metrics that have them', () => {
    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
    expect(definitions).toHaveLength(2)
    for (const definition of definitions) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition)!
      expect(labelNames(byName.get(metric!)!)).toContain(label)
    }
  })

  test('has each panel in a place of its own', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = new Set<string>()
    for (const { gridPos, title } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), title).toBe(false)
          cells.add(`${x} ${y}`)
        }
  })
})

describe('the alerts', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (_, rule) => {
    expect(problemsOf(rule.expr)).toEqual([])
    expect(rule.alert).toMatch(/^Rafted[A-Z]\w+$/)
    expect(rule.for ?? '0s').toMatch(/^\d+[sm]$/)
    expect(['page', 'ticket']).toContain(rule.labels.severity)
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description'])
    for (const [, label] of JSON.stringify(rule.annotations).matchAll(/\$labels\.(\w+)/g))
      expect(labelsOf(rule.expr)).toContain(label)
  })

  test('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })

  test.each([
    'rafted_leader_changes_total',
    'rafted_peer_lag',
    'rafted_disk_latency_seconds',
    'rafted_log_oldest_age_seconds',
    'rafted_loop_delay_seconds',
    'rafted_members',
    'rafted_disk_full',
  ])('there are some of %s, which the dashboard shows as well', (metric) => {
    expect(rules.filter(({ expr }) => named(expr).includes(metric))).not.toEqual([])
    const shown = dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => named(expr)))
    expect(shown).toContain(metric)
  })
})
