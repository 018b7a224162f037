/** The sorted map that can be frozen, compared with a plain map that is sorted whenever it is looked at. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineValue, type FrozenSortedMap, type KeyRange, SortedCowMap } from '../src/index.ts'
import { emptyTree, MAX_WIDTH, MIN_WIDTH, type SortedNode, TreeChange } from '../src/sorted-tree.ts'
import { copyOf } from './copy-of.ts'
import { testCodec } from './test-codec.ts'

type Key = number | string
type Entries = (readonly [Key, unknown])[]

function compare(a: Key, b: Key): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

const sorted = (plain: ReadonlyMap<Key, unknown>): Entries => [...plain].sort(([a], [b]) => compare(a, b))

function inRange(entries: Entries, { from, after, to, before, reverse }: KeyRange<Key>): Entries {
  const found = entries.filter(
    ([key]) =>
      (from === undefined || compare(key, from) >= 0) &&
      (after === undefined || compare(key, after) > 0) &&
      (to === undefined || compare(key, to) <= 0) &&
      (before === undefined || compare(key, before) < 0),
  )
  return reverse === true ? found.reverse() : found
}

interface Model {
  readonly map: SortedCowMap<Key, unknown>
  readonly plain: Map<Key, unknown>
  readonly views: { readonly view: FrozenSortedMap<Key, unknown>; readonly expected: Entries }[]
  /** Iterators that were begun, and what they have yet to show. */
  readonly iterators: { readonly iterator: Iterator<[Key, unknown]>; readonly expected: Entries }[]
}

type Step = (model: Model) => void

const key = fc.oneof(
  fc.nat(400),
  fc.constantFrom<Key>('', 'a', 'ab', 'b', '\uffff', '\ud800\udc00', -0, -1, 0.5, Number.POSITIVE_INFINITY),
)
const bound = fc.option(key, { nil: undefined })
const range: fc.Arbitrary<KeyRange<Key>> = fc
  .tuple(bound, bound, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([low, high, isFrom, isTo, reverse]) => ({
    [isFrom ? 'from' : 'after']: low,
    [isTo ? 'to' : 'before']: high,
    reverse,
  }))

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(key, fc.nat()).map(
      ([k, v]): Step =>
        ({ map, plain }) =>
          set(map, plain, k, v),
    ),
  },
  {
    weight: 3,
    // Many that follow each other, up or down.
    arbitrary: fc.tuple(fc.nat(400), fc.nat(120), fc.boolean()).map(
      ([from, count, up]): Step =>
        ({ map, plain }) => {
          for (let i = 0; i < count; i++) set(map, plain, up ? from + i : from - i, i)
        },
    ),
  },
  {
    weight: 4,
    arbitrary: key.map(
      (k): Step =>
        ({ map, plain }) => {
          expect(map.delete(k)).toBe(plain.delete(k))
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(400), fc.nat(150)).map(
      ([from, count]): Step =>
        ({ map, plain }) => {
          for (let i = 0; i < count; i++) expect(map.delete(from + i)).toBe(plain.delete(from + i))
        },
    ),
  },
  key.map(
    (k): Step =>
      ({ map, plain }) => {
        expect([map.has(k), map.get(k)]).toEqual([plain.has(k), plain.get(k)])
      },
  ),
  range.map(
    (r): Step =>
      ({ map, plain, iterators }) => {
        const expected = inRange(sorted(plain), r)
        expect([...map.entries(r)]).toEqual(expected)
        expect([...map.keys(r)]).toEqual(expected.map(([k]) => k))
        expect([...map.values(r)]).toEqual(expected.map(([, v]) => v))
        const iterator = map.entries(r)
        expect(iterator.next().value).toEqual(expected[0])
        iterators.push({ iterator, expected: expected.slice(1) })
      },
  ),
  fc.constant<Step>(({ map, plain, views }) => {
    views.push({ view: map.freeze(), expected: sorted(plain) })
  }),
  fc.constant<Step>(({ map, plain }) => {
    map.clear()
    plain.clear()
  }),
)

function set(map: SortedCowMap<Key, unknown>, plain: Map<Key, unknown>, k: Key, v: unknown): void {
  expect(map.set(k, v)).toBe(map)
  plain.set(k, v)
}

test('it is a sorted map, and views and iterators stay as they were begun, whatever is done afterwards', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), range, (steps, r) => {
      const model: Model = { map: new SortedCowMap(), plain: new Map(), views: [], iterators: [] }
      for (const each of steps) {
        each(model)
        expect(model.map.size).toBe(model.plain.size)
      }
      expect([...model.map]).toEqual(sorted(model.plain))
      for (const { view, expected } of model.views) {
        expect(view.size).toBe(expected.length)
        expect([...view]).toEqual(expected)
        expect([...view.entries(r)]).toEqual(inRange(expected, r))
        for (const [k, v] of expected.slice(0, 3)) expect([view.has(k), view.get(k)]).toEqual([true, v])
        expect(view.has('not there')).toBe(false)
      }
      for (const { iterator, expected } of model.iterators)
        for (const entry of [...expected, undefined]) expect(iterator.next().value).toEqual(entry)
    }),
    { numRuns: 150 },
  )
})

/** What must hold of every node. @returns how deep the tree is. */
function checked(node: SortedNode<number, number>, isRoot = true): number {
  const { children, keys } = node
  const width = (children ?? keys).length
  expect(width).toBeLessThanOrEqual(MAX_WIDTH)
  expect(width).toBeGreaterThanOrEqual(isRoot ? (children === null ? 0 : 2) : MIN_WIDTH)
  if (children === null) {
    expect(node.values).toHaveLength(width)
    return 1
  }
  expect(keys).toHaveLength(width - 1)
  const depths = children.map((child, i) => {
    const [lowest, highest] = [keysOf(child)[0]!, keysOf(child).at(-1)!]
    if (i > 0) expect(lowest).toBeGreaterThanOrEqual(keys[i - 1]!)
    if (i < keys.length) expect(highest).toBeLessThan(keys[i]!)
    return checked(child, false)
  })
  expect(new Set(depths).size).toBe(1)
  return depths[0]! + 1
}

function keysOf(node: SortedNode<number, number>): number[] {
  return node.children === null ? node.keys : node.children.flatMap(keysOf)
}

function nodesOf(node: SortedNode<number, number>): SortedNode<number, number>[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)]
}

const order = (a: number, b: number): number => a - b

describe('the tree', () => {
  test('is as deep everywhere, and no node has too little or too much', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 500, maxLength: 2500 }),
        (keys) => {
          const owner = {}
          const there = new Set<number>()
          let root = emptyTree<number, number>(owner)
          for (const [i, k] of keys.entries()) {
            const change = new TreeChange<number, number>(owner, order)
            if (there.has(k)) root = change.delete(root, k)
            else root = change.set(root, k, k)
            if (!there.delete(k)) there.add(k)
            expect(change.isOther).toBe(true)
            if (i % 200 === 0) checked(root)
          }
          checked(root)
          for (const k of there) root = new TreeChange<number, number>(owner, order).delete(root, k)
          expect(root).toMatchObject({ children: null, keys: [] })
        },
      ),
      { numRuns: 20 },
    )
  })

  test('a change copies the way to its leaf and a neighbour at each level, and once for an owner', () => {
    const [former, next] = [{}, {}]
    let root = emptyTree<number, number>(former)
    const SIZE = 50_000
    for (let i = 0; i < SIZE; i++) root = new TreeChange<number, number>(former, order).set(root, i * 2, i)
    const depth = checked(root)
    expect(depth).toBeLessThanOrEqual(5)
    const before = nodesOf(root)
    const copies = (tree: SortedNode<number, number>): number =>
      nodesOf(tree).filter(({ owner }) => owner === next).length
    const changed = new TreeChange<number, number>(next, order).set(root, 777 * 2, 0)
    expect(copies(changed)).toBe(depth)
    const again = new TreeChange<number, number>(next, order).set(changed, 777 * 2, 1)
    expect(again).toBe(changed)
    const without = new TreeChange<number, number>(next, order).delete(changed, 9999 * 2)
    expect(copies(without)).toBeLessThanOrEqual(3 * depth)
    // The former owner's nodes are as they were.
    expect(nodesOf(root)).toEqual(before)
    expect(keysOf(root)).toHaveLength(SIZE)
  })
})

test('a range holds its bounds, or not, as it says', () => {
  const map = new SortedCowMap<number, null>(Array.from({ length: 500 }, (_, i) => [i * 2, null]))
  const ends = (r: KeyRange<number>) => {
    const found = [...map.keys(r)]
    return [found[0], found.at(-1), found.length]
  }
  expect(ends({ from: 200, to: 600 })).toEqual([200, 600, 201])
  expect(ends({ after: 200, before: 600 })).toEqual([202, 598, 199])
  expect(ends({ after: 200, before: 600, reverse: true })).toEqual([598, 202, 199])
  expect(ends({ from: 199, to: 601, reverse: true })).toEqual([600, 200, 201])
  expect(ends({ after: 998 })).toEqual([undefined, undefined, 0])
  expect(ends({ before: 0, reverse: true })).toEqual([undefined, undefined, 0])
  expect(ends({ from: 600, to: 200 })).toEqual([undefined, undefined, 0])
})

test('keys that have no place in the order are refused, and change nothing', () => {
  const map = new SortedCowMap<unknown, number>([[1, 1]])
  const refused = expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' })
  for (const wrong of [Number.NaN, null, undefined, {}, true, 1n, Symbol('a')]) {
    expect(() => map.set(wrong, 2)).toThrow(refused)
    expect(() => map.get(wrong)).toThrow(refused)
    expect(() => map.delete(wrong)).toThrow(refused)
    if (wrong !== undefined) expect(() => [...map.entries({ from: wrong })]).toThrow(refused)
  }
  expect(() => [...map.entries({ from: 1, after: 1 })]).toThrow(refused)
  expect(() => [...map.entries({ to: 1, before: 1 })]).toThrow(refused)
  expect([...map]).toEqual([[1, 1]])
})

test('an order of its own', () => {
  const byLength = new SortedCowMap<string, number>(
    [
      ['ccc', 1],
      ['a', 2],
    ],
    (a, b) => a.length - b.length,
  )
  byLength.set('bb', 3).set('xxx', 4)
  // One that is the same key keeps its place, and its name.
  expect([...byLength]).toEqual([
    ['a', 2],
    ['bb', 3],
    ['ccc', 4],
  ])
  expect([...byLength.entries({ after: '?', reverse: true })].map(([k]) => k)).toEqual(['ccc', 'bb'])
})

test('the state of a machine with ranges: a snapshot shows the moment at which it was begun', async () => {
  const stock = defineValue({
    create: () => new SortedCowMap<string, number>(),
    snapshot: (items) => items.freeze(),
    restore: (items, [name, count]: [string, number]) => {
      items.set(name, count)
    },
    commands: { put: (items, name: string, count: number) => items.set(name, count).size },
    queries: {
      from: (items, name: string, limit: number) => [...items.entries({ from: name })].slice(0, limit),
    },
  })
  const at = { index: 1, term: 1, time: 0, version: 1 }
  const machine = stock.create(testCodec)
  for (let i = 0; i < 5000; i++) machine.apply(['put', `item ${i}`, i], at)
  const chunks = machine.snapshot()
  for (let i = 0; i < 5000; i++) machine.apply(['put', `item ${i}`, -1], at)
  machine.apply(['put', 'item 10005', 3], at)
  const copy = await copyOf(stock, chunks)
  expect(copy.query(['from', 'item 1000', 2])).toEqual([
    ['item 1000', 1000],
    ['item 1001', 1001],
  ])
  expect(machine.query(['from', 'item 1000', 2])).toEqual([
    ['item 1000', -1],
    ['item 10005', 3],
  ])
})
