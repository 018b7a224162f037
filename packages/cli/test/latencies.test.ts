/** What `rafted bench` makes of calls. */
import { RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { closedLoop } from '../src/bench/closed-loop.ts'
import { Latencies } from '../src/bench/latencies.ts'

test('percentiles are right within two per cent, and never beyond the longest', () => {
  const latencies = new Latencies()
  for (let i = 1; i <= 10_000; i++) latencies.add(i / 10)
  const { count, mean, p50, p90, p99, p999, max } = latencies.summary()
  expect([count, mean, max]).toEqual([10_000, 500.05, 1000])
  for (const [found, exact] of [
    [p50, 500],
    [p90, 900],
    [p99, 990],
    [p999, 999],
  ] as const) {
    expect(found).toBeGreaterThanOrEqual(exact)
    expect(found).toBeLessThanOrEqual(Math.min(exact * 1.02, max))
  }
})

test('nothing, one, and what is too short or too long for a bucket of its own', () => {
  expect(new Latencies().summary()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 })
  const one = new Latencies()
  one.add(7)
  expect(one.summary()).toEqual({ count: 1, mean: 7, p50: 7, p90: 7, p99: 7, p999: 7, max: 7 })
  const far = new Latencies()
  for (const ms of [0, 1e9]) far.add(ms)
  expect(far.summary()).toMatchObject({ p50: 0.01, p99: expect.any(Number), max: 1e9 })
})

/** Each call takes a millisecond of a clock that only calls move. */
function world() {
  let now = 0
  let under = 0
  const most = { under: 0 }
  return {
    most,
    clock: { now: () => now } as never,
    signal: new AbortController().signal,
    progress: () => {},
    async call(): Promise<void> {
      most.under = Math.max(most.under, ++under)
      await null
      under--
      now++
    },
  }
}

test('each caller asks for the next when it was answered, until the time is over or so many were asked', async () => {
  const timed = world()
  const result = await closedLoop({ ...timed, callers: 3, forMs: 30, calls: Number.POSITIVE_INFINITY })
  expect(timed.most.under).toBe(3)
  expect(result.latencies.count).toBeGreaterThanOrEqual(30)
  expect(result.latencies.count).toBeLessThanOrEqual(33)
  const few = await closedLoop({ ...world(), callers: 3, forMs: 1e9, calls: 7 })
  expect(few.latencies.count).toBe(7)
})

test('a call that fails is counted by its code, and its time is none of an answer', async () => {
  let number = 0
  const call = async (): Promise<void> => {
    if (number++ % 2 === 0) throw new RaftedError('overloaded', '', { outcome: 'not-applied' })
  }
  const result = await closedLoop({ ...world(), call, callers: 1, forMs: 1e9, calls: 10 })
  expect(result.latencies.count).toBe(5)
  expect(result.failures).toEqual({ overloaded: 5 })
  const broken = closedLoop({
    ...world(),
    call: () => Promise.reject(new TypeError('a fault of its own')),
    callers: 1,
    forMs: 1,
    calls: 1,
  })
  await expect(broken).rejects.toThrow('a fault of its own')
})

test('it ends when it is told to', async () => {
  const controller = new AbortController()
  let calls = 0
  const call = async (): Promise<void> => {
    if (++calls === 5) controller.abort()
  }
  const forEver = { callers: 1, forMs: 1e9, calls: Number.POSITIVE_INFINITY }
  await closedLoop({ ...world(), call, signal: controller.signal, ...forEver })
  expect(calls).toBe(5)
})
