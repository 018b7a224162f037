/** Reads at members that don't lead (thesis §6.4), and how old what they know is. The stories are in the scenario scripts. */
import { describe, expect, test } from 'vitest'
import type { ReadRequest } from '../../src/index.ts'
import { alone, aloneLeading, electionMs, Group, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, heartbeat, ofKind } from './messages.ts'

/** A follower of `a` that holds one committed entry. */
function following(): Hand {
  const b = alone('b', { log: [1], term: 1, commit: 1 })
  b.hear(heartbeat('a', 'b', 1, 1, 1))
  b.group.drop()
  return b
}

function asked(b: Hand): ReadRequest[] {
  return ofKind(b.group.drop(), 'read-request')
}

const answer = ({ attempt }: ReadRequest, index = 1, term = 1) =>
  ({ kind: 'read-answer', from: 'a', to: 'b', term, attempt, index }) as const

describe('a follower', () => {
  // "The follower would … issue a request to the leader that just asked for a current readIndex" [F49]
  test('asks its leader, one question for all reads that wait', () => {
    const b = following()
    for (const id of [1, 2, 3]) b.step({ kind: 'read', id, ask: true })
    b.turn()
    const [question, ...more] = asked(b)
    expect(question).toMatchObject({ to: 'a', term: 1 })
    expect(more).toEqual([])
    b.hear(answer(question!))
    expect(b.ready.map(({ id }) => id)).toEqual([1, 2, 3])
  })

  test('asks again with a number of its own while no answer comes; any of them answers', () => {
    const b = following()
    b.input({ kind: 'read', id: 1, ask: true })
    const [first] = asked(b)
    expect(b.core.wakeAt).toBe(b.group.now + heartbeatMs)
    b.group.now += heartbeatMs
    b.turn()
    const [second] = asked(b)
    expect(second!.attempt).toBe(first!.attempt + 1)
    b.hear(answer(first!))
    expect(b.ready).toHaveLength(1)
    b.hear(answer(second!))
    expect(b.ready).toHaveLength(1)
    expect(b.core.wakeAt).toBeGreaterThan(b.group.now + heartbeatMs)
  })

  test('asks the next leader what the one before has not answered', () => {
    const b = following()
    b.input({ kind: 'read', id: 1, ask: true })
    const [first] = asked(b)
    b.hear(heartbeat('c', 'b', 2, 1))
    const [second] = asked(b)
    expect(second).toMatchObject({ to: 'c', term: 2, attempt: first!.attempt + 1 })
    b.hear({ ...answer(second!, 4, 2), from: 'c' })
    expect(b.ready).toMatchObject([{ id: 1, index: 4 }])
  })

  test('refuses where it hears no leader, and what waits when it hears none any more', () => {
    const b = alone('b', { log: [1], term: 1, commit: 1 })
    b.input({ kind: 'read', id: 1, ask: true })
    expect(b.refused).toEqual([{ id: 1, reason: 'not-leader' }])
    b.hear(heartbeat('a', 'b', 1, 1, 1))
    b.input({ kind: 'read', id: 2, ask: true })
    b.group.now += 2 * electionMs
    b.turn()
    b.group.now += electionMs
    b.turn()
    expect(b.refused.at(-1)).toEqual({ id: 2, reason: 'not-leader' })
  })

  test('that is elected answers them itself', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.settle()
    const b = group.at('b')
    group.cut.add('a')
    b.input({ kind: 'read', id: 1, ask: true })
    group.elect('b')
    group.settle()
    const ids = [...b.ready, ...b.refused].map(({ id }) => id)
    expect(ids).toEqual([1])
  })

  test('may be a learner', () => {
    const group = new Group({ voters: 'abc', learners: 'l' })
    const a = group.elect('a')
    group.settle()
    group.at('l').input({ kind: 'read', id: 1, ask: true })
    group.settle()
    expect(group.at('l').ready).toMatchObject([{ id: 1, index: a.core.commitIndex }])
    expect(group.at('l').core.lastIndex).toBe(1)
  })
})

describe('what an answer proves', () => {
  // [F49a]
  test('is as old as its question, however late it comes', () => {
    const b = following()
    b.group.now = 5000
    b.hear(heartbeat('a', 'b', 1, 2, 1))
    b.input({ kind: 'read', id: 1, ask: true })
    const [question] = asked(b)
    b.group.now += heartbeatMs - 1
    b.hear(answer(question!))
    expect(b.ready).toMatchObject([{ id: 1, index: 1, asOf: 5000 }])
    expect(b.core.freshness(b.group.now)).toEqual({ asOf: 5000, index: 1 })
  })

  // [F49a]
  test('is as old as the first question, where it is not to the last', () => {
    const b = following()
    b.input({ kind: 'read', id: 1, ask: true })
    const [first] = asked(b)
    const askedAt = b.group.now
    for (let again = 0; again < 3; again++) {
      b.group.now += heartbeatMs
      b.hear(heartbeat('a', 'b', 1, 2 + again, 1))
    }
    const last = asked(b).at(-1)!
    expect(last.attempt).toBe(first!.attempt + 3)
    b.hear(answer({ ...last, attempt: last.attempt - 1 }))
    expect(b.ready).toMatchObject([{ asOf: askedAt }])
  })

  // [F46b]
  test('is forgotten where the monotonic clock has stood still since', () => {
    const b = following()
    b.input({ kind: 'read', id: 1, ask: true })
    b.hear(answer(asked(b)[0]!))
    b.input({ kind: 'clock-doubt', aheadMs: 50 })
    expect(b.core.freshness(b.group.now).index).toBe(1)
    b.input({ kind: 'clock-doubt', aheadMs: -50 })
    expect(b.core.freshness(b.group.now).asOf).toBe(Number.NEGATIVE_INFINITY)
  })

  test('does not grow older by an answer to an earlier question', () => {
    const b = following()
    b.group.now = 5000
    b.hear(heartbeat('a', 'b', 1, 2, 1))
    b.input({ kind: 'read', id: 1, ask: true })
    const [first] = asked(b)
    b.hear(answer(first!))
    b.group.now += 100
    b.input({ kind: 'read', id: 2, ask: true })
    const [second] = asked(b)
    b.hear(answer(first!, 9))
    expect(b.ready).toHaveLength(1)
    b.hear(answer(second!))
    expect(b.core.freshness(b.group.now)).toEqual({ asOf: 5100, index: 1 })
  })
})

describe('the leader', () => {
  /** It has committed the entry of its own term; what it said until then is gone. */
  function leading(voters = 'abc'): Hand {
    const a = aloneLeading('a', {}, voters)
    for (const from of voters.slice(1)) a.hear(ack(from, 'a', 1, 1))
    a.group.drop()
    return a
  }
  const roundSent = (a: Hand): number => ofKind(a.group.drop(), 'heartbeat')[0]!.round
  const question = (attempt: number, from = 'b') =>
    ({ kind: 'read-request', from, to: 'a', term: 1, attempt }) as const

  test('answers once a majority has confirmed after the question that it leads', () => {
    const a = leading()
    a.hear(question(7))
    const round = roundSent(a)
    expect(a.hear(ack('c', 'a', 1, 1, round - 1))).toEqual([])
    expect(a.hear(ack('c', 'a', 1, 1, round))).toEqual([
      { kind: 'read-answer', from: 'a', to: 'b', term: 1, attempt: 7, index: 1 },
    ])
  })

  test('answers the last question of each member, in one round for all', () => {
    const a = leading()
    a.input({ kind: 'read', id: 1 })
    const first = roundSent(a)
    for (let attempt = 1; attempt <= 1000; attempt++) for (const from of 'bc') a.hear(question(attempt, from))
    expect(a.group.drop()).toEqual([])
    a.hear(ack('b', 'a', 1, 1, first))
    const round = roundSent(a)
    const answers = ofKind(a.hear(ack('b', 'a', 1, 1, round)), 'read-answer')
    expect(answers.map(({ to, attempt }) => [to, attempt])).toEqual([
      ['b', 1000],
      ['c', 1000],
    ])
  })

  test('answers nobody that is no member', () => {
    const a = leading()
    a.hear(question(1, 'stranger'))
    expect(a.group.drop()).toEqual([])
  })

  test('knows its own commit index to be as new as the last round that was answered', () => {
    const a = leading()
    expect(a.core.freshness(a.group.now).asOf).toBe(Number.NEGATIVE_INFINITY)
    a.group.now += heartbeatMs
    a.turn()
    const sentAt = a.group.now
    const round = roundSent(a)
    a.group.now += 100
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.core.freshness(a.group.now)).toEqual({ asOf: sentAt, index: 1 })
  })

  test('that alone is the group knows it at any time', () => {
    const a = alone('a', {}, 'a')
    a.complete()
    a.complete()
    expect(a.core.freshness(777)).toEqual({ asOf: 777, index: 1 })
  })
})
