/** Reads that write nothing: ReadIndex (thesis §6.4), and what of linearizability concerns the core (thesis §6.3). */
import { describe, expect, test } from 'vitest'
import { alone, aloneLeading, configurationOf, Group, type Hand, heartbeatMs, win } from '../by-hand.ts'
import { ack, append, heartbeat, ofKind } from './messages.ts'

/** A leader of three that has committed the entry of its own term. */
function reading(voters = 'abc'): Hand {
  const a = aloneLeading('a', {}, voters)
  for (const from of voters.slice(1)) a.hear(ack(from, 'a', 1, 1))
  expect(a.core.commitIndex).toBe(1)
  a.group.drop()
  return a
}

/** The round of the heartbeats that have left since the last look. */
function roundSent(hand: Hand): number {
  const rounds = new Set(ofKind(hand.group.drop(), 'heartbeat').map(({ round }) => round))
  expect(rounds.size).toBe(1)
  return [...rounds][0]!
}

describe('ReadIndex', () => {
  // "1. If the leader has not yet marked an entry from its current term committed, it waits until it has done so."
  // [F16] [F44]
  test('a new leader answers once an entry of its own term is committed', () => {
    const a = aloneLeading('a', { log: [1, 1], term: 1, commit: 2 })
    a.input({ kind: 'read', id: 1 })
    let round = roundSent(a)
    for (const from of 'bc') a.hear(ack(from, 'a', 2, 2, round))
    expect(a.ready).toEqual([])
    a.hear(ack('b', 'a', 2, 3, round))
    expect(a.ready).toEqual([])
    round = roundSent(a)
    a.hear(ack('b', 'a', 2, 3, round))
    expect(a.ready).toMatchObject([{ id: 1, index: 3 }])
  })

  // "2. The leader saves its current commit index in a local variable readIndex. This will be used as a lower bound
  // for the version of the state that the query operates against." [F45]
  test('the index is fixed before the round begins', () => {
    const a = reading()
    a.input({ kind: 'read', id: 1 })
    const round = roundSent(a)
    a.propose(3)
    a.complete()
    a.hear(ack('b', 'a', 1, 4, 1))
    expect(a.core.commitIndex).toBe(4)
    expect(a.ready).toEqual([])
    a.hear(ack('b', 'a', 1, 4, round))
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })

  // "3. The leader needs to make sure it has not been superseded by a newer leader of which it is unaware. It issues
  // a new round of heartbeats and waits for their acknowledgments from a majority of the cluster."
  test('a round of heartbeats begins at once, and a majority must answer it', () => {
    const a = reading('abcde')
    a.input({ kind: 'read', id: 1 })
    expect(ofKind(a.group.wire, 'heartbeat').map(({ to }) => to)).toEqual([...'bcde'])
    const round = roundSent(a)
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.ready).toEqual([])
    a.hear(ack('c', 'a', 1, 1, round))
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })

  // "It issues a new round of heartbeats": answers to earlier ones prove nothing about now. [F45] [F47]
  test('answers to an earlier round do not confirm a later read', () => {
    const a = reading()
    a.group.now += heartbeatMs
    a.turn()
    const earlier = roundSent(a)
    a.input({ kind: 'read', id: 1 })
    const round = roundSent(a)
    expect(round).toBeGreaterThan(earlier)
    for (const from of 'bc') a.hear(ack(from, 'a', 1, 1, earlier))
    expect(a.ready).toEqual([])
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })

  // "…acknowledgments from a majority of the cluster": of its voters. [F41]
  test('learners confirm nothing', () => {
    const a = aloneLeading('a', {}, 'abc', 'lm')
    a.hear(ack('b', 'a', 1, 1))
    a.group.drop()
    a.input({ kind: 'read', id: 1 })
    const round = roundSent(a)
    for (const from of 'lm') a.hear(ack(from, 'a', 1, 1, round))
    expect(a.ready).toEqual([])
  })

  // "Agreement … requires separate majorities from both the old and new configurations" (thesis §4.3), also about who
  // leads.
  test('while joint, both majorities must answer', () => {
    const a = reading()
    a.change(configurationOf('ade'), { evenIfQuorumAtRisk: true })
    a.group.drop()
    a.input({ kind: 'read', id: 1 })
    const round = roundSent(a)
    a.hear(ack('d', 'a', 1, 0, round))
    expect(a.ready).toEqual([])
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })

  // "it can use a single round of heartbeats for any number of read-only queries that it has accumulated"
  test('reads share a round; those that come while one is under way share the next', () => {
    const a = reading()
    for (const id of [1, 2]) a.step({ kind: 'read', id })
    a.turn()
    const first = roundSent(a)
    for (const id of [3, 4]) a.input({ kind: 'read', id })
    expect(ofKind(a.group.drop(), 'heartbeat')).toEqual([])
    a.hear(ack('b', 'a', 1, 1, first))
    expect(a.ready.map(({ id }) => id)).toEqual([1, 2])
    const second = roundSent(a)
    expect(second).toBe(first + 1)
    a.hear(ack('c', 'a', 1, 1, first))
    expect(a.ready.map(({ id }) => id)).toEqual([1, 2])
    a.hear(ack('b', 'a', 1, 1, second))
    expect(a.ready.map(({ id }) => id)).toEqual([1, 2, 3, 4])
  })

  // "Raft assumes RPC requests and responses may be lost in the network" (thesis §3.3): an answer to a later round
  // confirms an earlier read as well. [F91]
  test('a lost round is made good by the next heartbeat', () => {
    const a = reading()
    a.input({ kind: 'read', id: 1 })
    a.group.drop()
    a.group.now += heartbeatMs
    a.turn()
    const next = roundSent(a)
    a.hear(ack('b', 'a', 1, 1, next))
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })

  // "read-only queries" are to bypass "the Raft log" (thesis §6.4): no read writes anything. [F50]
  test('reads leave no trace in the log', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    for (let id = 0; id < 10; id++) {
      a.input({ kind: 'read', id })
      group.settle()
    }
    expect(a.ready).toHaveLength(10)
    for (const hand of group.hands.values()) expect(hand.core.lastIndex).toBe(1)
  })

  // "…a majority of the cluster": in a group of one the leader is all of it. [F43]
  test('a group of one answers at once', () => {
    const a = alone('a', {}, 'a')
    a.complete()
    a.complete()
    a.input({ kind: 'read', id: 1 })
    expect(a.ready).toMatchObject([{ id: 1, index: 1 }])
  })
})

describe('who does not lead', () => {
  // "Linearizable reads must not return stale data" (paper §8): the index is the leader's to say. [F49]
  test('refuses by name', () => {
    const b = alone('b', { log: [1], term: 1, commit: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.input({ kind: 'read', id: 1 })
    expect(b.refused).toEqual([{ id: 1, reason: 'not-leader' }])
    expect(b.ready).toEqual([])
  })

  // "there could not have existed a leader for a greater term at the moment it sent the heartbeats"
  test('a deposed leader refuses the reads that wait, and confirms none of them', () => {
    const a = reading()
    a.input({ kind: 'read', id: 1 })
    const round = roundSent(a)
    a.input({ kind: 'read', id: 2 })
    a.hear(append('b', 'a', 2, [1, 1], [2]))
    for (const from of 'bc') a.hear(ack(from, 'a', 1, 1, round))
    expect(a.ready).toEqual([])
    expect(a.refused.map(({ id }) => id).sort()).toEqual([1, 2])
  })

  // The same: acknowledgments of one term say nothing in the next, though its rounds count anew. [F45]
  test('a leader elected again does not take the rounds of its earlier term', () => {
    const a = reading()
    for (let read = 0; read < 9; read++) {
      a.input({ kind: 'read', id: read })
      const round = roundSent(a)
      for (const from of 'bc') a.hear(ack(from, 'a', 1, 1, round))
    }
    a.input({ kind: 'read', id: 9 })
    const old = roundSent(a)
    a.hear(append('b', 'a', 2, [1, 1], [2]))
    a.complete()
    win(a)
    for (const from of 'bc') a.hear(ack(from, 'a', 3, 3))
    a.group.drop()
    a.input({ kind: 'read', id: 10 })
    expect(roundSent(a)).toBeLessThan(old)
    for (const from of 'bc') a.hear(ack(from, 'a', 1, 1, old))
    expect(a.ready.map(({ id }) => id)).not.toContain(10)
    expect(a.refused).toEqual([{ id: 9, reason: 'not-leader' }])
  })

  // The same, at those who answer: the rounds of another leader are not this leader's.
  test('a follower does not answer the rounds of an earlier leader to the next one', () => {
    const b = alone('b', { log: [1], term: 1 })
    expect(b.hear(heartbeat('a', 'b', 1, 9))).toEqual([ack('b', 'a', 1, 0, 9)])
    b.hear(append('c', 'b', 2, [1, 1]))
    expect(b.complete()).toEqual([ack('b', 'c', 2, 1, 0)])
  })

  // The same, seen from outside: while another one leads, the old leader answers nothing.
  test('a leader that is cut off never answers', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.settle()
    group.cut.add('a')
    a.input({ kind: 'read', id: 1 })
    group.elect('b').propose()
    group.settle()
    group.cut.clear()
    group.pass(5000)
    expect(a.ready).toEqual([])
    expect(a.refused).toEqual([{ id: 1, reason: 'not-leader' }])
  })
})

describe('replicated time', () => {
  // "One option is for the leader to augment each command that it commits to the Raft log with its current time."
  // (thesis §6.3) [F55]
  test('each entry carries the time at which its leader took it', () => {
    const a = aloneLeading('a')
    const elected = a.group.now
    a.group.now += 300
    expect(a.propose()).toMatchObject({ time: 300 })
    a.group.now = elected + 750
    expect(a.propose()).toMatchObject({ time: 750 })
    a.complete()
    expect(a.disk.entries.map(({ time }) => time)).toEqual([0, 300, 750])
  })

  // "session expiry must be deterministic" (thesis §6.3): stamps go on from the last one inherited and never go back,
  // whatever the clocks of leaders say. [F94i]
  test('time goes on from the last entry, also under a leader whose clock is behind', () => {
    const b = alone('b', { term: 1 })
    const message = append('a', 'b', 1, [0, 0], [1])
    const runs = [{ ...message.heads!.runs[0]!, time: 50_000 }]
    b.hear({ ...message, heads: { ...message.heads!, runs } })
    b.complete()
    win(b)
    const elected = b.group.now
    expect(elected).toBeLessThan(50_000)
    expect(b.disk.entries.map(({ time }) => time)).toEqual([50_000, 50_000])
    b.group.now = elected + 40
    expect(b.propose()).toMatchObject({ time: 50_040 })
  })
})
