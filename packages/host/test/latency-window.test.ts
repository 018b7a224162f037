import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyWindow } from '../src/latency-window.ts'

test('it tells the last sample, and of the last minute the largest and those that a half and a hundredth exceed', () => {
  const window = new LatencyWindow()
  expect(window.read(0)).toEqual({ lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  for (let i = 1; i <= 200; i++) window.add(i === 50 ? 999 : i, i)
  expect(window.read(200)).toEqual({ lastMs: 200, p50Ms: 101, p99Ms: 199, maxMs: 999 })
  // The one at 50 is older than a minute now; what is old no longer counts, but the last one stays the last.
  expect(window.read(60_051)).toMatchObject({ maxMs: 200 })
  expect(window.read(1e9)).toEqual({ lastMs: 200, p50Ms: 0, p99Ms: 0, maxMs: 0 })
})

test('it keeps a bounded number of samples, the newest', () => {
  const window = new LatencyWindow()
  for (let i = 0; i < 100_000; i++) window.add(i < 99_700 ? 1e6 : 1, 0)
  expect(window.read(0)).toEqual({ lastMs: 1, p50Ms: 1, p99Ms: 1, maxMs: 1 })
})

test('what is kept of the last reading is what would be read anew', () => {
  const step = fc.record({
    ms: fc.option(fc.integer({ min: 0, max: 9 })),
    pass: fc.integer({ min: 0, max: 30_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const window = new LatencyWindow(8)
      const samples: { readonly ms: number; readonly at: number }[] = []
      let now = 0
      for (const { ms, pass } of steps) {
        now += pass
        if (ms !== null) {
          window.add(ms, now)
          samples.push({ ms, at: now })
        }
        const anew = new LatencyWindow(8)
        for (const { ms: sample, at } of samples) anew.add(sample, at)
        expect(window.read(now)).toEqual(anew.read(now))
      }
    }),
  )
})
