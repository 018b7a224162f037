/** Whether a host's two clocks agree about how much time has passed (F46b). */
import { expect, test } from 'vitest'
import { ClockWatch } from '../src/clock-watch.ts'

function setting() {
  const times = { now: 500, wall: 1_000_000 }
  const clock = { now: () => times.now, wall: () => times.wall, after: () => () => {}, soon: () => {} }
  const doubts: number[] = []
  const watch = new ClockWatch(clock, (aheadMs) => doubts.push(aheadMs))
  const pass = (nowMs: number, wallMs: number): void => {
    times.now += nowMs
    times.wall += wallMs
    expect(watch.look()).toBe(times.now)
  }
  return { doubts, pass }
}

test('clocks that go on together are not doubted, however much time passes', () => {
  const { doubts, pass } = setting()
  for (const ms of [0, 1, 20, 3_600_000]) pass(ms, ms)
  expect(doubts).toEqual([])
})

test('a machine that slept shows in the wall clock', () => {
  const { doubts, pass } = setting()
  pass(3, 5003)
  expect(doubts).toEqual([-5000])
  pass(1000, 1000)
  expect(doubts).toHaveLength(1)
})

test('time that only the monotonic clock has counted is as doubtful, and so is a wall clock that is set', () => {
  const { doubts, pass } = setting()
  pass(60_000, 10)
  pass(10, -3_599_990)
  pass(10, 7_200_010)
  expect(doubts).toEqual([59_990, 3_600_000, -7_200_000])
})

test('many small steps add up, until they are noticed', () => {
  const { doubts, pass } = setting()
  for (let i = 0; i < 7; i++) pass(10, 13)
  expect(doubts).toEqual([-21])
  for (let i = 0; i < 6; i++) pass(10, 13)
  expect(doubts).toEqual([-21])
})
