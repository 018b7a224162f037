/** A leader without a majority steps down (thesis §6.2); who hears a leader elects nobody else (thesis §4.2.3). */
import { describe, expect, test } from 'vitest'
import { alone, aloneLeading, electionMs, Group, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, heartbeat, vote, voteRequest } from './messages.ts'

/** Time passes in steps of a heartbeat; of the others, those in `answering` answer each round. */
function lead(hand: Hand, ms: number, answering: string): void {
  const end = hand.group.now + ms
  let round = hand.group
    .drop()
    .reduce((high, m) => (m.kind === 'heartbeat' ? Math.max(high, m.round) : high), 0)
  while (hand.group.now < end) {
    hand.group.now = Math.min(end, hand.group.now + heartbeatMs)
    hand.turn()
    round = hand.group
      .drop()
      .reduce((high, m) => (m.kind === 'heartbeat' ? Math.max(high, m.round) : high), round)
    if (hand.core.standing.role !== 'leader') return
    for (const from of answering) hand.hear(ack(from, hand.id, hand.core.standing.term, 1, round))
  }
}

describe('check-quorum', () => {
  // "A leader in Raft steps down if an election timeout elapses without a successful round of heartbeats to a
  // majority of its cluster"
  test('a leader that hears nobody steps down after an election timeout, and not before', () => {
    const a = aloneLeading('a')
    const since = a.group.now
    lead(a, electionMs - 1, '')
    expect(a.core.standing.role).toBe('leader')
    a.group.now = since + electionMs
    a.turn()
    expect(a.core.standing).toMatchObject({ role: 'follower', leader: null, term: 1 })
  })

  // "…to a majority of its cluster"
  test.each([
    ['abc', 'b', true],
    ['abcd', 'b', false],
    ['abcd', 'bc', true],
    ['abcde', 'b', false],
    ['abcde', 'bd', true],
  ])('of %s, %s answer: it goes on %s', (voters, answering, goesOn) => {
    const a = aloneLeading('a', {}, voters)
    lead(a, 5 * electionMs, answering)
    expect(a.core.standing.role).toBe(goesOn ? 'leader' : 'follower')
  })

  // "…to a majority of its cluster": learners are no part of it. [F41]
  test('the answers of learners do not keep a leader', () => {
    const a = aloneLeading('a', {}, 'abc', 'lm')
    lead(a, 2 * electionMs, 'lm')
    expect(a.core.standing.role).toBe('follower')
  })

  // "this allows clients to retry their requests with another server" (thesis §6.2)
  test('who steps down refuses what it was asked', () => {
    const a = aloneLeading('a')
    a.input({ kind: 'read', id: 7 })
    lead(a, 2 * electionMs, '')
    expect(a.refused).toEqual([{ id: 7, reason: 'not-leader' }])
    expect(a.propose()).toEqual({ taken: false, reason: 'not-leader' })
  })

  // The same, and the others elect a new one meanwhile. [F4] [F92]
  test('a leader that is cut off steps down, and there is one leader again', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.cut.add('a')
    group.at('b').chance = 0.1
    group.pass(5000)
    expect(group.leaders).toEqual(['b'])
    expect(group.at('a').core.standing).toMatchObject({ leader: null, term: 1 })
  })

  // A leader whose own turn comes late has not been silent towards itself only: what the others said may wait unread.
  // [F94g] [F94h]
  test('a leader that was paused reads the answers first', () => {
    const a = aloneLeading('a')
    a.group.now += 60_000
    a.turn()
    expect(a.core.standing.role).toBe('leader')
    lead(a, 2 * electionMs, '')
    expect(a.core.standing.role).toBe('follower')
  })
})

describe('disruptive servers (thesis §4.2.3)', () => {
  // "if a server receives a RequestVote request within the minimum election timeout of hearing from a current leader,
  // it does not update its term or grant its vote" [F3] [F5]
  test.each([
    [999, false],
    [1000, true],
  ])('%d ms after a heartbeat a request for votes is heeded: %s', (ms, heeded) => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.complete()
    b.group.now += ms
    const said = [...b.hear(voteRequest('c', 'b', 9, [9, 9])), ...b.complete()]
    expect(said).toEqual(heeded ? [vote('b', 'c', 9)] : [])
    expect(b.core.standing.term).toBe(heeded ? 9 : 1)
  })

  // "if a leader is able to get heartbeats to its cluster, then it will not be deposed by larger term numbers" (paper
  // §6)
  test('a leader heeds no request for votes', () => {
    const a = aloneLeading('a')
    a.group.drop()
    expect(a.hear(voteRequest('b', 'a', 9, [9, 9]))).toEqual([])
    expect(a.core.standing).toMatchObject({ role: 'leader', term: 1 })
  })

  // "This does not affect normal elections, where each server waits at least a minimum election timeout before
  // starting an election." (paper §6): the leader that asks itself leads no longer.
  test('a former leader that asks for votes is heeded', () => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.group.now += 100
    b.hear(voteRequest('a', 'b', 2))
    expect(b.complete()).toContainEqual(vote('b', 'a', 2))
  })

  // The same: a hint that the leader's host is gone ends the waiting, and a wrong one does no harm.
  test('a suspicion about the host of the leader is a reason to heed others, one about another host is not', () => {
    for (const [host, heeded] of [
      ['host-c', false],
      ['host-a', true],
    ] as const) {
      const b = alone('b', { term: 1 })
      b.hear(heartbeat('a', 'b', 1, 1))
      b.complete()
      b.input({ kind: 'host-suspect', host })
      b.hear(voteRequest('c', 'b', 2))
      expect(b.core.standing.term).toBe(heeded ? 2 : 1)
    }
  })

  test('who leads, or follows nobody, has no place in turn (F131b)', () => {
    expect(aloneLeading('a').core.placeInTurn).toBe(null)
    expect(alone('b', { term: 1 }).core.placeInTurn).toBe(null)
  })

  // F8b. Whoever waited for the whole timeout would be without a leader for one and a half of them in the mean; and where all had the hint at once and asked at once,
  // they would split the votes.
  test.each([
    ['a', { b: 0, c: 1 }],
    ['b', { c: 0, a: 1 }],
    ['c', { a: 0, b: 1 }],
  ])(
    'after a suspicion about the host of %s the others campaign in turn, a tenth of an election timeout apart',
    (lost, ranks) => {
      for (const [id, rank] of Object.entries(ranks))
        for (const chance of [0, 0.5, 0.999]) {
          const member = alone(id, { term: 1 })
          member.chance = chance
          member.hear(heartbeat(lost, id, 1, 1))
          member.complete()
          expect(member.core.placeInTurn).toBe(rank)
          const since = member.group.now
          member.input({ kind: 'host-suspect', host: `host-${lost}` })
          expect(member.core.wakeAt - since).toBeCloseTo((rank + 0.25 * (1 + chance)) * 0.1 * electionMs)
        }
    },
  )
})
