import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LogAges } from '../src/log-ages.ts'

test('the oldest entry’s age goes on without new entries, and falls when the log is compacted', () => {
  const ages = new LogAges({ index: 0, time: 0 }, 1000)
  expect(ages.ofOldest(0, 0, 5000)).toBe(0)
  // The replicated clock counts from the group's beginning, this one from anywhere.
  ages.applied(1, 100, 1100)
  ages.applied(2, 2100, 3100)
  expect(ages.ofOldest(0, 2, 3100)).toBe(2100)
  expect(ages.ofOldest(0, 2, 13_100)).toBe(12_100)
  expect(ages.ofOldest(1, 2, 13_100)).toBe(12_000)
  expect(ages.ofOldest(2, 2, 13_100)).toBe(0)
  expect(ages.since(2000, 3200)).toBe(200)
})

test('what a restarted member reads back is as old as the group’s own time says', () => {
  const ages = new LogAges({ index: 500, time: 60_000 }, 0)
  ages.applied(900, 3_600_000, 7)
  expect(ages.ofOldest(500, 900, 7)).toBe(3_540_000)
})

test('the age is never too small, and too large by a small part of the log’s span, in bounded memory', () => {
  const step = fc.record({ ms: fc.nat(1000), compact: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 300, maxLength: 400 }), (steps) => {
      const ages = new LogAges({ index: 0, time: 0 }, 0)
      const times = [0]
      let base = 0
      let now = 0
      for (const { ms, compact } of steps) {
        now += ms
        times.push(now)
        const last = times.length - 1
        ages.applied(last, now, now)
        if (compact === 0) base = Math.max(base, last - 40)
        const age = ages.ofOldest(base, last, now)
        const exact = now - times[base + 1]!
        expect(age).toBeGreaterThanOrEqual(exact)
        // Of 64 marks at least every 32nd part of the span has one; an entry lies between two.
        expect(age - exact).toBeLessThanOrEqual(1000 * Math.ceil((last - base) / 16 + 2))
      }
    }),
    { numRuns: 30 },
  )
})
