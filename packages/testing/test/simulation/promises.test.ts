/** What must hold of all logs together is seen to be broken when it is. */
import type { GroupWrite, LogEntry, LogStore } from '@rafted/contracts'
import { type Configuration, EntryKind } from '@rafted/core'
import { memoryStorage } from '@rafted/storage'
import { encodeConfiguration } from '@rafted/wire'
import { expect, test } from 'vitest'
import { LogPromises } from '../../src/simulation/promises/log-promises.ts'
import { intersect, isQuorum } from '../../src/simulation/promises/quorums.ts'
import { LogWitness } from '../../src/witnesses/log-witness.ts'

const text = (entry: string): Uint8Array => new TextEncoder().encode(entry)
const entry = (
  index: number,
  term: number,
  payload = text('x'),
  kind: LogEntry['kind'] = EntryKind.command,
) => {
  return { index, term, kind, time: 0, payload }
}

function setUp() {
  const violations: string[] = []
  const promises = new LogPromises((what) => violations.push(what))
  const open = async (host: string): Promise<LogStore> => {
    const witness = new LogWitness()
    const store = promises.watch(host, witness.watch(memoryStorage().open().logs), witness)
    await store.create('g', { incarnation: 'one', member: `member of ${host}` })
    return store
  }
  return { violations, open }
}

const write = (
  term: number,
  entries: readonly LogEntry[] = [],
  vote: string | null = null,
  truncateFrom: number | null = null,
): GroupWrite[] => [{ group: 'g', write: { term, vote, reset: null, truncateFrom, entries } }]

test('logs that match are fine, and so is one that was cut and goes on in another way', async () => {
  const { violations, open } = setUp()
  const [a, b] = [await open('a'), await open('b')]
  await a.write(write(1, [entry(1, 1), entry(2, 1)], 'a'))
  await b.write(write(1, [entry(1, 1)], 'a'))
  await b.write(write(2, [entry(2, 2, text('y'))], 'b'))
  await a.write(write(2, [entry(2, 2, text('y'))], null, 2))
  expect(violations).toEqual([])
})

test('two entries of one index and term are seen', async () => {
  const { violations, open } = setUp()
  const [a, b] = [await open('a'), await open('b')]
  await a.write(write(1, [entry(1, 1)]))
  await b.write(write(1, [entry(1, 1, text('y'))]))
  expect(violations).toEqual(['entry 1/1 of "g" at b is another one than at a'])
})

test('an entry that follows another one than elsewhere is seen', async () => {
  const { violations, open } = setUp()
  const [a, b] = [await open('a'), await open('b')]
  await a.write(write(3, [entry(1, 1), entry(2, 3)]))
  await b.write(write(3, [entry(1, 2), entry(2, 3)]))
  expect(violations).toEqual(['entry 2/3 of "g" follows term 2 at b, and term 1 at a'])
})

test('terms that fall within a log are seen', async () => {
  const { violations, open } = setUp()
  const a = await open('a')
  await a.write(write(2, [entry(1, 2), entry(2, 1)]))
  expect(violations).toEqual(['a writes entry 2 of term 1 behind one of term 2'])
})

test('two votes in one term are seen, and a term that falls', async () => {
  const { violations, open } = setUp()
  const a = await open('a')
  await a.write(write(2, [], 'x'))
  await a.write(write(2, [], 'y'))
  await a.write(write(1, [], null))
  expect(violations).toEqual([
    'a has voted twice in term 2: for x and y',
    'the durable term of a fell from 2 to 1',
  ])
})

const configuration = (voters: string, outgoing: string | null = null): Configuration => {
  const members = (ids: string) =>
    [...ids].map((id) => ({
      id,
      host: id,
      address: id,
      durable: true,
      wire: [1, 1] as const,
      machine: [1, 1] as const,
    }))
  return { voters: members(voters), learners: [], outgoing: outgoing === null ? null : members(outgoing) }
}

test('configurations that follow each other and have disjoint majorities are seen', async () => {
  const { violations, open } = setUp()
  const a = await open('a')
  const holds = (index: number, one: Configuration) =>
    entry(index, 1, encodeConfiguration(one), EntryKind.configuration)
  await a.write(write(1, [holds(1, configuration('abc'))]))
  await a.write(write(1, [holds(2, configuration('ade', 'abc')), holds(3, configuration('ade'))]))
  expect(violations).toEqual([])
  await a.write(write(1, [holds(4, configuration('abc'))]))
  expect(violations).toHaveLength(1)
  expect(violations[0]).toMatch(/^a writes a configuration at 4 /)
})

test('majorities: half is none, both halves of a joint one count, learners never do', () => {
  const has = (ids: string) => (id: string) => ids.includes(id)
  expect(isQuorum(configuration('ab'), has('a'))).toBe(false)
  expect(isQuorum(configuration('abc'), has('ab'))).toBe(true)
  expect(isQuorum(configuration('abc', 'cde'), has('abd'))).toBe(false)
  expect(isQuorum(configuration('abc', 'cde'), has('abcd'))).toBe(true)
  expect(intersect(configuration('abc'), configuration('abcd'))).toBe(true)
  expect(intersect(configuration('ab'), configuration('cd'))).toBe(false)
})
