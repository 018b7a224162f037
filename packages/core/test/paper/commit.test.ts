/** When entries are committed, and who learns of it (paper figure 2, §5.3, §5.4; thesis §10.2.1). */
import { describe, expect, test } from 'vitest'
import { alone, aloneLeading, configurationOf, Group, heartbeatMs } from '../by-hand.ts'
import { ack, append, heartbeat, ofKind } from './messages.ts'

describe('a majority', () => {
  // "If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and log[N].term == currentTerm:
  // set commitIndex = N (§5.3, §5.4)." (figure 2) [F43]
  test.each([
    ['ab', 1],
    ['abc', 1],
    ['abcd', 2],
    ['abcde', 2],
    ['abcdefg', 3],
  ])('of %s, the leader and %d others', (voters, needed) => {
    const a = aloneLeading('a', {}, voters)
    for (const from of voters.slice(1, needed)) a.hear(ack(from, 'a', 1, 1))
    expect(a.core.commitIndex).toBe(0)
    a.hear(ack(voters[needed]!, 'a', 1, 1))
    expect(a.core.commitIndex).toBe(1)
  })

  // "…a majority of matchIndex[i] ≥ N": N is the highest such index.
  test('the commit index is what a majority holds, not what the fastest holds', () => {
    const a = aloneLeading('a', {}, 'abcde')
    a.propose(9)
    a.complete()
    for (const [from, match] of [
      ['b', 10],
      ['c', 7],
      ['d', 4],
      ['e', 1],
    ] as const)
      a.hear(ack(from, 'a', 1, match))
    expect(a.core.commitIndex).toBe(7)
  })

  test('what every member holds is what the slowest holds, itself and learners counted, and only a leader knows', () => {
    const a = aloneLeading('a', {}, 'abc', 'l')
    for (const from of 'bc') a.hear(ack(from, 'a', 1, 1))
    expect([a.core.commitIndex, a.core.heldByAll]).toEqual([1, 0])
    a.hear(ack('l', 'a', 1, 1))
    expect(a.core.heldByAll).toBe(1)
    a.propose(3)
    for (const from of 'bcl') a.hear(ack(from, 'a', 1, 4))
    // Not on its own disk yet.
    expect([a.core.commitIndex, a.core.heldByAll]).toEqual([4, 1])
    a.complete()
    expect(a.core.heldByAll).toBe(4)
    expect(alone('b', {}, 'abc').core.heldByAll).toBe(null)
  })

  // "The leader replicates log entries to it, but it is not yet counted towards majorities for voting or commitment
  // purposes." (thesis §4.2.1) [F41]
  test('learners and strangers do not count', () => {
    const a = aloneLeading('a', {}, 'abc', 'lm')
    for (const from of 'lmx') a.hear(ack(from, 'a', 1, 1))
    expect(a.core.commitIndex).toBe(0)
  })

  // "N > commitIndex": it never falls.
  test('the commit index never falls', () => {
    const a = aloneLeading('a')
    a.propose(4)
    a.complete()
    a.hear(ack('b', 'a', 1, 5))
    a.hear(ack('b', 'a', 1, 1))
    a.hear(ack('c', 'a', 1, 2))
    expect(a.core.commitIndex).toBe(5)
  })
})

describe('a majority of others', () => {
  // "N > commitIndex" (figure 2): new members that hold less do not take anything back.
  test('the commit index does not fall when members join that hold less', () => {
    const a = aloneLeading('a')
    a.propose(4)
    a.complete()
    a.hear(ack('b', 'a', 1, 5))
    a.change(configurationOf('ade'), { evenIfQuorumAtRisk: true })
    for (const id of 'de') a.hear(ack(id, 'a', 1, 1))
    expect(a.core.commitIndex).toBe(5)
  })
})

describe("the leader's own disk", () => {
  // "the leader can write to its disk in parallel with replicating to the followers and them writing to their disks"
  // (thesis §10.2)
  test('appends leave before the leader has written anything', () => {
    const a = aloneLeading('a')
    for (const id of 'bc') a.hear(ack(id, 'a', 1, 1))
    a.group.drop()
    a.propose()
    expect(a.writes).toHaveLength(1)
    expect(ofKind(a.group.wire, 'append')).toHaveLength(2)
  })

  // "the leader uses its own match index to indicate the latest entry to have been durably written to its disk"
  // (thesis §10.2.1)
  test('the leader counts itself only after its own write', () => {
    const a = aloneLeading('a')
    a.propose()
    a.hear(ack('b', 'a', 1, 2))
    expect(a.core.commitIndex).toBe(1)
    a.complete()
    expect(a.core.commitIndex).toBe(2)
  })

  // "The leader may even commit an entry before it has been written to its own disk, if a majority of followers have
  // written it to their disks; this is still safe." (thesis §10.2.1)
  test('a majority of followers is enough', () => {
    const a = aloneLeading('a')
    a.propose()
    for (const id of 'bc') a.hear(ack(id, 'a', 1, 2))
    expect(a.core.commitIndex).toBe(2)
    expect(a.core.durableIndex).toBe(1)
  })
})

describe('entries of earlier terms (§5.4.2)', () => {
  // "Raft never commits log entries from previous terms by counting replicas. Only log entries from the leader's
  // current term are committed by counting replicas" [F15]
  test('a majority holds an entry of an earlier term: it is not committed by that', () => {
    const a = aloneLeading('a', { log: [1, 2], term: 2 })
    expect(a.core.lastIndex).toBe(3)
    for (const id of 'bc') a.hear(ack(id, 'a', 3, 2))
    expect(a.core.commitIndex).toBe(0)
  })

  // "once an entry from the current term has been committed in this way, then all prior entries are committed
  // indirectly because of the Log Matching Property"
  test('with the first entry of the own term all before it are committed', () => {
    const a = aloneLeading('a', { log: [1, 2], term: 2 })
    a.hear(ack('b', 'a', 3, 3))
    expect(a.core.commitIndex).toBe(3)
  })

  // "Figure 8: A time sequence showing why a leader cannot determine commitment using log entries from older terms."
  // [F15]
  // A leader that is asked for something before the entry is due with which its term begins makes none: what was proposed is of its term as well.
  test('the term begins with what is proposed first, where that comes before the entry of its own (F7c)', () => {
    const a = alone('a', { log: [1, 1], term: 1 })
    expect(a.core.termBegins).toBe(null)
    a.group.timeOut('a')
    a.hear({ kind: 'pre-vote', from: 'b', to: 'a', term: 1, campaign: 2, granted: true })
    a.complete()
    a.step({ kind: 'message', message: { kind: 'vote', from: 'b', to: 'a', term: 2, granted: true } })
    expect(a.core.step({ kind: 'propose', count: 2, bytes: 20 }, a.group.now)).toMatchObject({
      index: 3,
      term: 2,
    })
    expect(a.turn().own).toEqual([])
    expect(a.core.termBegins).toEqual({ term: 2, index: 3 })
    a.complete()
    a.hear(ack('b', 'a', 2, 4))
    expect(a.core.commitIndex).toBe(4)
    const other = aloneLeading('a', { log: [1, 1], term: 1 })
    expect(other.core.termBegins).toEqual({ term: 2, index: 3 })
  })

  test('figure 8: what S1 has brought to a majority may still be replaced, and nobody has applied it', () => {
    const group = new Group({
      voters: 'abcde',
      starts: {
        // (a) S1 has replicated the entry at index 2 to S2; (b) S5 has another one there.
        a: { log: [1, 2], term: 2 },
        b: { log: [1, 2], term: 2 },
        c: { log: [1], term: 1 },
        d: { log: [1], term: 1 },
        e: { log: [1, 3], term: 3 },
      },
    })
    // (c) S1 leads again and brings entry 2 of term 2 to S3, but its own entry to nobody.
    group.cut.add('e')
    const isOwn = (last: number) => last > 2
    group.lost = (message) => message.kind === 'append' && message.heads !== null && isOwn(message.heads.last)
    const s1 = group.elect('a')
    const s3 = group.at('c')
    s3.hear(append('a', 'c', s1.core.standing.term, [1, 1], [2], { commit: s1.core.commitIndex }))
    group.settle()
    expect([s1, group.at('b'), s3].map((hand) => hand.disk.termAt(2))).toEqual([2, 2, 2])
    for (const hand of group.hands.values()) expect(hand.core.commitIndex).toBe(0)
    // (d) S1 crashes; S5's last entry has a later term, so the others elect it, and it replaces entry 2.
    group.cut.delete('e')
    group.cut.add('a')
    group.lost = () => false
    const s5 = group.elect('e')
    group.pass(1000)
    expect(s5.disk.termAt(2)).toBe(3)
    for (const id of 'bcd') expect(group.at(id).disk.terms).toEqual(s5.disk.terms)
    group.cut.delete('a')
    group.pass(1000)
    expect(s1.disk.terms).toEqual(s5.disk.terms)
    expect(s1.core.commitIndex).toBe(s5.core.commitIndex)
  })

  // "…if S1 replicates an entry from its current term on a majority of the servers before crashing, as in (e), then
  // this entry is committed (S5 cannot win an election). At this point all preceding entries in the log are committed
  // as well." (figure 8)
  test('figure 8 (e): after an entry of its own term S5 cannot win', () => {
    const group = new Group({
      voters: 'abcde',
      starts: {
        a: { log: [1, 2], term: 3 },
        b: { log: [1, 2], term: 3 },
        c: { log: [1], term: 3 },
        d: { log: [1], term: 3 },
        e: { log: [1, 3], term: 3 },
      },
    })
    group.cut.add('d').add('e')
    const s1 = group.elect('a')
    expect(s1.core.commitIndex).toBe(3)
    group.cut.clear()
    group.cut.add('a')
    expect(() => group.elect('e')).toThrow('e was not elected')
    group.pass(10_000)
    expect(group.leaders.filter((id) => id !== 'a')).toHaveLength(1)
    for (const id of 'bcde') expect(group.at(id).disk.terms.slice(0, 3)).toEqual([1, 2, 4])
  })
})

describe('what the others learn', () => {
  // "The leader keeps track of the highest index it knows to be committed, and it includes that index in future
  // AppendEntries RPCs (including heartbeats) so that the other servers eventually find out." (§5.3)
  test('the next append carries the commit index', () => {
    const a = aloneLeading('a')
    a.hear(ack('b', 'a', 1, 1))
    a.group.drop()
    a.propose()
    expect(ofKind(a.group.wire, 'append')).toMatchObject([{ to: 'b', commit: 1 }])
  })

  // "…(including heartbeats)…": a heartbeat proves nothing about the log, so it carries no more than what is known to
  // match. [F14]
  test('a heartbeat carries as much of it as its receiver is known to hold', () => {
    const a = aloneLeading('a', {}, 'abcd')
    a.propose(4)
    a.complete()
    for (const [from, match] of [
      ['b', 5],
      ['c', 5],
      ['d', 2],
    ] as const)
      a.hear(ack(from, 'a', 1, match))
    a.group.drop()
    a.group.now += heartbeatMs
    a.turn()
    expect(ofKind(a.group.wire, 'heartbeat').map(({ to, commit }) => [to, commit])).toEqual([
      ['b', 5],
      ['c', 5],
      ['d', 2],
    ])
  })

  // "…so that the other servers eventually find out": an idle group does not wait for the next heartbeat.
  test('who gets no append is told a little later', () => {
    const group = new Group({ voters: 'abc', options: { commitNoticeMs: 10 } })
    group.elect('a').propose()
    group.settle()
    group.pass(9)
    expect(group.at('b').core.commitIndex).toBeLessThan(2)
    group.pass(1)
    for (const id of 'bc') expect(group.at(id).core.commitIndex).toBe(2)
  })

  // "Once a follower learns that a log entry is committed, it applies the entry to its local state machine (in log
  // order)." (§5.3)
  test('what a follower is told to apply grows without gaps and never falls', () => {
    const b = new Group({ voters: 'abc', starts: { b: { log: [1], term: 1 } } }).at('b')
    const applied: number[] = []
    b.group.hooks.onTurn = (_, effects) => applied.push(effects.commitIndex)
    b.hear(append('a', 'b', 1, [1, 1], [1, 1], { commit: 1 }))
    b.hear(append('a', 'b', 1, [3, 1], [1], { commit: 4 }))
    b.hear(heartbeat('a', 'b', 1, 1, 2))
    expect(applied).toEqual([1, 4, 4])
  })
})

describe('safety over changes of leaders', () => {
  // "if a log entry is committed in a given term, then that entry will be present in the logs of the leaders for all
  // higher-numbered terms." (figure 3, Leader Completeness) [F26]
  test('what was committed once stays, whoever leads next', () => {
    const group = new Group({ voters: 'abcde' })
    const committed: number[] = []
    let last: string | null = null
    for (const id of 'abcdeabcde') {
      if (last !== null) group.cut.add(last)
      const leader = group.elect(id)
      leader.propose(2)
      group.settle()
      const terms = Array.from({ length: leader.core.commitIndex }, (_, at) => leader.core.termAt(at + 1)!)
      expect(terms.slice(0, committed.length)).toEqual(committed)
      expect(terms.length).toBe(committed.length + 3)
      committed.splice(0, committed.length, ...terms)
      group.cut.clear()
      group.pass(1000)
      last = id
    }
  })

  // "This means that conflicting entries in follower logs will be overwritten with entries from the leader's log."
  // (§5.3)
  test('an entry that only its leader had is gone when it comes back', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.cut.add('a')
    a.propose(3)
    a.complete()
    group.elect('b').propose()
    group.settle()
    group.cut.clear()
    group.pass(2000)
    expect(a.disk.terms).toEqual(group.at('b').disk.terms)
    expect(a.core.commitIndex).toBe(3)
  })
})

describe('bounds', () => {
  // The paper bounds nothing; a leader that lost its majority would collect proposals until its memory is full. [F23]
  test('proposals are refused by name once too many bytes are uncommitted, and taken again after', () => {
    const a = aloneLeading('a', { options: { maxUncommittedBytes: 1000 } })
    expect(a.propose(1, 900)).toMatchObject({ taken: true })
    expect(a.propose(1, 900)).toEqual({ taken: false, reason: 'too-many-uncommitted' })
    a.complete()
    a.hear(ack('b', 'a', 1, 2))
    expect(a.propose(1, 5000)).toMatchObject({ taken: true, index: 3 })
  })
})
