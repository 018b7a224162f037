import { expect, test } from 'vitest'
import { fence } from '../src/index.ts'

test('whoever comes with a lower token than was seen is refused, and nobody else', () => {
  const guard = fence(3)
  for (const token of [3, 3, 7, 7]) guard.check(token)
  expect(() => guard.check(6)).toThrowError(
    expect.objectContaining({
      code: 'stale-token',
      outcome: 'not-applied',
      details: { token: 6, highest: 7 },
    }),
  )
  expect(guard.highest).toBe(7)
  guard.check(7)
})

test.each([0, -1, 1.5, Number.NaN, '7', undefined])('%s is no token', (token) => {
  expect(() => fence().check(token as number)).toThrow('A token is a number above zero.')
})

test('what was seen before is a number', () => {
  expect(() => fence(-1)).toThrow('The highest token is a number.')
})
