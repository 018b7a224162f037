/** Whether values are the same, and how large they are. */
import { expect, test } from 'vitest'
import { isSame, sizeOf } from '../../src/kv/values.ts'

const bytes = new Uint8Array([1, 2])

test.each([
  [1, 1, true],
  [Number.NaN, Number.NaN, true],
  [1, '1', false],
  [null, undefined, false],
  [null, {}, false],
  [2n ** 70n, 2n ** 70n, true],
  [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
  [{ a: undefined }, {}, false],
  [{ a: undefined }, { b: undefined }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]]), true],
  [new Map([[1, 1]]), new Map([[1, 2]]), false],
  [new Set([1, 2]), new Set([2, 1]), false],
  [new Set([1]), [1], false],
  [new Date(5), new Date(5), true],
  [new Date(5), new Date(6), false],
  [new Date(Number.NaN), new Date(Number.NaN), true],
  [bytes, new Uint8Array([1, 2]), true],
  [bytes, new Int8Array([1, 2]), false],
  [bytes, new Uint8Array([1, 3]), false],
])('%o and %o: %s', (a, b, same) => {
  expect(isSame(a, b)).toBe(same)
  expect(isSame(b, a)).toBe(same)
})

test('all that a value holds counts', () => {
  for (const [make, least] of [
    [(one: string) => one, 1000],
    [(one: string) => [one], 1000],
    [(one: string) => ({ one }), 1000],
    [(one: string) => ({ [one]: 1 }), 1000],
    [(one: string) => new Map([[one, 1]]), 1000],
    [(one: string) => new Map([[1, one]]), 1000],
    [(one: string) => new Set([one]), 1000],
    [(one: string) => new Uint8Array(one.length), 1000],
    [(one: string) => BigInt(`0x${one}`), 1000],
  ] as const)
    expect(sizeOf(make('1'.repeat(1001))) - sizeOf(make('1'))).toBe(least)
})
