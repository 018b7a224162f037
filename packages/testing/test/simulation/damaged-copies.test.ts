import type { LogEntry, LogStore } from '@rafted/contracts'
import { memoryStorage } from '@rafted/storage'
import { expect, test } from 'vitest'
import { LogWitness } from '../../src/index.ts'
import { DamagedCopies, damagedIn, type FoundLog } from '../../src/simulation/damaged-copies.ts'

const identity = { incarnation: '1'.repeat(32), member: 'm' }
const whole: FoundLog = { damaged: [], last: 9, lostTo: null, special: [] }

function entry(index: number, term = 1): LogEntry {
  return { index, term, kind: 3, time: 0, payload: Buffer.from(`entry ${index}`) }
}

/** A log of nine entries of term 1, and its member in term 3 by now. */
async function setting(): Promise<{ copies: DamagedCopies; logs: LogStore; witness: LogWitness }> {
  const witness = new LogWitness()
  const logs = witness.watch(memoryStorage().open().logs)
  const copies = new DamagedCopies(witness)
  await logs.create('g', identity)
  const entries = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => entry(index))
  await logs.write([{ group: 'g', write: { term: 3, vote: null, reset: null, truncateFrom: null, entries } }])
  return { copies, logs, witness }
}

function unreadable(copies: DamagedCopies): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((index) => !copies.canRead('g', index))
}

test('entries that can not be read are so until they are put back, cut off or compacted', async () => {
  const { copies, logs } = await setting()
  copies.damaged(new Map([['g', { ...whole, damaged: [{ from: 2, to: 8 }] }]]))
  expect(unreadable(copies)).toEqual([2, 3, 4, 5, 6, 7, 8])
  const store = copies.watch({
    ...logs,
    restore: async () => {},
    compact: async () => {},
    write: async () => {},
  })
  const write = { term: 3, vote: null, reset: null, truncateFrom: 8, entries: [] }
  await store.write([{ group: 'g', write }])
  await store.compact('g', { index: 3, term: 1 })
  await store.restore('g', [entry(5), entry(6)])
  expect(unreadable(copies)).toEqual([4, 7])
  expect(copies.isWhole('g')).toBe(false)
  await store.restore('g', [entry(4), entry(7)])
  expect(copies.isWhole('g')).toBe(true)
})

test('what is lost can not be read either, and nothing is whole before the log says that it is', async () => {
  const { copies, logs, witness } = await setting()
  copies.damaged(new Map([['g', { ...whole, last: 6, lostTo: 9 }]]))
  expect(unreadable(copies)).toEqual([7, 8, 9])
  const log = { term: 3, vote: null, reset: null, entries: [] }
  await logs.write([{ group: 'g', write: { ...log, truncateFrom: 7, lostTo: 9 } }])
  copies.opened(await damagedIn(logs))
  expect(unreadable(copies)).toEqual([])
  expect(copies.isWhole('g')).toBe(false)
  await logs.write([{ group: 'g', write: { ...log, truncateFrom: null, lostTo: null } }])
  expect(witness.durable('g')!.lostTo).toBeNull()
  expect(copies.isWhole('g')).toBe(true)
})

test('a leader of that time or before may have been told of what was there; a later one may not', async () => {
  const { copies } = await setting()
  expect(copies.had('g', 'm', 9, 1, 3)).toBe(false)
  copies.damaged(new Map([['g', { ...whole, last: 6, lostTo: 9 }]]))
  expect(copies.had('g', 'm', 9, 1, 3)).toBe(true)
  expect(copies.had('g', 'm', 9, 1, 4)).toBe(false)
  expect(copies.had('g', 'm', 9, 2, 3)).toBe(false)
  expect(copies.had('g', 'm', 10, 1, 3)).toBe(false)
  expect(copies.had('g', 'another', 9, 1, 3)).toBe(false)
  copies.forget()
  expect(copies.had('g', 'm', 9, 1, 3)).toBe(false)
})
