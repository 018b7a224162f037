/**
 * What is on disk before anything is promised (paper figure 2 "Persistent state on all servers"; thesis §3.8,
 * §10.2.1).
 */
import { describe, expect, test } from 'vitest'
import { Core, emptyLog } from '../../src/index.ts'
import { alone, Group } from '../by-hand.ts'
import { ack, append, heartbeat, ofKind, preVote, vote, voteRequest } from './messages.ts'

describe('persistent state on all servers: currentTerm, votedFor, log[]', () => {
  // "(Updated on stable storage before responding to RPCs)" (figure 2), for RequestVote [F1] [F7]
  test('a vote is told once term and vote are durable, whatever happens in between', () => {
    const b = alone('b', { term: 1 })
    expect(b.hear(voteRequest('a', 'b', 2))).toEqual([])
    b.group.now += 100
    expect(b.turn().messages).toEqual([])
    expect(b.hear(preVote('c', 'b', 1, 2))).toEqual([])
    expect(b.complete()).toEqual([vote('b', 'a', 2)])
    expect(b.disk).toMatchObject({ term: 2, vote: 'a' })
  })

  // The same, if the term became durable before the vote was given. [F7]
  test('a durable term is not yet a durable vote', () => {
    const b = alone('b', { term: 1 })
    b.hear({ kind: 'stale', from: 'c', to: 'b', term: 2 })
    expect(b.hear(voteRequest('a', 'b', 2))).toEqual([])
    expect(b.writes).toMatchObject([
      { term: 2, vote: null },
      { term: 2, vote: 'a' },
    ])
    expect(b.complete(1)).toEqual([])
    expect(b.complete(1)).toEqual([vote('b', 'a', 2)])
  })

  // The same sentence, for AppendEntries: "Each server also persists new log entries before they are counted towards
  // the entries' commitment" (thesis §3.8)
  test('entries are confirmed as far as they are durable', () => {
    const b = alone('b', { term: 1 })
    expect(ofKind(b.hear(append('a', 'b', 1, [0, 0], [1, 1])), 'ack')).toEqual([])
    expect(ofKind(b.hear(append('a', 'b', 1, [2, 1], [1])), 'ack')).toEqual([])
    expect(b.complete(1)).toEqual([ack('b', 'a', 1, 2)])
    expect(b.complete(1)).toEqual([ack('b', 'a', 1, 3)])
  })

  // "this is necessary to prevent the server from … replacing log entries from a newer leader with those from a
  // deposed leader" (thesis §3.8): an ack promises to follow no older leader, so the term is durable before it
  // leaves.
  test('nothing is confirmed to a leader whose term is not durable here', () => {
    const b = alone('b', { log: [1, 1], term: 1 })
    expect(b.hear(append('a', 'b', 2, [2, 1]))).toEqual([])
    expect(b.hear(heartbeat('a', 'b', 2, 1))).toEqual([])
    expect(b.complete()).toEqual([ack('b', 'a', 2, 2, 1)])
  })

  // "On conversion to candidate, start election" (figure 2): a request for votes speaks of a term, a vote and a log;
  // asked before they are durable, a stale grant could count after a crash for a log that is shorter than the one it
  // was given to.
  test('votes are asked for once term, vote and log are durable', () => {
    const b = alone('b', { log: [1], term: 1 })
    // The shortest timeout: with a longer one its disk would count as stalled, and it would not campaign.
    b.chance = 0
    b.hear(append('a', 'b', 1, [1, 1], [1]))
    b.group.timeOut('b')
    for (const from of 'ac') b.hear(preVote(from, 'b', 1, 2))
    expect(b.core.standing).toMatchObject({ role: 'candidate', term: 2 })
    expect(b.writes).toMatchObject([{ entries: { last: 2 } }, { term: 2, vote: 'b' }])
    expect(ofKind(b.complete(1), 'vote-request')).toEqual([])
    expect(ofKind(b.complete(1), 'vote-request')).toEqual(
      [...'ac'].map((to) => voteRequest('b', to, 2, [2, 1])),
    )
  })

  // The same, and for the candidate's own vote: it counts once it is durable.
  test("a candidate's own vote counts once it is durable", () => {
    const group = new Group({ voters: 'ab' })
    group.timeOut('a')
    group.deliver()
    group.deliver()
    const a = group.at('a')
    expect(a.core.standing.role).toBe('candidate')
    a.hear(vote('b', 'a', 1))
    expect(a.core.standing.role).toBe('candidate')
    a.complete()
    expect(a.core.standing.role).toBe('candidate')
    a.hear(vote('b', 'a', 1))
    expect(a.core.standing.role).toBe('leader')
  })

  // A slow disk delays promises, and nothing else: who hears a leader says so with what it has.
  test('heartbeats are answered while entries are being written', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1]))
    expect(b.hear(heartbeat('a', 'b', 1, 7))).toEqual([ack('b', 'a', 1, 1, 7)])
  })
})

describe('server restarts', () => {
  // "each server persists its current term and vote; this is necessary to prevent the server from voting twice in the
  // same term" (thesis §3.8) [F1]
  test('term and vote are back after a restart', () => {
    const b = alone('b', { term: 1 })
    b.hear(voteRequest('a', 'b', 2))
    b.complete()
    b.restart()
    expect(b.core.standing).toMatchObject({ role: 'follower', term: 2, leader: null })
    expect(b.hear(voteRequest('c', 'b', 2, [9, 1]))).toEqual([vote('b', 'c', 2, false)])
    expect(b.hear(voteRequest('a', 'b', 2))).toEqual([vote('b', 'a', 2)])
  })

  // The same: a vote whose write was lost was never told, so it may be given again.
  test('a vote that did not reach the disk was never given', () => {
    const b = alone('b', { term: 1 })
    const said = [...b.hear(voteRequest('a', 'b', 2))]
    b.restart()
    said.push(...b.hear(voteRequest('c', 'b', 2)), ...b.complete())
    expect(said).toEqual([vote('b', 'c', 2)])
  })

  // "this prevents committed entries from being lost or 'uncommitted' when servers restart" (thesis §3.8)
  test('all members restart at once: nothing committed is lost, and the group goes on', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a').propose(5)
    group.settle()
    group.drop()
    for (const hand of group.hands.values()) hand.restart()
    const b = group.elect('b')
    expect(b.disk.terms).toEqual([1, 1, 1, 1, 1, 1, 2])
    expect(b.core.commitIndex).toBe(7)
  })

  // "Other state variables are safe to lose on a restart … the commit index … can safely be reinitialized to zero on
  // a restart." (thesis §3.8)
  test('the commit index is learnt again', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a').propose()
    group.pass(500)
    const c = group.at('c')
    expect(c.core.commitIndex).toBe(2)
    c.restart()
    expect(c.core.commitIndex).toBe(0)
    group.pass(1000)
    expect(c.core.commitIndex).toBe(2)
  })

  // "currentTerm: latest term server has seen (… increases monotonically)" (figure 2): a term below that of the log
  // comes from an old copy of the term alone. [F2] [F86]
  test('a term below that of the log is raised to it, and the vote with it is void', () => {
    const b = alone('b', { log: [1, 4], term: 2, vote: 'a' })
    expect(b.core.standing.term).toBe(4)
    b.complete()
    expect(b.disk).toMatchObject({ term: 4, vote: null })
  })

  // "log[]: log entries; each entry contains … term when entry was received by leader" (figure 2): terms never fall
  // along a log. [F2]
  test('a log whose terms fall is refused', () => {
    expect(() => alone('b', { log: [3, 2], term: 3 })).toThrow('invariant 1 ')
  })

  // "commitIndex: index of highest log entry known to be committed" (figure 2): no log, no such index.
  test('a commit index outside the log is refused', () => {
    const options = { id: 'b', random: () => 0 }
    expect(() => new Core(options, { ...emptyLog(), commit: 1 }, 0)).toThrow('invariant 13')
  })
})

describe('writes under way', () => {
  // "delete the existing entry and all that follow it" (figure 2) while the write of those is still under way: its
  // end confirms nothing of what took their place. [F21]
  test('a write that ends late vouches for nothing that was written again', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1, 1, 1]))
    b.hear(append('c', 'b', 2, [1, 1], [2, 2]))
    expect(b.complete(1)).toEqual([])
    expect(b.core.durableIndex).toBe(1)
    expect(b.complete(1)).toEqual([ack('b', 'c', 2, 3)])
    expect(b.disk.terms).toEqual([1, 2, 2])
  })

  // The same, for what was durable already: it is no longer what the log holds.
  test('what was durable and has been cut off is not confirmed in the name of what took its place', () => {
    const b = alone('b', { log: [1, 1, 1, 1], term: 1 })
    b.hear(heartbeat('c', 'b', 2, 1))
    b.complete()
    b.group.drop()
    b.hear(append('c', 'b', 2, [1, 1], [2, 2, 2]))
    expect(b.core.durableIndex).toBe(1)
    expect(b.group.drop()).toEqual([ack('b', 'c', 2, 1, 1)])
    expect(b.complete()).toEqual([ack('b', 'c', 2, 4, 1)])
  })

  // The same, twice over, back to entries of the same length.
  test('also when the log is replaced twice before the first write ends', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1, 1]))
    b.hear(append('c', 'b', 2, [1, 1], [2, 2]))
    b.hear(append('a', 'b', 3, [1, 1], [3, 3]))
    b.group.drop()
    for (const expected of [1, 1, 3]) {
      b.complete(1)
      expect(b.core.durableIndex).toBe(expected)
      expect(b.disk.terms.slice(0, expected)).toEqual([1, 3, 3].slice(0, expected))
    }
    expect(b.group.wire).toEqual([ack('b', 'a', 3, 3)])
  })

  // "delete the existing entry and all that follow it" and "append any new entries" (figure 2) are one durable step.
  // [F85]
  test('cutting and appending are one write', () => {
    const b = alone('b', { log: [1, 1, 1], term: 1 })
    b.hear(append('a', 'b', 2, [1, 1], [2]))
    expect(b.writes).toMatchObject([{ term: 2, truncateFrom: 2, entries: { last: 2 } }])
    expect(b.turn().write).toBeNull()
  })

  // The same: what was never handed to the disk needs no cutting there.
  test('entries that come and go within one turn are never written', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.step({ kind: 'message', message: append('a', 'b', 1, [1, 1], [1, 1]) })
    b.step({ kind: 'message', message: append('c', 'b', 2, [1, 1], [2]) })
    b.turn()
    expect(b.writes).toMatchObject([{ truncateFrom: null, entries: { last: 2, runs: [{ term: 2 }] } }])
  })

  // Nothing is written that the disk holds or has been handed.
  test('what has been handed out is not handed out again', () => {
    const b = alone('b', { term: 1 })
    b.hear(append('a', 'b', 1, [0, 0], [1]))
    b.turn()
    b.hear(append('a', 'b', 1, [1, 1], [1]))
    expect(b.writes).toMatchObject([{ entries: { last: 1 } }, { entries: { last: 2, runs: [{ first: 2 }] } }])
    b.complete()
    expect(b.turn().write).toBeNull()
  })

  // A write that was never handed out cannot have ended.
  test('the end of an unknown write stops this member', () => {
    const b = alone('b')
    expect(() => b.step({ kind: 'persisted', seq: 1 })).toThrow('invariant 3')
  })
})
