/** What a log store says of `read`. */
import assert from 'node:assert/strict'
import { ENTRY_HEAD_BYTES, type LogEntry, type LogStore } from '@rafted/contracts'
import type { Claims } from './case.ts'
import { asText, checkEntries, entriesFrom, type LogModel, snapshotAt } from './log-model.ts'
import { created, type LogStorePlace } from './log-store-place.ts'

const ALL = Number.MAX_SAFE_INTEGER

/** A store whose `group` has entries 1…20 of 100 bytes each, heads included. */
async function filled(place: LogStorePlace): Promise<[LogStore, LogModel]> {
  const store = await place.open()
  const model = await created(store)
  const entries = entriesFrom(1, 20, 1, { size: 100 - ENTRY_HEAD_BYTES })
  await store.write([{ group: 'group', write: model.write({ term: 1, entries }) }])
  return [store, model]
}

export const reading: Claims<LogStorePlace> = {
  'read: entries from … from + count − 1': async (place) => {
    const [store, { entries }] = await filled(place)
    for (const [from, count] of [
      [1, 1],
      [1, 20],
      [7, 5],
      [20, 1],
    ] as const)
      checkEntries(await store.read('group', from, count, ALL), entries.slice(from - 1, from - 1 + count))
    checkEntries(await store.read('group', 3, 0, ALL), [])
  },

  'read: stops at the end of the log': async (place) => {
    const [store, { entries }] = await filled(place)
    checkEntries(await store.read('group', 18, 100, ALL), entries.slice(17))
    checkEntries(await store.read('group', 21, 1, ALL), [])
    checkEntries(await store.read('group', 1000, 10, ALL), [])
  },

  'read: stops before the entry with which the bytes would exceed maxBytes': async (place) => {
    const [store, { entries }] = await filled(place)
    for (const [maxBytes, count] of [
      [199, 1],
      [200, 2],
      [299, 2],
      [300, 3],
      [1999, 19],
      [2000, 20],
    ] as const)
      checkEntries(await store.read('group', 1, 20, maxBytes), entries.slice(0, count))
    checkEntries(await store.read('group', 4, 2, 1000), entries.slice(3, 5))
  },

  'read: the first entry whatever its size': async (place) => {
    const [store, model] = await filled(place)
    const large = entriesFrom(21, 22, 1, { size: 200_000 })
    await store.write([{ group: 'group', write: model.write({ entries: large }) }])
    for (const maxBytes of [0, 1, 99, 100])
      checkEntries(await store.read('group', 5, 3, maxBytes), model.entries.slice(4, 5))
    checkEntries(await store.read('group', 21, 2, 200), large.slice(0, 1))
  },

  'read: an index at or before the base gives nothing': async (place) => {
    const [store, model] = await filled(place)
    checkEntries(await store.read('group', 0, 5, ALL), [])
    const entries = entriesFrom(31, 35, 2)
    const write = model.write({ term: 2, reset: snapshotAt(30, 2), entries })
    await store.write([{ group: 'group', write }])
    for (const from of [1, 29, 30]) checkEntries(await store.read('group', from, 100, ALL), [])
    checkEntries(await store.read('group', 31, 100, ALL), entries)
  },

  'read: no mix of before and after a truncation': async (place) => {
    const store = await place.open()
    const model = await created(store)
    for (const round of [1, 2, 3, 4, 5]) {
      const size = 20_000
      const old = entriesFrom(model.last + 1, 30, round * 10, { size })
      await store.write([{ group: 'group', write: model.write({ term: round * 10, entries: old }) }])
      const before = model.entries.map(asText)
      const early = [1, 8, 12].map(async (from) => [from, await store.read('group', from, 30, ALL)] as const)
      const fresh = entriesFrom(10, 20, round * 10 + 1, { size })
      const change = { term: round * 10 + 1, truncateFrom: 10, entries: fresh }
      const written = store.write([{ group: 'group', write: model.write(change) }])
      const after = model.entries.map(asText)
      const late = [1, 8, 12].map(async (from) => [from, await store.read('group', from, 30, ALL)] as const)
      for (const [from, found] of await Promise.all(early)) checkOneOf(found, from, [before, after])
      for (const [from, found] of await Promise.all(late)) checkOneOf(found, from, [after])
      await written
    }
  },

  'read: what it gives is apart from what it keeps': async (place) => {
    const [store, { entries }] = await filled(place)
    const found = (await store.read('group', 1, 5, ALL)) as LogEntry[]
    found.length = 0
    found.push(...entriesFrom(1, 5, 9))
    const special = (await store.open('group'))!.runs as unknown[]
    special.length = 0
    checkEntries(await store.read('group', 1, 5, ALL), entries.slice(0, 5))
    assert.equal((await store.open('group'))!.runs.length, 1)
  },
}

/** `found` begins at `from` in one of these moments, and holds no entry of another. */
function checkOneOf(found: readonly LogEntry[], from: number, moments: string[][]): void {
  const texts = found.map(asText)
  const matches = moments.some((moment) => {
    const expected = moment.slice(from - 1)
    return JSON.stringify(expected) === JSON.stringify(texts)
  })
  assert.ok(matches, `the entries from ${from} are of no one moment:\n${texts.join('\n')}`)
}
