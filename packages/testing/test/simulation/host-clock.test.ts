/** The clock of a simulated process: its rate, its stops and sleeps, and what waits for it meanwhile. */
import { expect, test } from 'vitest'
import { HostClock } from '../../src/simulation/host-clock.ts'
import { VirtualTime } from '../../src/simulation/virtual-clock.ts'

function setUp(rate = 1) {
  const time = new VirtualTime()
  const ran: string[] = []
  const clock = new HostClock({ time, rate, onRun: () => {} })
  const pass = (ms: number): void => {
    const end = time.now + ms
    while (time.step(end));
  }
  const at = (name: string) => (): void => {
    ran.push(`${name} at ${time.now.toFixed(0)}`)
  }
  return { time, clock, ran, pass, at }
}

test('a clock that runs fast measures more, and its timers run early for the others', () => {
  const { clock, ran, pass, at } = setUp(2)
  clock.after(100, at('timer'))
  pass(60)
  expect(ran).toEqual(['timer at 50'])
  expect(clock.now()).toBe(120)
})

test('a rate that changes changes nothing of what has passed', () => {
  const { clock, pass } = setUp()
  pass(100)
  clock.drift(0.5)
  pass(100)
  expect(clock.now()).toBe(150)
})

test('what a stopped process would have done it does once it goes on, in order, and its clock has not waited', () => {
  const { clock, ran, pass, at } = setUp()
  clock.after(10, at('first'))
  clock.after(20, at('second'))
  clock.hold(false)
  pass(1000)
  expect(ran).toEqual([])
  expect(clock.waiting).toBe(2)
  clock.resume()
  pass(1)
  expect(ran).toEqual(['first at 1000', 'second at 1000'])
  expect(clock.now()).toBe(1001)
})

test('the monotonic clock of a machine that sleeps stands still', () => {
  const { clock, pass } = setUp()
  pass(100)
  clock.hold(true)
  pass(1000)
  expect(clock.now()).toBe(100)
  expect(clock.wall()).toBe(1100)
  clock.resume()
  pass(10)
  expect(clock.now()).toBe(110)
})

test('a timer that was cancelled while the process stood still does not run', () => {
  const { clock, ran, pass, at } = setUp()
  const cancel = clock.after(10, at('timer'))
  clock.hold(false)
  pass(100)
  cancel()
  clock.resume()
  pass(100)
  expect(ran).toEqual([])
})

test('what its disk has finished while it stood still is done, also when it is killed then', () => {
  const { clock, ran, pass, at } = setUp()
  clock.afterOnDisk(10, at('flushed'))
  clock.after(10, at('timer'))
  clock.hold(false)
  pass(100)
  expect(ran).toEqual([])
  clock.kill()
  pass(100)
  expect(ran).toEqual(['flushed at 100'])
})

test('a process that is late does everything late, and nothing out of its time', () => {
  const { clock, ran, pass, at } = setUp()
  clock.lateMs = 50
  clock.chance = () => 0.5
  clock.after(10, at('timer'))
  clock.soon(at('soon'))
  pass(100)
  expect(ran).toEqual(['soon at 25', 'timer at 35'])
})

test('a timer for what is left of a sum of fractions lets time pass', () => {
  const { time, clock } = setUp()
  while (time.step(1_000_000));
  let runs = 0
  const again = (): void => {
    runs++
    clock.after(1e-13, again)
  }
  clock.after(0, again)
  while (runs < 1000 && time.step(1_000_001));
  expect(time.now).toBeGreaterThan(1_000_000)
})
