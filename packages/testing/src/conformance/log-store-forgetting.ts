/** What a log store says of `compact`, `markRemoved` and `remove`. */
import assert from 'node:assert/strict'
import type { LogStore } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import type { Claims } from './case.ts'
import { checkEntries, checkLog, entriesFrom, entryAt, LogModel, snapshotAt } from './log-model.ts'
import { created, identityOf, type LogStorePlace } from './log-store-place.ts'

/** A store whose `group` has entries 1…20: two terms, and a configuration at 5 and at 15. */
async function filled(place: LogStorePlace): Promise<[LogStore, LogModel]> {
  const store = await place.open()
  const model = await created(store)
  const kind = EntryKind.configuration
  const entries = [
    ...entriesFrom(1, 4, 1),
    entryAt(5, 1, { kind }),
    ...entriesFrom(6, 14, 2),
    entryAt(15, 2, { kind }),
    ...entriesFrom(16, 20, 2),
  ]
  await store.write([{ group: 'group', write: model.write({ term: 2, vote: 'b', entries }) }])
  return [store, model]
}

export const forgetting: Claims<LogStorePlace> = {
  'compact: the base moves to `upTo`, and what follows stays': async (place) => {
    const [store, model] = await filled(place)
    for (const upTo of [1, 5, 9, 17]) {
      const before = model.entries
      await store.compact('group', model.compact(upTo))
      await checkLog(store, 'group', model)
      checkEntries(await store.read('group', upTo, 5, 10_000), [])
      checkEntries(await store.read('group', upTo + 1, 1, 10_000), model.entries.slice(0, 1))
      assert.equal(before.length - model.entries.length, upTo - (before[0]!.index - 1))
    }
  },

  'compact: up to the last entry, after which the log goes on': async (place) => {
    const [store, model] = await filled(place)
    await store.compact('group', model.compact(20))
    await checkLog(store, 'group', model)
    await store.write([{ group: 'group', write: model.write({ entries: entriesFrom(21, 25, 2) }) }])
    await checkLog(store, 'group', model)
  },

  'compact: at or before the base changes nothing': async (place) => {
    const [store, model] = await filled(place)
    await store.compact('group', model.compact(9))
    await store.compact('group', { index: 9, term: 2 })
    await store.compact('group', { index: 5, term: 1 })
    await store.compact('group', { index: 0, term: 0 })
    await checkLog(store, 'group', model)
  },

  'compact: writes, truncations and resets go on after it': async (place) => {
    const [store, model] = await filled(place)
    await store.compact('group', model.compact(9))
    for (const change of [
      { term: 3, truncateFrom: 12, entries: entriesFrom(12, 30, 3) },
      { term: 4, truncateFrom: 10, entries: entriesFrom(10, 11, 4) },
      { term: 4, truncateFrom: 10 },
      { term: 5, entries: entriesFrom(10, 40, 5) },
      { term: 5, reset: snapshotAt(50, 5), entries: entriesFrom(51, 60, 5) },
    ]) {
      await store.write([{ group: 'group', write: model.write(change) }])
      await checkLog(store, 'group', model)
    }
    await store.compact('group', model.compact(55))
    await checkLog(store, 'group', model)
  },

  'compact: touches no other log': async (place) => {
    const [store, model] = await filled(place)
    const other = await created(store, 'other')
    await store.write([{ group: 'other', write: other.write({ term: 1, entries: entriesFrom(1, 20, 1) }) }])
    await store.compact('group', model.compact(18))
    await checkLog(store, 'other', other)
  },

  'markRemoved: open tells since when, and the log is as it was': async (place) => {
    const [store, model] = await filled(place)
    const other = await created(store, 'other')
    await store.markRemoved('group', 15)
    model.removedAt = 15
    await checkLog(store, 'group', model)
    await checkLog(store, 'other', other)
    assert.deepEqual([...(await store.groups())].sort(), ['group', 'other'])
  },

  'markRemoved: the log is no longer written': async (place) => {
    const [store, model] = await filled(place)
    await store.markRemoved('group', 15)
    model.removedAt = 15
    const write = model.copy().write({ term: 3, truncateFrom: 2, entries: entriesFrom(2, 3, 3) })
    await assert.rejects(store.write([{ group: 'group', write }]), 'the write is refused')
    // A write that can't be carried out may be the end of this opening.
    await store.close()
    await checkLog(await place.open(), 'group', model)
  },

  'remove: the group has no log any more': async (place) => {
    const [store] = await filled(place)
    await store.remove('group')
    assert.equal(await store.open('group'), null)
    assert.deepEqual(await store.groups(), [])
  },

  'remove: no error if there is none': async (place) => {
    const store = await place.open()
    await store.remove('group')
    await created(store)
    await store.remove('group')
    await store.remove('group')
    assert.deepEqual(await store.groups(), [])
  },

  'remove: a log created afterwards is a new one': async (place) => {
    const [store] = await filled(place)
    await store.markRemoved('group', 15)
    await store.remove('group')
    const model = new LogModel(identityOf('group', 1))
    await store.create('group', model.identity)
    await checkLog(store, 'group', model)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 2, 1) }) }])
    await checkLog(store, 'group', model)
  },

  'remove: touches no other log': async (place) => {
    const [store, model] = await filled(place)
    await created(store, 'group2')
    await created(store, 'grou')
    await store.remove('group2')
    await store.remove('grou')
    await checkLog(store, 'group', model)
  },
}
