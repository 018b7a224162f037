/** A lease that outlives the leader's right to it is seen, by the time of the cluster; what its process can't know yet is none. */
import type { Member } from '@rafted/host'
import { expect, test } from 'vitest'
import { HostClock } from '../../src/simulation/host-clock.ts'
import { brokenLease, type Holder } from '../../src/simulation/promises/lease-promise.ts'
import { VirtualTime } from '../../src/simulation/virtual-clock.ts'

/** `a` holds a lease of term 2 until 1000, by its own clock; `b` leads this term. */
function setting(rivalTerm: number) {
  const time = new VirtualTime()
  const newClock = () => new HostClock({ time, rate: 1, onRun: () => {} })
  const member = (term: number, leaseUntil: number): Member =>
    ({ ended: null, leads: true, core: { standing: { term }, leaseUntil } }) as unknown as Member
  const clock = newClock()
  const holders: Holder[] = [
    { name: 'a#1', member: member(2, 1000), clock },
    { name: 'b#1', member: member(rivalTerm, Number.NEGATIVE_INFINITY), clock: newClock() },
  ]
  const pass = (ms: number): void => {
    time.step(time.now + ms)
  }
  return { clock, pass, broken: () => brokenLease('group', holders) }
}

test('another leader of a later term breaks a lease, until that is over', () => {
  const { broken, pass } = setting(3)
  pass(999)
  expect(broken()).toBe('group: a#1 trusts a lease of term 2, and b#1 leads term 3')
  pass(1)
  expect(broken()).toBeNull()
})

test('a leader of an earlier term that knows of nothing breaks none', () => {
  expect(setting(1).broken()).toBeNull()
})

test('a process that stands still trusts nothing, and one whose clocks have come apart nothing until it has looked', () => {
  const { broken, clock, pass } = setting(3)
  clock.hold(true)
  pass(5000)
  expect(broken()).toBeNull()
  clock.resume()
  expect(clock.now()).toBe(0)
  expect(broken()).toBeNull()
  clock.wall()
  expect(broken()).not.toBeNull()
  for (const change of [() => clock.jump(10), () => clock.setWall(10)]) {
    change()
    expect(broken()).toBeNull()
    clock.wall()
    expect(broken()).not.toBeNull()
  }
})
