/** Pre-vote (thesis §9.6). */
import { describe, expect, test } from 'vitest'
import { alone, aloneLeading, Group } from '../by-hand.ts'
import { heartbeat, ofKind, preVote, preVoteRequest } from './messages.ts'

describe('the pre-candidate', () => {
  // "In the Pre-Vote algorithm, a candidate only increments its term if it first learns from a majority of the
  // cluster that they would be willing to grant the candidate their votes"
  test('asks first, with its log, and changes nothing of its own', () => {
    const b = alone('b', { log: [1, 1, 2], term: 3, vote: 'c' })
    const asked = b.group.timeOut('b')
    expect(asked).toEqual([...'ac'].map((to) => preVoteRequest('b', to, 3, [3, 2])))
    expect(b.core.standing).toMatchObject({ role: 'pre-candidate', term: 3 })
    expect(b.writes).toEqual([])
  })

  // "…from a majority of the cluster…"
  test.each([
    ['ab', 1],
    ['abc', 1],
    ['abcd', 2],
    ['abcde', 2],
  ])('of %s, %d willing others are needed', (voters, needed) => {
    const a = alone('a', {}, voters)
    a.group.timeOut('a')
    for (const from of voters.slice(1, needed)) a.hear(preVote(from, 'a', 0, 1))
    expect(a.core.standing).toMatchObject({ role: 'pre-candidate', term: 0 })
    a.hear(preVote(voters[needed]!, 'a', 0, 1))
    expect(a.core.standing).toMatchObject({ role: 'candidate', term: 1 })
  })

  // "…they would be willing…": a majority that is not ends the attempt, until the next timeout.
  test('a majority of refusals ends the attempt', () => {
    const a = alone('a')
    a.group.timeOut('a')
    a.hear(preVote('b', 'a', 0, 1, false))
    expect(a.core.standing.role).toBe('pre-candidate')
    a.hear(preVote('c', 'a', 0, 1, false))
    expect(a.core.standing).toMatchObject({ role: 'follower', term: 0 })
    expect(a.group.timeOut('a')).toHaveLength(2)
  })

  // "…grant the candidate their votes": for this term, not for an earlier one.
  test('an answer for another term counts for nothing', () => {
    const a = alone('a', { term: 4 })
    a.group.timeOut('a')
    for (const from of 'bc') a.hear(preVote(from, 'a', 3, 4))
    expect(a.core.standing).toMatchObject({ role: 'pre-candidate', term: 4 })
    a.hear(preVote('b', 'a', 3, 5))
    expect(a.core.standing).toMatchObject({ role: 'candidate', term: 5 })
  })

  // The same: who has become a follower of somebody meanwhile does not count late answers.
  test('late answers elect nobody', () => {
    const a = alone('a', { term: 1 })
    a.group.timeOut('a')
    a.hear(heartbeat('b', 'a', 1, 1))
    for (const from of 'bc') a.hear(preVote(from, 'a', 1, 2))
    expect(a.core.standing).toMatchObject({ role: 'follower', leader: 'b', term: 1 })
  })

  // "…be willing to grant…": being willing is no vote.
  test('a candidate does not take willingness for votes', () => {
    const a = alone('a', { term: 1 })
    a.group.timeOut('a')
    for (const from of 'bc') a.hear(preVote(from, 'a', 1, 2))
    a.complete()
    expect(a.core.standing).toMatchObject({ role: 'candidate', term: 2 })
    for (const from of 'bc') for (const campaign of [2, 3]) a.hear(preVote(from, 'a', 2, campaign))
    expect(a.core.standing).toMatchObject({ role: 'candidate', term: 2 })
  })

  // "If RPC request or response contains term T > currentTerm: set currentTerm = T" (paper figure 2), so that a
  // member that is behind asks for a term that can win next time. [F10]
  test('learns a newer term from a refusal', () => {
    const a = alone('a', { term: 1 })
    a.group.timeOut('a')
    a.hear(preVote('b', 'a', 7, 2, false))
    expect(a.core.standing).toMatchObject({ role: 'follower', term: 7 })
  })
})

describe('the one that is asked', () => {
  // "(if the candidate's log is sufficiently up-to-date, and the voters have not received heartbeats from a valid
  // leader for at least a baseline election timeout)"
  test.each([
    { last: [3, 2], granted: true },
    { last: [2, 2], granted: false },
    { last: [1, 3], granted: true },
    { last: [9, 1], granted: false },
  ] as const)('is willing if the log is good enough: $last, $granted', ({ last, granted }) => {
    const b = alone('b', { log: [1, 1, 2], term: 3 })
    expect(b.hear(preVoteRequest('a', 'b', 3, last))).toEqual([preVote('b', 'a', 3, 4, granted)])
  })

  // "…have not received heartbeats from a valid leader for at least a baseline election timeout"
  test.each([
    [999, false],
    [1000, true],
  ])('is willing %d ms after it heard a leader: %s', (ms, granted) => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.complete()
    b.group.now += ms
    expect(b.hear(preVoteRequest('c', 'b', 1))).toEqual([preVote('b', 'c', 1, 2, granted)])
  })

  // The same: a leader is a valid leader to itself.
  test('a leader is never willing', () => {
    const a = aloneLeading('a')
    a.group.now += 900
    expect(a.hear(preVoteRequest('b', 'a', 9, [9, 9]))).toContainEqual(preVote('a', 'b', 1, 10, false))
  })

  // "…would be willing to grant the candidate their votes": the question must be about a term that is still to come.
  test('is not willing for a term that is not above its own', () => {
    const b = alone('b', { term: 5 })
    expect(b.hear(preVoteRequest('a', 'b', 4))).toEqual([preVote('b', 'a', 5, 5, false)])
  })

  // "a candidate only increments its term if…": nor does anybody else. A pre-vote changes nothing at its receiver.
  test('neither term nor vote nor timer nor role change, and nothing is promised', () => {
    const b = alone('b', { term: 3 })
    b.group.now = 500
    expect(b.hear(preVoteRequest('a', 'b', 8))).toEqual([preVote('b', 'a', 3, 9)])
    expect(b.hear(preVoteRequest('c', 'b', 8))).toEqual([preVote('b', 'c', 3, 9)])
    expect(b.core.standing).toMatchObject({ role: 'follower', term: 3, leader: null })
    expect(b.core.wakeAt).toBe(1500)
    expect(b.writes).toEqual([])
  })

  // The same, for one that campaigns itself.
  test('two pre-candidates are willing for each other', () => {
    const b = alone('b', { term: 3 })
    b.group.timeOut('b')
    expect(b.hear(preVoteRequest('a', 'b', 3))).toEqual([preVote('b', 'a', 3, 4)])
    expect(b.core.standing.role).toBe('pre-candidate')
  })
})

describe('a group', () => {
  // "The Pre-Vote algorithm solves the issue of a partitioned server disrupting the cluster when it rejoins." [F3]
  test('a member that was cut off for an hour comes back and disturbs nobody', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.cut.add('c')
    group.pass(3_600_000)
    expect(group.at('c').core.standing.term).toBe(1)
    group.cut.clear()
    group.pass(5000)
    expect(group.leaders).toEqual(['a'])
    for (const hand of group.hands.values())
      expect(hand.core.standing).toMatchObject({ term: 1, leader: 'a' })
  })

  // "While a server is partitioned, it won't be able to increment its term" [F5]
  test('a member that can send but hears nothing disturbs nobody', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.lost = (message) => message.to === 'c'
    group.pass(30_000)
    expect(group.leaders).toEqual(['a'])
    expect(group.at('a').core.standing.term).toBe(1)
    expect(ofKind([...group.at('c').turn().messages], 'vote-request')).toEqual([])
  })

  // The same, where only the link between it and the leader is cut. [F4] [F92]
  test('a member that reaches only a follower disturbs nobody', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.lost = ({ from, to }) => (from === 'a' && to === 'c') || (from === 'c' && to === 'a')
    group.pass(30_000)
    expect(group.leaders).toEqual(['a'])
    expect(group.at('a').core.standing.term).toBe(1)
  })

  // "…would be willing…" once the leader is gone: nobody goes on believing in it. [F6]
  test('when the leader is gone another one is elected', () => {
    const group = new Group({ voters: 'abcde' })
    group.elect('a')
    group.cut.add('a')
    for (const [at, id] of [...'bcde'].entries()) group.at(id).chance = 0.1 + 0.2 * at
    group.pass(10_000)
    const [leader] = group.leaders.filter((id) => id !== 'a')
    expect(leader).toBeDefined()
    for (const id of 'bcde') expect(group.at(id).core.standing.leader).toBe(leader)
  })

  // A member that is ahead in term and behind in its log cannot win, and its term makes the leader begin a new one
  // above it. [F10]
  test('a member with a higher term and a shorter log takes part again', () => {
    const group = new Group({
      voters: 'abc',
      starts: { a: { log: [1, 1], term: 1 }, b: { log: [1, 1], term: 1 }, c: { log: [1], term: 20 } },
    })
    group.cut.add('c')
    group.elect('a')
    group.cut.clear()
    group.pass(10_000)
    expect(group.leaders).toHaveLength(1)
    expect(group.leaders).not.toEqual(['c'])
    const leader = group.at(group.leaders[0]!)
    expect(leader.core.standing.term).toBeGreaterThan(20)
    expect(group.at('c').disk.terms).toEqual(leader.disk.terms)
  })
})
