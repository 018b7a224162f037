/** What a log store says of `write`. */
import assert from 'node:assert/strict'
import type { GroupWrite, LogEntry } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import type { Claims } from './case.ts'
import { asText, checkEntries, checkLog, entriesFrom, entryAt, snapshotAt } from './log-model.ts'
import { created, type LogStorePlace } from './log-store-place.ts'

export const writing: Claims<LogStorePlace> = {
  'write: appends, and keeps every field of an entry': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const kinds = Object.values(EntryKind)
    const entries = kinds.map((kind, i) => entryAt(i + 1, i + 1, { kind, time: i * i, size: i }))
    await store.write([{ group: 'group', write: model.write({ term: 9, vote: 'x', entries }) }])
    await checkLog(store, 'group', model)
    await store.write([
      { group: 'group', write: model.write({ entries: entriesFrom(kinds.length + 1, 70, 9) }) },
    ])
    await checkLog(store, 'group', model)
  },

  'write: term and vote without an entry leave the entries': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 5, 1) }) }])
    await store.write([{ group: 'group', write: model.write({ term: 2, vote: 'b' }) }])
    await checkLog(store, 'group', model)
  },

  'write: forgets from `truncateFrom` on': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 9, 1) }) }])
    for (const truncateFrom of [9, 4, 1]) {
      await store.write([{ group: 'group', write: model.write({ truncateFrom }) }])
      await checkLog(store, 'group', model)
    }
  },

  'write: truncates, then appends, in one write': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 9, 1) }) }])
    const shorter = { term: 2, truncateFrom: 4, entries: entriesFrom(4, 6, 2) }
    await store.write([{ group: 'group', write: model.write(shorter) }])
    await checkLog(store, 'group', model)
    const longer = { term: 3, truncateFrom: 6, entries: entriesFrom(6, 30, 3) }
    await store.write([{ group: 'group', write: model.write(longer) }])
    await checkLog(store, 'group', model)
  },

  'write: reset forgets every entry, and the log begins after its place': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 9, 1) }) }])
    for (const [index, term] of [
      [5, 3],
      [100, 3],
      [2 ** 53 - 10, 7],
    ] as const) {
      await store.write([{ group: 'group', write: model.write({ term, reset: snapshotAt(index, term) }) }])
      await checkLog(store, 'group', model)
      const entries = entriesFrom(index + 1, index + 3, term, { time: index })
      await store.write([{ group: 'group', write: model.write({ entries }) }])
      await checkLog(store, 'group', model)
    }
  },

  'write: reset, then truncateFrom, then entries': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([{ group: 'group', write: model.write({ term: 1, entries: entriesFrom(1, 20, 1) }) }])
    const entries = entriesFrom(11, 12, 3)
    const write = model.write({ term: 3, reset: snapshotAt(10, 2), truncateFrom: 11, entries })
    await store.write([{ group: 'group', write }])
    await checkLog(store, 'group', model)
  },

  'write: many groups in one call': async (place) => {
    const store = await place.open()
    const names = Array.from({ length: 40 }, (_, i) => `group ${i}`)
    const models = new Map(
      await Promise.all(names.map(async (name) => [name, await created(store, name)] as const)),
    )
    for (const round of [1, 2, 3]) {
      const writes: GroupWrite[] = []
      for (const [i, name] of names.entries()) {
        const model = models.get(name)!
        const entries = entriesFrom(model.last + 1, model.last + (i % 4), round + i)
        writes.push({ group: name, write: model.write({ term: round + i, vote: name, entries }) })
      }
      await store.write(writes)
    }
    for (const [name, model] of models) await checkLog(store, name, model)
  },

  'write: several for one group in one call, in their order': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([
      { group: 'group', write: model.write({ term: 1, vote: 'a', entries: entriesFrom(1, 5, 1) }) },
      { group: 'group', write: model.write({ term: 2, vote: 'b', truncateFrom: 3 }) },
      { group: 'group', write: model.write({ term: 3, vote: null, entries: entriesFrom(3, 4, 3) }) },
    ])
    await checkLog(store, 'group', model)
  },

  'write: no group at all is no error': async (place) => {
    const store = await place.open()
    const model = await created(store)
    await store.write([])
    await checkLog(store, 'group', model)
  },

  'write: touches no other log': async (place) => {
    const store = await place.open()
    const [a, b] = [await created(store, 'a'), await created(store, 'b')]
    await store.write([{ group: 'b', write: b.write({ term: 4, vote: 'x', entries: entriesFrom(1, 9, 4) }) }])
    await store.write([{ group: 'a', write: a.write({ term: 1, entries: entriesFrom(1, 5, 1) }) }])
    await store.write([{ group: 'a', write: a.write({ term: 2, truncateFrom: 2 }) }])
    await store.write([{ group: 'a', write: a.write({ reset: snapshotAt(30, 2) }) }])
    await checkLog(store, 'a', a)
    await checkLog(store, 'b', b)
  },

  'write: read sees it as soon as the call has returned': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const underWay: Promise<void>[] = []
    const readAll = () => store.read('group', 1, 100, Number.MAX_SAFE_INTEGER)
    for (const change of [
      { term: 1, entries: entriesFrom(1, 5, 1, { size: 3000 }) },
      { term: 1, entries: entriesFrom(6, 9, 1, { size: 3000 }) },
      { term: 2, truncateFrom: 3, entries: entriesFrom(3, 4, 2) },
    ]) {
      underWay.push(store.write([{ group: 'group', write: model.write(change) }]))
      const expected = [...model.entries]
      checkEntries(await readAll(), expected)
    }
    await Promise.all(underWay)
    await checkLog(store, 'group', model)
  },

  'write: calls resolve in the order they were made': async (place) => {
    const store = await place.open()
    const models = await Promise.all(['a', 'b', 'c'].map((name) => created(store, name)))
    const resolved: number[] = []
    const calls = Array.from({ length: 30 }, (_, i) => {
      const [group, model] = [['a', 'b', 'c'][i % 3]!, models[i % 3]!]
      const entries = entriesFrom(model.last + 1, model.last + 2, 1, { size: i % 7 === 0 ? 50_000 : 1 })
      const call = store.write([{ group, write: model.write({ term: 1, entries }) }])
      return call.then(() => resolved.push(i))
    })
    await Promise.all(calls)
    assert.deepEqual(
      resolved,
      calls.map((_, i) => i),
    )
    for (const [i, name] of ['a', 'b', 'c'].entries()) await checkLog(store, name, models[i]!)
  },

  'write: payloads of any size, in arrays of any kind, come back byte for byte': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const sizes = [0, 1, 7, 8, 31, 255, 256, 4095, 4096, 65_535, 65_536, 1_000_003]
    const plain = sizes.map((size, i) => entryAt(i + 1, 1, { size }))
    const pool = Buffer.alloc(300, 0xee)
    const view = pool.subarray(100, 200).fill(0x11)
    const others = [view, new Uint8Array(pool.buffer, pool.byteOffset + 150, 100), Buffer.from('text')]
    const rest = others.map((payload, i) => ({ ...entryAt(sizes.length + i + 1, 1), payload }))
    const write = model.write({ term: 1, entries: [...plain, ...rest] })
    await store.write([{ group: 'group', write }])
    await checkLog(store, 'group', model)
  },

  'write: changes nothing of what it is given': async (place) => {
    const store = await place.open()
    const model = await created(store)
    const pool = new Uint8Array(400).fill(0xee)
    const payload = pool.subarray(100, 300).fill(0x22)
    const entries: LogEntry[] = [
      Object.freeze({ ...entryAt(1, 1), payload }),
      Object.freeze(entryAt(2, 1, { size: 70_000 })),
    ]
    const before = entries.map(asText)
    const write = Object.freeze({ ...model.write({ term: 1, entries }), entries: Object.freeze(entries) })
    await store.write(Object.freeze([Object.freeze({ group: 'group', write })]))
    await store.read('group', 1, 10, 1000)
    await store.compact('group', { index: 1, term: 1 })
    await store.remove('group')
    assert.deepEqual(entries.map(asText), before)
    const around = [...pool.subarray(0, 100), ...pool.subarray(300)]
    assert.ok(
      around.every((byte) => byte === 0xee),
      'bytes beside a payload were changed',
    )
  },
}
