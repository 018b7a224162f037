import { expect, test } from 'vitest'
import { LastSeen } from '../src/last-seen.ts'

test('what says the same as the one before is that one', () => {
  const seen = new LastSeen<{ a: number; b?: number | undefined }>()
  const first = seen.of({ a: 1, b: 2 })
  expect(seen.of({ b: 2, a: 1 })).toBe(first)
  const other = { a: 1, b: 3 }
  expect(seen.of(other)).toBe(other)
  expect(seen.of({ a: 1, b: 3 })).toBe(other)
})

test('a field more or less, or −0 in the place of 0, is something else', () => {
  const seen = new LastSeen<{ a: number; b?: number | undefined }>()
  for (const one of [{ a: 0 }, { a: -0 }, { a: -0, b: undefined }, { a: -0 }, { a: Number.NaN }])
    expect(seen.of(one)).toBe(one)
  expect(seen.of({ a: Number.NaN })).toEqual({ a: Number.NaN })
})
