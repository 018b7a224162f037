/** The store alone: what it refuses, how it sweeps, where it ends its answers. */
import { CommandError } from '@rafted/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kvStore } from '../../src/index.ts'
import { Store } from './store.ts'

const many = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `k${String(i).padStart(5, '0')}`)

/** A store with so many keys. */
function filled(count: number, options: object = {}): Store {
  const store = new Store()
  for (const key of many(count)) store.do('put', key, key, options)
  return store
}

const text = (length: number): string => 'x'.repeat(length)

describe('arguments of any shape', () => {
  test('are refused with a CommandError, and nothing is changed', async () => {
    const names = fc.constantFrom(...kvStore.commandNames, ...kvStore.queryNames)
    const fields = fc.dictionary(
      fc.constantFrom(
        'key',
        'range',
        'if',
        'then',
        'else',
        'op',
        'ttlMs',
        'lease',
        'prefix',
        'from',
        'limit',
        'value',
        'ifRevision',
        'revision',
        'maxBytes',
      ),
      fc.oneof(
        fc.anything(),
        fc.constantFrom('a', 1, [{ op: 'put', key: 'a' }], [{ key: 'a', revision: null }], { above: 'x' }),
      ),
    )
    const argument = fc.oneof(fc.anything(), fields, fc.constantFrom('a', 3))
    await fc.assert(
      fc.property(names, fc.array(argument, { maxLength: 4 }), (name, args) => {
        const store = new Store()
        store.do('put', 'a', 1, { ttlMs: 50 })
        store.do('put', 'b', 2)
        store.do('grantLease', 70)
        const before = store.snapshot()
        const { deadline } = store
        try {
          if (kvStore.commandNames.includes(name)) store.do(name, ...args)
          else store.ask(name, ...args)
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError)
          expect(store.snapshot()).toBe(before)
          expect(store.deadline).toBe(deadline)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['put', '', 1],
    ['put', 7, 1],
    ['put', text(1025), 1],
    ['put', 'a', 1, { ttl: 5 }],
    ['put', 'a', 1, { ttlMs: 0 }],
    ['put', 'a', 1, { ttlMs: 1.5 }],
    ['put', 'a', 1, { ttlMs: 1e15 }],
    ['put', 'a', 1, { ttlMs: 5, lease: 1 }],
    ['put', 'a', 1, { ifAbsent: true, ifRevision: 3 }],
    ['put', 'a', 1, new Map()],
    ['delete', 'a', { ifRevision: -1 }],
    ['deleteRange', { from: 'a', after: 'a' }],
    ['deleteRange', { limit: 3 }],
    ['touch', 'a'],
    ['transact', { then: [{ op: 'get', key: 'a', value: 1 }] }],
    ['transact', { then: [{ op: 'toString', key: 'a' }] }],
    ['transact', { if: [{ key: 'a' }] }],
    ['transact', { if: [{ key: 'a', version: null }] }],
    ['transact', { if: 'a' }],
    ['transact', { else: [null] }],
    ['transact', { then: Array.from({ length: 129 }, () => ({ op: 'get', key: 'a' })) }],
    ['transact', { then: Array.from({ length: 17 }, () => ({ op: 'range', range: {} })) }],
    ['limit', { historyEvents: 0 }],
  ] as const)('%s %j %j %j', (name, ...args) => {
    expect(new Store().refusal(name, ...args)).toBe('bad-argument')
  })
})

describe('what is too large', () => {
  test('is refused: a value of too many bytes or levels', () => {
    const store = new Store()
    expect(store.refusal('put', 'a', text(2 ** 20))).toBe('too-large')
    expect(store.refusal('put', 'a', new Uint8Array(2 ** 20))).toBe('too-large')
    let deep: unknown = 1
    for (let i = 0; i < 81; i++) deep = { deep }
    expect(store.refusal('put', 'a', deep)).toBe('too-large')
    expect(store.refusal('put', 'a', (deep as { deep: unknown }).deep)).toBe('none')
    expect(store.do('put', 'b', text(2 ** 20 - 8)).done).toBe(true)
  })

  test('is refused in the branch that isn’t taken as well, and nothing of the transaction is done', () => {
    const store = new Store()
    const then = [{ op: 'put', key: 'a', value: 1 }]
    expect(store.refusal('transact', { then, else: [{ op: 'put', key: 'b', value: text(2 ** 20) }] })).toBe(
      'too-large',
    )
    expect(store.ask('get', 'a')).toBeNull()
  })

  test('is refused where the store is full, unless it makes nothing larger', () => {
    const store = new Store()
    store.do('put', 'a', text(1000))
    store.do('limit', { maxBytes: store.ask('stats').bytes + 500 })
    expect(store.refusal('put', 'b', text(500))).toBe('full')
    expect(store.refusal('put', 'a', text(1600))).toBe('full')
    const two = ['b', 'c'].map((key) => ({ op: 'put', key, value: text(200) }))
    expect(store.refusal('transact', { then: two })).toBe('full')
    expect(store.ask('count', {}).count).toBe(1)
    expect(store.refusal('transact', { then: two.slice(1) })).toBe('none')
    expect(store.refusal('grantLease', 10)).toBe('none')
    expect(store.refusal('grantLease', 10)).toBe('full')
    store.do('limit', { maxBytes: 0 })
    expect(store.refusal('put', 'a', text(900))).toBe('none')
    expect(store.refusal('put', 'a', text(901))).toBe('full')
    store.do('deleteRange', {})
    store.time += 10
    store.do('sweep')
    expect(store.ask('stats').bytes).toBe(0)
  })

  test('an answer that may be is refused before anything is done', () => {
    const store = new Store()
    for (const key of ['a', 'b', 'c', 'd', 'e']) store.do('put', key, text(1_000_000))
    const keys = ['a', 'b', 'c', 'd', 'e']
    expect(
      store.refusal('transact', { then: keys.map((key) => ({ op: 'put', key, value: 1, previous: true })) }),
    ).toBe('too-large')
    expect(store.ask('get', 'a').version).toBe(1)
    expect(() => store.ask('many', keys)).toThrow(/answer/)
    // What it puts itself counts as well.
    const puts = keys.slice(0, 3).flatMap((key) => [
      { op: 'put', key: `${key}2`, value: text(1_000_000) },
      { op: 'get', key: `${key}2` },
    ])
    expect(store.refusal('transact', { then: puts })).toBe('none')
    expect(
      store.refusal('transact', { then: [...puts, { op: 'get', key: 'd' }, { op: 'get', key: 'e' }] }),
    ).toBe('too-large')
    // Ranges take what is left.
    const { results } = store.do('transact', {
      then: [
        ...keys.slice(0, 3).map((key) => ({ op: 'get', key })),
        { op: 'range', range: {} },
        { op: 'range', range: { from: 'b' } },
      ],
    })
    expect(results[3].entries.length).toBe(1)
    expect(results[4]).toEqual({ op: 'range', entries: [], next: 'b' })
  })
})

describe('ranges', () => {
  test('end where a page is full, and say where to go on', () => {
    const store = filled(2500)
    const first = store.ask('range', {})
    expect(first.entries.length).toBe(1000)
    expect(first.next).toBe('k01000')
    expect(store.ask('keys', { from: 'k02000' })).toMatchObject({ next: null, revision: 2500 })
    expect(store.ask('range', { reverse: true, limit: 2 })).toMatchObject({ next: 'k02497' })
    expect(store.ask('count').count).toBe(2500)
  })

  test('end where an answer is as large as they get', () => {
    const store = new Store()
    for (const key of ['a', 'b', 'c', 'd']) store.do('put', key, text(400_000))
    expect(store.ask('range')).toMatchObject({ entries: [{ key: 'a' }, { key: 'b' }], next: 'c' })
  })

  test('end where they have gone over many whose time is over', () => {
    const store = filled(21_000, { ttlMs: 5000 })
    store.do('put', 'z', 1)
    store.time += 6000
    const { entries, next } = store.ask('range')
    expect(entries).toEqual([])
    expect(next).toBe('k20000')
    expect(store.ask('range', { from: next })).toMatchObject({ entries: [{ key: 'z' }], next: null })
    expect(store.do('deleteRange', {})).toMatchObject({ deleted: 0, next: 'z' })
  })

  test('are deleted by the thousand; by a transaction as a whole, or not at all', () => {
    const store = filled(1500)
    const then = [{ op: 'deleteRange', range: { prefix: 'k' } }]
    expect(store.refusal('transact', { then })).toBe('too-many')
    expect(store.do('deleteRange', {})).toMatchObject({ deleted: 1000, next: 'k01000' })
    // Those that it puts itself are among them.
    const put = { op: 'put', key: 'kx', value: 1 }
    expect(store.do('transact', { then: [put, ...then] }).results[1].deleted).toBe(501)
    expect(store.ask('count').count).toBe(0)
  })
})

describe('time', () => {
  test('takes a key when it is over, before anybody sweeps', () => {
    const store = new Store()
    store.do('put', 'a', 1, { ttlMs: 100 })
    store.time += 99
    expect(store.ask('get', 'a')).toMatchObject({ value: 1, expiresAt: 1100 })
    store.time += 1
    expect(store.ask('get', 'a')).toBeNull()
    expect(store.do('put', 'a', 2, { ifAbsent: true, previous: true })).toEqual({
      done: true,
      revision: 2,
      previous: null,
    })
    expect(store.ask('get', 'a')).toMatchObject({ created: 2, version: 1 })
    expect(store.ask('news', {}, 1).moments[0].events.map(({ kind }: { kind: string }) => kind)).toEqual([
      'expire',
      'put',
    ])
  })

  test('is swept in bounded parts: keys, and the keys of a lease, which goes with the last of them', () => {
    const store = filled(700, { ttlMs: 100 })
    const lease = store.do('grantLease', 50)
    for (let i = 0; i < 700; i++) store.do('put', `l${i}`, 1, { lease })
    store.time += 100
    const left: unknown[] = []
    for (let i = 0; i < 4; i++) {
      store.do('sweep')
      const { entries, leases } = store.ask('stats')
      left.push([entries, leases, store.deadline])
    }
    expect(left).toEqual([
      [888, 1, 1050],
      [377, 0, 1100],
      [0, 0, null],
      [0, 0, null],
    ])
  })

  test('is that of its lease for all its keys, and they go at once', () => {
    const store = new Store()
    const lease = store.do('grantLease', 100)
    for (let i = 0; i < 600; i++) store.do('put', `l${i}`, i, { lease })
    store.time += 60
    expect(store.do('keepLease', lease)).toBe(true)
    store.time += 99
    expect(store.ask('get', 'l1')).toMatchObject({ lease, expiresAt: 1160 })
    expect(store.ask('lease', lease)).toMatchObject({ ttlMs: 100, expiresAt: 1160 })
    store.do('touch', 'l1', 500)
    expect(store.do('endLease', lease)).toBe(true)
    // More than one command sweeps: nobody sees the rest any more.
    expect(store.ask('stats').entries).toBe(600 - 512)
    expect(store.ask('range').entries).toMatchObject([{ key: 'l1', lease: null }])
    expect(store.do('keepLease', lease)).toBe(false)
    expect(store.do('endLease', lease)).toBe(false)
    // It has not been swept, and takes no more keys.
    expect(store.ask('stats').leases).toBe(1)
    expect(store.refusal('put', 'a', 1, { lease })).toBe('no-such-lease')
    expect(store.refusal('transact', { then: [{ op: 'put', key: 'a', value: 1, lease }] })).toBe(
      'no-such-lease',
    )
    expect(store.deadline).toBe(store.time)
    store.do('sweep')
    expect(store.ask('stats')).toMatchObject({ entries: 1, leases: 0 })
  })
})

test('a transaction is done if all of its conditions hold, and else what is to be done else', () => {
  const store = new Store()
  store.do('put', 'a', { n: 1 })
  const then = [{ op: 'put', key: 'b', value: 1 }]
  const otherwise = [{ op: 'get', key: 'a' }]
  const a = { key: 'a', value: { n: 1 }, exists: true, version: 1, created: { below: 2 } }
  const refused = store.do('transact', { if: [a, { key: 'b', exists: true }], then, else: otherwise })
  expect(refused).toMatchObject({
    succeeded: false,
    revision: 1,
    results: [{ op: 'get', entry: { key: 'a' } }],
  })
  for (const wrong of [{ exists: false }, { version: 2 }, { value: { n: 2 } }, { revision: { above: 1 } }])
    expect(store.do('transact', { if: [{ ...a, ...wrong }], then }).succeeded).toBe(false)
  expect(store.do('transact', { if: [a, { key: 'b', revision: 0 }], then })).toEqual({
    succeeded: true,
    revision: store.index,
    results: [{ op: 'put' }],
  })
})

test('many forgotten moments are forgotten in parts, and restored stores have forgotten them too', async () => {
  const store = filled(3000)
  store.do('limit', { historyEvents: 100 })
  expect(store.ask('stats').historyFrom).toBe(513)
  for (let i = 0; i < 6; i++) store.do('sweep')
  expect(store.ask('stats')).toMatchObject({ historyFrom: 2901, historyEvents: 100 })
  const restored = await store.restored()
  expect(restored.ask('stats')).toEqual(store.ask('stats'))
  expect(restored.ask('news', {}, 2899)).toEqual({ kind: 'forgotten' })
})

test('a watcher of much is told all of it, in answers of a bounded size', () => {
  const store = filled(3000)
  const answers: number[] = []
  const told: number[] = []
  for (let after = 0, isMore = true; isMore; ) {
    const { upTo, moments } = store.ask('news', { range: { prefix: 'k' } }, after)
    told.push(...moments.map(({ revision }: { revision: number }) => revision))
    answers.push(moments.length)
    isMore = upTo > after
    after = upTo
  }
  expect(answers).toEqual([1024, 1024, 952, 0])
  expect(told).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
  for (let i = 0; i < 4; i++) store.do('put', 'large', text(400_000))
  expect(store.ask('news', {}, 3000).moments.length).toBe(3)
})

test('a watcher whom nothing concerns is moved on now and then, before it is forgotten', () => {
  const store = filled(63)
  expect(store.ask('news', { key: 'other' }, 0)).toEqual({ kind: 'news', upTo: 0, moments: [] })
  store.do('put', 'one more', 1)
  expect(store.ask('news', { key: 'other' }, 0)).toEqual({ kind: 'news', upTo: 64, moments: [] })
  store.do('limit', { historyEvents: 20 })
  for (let i = 0; i < 5; i++) store.do('put', 'a', i)
  expect(store.ask('news', { key: 'other' }, 64)).toMatchObject({ upTo: 70 })
  store.do('limit', { historyEvents: 1000, historyBytes: 40_000 })
  store.do('put', 'large', text(10_000))
  expect(store.ask('news', { key: 'other' }, 70)).toMatchObject({ upTo: 72 })
})
