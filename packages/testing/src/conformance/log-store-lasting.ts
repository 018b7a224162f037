/** What a log store says of durability: what is there after `close`, after a crash, after a failure. */
import assert from 'node:assert/strict'
import type { LogStore, LogWrite, Room } from '@rafted/contracts'
import { type Claims, rejects } from './case.ts'
import { asText, checkLog, entriesFrom, entryAt, type LogModel, snapshotAt } from './log-model.ts'
import { crash, created, fail, identityOf, type LogStorePlace } from './log-store-place.ts'

/** Every way to change a log, applied to one; resolved. */
async function written(store: LogStore, group = 'group'): Promise<LogModel> {
  const model = await created(store, group)
  for (const change of [
    { term: 1, vote: 'a', entries: entriesFrom(1, 20, 1, { size: 100 }) },
    { term: 2, vote: null, truncateFrom: 15, entries: entriesFrom(15, 18, 2) },
    { term: 3, reset: snapshotAt(40, 3), entries: [entryAt(41, 3, { kind: 1 })] },
    { term: 4, vote: 'ü', entries: [...entriesFrom(42, 60, 4), entryAt(61, 4, { size: 200_000 })] },
  ] satisfies Partial<LogWrite>[])
    await store.write([{ group, write: model.write(change) }])
  return model
}

export const closing: Claims<LogStorePlace> = {
  'close: waits for the writes under way': async (place) => {
    const store = await place.open()
    const model = await created(store)
    let left = 10
    const calls = Array.from({ length: left }, (_, i) => {
      const entries = entriesFrom(i + 1, i + 1, 1, { size: 10_000 })
      return store.write([{ group: 'group', write: model.write({ term: 1, entries }) }]).then(() => left--)
    })
    await store.close()
    assert.equal(left, 0, `${left} writes are still under way`)
    await Promise.all(calls)
  },

  'close: calls after it reject with closed': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.close()
    const write = model.write({ term: 1 })
    const calls: [string, () => Promise<unknown>][] = [
      ['groups', () => store.groups()],
      ['create', () => store.create('other', identityOf('other'))],
      ['open', () => store.open('group')],
      ['write', () => store.write([{ group: 'group', write }])],
      ['an empty write', () => store.write([])],
      ['read', () => store.read('group', 1, 1, 1000)],
      ['restore', () => store.restore('group', [])],
      ['compact', () => store.compact('group', { index: 0, term: 0 })],
      ['markRemoved', () => store.markRemoved('group', 1)],
      ['remove', () => store.remove('group')],
    ]
    for (const [name, call] of calls) await rejects(call(), 'closed', name)
  },
}

export const reopening: Claims<LogStorePlace> = {
  'close and open: everything is there again': async (place) => {
    let store = await place.open()
    const [group, other] = [await written(store), await written(store, 'other')]
    await store.markRemoved('other', 41)
    other.removedAt = 41
    const [empty, removed] = [await created(store, 'empty'), await created(store, 'removed')]
    assert.equal(removed.last, 0)
    await store.remove('removed')
    await store.close()
    for (const _ of [1, 2]) {
      store = await place.open()
      await checkLog(store, 'group', group)
      await checkLog(store, 'other', other)
      await checkLog(store, 'empty', empty)
      assert.deepEqual([...(await store.groups())].sort(), ['empty', 'group', 'other'])
      const entries = entriesFrom(group.last + 1, group.last + 5, 4)
      await store.write([{ group: 'group', write: group.write({ entries }) }])
      await store.close()
    }
  },

  'close and open: the log begins at its old base or where it was compacted to': async (place) => {
    let store = await place.open()
    const model = await written(store)
    const before = model.copy()
    await store.compact('group', model.compact(50))
    await store.close()
    store = await place.open()
    const base = (await store.open('group'))!.base.index
    await checkLog(store, 'group', base === before.base.index ? before : model)
  },
}

export const crashing: Claims<LogStorePlace> = {
  'create, write, markRemoved, remove: durable when resolved': async (place) => {
    let store = await place.open()
    const models = new Map<string, LogModel>()
    // Crashed after each kind of change in turn, so that none is made durable by a later one.
    const after = async (group: string, change: () => Promise<LogModel | null>): Promise<void> => {
      const model = await change()
      await crash(place)
      store = await place.open()
      if (model === null) models.delete(group)
      else models.set(group, model)
      assert.deepEqual([...(await store.groups())].sort(), [...models.keys()].sort())
      for (const [name, model] of models) await checkLog(store, name, model)
    }
    await after('a', () => created(store, 'a'))
    await after('b', () => written(store, 'b'))
    const [a, b] = [models.get('a')!, models.get('b')!]
    const writeA = async (change: Partial<LogWrite>): Promise<LogModel> => {
      await store.write([{ group: 'a', write: a.write(change) }])
      return a
    }
    await after('a', () => writeA({ term: 1, vote: 'a' }))
    await after('a', () => writeA({ entries: entriesFrom(1, 9, 1) }))
    await after('a', () => writeA({ term: 2, truncateFrom: 5 }))
    await after('a', () => writeA({ term: 3, reset: snapshotAt(30, 3) }))
    await after('b', async () => {
      await store.markRemoved('b', 41)
      b.removedAt = 41
      return b
    })
    await after('b', async () => {
      await store.remove('b')
      return null
    })
  },

  'write: a crash leaves each log after some number of its writes, none half done': async (place) => {
    const changes = [
      { term: 1, vote: 'a', entries: entriesFrom(1, 9, 1, { size: 5000 }) },
      { term: 2, vote: null, truncateFrom: 4, entries: entriesFrom(4, 12, 2, { size: 5000 }) },
      { term: 3, truncateFrom: 12, entries: [entryAt(12, 3)] },
      { term: 3, entries: [entryAt(13, 3)] },
      { term: 4, reset: snapshotAt(20, 3), entries: entriesFrom(21, 22, 4) },
    ]
    for (let count = 1; count <= changes.length; count++)
      for (const waited of new Set([0, count - 1])) {
        const store = await place.open()
        const group = `${count} writes of which ${waited} are waited for`
        const model = await created(store, group)
        const states = [model.copy()]
        let durable = 0
        for (const [i, change] of changes.slice(0, count).entries()) {
          const call = store.write([{ group, write: model.write(change) }])
          states.push(model.copy())
          void call.then(
            () => (durable = i + 1),
            () => {},
          )
          if (i < waited) await call
        }
        const promised = durable
        await crash(place)
        const found = await stateOf(await place.open(), group)
        const allowed = states.slice(promised).map(textOf)
        assert.ok(allowed.includes(found), `the log is\n${found}\nnone of\n${allowed.join('\n')}`)
        await crash(place)
      }
  },

  'durableAtOnce: what `write` has returned from is durable': async (place) => {
    let store = await place.open()
    // A store that doesn't say so promises nothing here.
    if (store.durableAtOnce !== true) return
    const model = await created(store)
    for (const change of [
      { term: 1, vote: 'a', entries: entriesFrom(1, 9, 1) },
      { term: 2, truncateFrom: 4, entries: entriesFrom(4, 6, 2, { size: 70_000 }) },
    ]) {
      store.write([{ group: 'group', write: model.write(change) }]).catch(() => {})
      await crash(place)
      store = await place.open()
      await checkLog(store, 'group', model)
    }
  },

  'compact: a crash leaves the old base or the new one': async (place) => {
    const store = await place.open()
    const model = await written(store)
    const before = model.copy()
    await store.compact('group', model.compact(50))
    await crash(place)
    const found = await stateOf(await place.open(), 'group')
    assert.ok([textOf(before), textOf(model)].includes(found), found)
  },
}

export const failing: Claims<LogStorePlace> = {
  'write: rejects on an I/O error, and so does every later call until the store is opened anew': async (
    place,
  ) => {
    let store = await place.open()
    const [group, other] = [await written(store), await written(store, 'other')]
    await fail(place)
    const lost = group.copy().write({ entries: entriesFrom(62, 70, 4) })
    await assert.rejects(store.write([{ group: 'group', write: lost }]), 'the write meets the error')
    const calls: [string, () => Promise<unknown>][] = [
      ['groups', () => store.groups()],
      ['create', () => store.create('third', identityOf('third'))],
      ['open', () => store.open('other')],
      ['write', () => store.write([{ group: 'other', write: other.copy().write({ term: 9 }) }])],
      ['an empty write', () => store.write([])],
      ['read', () => store.read('other', 41, 1, 1000)],
      ['compact', () => store.compact('other', { index: 50, term: 4 })],
      ['markRemoved', () => store.markRemoved('other', 1)],
      ['remove', () => store.remove('other')],
    ]
    for (const [name, call] of calls) await assert.rejects(call(), `${name} goes on after a failure`)
    await store.close()
    store = await place.open()
    await checkLog(store, 'other', other)
    const found = await stateOf(store, 'group')
    const after = group.copy()
    after.write(lost)
    assert.ok([textOf(group), textOf(after)].includes(found), found)
  },
}

/** In a place whose quota is 64 KiB. */
export const filling: Claims<LogStorePlace> = {
  'room: ok at first, then low, then full, as entries come': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const seen: Room[] = [store.room()]
    for (let i = 1; i <= 128 && seen.at(-1) !== 'full'; i++) {
      const entries = entriesFrom(i, i, 1, { size: 1024 })
      await store.write([{ group: 'group', write: model.write({ term: 1, entries }) }])
      if (store.room() !== seen.at(-1)) seen.push(store.room())
    }
    assert.deepEqual(seen, ['ok', 'low', 'full'])
    await checkLog(store, 'group', model)
  },
}

/** All that can be seen of a log, as text. */
async function stateOf(store: LogStore, group: string): Promise<string> {
  const opened = await store.open(group)
  assert.ok(opened !== null, `"${group}" has no log any more`)
  const { term, vote, base, last } = opened
  const entries = await store.read(group, base.index + 1, last - base.index + 10, Number.MAX_SAFE_INTEGER)
  return lines(term, vote, base, entries.map(asText))
}

function textOf({ term, vote, base, entries }: LogModel): string {
  return lines(term, vote, base, entries.map(asText))
}

function lines(term: number, vote: string | null, base: LogModel['base'], entries: string[]): string {
  return [`term ${term}, vote ${vote}, base ${base.index}/${base.term}`, ...entries].join('\n  ')
}
