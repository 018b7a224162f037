/** What is said of the metrics, and where it is repeated: names, the page, and what is imported for it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { METRIC_NAMES, METRICS, type MetricName, prometheusName, type Scope } from '../src/index.ts'

const own = fileURLToPath(new URL('..', import.meta.url))
const page = join(own, '../../docs/metrics.md')
/** `UPDATE_METRICS=1 npx vitest run test/description.test.ts` writes the tables of the page anew. */
const update = process.env.UPDATE_METRICS === '1'

describe('each metric', () => {
  test('has a name as OpenTelemetry wants it, and one as Prometheus does', () => {
    for (const name of METRIC_NAMES) {
      expect(name).toMatch(/^rafted(\.[a-z]+(_[a-z]+)*)+$/)
      expect(prometheusName(name)).toMatch(/^rafted(_[a-z]+)+$/)
    }
    expect(new Set(METRIC_NAMES.map(prometheusName)).size).toBe(METRIC_NAMES.length)
  })

  test.each<[MetricName, string]>([
    ['rafted.log.size', 'rafted_log_size_bytes'],
    ['rafted.peer.silence', 'rafted_peer_silence_seconds'],
    ['rafted.log.last_index', 'rafted_log_last_index'],
    ['rafted.elections', 'rafted_elections_total'],
  ])('%s is %s: units and kinds are suffixes, what is counted is none', (name, expected) => {
    expect(prometheusName(name)).toBe(expected)
  })

  test('is explained, in a line', () => {
    for (const name of METRIC_NAMES) expect(METRICS[name].help, name).toMatch(/^[A-Z01][^\n|]*[^.\s]$/)
  })
})

const unitText = (unit: string): string =>
  ({ s: 'seconds', By: 'bytes' })[unit] ??
  unit.slice(1, -1).replace(/y$/, 'ie').replace(/h$/, 'he').concat('s')

function tableOf(scope: Scope): string {
  const rows = METRIC_NAMES.filter((name) => METRICS[name].scope === scope).map((name) => {
    const { kind, unit, label, help } = METRICS[name]
    const labels =
      label === undefined
        ? ''
        : `\`${label.name}\`: ${label.values.map((value) => `\`${value}\``).join(', ')}`
    return `| \`${prometheusName(name)}\` | \`${name}\` | ${kind} | ${unitText(unit)} | ${labels} | ${help} |`
  })
  return [
    '| Prometheus | OpenTelemetry | | unit | label | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

test.each<Scope>(['group', 'peer', 'host', 'caller'])('the page has the table of those by %s', (scope) => {
  const text = readFileSync(page, 'utf8')
  const table = new RegExp(`(?<=<!-- metrics: ${scope} -->\\n\\n)[^]*?(?=\\n\\n)`)
  if (update)
    writeFileSync(
      page,
      text.replace(table, () => tableOf(scope)),
    )
  expect(table.exec(readFileSync(page, 'utf8'))?.[0]).toBe(tableOf(scope))
})

/** What a source imports when it runs, by itself and by what it imports. */
function importsOf(file: string, found: Set<string> = new Set()): Set<string> {
  const text = readFileSync(file, 'utf8').replaceAll(/^(?:import|export) type [\s\S]*?from '[^']*'$/gm, '')
  for (const [, specifier] of text.matchAll(/ from '([^']*)'$/gm)) {
    const path = specifier!.startsWith('.') ? join(dirname(file), specifier!) : specifier!
    if (found.has(path)) continue
    found.add(path)
    if (path !== specifier) importsOf(path, found)
  }
  return found
}

test('what an output needs is imported by that output alone', () => {
  const foreign = (entry: string): string[] =>
    [...importsOf(join(own, 'src', entry))].filter((path) => /^(prom-client|@opentelemetry)/.test(path))
  expect(foreign('index.ts')).toEqual([])
  expect(foreign('prometheus.ts')).toEqual(['prom-client'])
  expect(foreign('opentelemetry.ts')).toEqual(['@opentelemetry/api'])
})
