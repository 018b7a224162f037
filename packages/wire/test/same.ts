import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/** `toStrictEqual`, which takes long over bytes, asked only to show a difference. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return
  expect(actual).toStrictEqual(expected)
  expect.fail('isDeepStrictEqual sees a difference that toStrictEqual does not')
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
