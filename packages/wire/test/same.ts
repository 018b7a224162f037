import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/** `toStrictEqual`, which takes long over bytes, asked only to show a difference. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  // Before Node.js 24, an invalid date is the same as no other to `isDeepStrictEqual`.
  if (isDeepStrictEqual(withoutInvalidDates(actual), withoutInvalidDates(expected))) return
  expect(actual).toStrictEqual(expected)
  expect.fail('isDeepStrictEqual sees a difference that toStrictEqual does not')
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

const invalidDate = Symbol('an invalid date')

/** A value of the kinds that codecs read, with a mark for each invalid date. What holds none is given back as it is. */
function withoutInvalidDates(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? invalidDate : value
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  const marked = parts.map(withoutInvalidDates)
  if (marked.every((part, i) => Object.is(part, parts[i]))) return value
  return [Object.getPrototypeOf(value), Object.keys(value), marked]
}
