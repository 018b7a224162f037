/** Members are told few at a time that their leader's host is lost (F131b). */
import { expect, test } from 'vitest'
import { type Bereaved, Losses } from '../src/losses.ts'
import { handClock } from './hand-clock.ts'

/** One host, on a clock that the test moves. */
function setting() {
  const { clock, ...hand } = handClock()
  let woken = 0
  const losses = new Losses({ clock, wake: () => void woken++ })
  return { losses, woken: () => woken, ...hand }
}

type Standing = Bereaved['core']['standing']
interface Options {
  /** Whom it follows, itself where it leads, or nobody. */
  readonly leader?: string | null
  readonly place?: number | null
  readonly isQuiet?: boolean
}

/** A member on host a, in a group with members on a, b and c that are named after these. */
function memberOf({ leader = 'of-b', place = 0, isQuiet = true }: Options = {}) {
  const voters = ['a', 'b', 'c'].map((host) => ({ id: `of-${host}`, host, address: host }))
  const configuration = { index: 1, configuration: { voters, learners: [], outgoing: null } }
  const told: string[] = []
  const standing = { leader, configuration } as unknown as Standing
  const member = {
    id: 'of-a',
    ended: null as Bereaved['ended'],
    leads: leader === 'of-a',
    settings: { electionMs: 1000 },
    core: { standing, placeInTurn: place, isQuiet },
    onPeer: (host: string, state: string) => void told.push(`${host} ${state}`),
  }
  return {
    told,
    member: member as unknown as Bereaved,
    isLedBy: (other: string | null) => {
      member.core.standing = { ...standing, leader: other } as Standing
    },
    ends: () => {
      member.ended = {} as Bereaved['ended']
    },
  }
}

const many = (count: number, options?: Options) => Array.from({ length: count }, () => memberOf(options))
const toldOf = (members: readonly { readonly told: readonly string[] }[]): number =>
  members.filter(({ told }) => told.length > 0).length

test('no more are told at a time than are led again soon, and the next ones once the first are', () => {
  const { losses, woken, pass } = setting()
  const members = many(1000)
  for (const { member } of members) losses.add(member, 'b')
  expect(toldOf(members)).toBe(0)
  expect(woken()).toBeGreaterThan(0)
  losses.look()
  expect(toldOf(members)).toBe(128)
  losses.look()
  expect(toldOf(members)).toBe(128)
  for (const { isLedBy } of members.slice(0, 40)) isLedBy('of-c')
  losses.look()
  expect(toldOf(members)).toBe(168)
  // It asks for votes: its leader is nobody, and it is not over. Another one has been stopped: it is.
  members[40]!.isLedBy(null)
  members[41]!.ends()
  pass(25)
  expect(toldOf(members)).toBe(169)
  for (const { isLedBy } of members) isLedBy('of-a')
  pass(250)
  expect(toldOf(members)).toBe(1000)
  expect(members.every(({ told }) => told.join() === 'b lost')).toBe(true)
})

test('where nobody is led again, as too few are left, the next ones are told all the same, and soon', () => {
  const { losses, pass, timers } = setting()
  const members = many(1000)
  for (const { member } of members) losses.add(member, 'b')
  losses.look()
  pass(99)
  expect(toldOf(members)).toBe(128)
  pass(1)
  expect(toldOf(members)).toBe(256)
  pass(700)
  expect(toldOf(members)).toBe(1000)
  expect(timers()).toBe(0)
})

test('those that go first in their groups are told before the others', () => {
  const { losses, pass } = setting()
  const others = [...many(100, { place: 1 }), ...many(100, { place: null })]
  const first = many(200)
  for (const { member } of [...others, ...first]) losses.add(member, 'b')
  losses.look()
  expect([toldOf(first), toldOf(others)]).toEqual([128, 0])
  pass(100)
  expect([toldOf(first), toldOf(others)]).toEqual([200, 56])
})

test('who is asked for something is told before it hears that, unless it comes from the lost host itself', () => {
  const { losses } = setting()
  const members = many(300, { place: 1 })
  for (const { member } of members) losses.add(member, 'b')
  losses.look()
  const [late, called] = members.slice(-2)
  losses.hurry(late!.member, 'b')
  expect(late!.told).toEqual([])
  losses.hurry(late!.member, 'c')
  losses.hurry(called!.member)
  expect([late!.told, called!.told]).toEqual([['b lost'], ['b lost']])
  losses.hurry(late!.member, 'c')
  expect(late!.told).toEqual(['b lost'])
})

test('one that waits is told of all hosts that are lost meanwhile, each once', () => {
  const { losses } = setting()
  const { member, told } = memberOf()
  for (const host of ['b', 'b', 'c', 'b']) losses.add(member, host)
  losses.look()
  expect(told).toEqual(['b lost', 'c lost'])
})

test('a leader, and whoever waits for a heartbeat of another, is told at once; one that is quiet and follows another is left alone', () => {
  const { losses, timers } = setting()
  const leader = memberOf({ leader: 'of-a' })
  const busy = memberOf({ leader: 'of-c', isQuiet: false })
  const leaderless = memberOf({ leader: null, isQuiet: false })
  const quiet = memberOf({ leader: 'of-c' })
  for (const { member } of [leader, busy, leaderless, quiet]) losses.add(member, 'b')
  expect([leader, busy, leaderless, quiet].map(({ told }) => told.length)).toEqual([1, 1, 1, 0])
  losses.look()
  expect(quiet.told).toEqual([])
  expect(timers()).toBe(0)
})

test('a host that closes tells nobody', () => {
  const { losses, pass } = setting()
  const members = many(300)
  for (const { member } of members) losses.add(member, 'b')
  losses.look()
  losses.close()
  pass(1000)
  losses.look()
  expect(toldOf(members)).toBe(128)
})
