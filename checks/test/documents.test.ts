/** What pages of docs/ say of the sources and the tests is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultKinds } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { allMutants } from '../mutants/runner/catalogue.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const paths = ['packages', 'checks/src', 'checks/test', 'examples'].flatMap(filesUnder)

function filesUnder(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = `${directory}/${entry.name}`
    return entry.isDirectory() ? filesUnder(path) : [path]
  })
}

describe('docs/failure-model.md', () => {
  const rows = new Map<string, string>()
  for (const [line, id] of read('docs/failure-model.md').matchAll(/^\| (F\d+[a-z]?) \|.*$/gm)) {
    expect(rows.has(id!), `${id} stands twice`).toBe(false)
    rows.set(id!, line)
  }
  const tests = paths.filter((path) => /\/test\/.*\.(ts|txt)$|^(checks|packages\/testing)\/src\//.test(path))
  const citations = (path: string): Set<string> => new Set(read(path).match(/\bF\d+[a-z]?\b/g) ?? [])

  test('has a row for each number', () => {
    for (let n = 1; n <= 116; n++) expect([...rows.keys()]).toContain(`F${n}`)
  })

  test('has a row for whatever a test or a source cites', () => {
    for (const path of [...tests, ...paths.filter((path) => /^packages\/[^/]+\/src\//.test(path))])
      for (const id of citations(path)) expect([...rows.keys()], `${path} cites ${id}`).toContain(id)
  })

  test('names tests that cite the row, or says what the row waits for', () => {
    for (const [id, line] of rows) {
      const named = [...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map((match) => match[1]!)
      if (named.length === 0) expect(line, id).toMatch(/\| not yet: needs [^|]+ \|$/)
      for (const path of named) expect([...citations(path)], `${path}, named for ${id}`).toContain(id)
    }
  })
})

describe('docs/invariants.md', () => {
  const documented = new Map<number, string[]>()
  for (const [, number, files] of read('docs/invariants.md').matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm))
    documented.set(
      Number(number),
      [...files!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
    )

  test('names each invariant of the core with the files that check it', () => {
    const checked = new Map<number, Set<string>>()
    for (const path of paths.filter((name) => name.startsWith('packages/core/src/')))
      for (const [, number] of read(path).matchAll(/\binvariant\(\s*(\d+),/g)) {
        const files = checked.get(Number(number)) ?? new Set()
        checked.set(Number(number), files.add(path.replace('packages/core/src/', '')))
      }
    const asText = (found: Map<number, Iterable<string>>): Record<number, string> =>
      Object.fromEntries([...found].map(([number, files]) => [number, [...files].sort().join(', ')]))
    expect(asText(documented)).toEqual(asText(checked))
  })
})

describe('docs/security.md', () => {
  test('names events that there are', () => {
    const table = /\| \| event \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(read('docs/security.md'))![1]!
    const kinds = /\| kind \| told when \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(
      read('docs/observing.md'),
    )![1]!
    const said = new Set([...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind))
    const transports = paths
      .filter((path) => /^packages\/transport-(tcp|nats)\/src\//.test(path))
      .map(read)
      .join()
    const events = table
      .split('\n')
      .flatMap((line) => [...(line.split('|')[2] ?? '').matchAll(/`([a-z-]+)`/g)])
    expect(events.length).toBeGreaterThan(5)
    for (const [, event] of events)
      expect(said.has(event) || transports.includes(`'${event}'`), event).toBe(true)
  })
})

describe('docs/testing.md', () => {
  const rows = [...read('docs/testing.md').matchAll(/^\| ([a-z -]+) \| (.+) \|$/gm)].map(([, name, text]) => [
    name!,
    text!,
  ])

  test('lists every kind of fault, with what counts as a hit', () => {
    for (const [kind, { hit }] of Object.entries(faultKinds)) expect(rows).toContainEqual([kind, hit])
  })
})

/** What the tests of a file are called; of a script, the sentence that it protects. */
function titlesOf(path: string): string[] {
  const text = read(path)
  if (path.endsWith('.txt')) return [text.match(/^(# .*\n)+/)![0].replaceAll(/\n?^# /gm, ' ')]
  const first = /^\s*(?:(?:test|describe)\b.*?|\]?(?: as const)?\)?)\(\s*(['"`])(.*?)(?<!\\)\1\s*,/gm
  return [...text.matchAll(first)].map((match) => match[2]!.replaceAll('\\', ''))
}

/** The rows of the tables of a page whose last column names tests. */
function rowsOf(page: string): string[][] {
  return [...read(page).matchAll(/^\|(.*)\|$/gm)]
    .map(([, line]) => line!.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter((cells) => !cells.every((cell) => /^-+$/.test(cell)) && cells.at(-1) !== 'shown by')
}

describe.each([
  ['docs/from-raftedvalue.md', 120],
  ['docs/from-raft-fleet.md', 65],
])('%s', (page, least) => {
  const rows = rowsOf(page)
  /** Tests that a cell names: linked ones are there, others may be yet to come. */
  const named = /(?:\[([^\]]+)\]\(\.\.\/([^)]+)\)|`([^`]+\.test\.ts)`) "([^"]+)"/g
  const namedIn = (cell: string) =>
    [...cell.matchAll(named)].map(([, shown, linked, plain, title]) => ({
      shown,
      path: (linked ?? plain)!,
      isLinked: !plain,
      title: title!,
    }))

  test('names in each line of its tables a test that is there', () => {
    expect(rows.length).toBeGreaterThan(least)
    for (const cells of rows)
      expect(
        namedIn(cells.at(-1)!).some(({ isLinked }) => isLinked),
        cells[0],
      ).toBe(true)
  })

  test('names tests by what they are called, and nothing else is in their place', () => {
    for (const [head, ...cells] of rows) {
      const last = cells.at(-1)!
      expect(last.replaceAll(named, '').replaceAll('; ', ''), head).toBe('')
      for (const { shown, path, isLinked, title } of namedIn(last)) {
        if (isLinked) expect(path.endsWith(`/${shown}`), path).toBe(true)
        else if (!existsSync(join(root, path))) continue
        expect(path).toMatch(/^(checks|packages\/[a-z-]+)\/test\//)
        expect(
          titlesOf(path).some((called) => called.includes(title)),
          `"${title}" in ${path}`,
        ).toBe(true)
      }
    }
  })
})

describe('docs/from-raftedvalue.md', () => {
  test('names each planted fault of the ancestors, with a test that finds it', async () => {
    const mutants = await allMutants()
    const planted = rowsOf('docs/from-raftedvalue.md').filter((cells) => cells.length === 4)
    const names = planted.flatMap((cells) => [...cells[2]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
    const ofAncestors = mutants.filter(({ name }) => name.startsWith('ancestor-')).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('ancestor-')).sort()).toEqual(ofAncestors.sort())
    for (const cells of planted)
      for (const [, name] of cells[2]!.matchAll(/`([^`]+)`/g)) {
        const caughtBy = mutants.find((mutant) => mutant.name === name)?.caughtBy
        expect(caughtBy, name).toBeDefined()
        const [by, , file] = caughtBy!.split(' ')
        if (by === 'test') expect(cells[3], name).toContain(`/${file})`)
        if (by === 'scenario') expect(cells[3], name).toContain(`/${caughtBy!.split(' ')[1]}.txt`)
      }
  })
})

describe('docs/from-raft-fleet.md', () => {
  test('has a line for each function and each setting', () => {
    const functions = [
      'activate',
      'deactivate',
      'active_nodes',
      'add_consensus_group',
      'remove_consensus_group',
      'consensus_groups',
      'command',
      'query',
      'whereis_leader',
      'find_consensus_group_with_no_established_leader',
      'remove_dead_pids_located_in_dead_node',
      'unreachable_nodes',
    ]
    const settings = [
      'balancing_interval',
      'leader_pid_cache_refresh_interval',
      'follower_addition_delay',
      'node_purge_failure_time_window',
      'node_purge_reconnect_interval',
      'rafted_value_config_maker',
      'per_member_options_maker',
      'persistence_dir_parent',
    ]
    const heads = rowsOf('docs/from-raft-fleet.md').map(([head]) => head!)
    for (const name of functions)
      expect(
        heads.some((head) => head.startsWith(`\`${name}(`)),
        name,
      ).toBe(true)
    for (const name of settings)
      expect(
        heads.some((head) => head.startsWith(`\`:${name}\``)),
        name,
      ).toBe(true)
  })
})
