/** What a log store says of `groups`, `create` and `open`. */
import assert from 'node:assert/strict'
import { ENTRY_HEAD_BYTES } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { type Claims, ODD_NAMES, rejects } from './case.ts'
import { checkLog, entriesFrom, entryAt } from './log-model.ts'
import { created, identityOf, type LogStorePlace } from './log-store-place.ts'

export const opening: Claims<LogStorePlace> = {
  'groups: none at first, then all that have a log': async (place) => {
    const store = await place.open()
    assert.deepEqual(await store.groups(), [])
    await created(store, 'a')
    await created(store, 'b')
    assert.deepEqual([...(await store.groups())].sort(), ['a', 'b'])
    await store.remove('a')
    assert.deepEqual(await store.groups(), ['b'])
  },

  'create: an empty log with base 0/0, term 0 and no vote': async (place) => {
    const store = await place.open()
    await checkLog(store, 'group', await created(store))
  },

  'create: already-exists if the group has a log, which stays as it is': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 3, 1) }) }])
    await rejects(store.create('group', identityOf('other')), 'already-exists', 'create')
    await rejects(store.create('group', model.identity), 'already-exists', 'create')
    await checkLog(store, 'group', model)
  },

  'create: only one of several at once succeeds': async (place) => {
    const store = await place.open()
    const attempts = [0, 1, 2].map((n) => store.create('group', identityOf('group', n)))
    const results = await Promise.allSettled(attempts)
    const winner = results.findIndex(({ status }) => status === 'fulfilled')
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    const { incarnation, member } = (await store.open('group'))!
    assert.deepEqual({ incarnation, member }, identityOf('group', winner))
  },

  'create and open: any name is a name, and no two are the same': async (place) => {
    const store = await place.open()
    const models = new Map<string, Awaited<ReturnType<typeof created>>>()
    for (const name of ODD_NAMES) {
      assert.equal(await store.open(name), null, `"${name}" has a log before it is created`)
      models.set(name, await created(store, name))
    }
    let term = 0
    for (const [name, model] of models) {
      term += 1
      const entries = entriesFrom(1, 2, term)
      await store.write([{ group: name, write: model.write({ term, entries }) }])
    }
    assert.deepEqual([...(await store.groups())].sort(), [...ODD_NAMES].sort())
    for (const [name, model] of models) await checkLog(store, name, model)
  },

  'open: null if the group has no log': async (place) => {
    const store = await place.open()
    assert.equal(await store.open('group'), null)
    await created(store, 'group')
    assert.equal(await store.open('grou'), null)
    assert.equal(await store.open('group2'), null)
  },

  'open: term and vote as written last': async (place) => {
    const store = await place.open()
    const model = await created(store)
    for (const [term, vote] of [
      [1, null],
      [1, 'b'],
      [2, null],
      [2 ** 53 - 1, 'ü'.repeat(32)],
    ] as const) {
      await store.write([{ group: 'group', write: model.write({ term, vote }) }])
      await checkLog(store, 'group', model)
    }
  },

  'open: runs of one term, with their bytes and times': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const entries = [
      ...entriesFrom(1, 3, 1),
      ...entriesFrom(4, 4, 2, { size: 0 }),
      ...entriesFrom(5, 9, 4, { size: 100 }),
    ]
    await store.write([{ group: 'group', write: model.write({ term: 4, entries }) }])
    await checkLog(store, 'group', model)
    // A run goes on over several writes.
    await store.write([{ group: 'group', write: model.write({ entries: entriesFrom(10, 12, 4) }) }])
    await checkLog(store, 'group', model)
    const opened = await store.open('group')
    assert.deepEqual(
      opened?.runs.map(({ first, term }) => [first, term]),
      [
        [1, 1],
        [4, 2],
        [5, 4],
      ],
    )
  },

  'open: no run is longer than 64 KiB unless it is one entry': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const size = 64 * 1024 - ENTRY_HEAD_BYTES
    const entries = [
      ...entriesFrom(1, 40, 1, { size: 5000 }),
      entryAt(41, 1, { size: 3 * size }),
      entryAt(42, 1, { size }),
      ...entriesFrom(43, 60, 1, { size: 1 }),
      // Two that are 64 KiB together, and two that are one byte more.
      ...entriesFrom(61, 62, 2, { size: 32 * 1024 - ENTRY_HEAD_BYTES }),
      entryAt(63, 3, { size: 32 * 1024 - ENTRY_HEAD_BYTES }),
      entryAt(64, 3, { size: 32 * 1024 - ENTRY_HEAD_BYTES + 1 }),
    ]
    await store.write([{ group: 'group', write: model.write({ term: 3, entries }) }])
    await checkLog(store, 'group', model)
  },

  'open: entries of kind configuration, settings and lease whole, ascending': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const entries = Object.values(EntryKind).flatMap((kind, i) => [
      entryAt(2 * i + 1, 1, { kind, size: 10 + i }),
      entryAt(2 * i + 2, 1, { kind, size: 70_000 + i }),
    ])
    await store.write([{ group: 'group', write: model.write({ term: 1, entries }) }])
    await checkLog(store, 'group', model)
    const special = (await store.open('group'))!.special.map(({ kind }) => kind)
    assert.deepEqual(special, [1, 1, 2, 2, 6, 6])
  },

  'open: the time of the last entry, 0 when there is none': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const times = [0, 7, 7, 2 ** 53 - 1]
    const entries = times.map((time, i) => entryAt(i + 1, 1, { time }))
    await store.write([{ group: 'group', write: model.write({ term: 1, entries }) }])
    assert.equal((await store.open('group'))!.lastTime, 2 ** 53 - 1)
    await store.write([{ group: 'group', write: model.write({ truncateFrom: 3 }) }])
    assert.equal((await store.open('group'))!.lastTime, 7)
    await store.write([{ group: 'group', write: model.write({ truncateFrom: 1 }) }])
    assert.equal((await store.open('group'))!.lastTime, 0)
  },
}
