/** What a log store says of logs that are damaged. Damage itself is for each store's own tests: what it looks like only they know. */
import { type Claims, rejects } from './case.ts'
import { checkLog, entriesFrom, entryAt, snapshotAt } from './log-model.ts'
import { created, type LogStorePlace } from './log-store-place.ts'

export const damage: Claims<LogStorePlace> = {
  'restore: invalid-argument for an entry that is not damaged, and nothing changes': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 2, entries: entriesFrom(1, 9, 2) }) }])
    const other = { ...entryAt(4, 2), payload: Uint8Array.of(1, 2, 3) }
    for (const entry of [entryAt(4, 2), other, entryAt(4, 1), entryAt(10, 2), entryAt(0, 0)])
      await rejects(store.restore('group', [entry]), 'invalid-argument', `entry ${entry.index}`)
    await checkLog(store, 'group', model)
    await store.restore('group', [])
    await checkLog(store, 'group', model)
  },

  'lostTo: is what the last write that names it says, whatever else is written': async (place) => {
    let store = await place.open()
    const model = await created(store)
    const steps = [
      { term: 1, entries: entriesFrom(1, 30, 1) },
      { reset: snapshotAt(20, 1), lostTo: 30 },
      { term: 2, vote: 'a' },
      { entries: entriesFrom(21, 40, 2) },
      { truncateFrom: 25 },
      { lostTo: null },
      { entries: entriesFrom(25, 26, 2) },
      { reset: snapshotAt(0, 0), lostTo: 26 },
    ]
    for (const step of steps) {
      await store.write([{ group: 'group', write: model.write(step) }])
      await checkLog(store, 'group', model)
      await store.close()
      store = await place.open()
      await checkLog(store, 'group', model)
    }
    await store.compact('group', { index: 0, term: 0 })
    await checkLog(store, 'group', model)
  },
}
