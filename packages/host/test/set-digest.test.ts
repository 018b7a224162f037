/** Two hosts that say the same digest have the same set (F131e). */
import { expect, test } from 'vitest'
import { markOf, SetDigest } from '../src/set-digest.ts'

test('a digest is that of what is in the set, in whatever order it came and whatever else went', () => {
  const [one, other] = [new SetDigest(), new SetDigest()]
  const groups = Array.from({ length: 1000 }, (_, i) => ({ incarnation: `group ${i}`, term: 1 + (i % 7) }))
  for (const group of groups) one.toggle(markOf(group))
  for (const group of groups.toReversed()) other.toggle(markOf(group))
  expect(one.value).toBe(other.value)
  other.toggle(markOf({ incarnation: 'one more', term: 1 }))
  expect(one.value).not.toBe(other.value)
  other.toggle(markOf({ incarnation: 'one more', term: 1 }))
  expect(one.value).toBe(other.value)
  for (const group of groups) one.toggle(markOf(group))
  expect(one.value).toBe(0)
})

test('each group and each term has a mark of its own, and every bit is used', () => {
  const seen = new Set<number>()
  const every = { low: 0, high: 0 }
  const some = { low: -1, high: -1 }
  for (let i = 0; i < 10_000; i++)
    for (const term of [1, 2, 2 ** 32 + 1, 2 ** 53 - 1]) {
      const mark = markOf({ incarnation: `g${i}`, term })
      every.low |= mark.low
      every.high |= mark.high
      some.low &= mark.low
      some.high &= mark.high
      const digest = new SetDigest()
      digest.toggle(mark)
      expect(Number.isSafeInteger(digest.value) && digest.value >= 0).toBe(true)
      seen.add(digest.value)
    }
  expect(seen.size).toBe(40_000)
  expect(every).toEqual({ low: -1, high: -1 })
  expect(some).toEqual({ low: 0, high: 0 })
})
