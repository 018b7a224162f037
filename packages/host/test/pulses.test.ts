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
function quiet(name = 'one') {
  const lost: string[] = []
  return { lost, restsIn: { incarnation: name, term: 3 }, suspect: (host: string) => void lost.push(host) }
}
/** Of a host that agrees about nothing, if not said otherwise. */
function pulse(time: string, digest = 1) {
  return { kind: 'pulse', time, digest } as const
}
const b = { host: 'b', address: 'at-b' }
const c = { host: 'c', address: 'at-c' }

test('a host is sent one pulse for however many groups rely on it, and none when none does any more', () => {
  const { pulses, sent, pass, timers } = setting()
  const members = Array.from({ length: 1000 }, () => quiet())
  for (const member of members) pulses.begin(member, [b, c], times)
  pass(200)
  expect(sent.filter((one) => one.endsWith('pulse')).toSorted()).toEqual(['at-b pulse', 'at-c pulse'])
  for (const member of members) pulses.end(member)
  sent.length = 0
  pass(400)
  expect(sent).toEqual([])
  expect(timers()).toBe(0)
})

test('a pulse goes with what leaves for the host anyway, with as many names as are due, and none is sent beside it', () => {
  const { pulses, sent, pass } = setting()
  const count = (what: string): number => sent.filter((one) => one === what).length
  for (let n = 0; n < 300; n++) pulses.begin(quiet(`group ${n}`), [b, c], times)
  pulses.ride('at-b')
  expect(sent).toEqual([])
  for (let i = 0; i < 10; i++) {
    pass(150)
    expect(count('at-b pulse')).toBe(i)
    pulses.ride('at-b')
    pulses.ride('at-b')
    pulses.ride('elsewhere')
    pass(50)
    expect(count('at-b pulse')).toBe(i + 1)
    expect(count('at-c pulse')).toBe(i + 1)
    for (const host of ['b', 'c']) pulses.heard(host, pulse('life'))
  }
  expect(count('at-b roll-call')).toBe(8)
  pass(400)
  expect(count('at-b pulse')).toBe(12)
})

test('a host that is silent for an election timeout is lost to all that rely on it, and to nobody else', () => {
  const { pulses, pass } = setting()
  const [one, two, other] = [quiet(), quiet(), quiet()]
  pulses.begin(one, [b, c], times)
  pulses.begin(two, [b], times)
  pulses.begin(other, [c], times)
  for (let beats = 0; beats < 20; beats++) {
    pass(200)
    pulses.heard('c', pulse('life.0'))
    if (beats < 10) pulses.heard('b', pulse('life.0'))
    if (beats === 14) expect([one.lost, two.lost]).toEqual([[], []])
  }
  expect([one.lost, two.lost, other.lost]).toEqual([['b'], ['b'], []])
  expect(pulses.silentMs('c')).toBe(0)
})

test('a host that was started anew is lost as well: its pulse names another time', () => {
  const { pulses } = setting()
  const [one, two] = [quiet(), quiet()]
  pulses.begin(one, [b], times)
  pulses.heard('b', pulse('life.0'))
  pulses.heard('b', pulse('life.0'))
  expect(one.lost).toEqual([])
  pulses.heard('b', pulse('life.1'))
  expect(one.lost).toEqual(['b'])
  pulses.begin(two, [b], times)
  pulses.heard('b', pulse('life.1'))
  expect(two.lost).toEqual([])
  pulses.heard('b', pulse('other.0'))
  expect(two.lost).toEqual(['b'])
})

test('a process that was blocked hears what others have said meanwhile before it calls them lost (F94g)', () => {
  const { pulses, pass, block } = setting()
  const one = quiet()
  pulses.begin(one, [b], times)
  pass(600)
  block(60_000)
  pulses.heard('b', pulse('life.0'))
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
    pulses.heard('b', pulse('life'))
    pass(200)
  }
  expect(sent.length - before).toBe(3)
  pass(900)
  expect([quick.lost, slow.lost]).toEqual([[], []])
  pass(300)
  expect([quick.lost, slow.lost]).toEqual([[], ['b']])
})

test('each member is named once a minute to a host that does not agree, in the term in which it rests, however many there are (F131d)', () => {
  const { clock, ...hand } = handClock()
  const named = new Map<string, number>()
  const pulses = new Pulses({
    clock,
    random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
    outbox: {
      push: (_: string, item: Item) => {
        if (item.kind !== 'roll-call') return
        expect(item.groups.length).toBeLessThanOrEqual(4)
        for (const { incarnation, term } of item.groups)
          named.set(`${incarnation} ${term}`, (named.get(`${incarnation} ${term}`) ?? 0) + 1)
      },
    },
    wake: () => {},
  })
  const members = Array.from({ length: 1000 }, (_, i) => quiet(`g${i}`))
  for (const member of members) pulses.begin(member, [b], times)
  const minute = (beats = 300): void => {
    for (; beats > 0; beats--) {
      hand.pass(200)
      pulses.heard('b', pulse('life'))
    }
  }
  minute(2)
  minute()
  expect([...named.values()].filter((count) => count === 1).length).toBe(1000)
  for (const member of members.slice(1)) pulses.end(member)
  named.clear()
  for (let minutes = 0; minutes < 5; minutes++) minute()
  expect([...named.keys()]).toEqual(['g0 3'])
  expect([4, 5]).toContain(named.get('g0 3'))
})

test('also where others wake and rest again all the time (F131e)', () => {
  const { clock, ...hand } = handClock()
  const named = new Set<string>()
  const note = (item: Item): void => {
    if (item.kind === 'roll-call') for (const { incarnation } of item.groups) named.add(incarnation)
  }
  const pulses = new Pulses({
    clock,
    random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
    outbox: { push: (_: string, item: Item) => note(item) },
    wake: () => {},
  })
  const members = Array.from({ length: 100 }, (_, i) => quiet(`g${i}`))
  for (const member of members) pulses.begin(member, [b], times)
  const [still, ...others] = members
  for (let minutes = 0; minutes < 3; minutes++) {
    named.clear()
    // Each of the others rests anew every five seconds.
    for (let beats = 0; beats < 305; beats++) {
      hand.pass(200)
      pulses.heard('b', pulse('life'))
      for (const member of others.slice((beats % 25) * 4, (beats % 25) * 4 + 4)) {
        pulses.end(member)
        pulses.begin(member, [b], times)
      }
    }
    expect(named).toContain(still!.restsIn.incarnation)
  }
})

/** Two hosts, each of which hears what the other one says. */
function pair() {
  const { clock, ...hand } = handClock()
  const named: string[] = []
  const one = (name: string, address: string, other: () => Pulses): Pulses =>
    new Pulses({
      clock,
      random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
      outbox: {
        push: (to: string, item: Item) => {
          expect(to).toBe(address)
          if (item.kind === 'pulse') other().heard(name, item)
          if (item.kind === 'roll-call')
            named.push(...item.groups.map((group) => `${name}: ${group.incarnation}`))
        },
      },
      wake: () => {},
    })
  const a: Pulses = one('a', 'at-b', () => other)
  const other: Pulses = one('b', 'at-a', () => a)
  return { a, b: other, named, ...hand }
}

test('nobody is named where both hosts have the same to rely on each other, whatever came and went (F131d)', () => {
  const { a, b: other, named, pass } = pair()
  const members = Array.from({ length: 100 }, (_, i) => [quiet(`g${i}`), quiet(`g${i}`)] as const)
  const rest = (): void => {
    for (const [here, there] of members) {
      a.begin(here, [b], times)
      other.begin(there, [{ host: 'a', address: 'at-a' }], times)
    }
  }
  rest()
  pass(400)
  named.length = 0
  pass(120_000)
  for (const [here, there] of members.slice(30, 60)) {
    a.end(here)
    other.end(there)
  }
  pass(120_000)
  rest()
  pass(120_000)
  expect(named).toEqual([])
  // One of them wakes on one side alone: it is named within a minute by the other one, and so is that one in another term.
  other.end(members[7]![1])
  pass(60_400)
  expect(named).toContain('a: g7')
  expect(named.length).toBeLessThan(210)
  other.begin(
    { ...members[7]![1], restsIn: { incarnation: 'g7', term: 4 } },
    [{ host: 'a', address: 'at-a' }],
    times,
  )
  named.length = 0
  pass(60_400)
  expect(named).toContain('a: g7')
  expect(named).toContain('b: g7')
})

test('a group that waits for less silence than others falls quiet after them: nobody takes the hosts for lost (F131g)', () => {
  const { clock, ...hand } = handClock()
  const lost: string[] = []
  const one = (name: string, other: () => Pulses): Pulses =>
    new Pulses({
      clock,
      random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
      outbox: { push: (_: string, item: Item) => void (item.kind === 'pulse' && other().heard(name, item)) },
      wake: () => {},
    })
  const a: Pulses = one('a', () => at)
  const at: Pulses = one('b', () => a)
  const member = (of: string) => ({
    restsIn: { incarnation: of, term: 1 },
    suspect: () => void lost.push(of),
  })
  const slow = { heartbeatMs: 1000, electionMs: 5000 }
  const quick = { heartbeatMs: 50, electionMs: 250 }
  a.begin(member('slow at a'), [b], slow)
  hand.pass(400)
  at.begin(member('slow at b'), [{ host: 'a', address: 'at-a' }], slow)
  for (let i = 0; i < 300; i++) hand.pass(10)
  const ofA = member('quick at a')
  const ofB = member('quick at b')
  a.begin(ofA, [b], quick)
  at.begin(ofB, [{ host: 'a', address: 'at-a' }], quick)
  for (let i = 0; i < 300; i++) hand.pass(10)
  expect(lost).toEqual([])
  // One of them is awake: for the other that host is silent for too long, and for nobody else.
  at.end(ofB)
  for (let i = 0; i < 300; i++) hand.pass(10)
  expect(lost).toEqual(['quick at a'])
})
