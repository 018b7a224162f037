/** What counts as equal when values are compared: the hash and the search for the difference agree on it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentHash } from '../../src/determinism/content-hash.ts'
import { firstDifference } from '../../src/determinism/difference.ts'

const same = (a: unknown, b: unknown): boolean => {
  const difference = firstDifference(a, b)
  expect(contentHash(a) === contentHash(b), JSON.stringify(difference)).toBe(difference === null)
  return difference === null
}

const bare = (entries: object): object => Object.assign(Object.create(null), entries)

test.each<[string, unknown, unknown, string]>([
  [
    'the order of a Map',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
    "value, key number 1: 'a' | 'b'",
  ],
  ['the order of a Set', new Set([1, 2]), new Set([2, 1]), 'value, key number 1: 1 | 2'],
  ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, "value, key number 1: 'a' | 'b'"],
  ['a key that is missing', [{ a: undefined }], [{}], "value[0], key number 1: 'a' | nothing"],
  ['a hole', [undefined], new Array(1), 'value[0]: undefined | a hole'],
  [
    'a value in a Map',
    new Map([['a', { b: 1 }]]),
    new Map([['a', { b: 2 }]]),
    'value.get(\'a\')["b"]: 1 | 2',
  ],
  [
    'a key of a Map that is a value',
    new Map([[[1], 1]]),
    new Map([[[2], 1]]),
    'value, key number 1: [ 1 ] | [ 2 ]',
  ],
  ['minus zero', [0], [-0], 'value[0]: 0 | -0'],
  ['a number and its text', [1], ['1'], "value[0]: 1 | '1'"],
  ['a bigint and a number', 1n, 1, 'value: 1n | 1'],
  ['null and undefined', [null], [undefined], 'value[0]: null | undefined'],
  ['an array and an object', { a: [] }, { a: {} }, 'value["a"]: Array [] | Object {}'],
  ['a Map and a Set', new Map(), new Set(), 'value: Map Map(0) {} | Set Set(0) {}'],
  ['a date', new Date(0), new Date(1), 'value: 1970-01-01T00:00:00.000Z | 1970-01-01T00:00:00.001Z'],
  ['a byte', Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(1, 2, 3, 4, 6), 'value, byte 4: 5 | 6'],
  ['the length of bytes', Uint8Array.of(1), Uint8Array.of(1, 0), 'value, byte 1: nothing | 0'],
  [
    'the class of bytes',
    Uint8Array.of(1),
    Int8Array.of(1),
    'value: Uint8Array Uint8Array(1) [ 1 ] | Int8Array Int8Array(1) [ 1 ]',
  ],
  ['a Buffer', Buffer.of(1), Uint8Array.of(1), 'value: Buffer <Buffer 01> | Uint8Array Uint8Array(1) [ 1 ]'],
  [
    'what has no prototype',
    {},
    bare({}),
    'value: Object {} | an object without a prototype [Object: null prototype] {}',
  ],
  ['where one ends and the next begins', [['a'], []], [[], ['a']], 'value[0], length: 1 | 0'],
  ['texts that join alike', ['ab', 'c'], ['a', 'bc'], "value[0]: 'ab' | 'a'"],
])('%s makes a difference', (_, a, b, said) => {
  expect(same(a, b)).toBe(false)
  const { path, left, right } = firstDifference(a, b)!
  expect(`${path}: ${left} | ${right}`).toBe(said)
})

test('NaN is NaN, frozen is as good as not, and the same object twice is two alike', () => {
  const part = { a: 1 }
  expect(same([Number.NaN], [Number.NaN])).toBe(true)
  expect(same([new Float64Array([Number.NaN])], [new Float64Array([Number.NaN])])).toBe(true)
  expect(same(Object.freeze([part, part]), [{ a: 1 }, { a: 1 }])).toBe(true)
  expect(same(bare({ a: 1 }), bare({ a: 1 }))).toBe(true)
})

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withSparseArray: true,
})

test('any two values have the same hash if, and only if, there is no difference', () => {
  fc.assert(
    fc.property(anything, anything, (a, b) => void same(a, b)),
    { numRuns: 2_000 },
  )
  const twice = anything.chain((value) => fc.tuple(fc.clone(fc.constant(value), 1), fc.constant(value)))
  fc.assert(
    fc.property(twice, ([[a], b]) => void expect(same(a, b)).toBe(true)),
    { numRuns: 500 },
  )
})

test('a value that contains itself is refused, and so is none that is only deep', () => {
  const itself: unknown[] = []
  itself.push(itself)
  expect(() => contentHash(itself)).toThrow(/contains itself/)
  expect(() => contentHash(new Array(2 ** 31))).toThrow(/parts/)
  let deep: unknown = null
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(contentHash(deep)).toBe(contentHash(deep))
})
