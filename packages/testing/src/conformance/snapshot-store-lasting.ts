/** What a snapshot store says of `remove`, `close` and durability. */
import assert from 'node:assert/strict'
import { type Claims, rejects } from './case.ts'
import {
  checkSnapshots,
  crash,
  type SnapshotStorePlace,
  sampleAt,
  save,
  streamOf,
} from './snapshot-store-place.ts'

export const removing: Claims<SnapshotStorePlace> = {
  'remove: the group has no snapshot any more, and others have theirs': async (place) => {
    const store = await place.open()
    for (const group of ['group', 'group2'])
      for (const index of [8, 9]) await save(store, sampleAt(index), group)
    await store.remove('group')
    await checkSnapshots(store, [])
    await checkSnapshots(store, [sampleAt(9), sampleAt(8)], 'group2')
  },

  'remove: no error if there are none': async (place) => {
    const store = await place.open()
    await store.remove('group')
    await save(store, sampleAt(5))
    await store.remove('group')
    await store.remove('group')
    await checkSnapshots(store, [])
  },

  'remove: a lower index is no longer too old afterwards': async (place) => {
    const store = await place.open()
    await save(store, sampleAt(9))
    await store.remove('group')
    await save(store, sampleAt(2))
    await checkSnapshots(store, [sampleAt(2)])
  },

  'remove: what is being saved meanwhile does not come to be': async (place) => {
    const store = await place.open()
    const { meta, chunks } = sampleAt(9)
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    async function* slow(): AsyncIterable<Uint8Array> {
      yield* chunks
      await held
    }
    const saving = store.save('group', slow(), () => meta)
    const refused = rejects(saving, 'no-such-group', 'save')
    await store.remove('group')
    // Whoever has the name now may have less than that.
    await save(store, sampleAt(2))
    goOn()
    await refused
    await checkSnapshots(store, [sampleAt(2)])
  },

  'setAside: those that are left count, and one at that index is new again': async (place) => {
    let store = await place.open()
    for (const index of [4, 6, 9]) await save(store, sampleAt(index))
    await save(store, sampleAt(9), 'group2')
    await store.setAside('group', 7)
    await checkSnapshots(store, [sampleAt(9), sampleAt(6)])
    await store.setAside('group', 9)
    await checkSnapshots(store, [sampleAt(6)])
    await store.close()
    store = await place.open()
    await checkSnapshots(store, [sampleAt(6)])
    await save(store, sampleAt(9, [7]))
    await checkSnapshots(store, [sampleAt(9, [7]), sampleAt(6)])
    for (const index of [6, 9, 9]) await store.setAside('group', index)
    await checkSnapshots(store, [])
    await checkSnapshots(store, [sampleAt(9)], 'group2')
  },

  'close: calls after it reject with closed': async (place) => {
    const store = await place.open()
    await save(store, sampleAt(5))
    await store.close()
    const { meta, chunks } = sampleAt(9)
    const calls: [string, () => Promise<unknown>][] = [
      ['list', () => store.list('group')],
      ['latest', () => store.latest('group')],
      ['save', () => store.save('group', streamOf(chunks), () => meta)],
      ['setAside', () => store.setAside('group', 5)],
      ['remove', () => store.remove('group')],
    ]
    for (const [name, call] of calls) await rejects(call(), 'closed', name)
  },

  'close and open: the snapshots are there again': async (place) => {
    let store = await place.open()
    await save(store, sampleAt(5, [100, 70_000]))
    await save(store, sampleAt(9, [3, 0, 9]))
    await save(store, sampleAt(6), 'removed')
    await store.remove('removed')
    await store.close()
    store = await place.open()
    await checkSnapshots(store, [sampleAt(9, [3, 0, 9]), sampleAt(5, [100, 70_000])])
    await checkSnapshots(store, [], 'removed')
    await save(store, sampleAt(12))
    await checkSnapshots(store, [sampleAt(12), sampleAt(9, [3, 0, 9])])
  },
}

export const lasting: Claims<SnapshotStorePlace> = {
  'save and remove: durable when resolved': async (place) => {
    let store = await place.open()
    const samples = [5, 9, 12].map((index) => sampleAt(index, [100, 70_000, index]))
    for (const [i, sample] of samples.entries()) {
      await save(store, sample)
      await crash(place)
      store = await place.open()
      await checkSnapshots(store, samples.slice(Math.max(0, i - 1), i + 1).reverse())
    }
    await store.remove('group')
    await crash(place)
    await checkSnapshots(await place.open(), [])
  },

  'save: a crash in the middle leaves what was there': async (place) => {
    const store = await place.open()
    const [old, sample] = [sampleAt(5), sampleAt(9, [1000, 70_000, 5])]
    await save(store, old)
    let given = (): void => {}
    const middle = new Promise<void>((resolve) => {
      given = resolve
    })
    async function* chunks(): AsyncIterable<Uint8Array> {
      yield* sample.chunks
      given()
      // The process is gone before the last chunk comes.
      await new Promise<never>(() => {})
    }
    let ended = false
    const attempt = store.save('group', chunks(), () => sample.meta)
    void attempt.then(
      () => (ended = true),
      () => {},
    )
    await middle
    await crash(place)
    await checkSnapshots(await place.open(), [old])
    assert.ok(!ended, 'the save ended before its chunks')
  },
}
