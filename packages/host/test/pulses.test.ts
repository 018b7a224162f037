/** Hosts on which quiet members rely are watched, once for all groups. */
import type { Item } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Pulses } from '../src/pulses.ts'
import { handClock } from './hand-clock.ts'

/** One host, on a clock that the test moves. */
function setting() {
  const { clock, ...hand } = handClock()
  const sent: string[] = []
  const pulses = new Pulses({
    clock,
    random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
    outbox: { push: (address: string, item: Item) => void sent.push(`${address} ${item.kind}`) },
    wake: () => {},
  })
  return { pulses, sent, ...hand }
}

const times = { heartbeatMs: 200, electionMs: 1000 }
function quiet() {
  const lost: string[] = []
  return { lost, suspect: (host: string) => void lost.push(host) }
}
const b = { host: 'b', address: 'at-b' }
const c = { host: 'c', address: 'at-c' }

test('a host is sent one pulse for however many groups rely on it, and none when none does any more', () => {
  const { pulses, sent, pass, timers } = setting()
  const members = Array.from({ length: 1000 }, quiet)
  for (const member of members) pulses.begin(member, [b, c], times)
  pass(200)
  expect(sent.toSorted()).toEqual(['at-b pulse', 'at-c pulse'])
  for (const member of members) pulses.end(member)
  pass(400)
  expect(sent.length).toBe(2)
  expect(timers()).toBe(0)
})

test('a host that is silent for an election timeout is lost to all that rely on it, and to nobody else', () => {
  const { pulses, pass } = setting()
  const [one, two, other] = [quiet(), quiet(), quiet()]
  pulses.begin(one, [b, c], times)
  pulses.begin(two, [b], times)
  pulses.begin(other, [c], times)
  for (let beats = 0; beats < 20; beats++) {
    pass(200)
    pulses.heard('c', 'life.0')
    if (beats < 10) pulses.heard('b', 'life.0')
    if (beats === 14) expect([one.lost, two.lost]).toEqual([[], []])
  }
  expect([one.lost, two.lost, other.lost]).toEqual([['b'], ['b'], []])
  expect(pulses.silentMs('c')).toBe(0)
})

test('a host that was started anew, or whose quiet leader has ended, is lost as well: its pulse names another time', () => {
  const { pulses } = setting()
  const [one, two] = [quiet(), quiet()]
  pulses.begin(one, [b], times)
  pulses.heard('b', 'life.0')
  pulses.heard('b', 'life.0')
  expect(one.lost).toEqual([])
  pulses.heard('b', 'life.1')
  expect(one.lost).toEqual(['b'])
  pulses.begin(two, [b], times)
  pulses.heard('b', 'life.1')
  expect(two.lost).toEqual([])
  pulses.heard('b', 'other.0')
  expect(two.lost).toEqual(['b'])
})

test('what its own pulses name changes when a quiet leader ends here', () => {
  const { pulses, pass } = setting()
  const named: string[] = []
  const other = new Pulses({
    clock: {
      now: () => 0,
      wall: () => 0,
      soon: () => {},
      after: (_, run) => {
        runs.push(run)
        return () => {}
      },
    },
    random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
    outbox: { push: (_: string, item: Item) => void (item.kind === 'pulse' && named.push(item.time)) },
    wake: () => {},
  })
  const runs: (() => void)[] = []
  other.begin(quiet(), [b], times)
  runs.shift()!()
  other.leaderEnded()
  runs.shift()!()
  expect(new Set(named).size).toBe(2)
  pass(0)
  pulses.close()
})

test('a process that was blocked hears what others have said meanwhile before it calls them lost (F94g)', () => {
  const { pulses, pass, block } = setting()
  const one = quiet()
  pulses.begin(one, [b], times)
  pass(600)
  block(60_000)
  pulses.heard('b', 'life.0')
  pass(900)
  expect(one.lost).toEqual([])
  pass(400)
  expect(one.lost).toEqual(['b'])
})

test('is sent as many pulses as the quickest of those that rely on it wants, whatever has become of its settings', () => {
  const { pulses, sent, pass } = setting()
  const changing = { heartbeatMs: 50, electionMs: 250 }
  const [quick, slow] = [quiet(), quiet()]
  pulses.begin(quick, [b], changing)
  pulses.begin(slow, [b], times)
  pass(200)
  expect(sent.length).toBe(4)
  changing.heartbeatMs = 7000
  pulses.end(quick)
  pass(50)
  const before = sent.length
  for (let i = 0; i < 3; i++) {
    pulses.heard('b', 'life')
    pass(200)
  }
  expect(sent.length - before).toBe(3)
  pass(900)
  expect([quick.lost, slow.lost]).toEqual([[], []])
  pass(300)
  expect([quick.lost, slow.lost]).toEqual([[], ['b']])
})
