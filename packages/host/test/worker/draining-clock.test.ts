/** Before a time is over, what has arrived is read (F94s). */
import { expect, test } from 'vitest'
import { drainingClock } from '../../src/worker/draining-clock.ts'
import { ManualClock } from './manual-clock.ts'

test('a timer runs after what has arrived, and after what that makes of promises', async () => {
  const clock = new ManualClock()
  const order: string[] = []
  let arrived = true
  const draining = drainingClock(clock, () => {
    const any = arrived
    arrived = false
    if (any) void Promise.resolve().then(() => order.push('what arrived'))
    return any
  })
  draining.after(10, () => order.push('first timer'))
  await clock.pass(10)
  draining.after(10, () => order.push('second timer'))
  await clock.pass(10)
  expect(order).toEqual(['what arrived', 'first timer', 'second timer'])
})

test('a timer that what arrived has stopped does not run', async () => {
  const clock = new ManualClock()
  let ran = 0
  let stop = (): void => {}
  const draining = drainingClock(clock, () => {
    stop()
    return true
  })
  stop = draining.after(10, () => ran++)
  await clock.pass(10)
  expect(ran).toBe(0)
})

test('one that is stopped in time runs neither', async () => {
  const clock = new ManualClock()
  let ran = 0
  const draining = drainingClock(clock, () => false)
  draining.after(10, () => ran++)()
  draining.soon(() => ran++)
  await clock.pass(10)
  expect(ran).toBe(1)
  expect([draining.now(), draining.wall()]).toEqual([10, 10])
})
