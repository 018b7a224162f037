/** AppendEntries, at both ends (paper figure 2, §5.3; thesis §3.5, §10.2.2). */
import { describe, expect, test } from 'vitest'
import { InvariantError } from '../../src/index.ts'
import { alone, aloneLeading, Group, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, append, conflict, heartbeat, ofKind } from './messages.ts'

/** Terms of the entries `1 … last` as the core has them. */
function terms(hand: Hand): (number | undefined)[] {
  return Array.from({ length: hand.core.lastIndex }, (_, at) => hand.core.termAt(at + 1))
}

describe('AppendEntries RPC, receiver implementation', () => {
  // "1. Reply false if term < currentTerm (§5.1)"
  test('entries of a leader of an older term are refused', () => {
    const b = alone('b', { log: [1, 3], term: 4 })
    expect(b.hear(append('a', 'b', 3, [1, 1], [3, 3], { commit: 3 }))).toEqual([
      { kind: 'stale', from: 'b', to: 'a', term: 4 },
    ])
    expect(terms(b)).toEqual([1, 3])
    expect(b.core.commitIndex).toBe(0)
  })

  // "2. Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm (§5.3)"
  test.each([
    { prev: [3, 2], hint: [2, 2], why: 'the log ends before it' },
    { prev: [2, 3], hint: [2, 2], why: 'another term stands there' },
  ] as const)('entries that do not follow what is here are refused: $why', ({ prev, hint }) => {
    const b = alone('b', { log: [1, 2], term: 2 })
    const said = b.hear(append('a', 'b', 3, prev, [3], { commit: 9 }))
    expect(said).toEqual([conflict('b', 'a', 3, prev[0], hint)])
    expect(terms(b)).toEqual([1, 2])
    expect(b.core.commitIndex).toBe(0)
  })

  // "3. If an existing entry conflicts with a new one (same index but different terms), delete the existing entry and
  // all that follow it (§5.3)" [F13]
  test('a conflicting suffix goes whole, on disk too', () => {
    const b = alone('b', { log: [1, 1, 2, 2, 2, 2], term: 2 })
    b.hear(append('a', 'b', 3, [1, 1], [1, 3]))
    expect(terms(b)).toEqual([1, 1, 3])
    expect(b.writes).toMatchObject([{ truncateFrom: 3, entries: { last: 3 } }])
    b.complete()
    expect(b.disk.terms).toEqual([1, 1, 3])
  })

  // "4. Append any new entries not already in the log"
  test('what is here already is not written again', () => {
    const b = alone('b', { log: [1, 1], term: 1 })
    const answer = b.step({ kind: 'message', message: append('a', 'b', 1, [0, 0], [1, 1, 1, 1]) })
    expect(answer).toMatchObject({ taken: true, index: 3, count: 2 })
    b.turn()
    expect(b.writes).toMatchObject([
      { truncateFrom: null, entries: { last: 4, runs: [{ first: 3, term: 1 }] } },
    ])
  })

  // "if a follower receives an AppendEntries request that includes log entries already present in its log, it ignores
  // those entries in the new request" (§5.5): an older, shorter message takes nothing away. [F60] [F91]
  test('a repeated or delayed message takes nothing away', () => {
    const b = alone('b', { term: 1 })
    b.hear(append('a', 'b', 1, [0, 0], [1, 1, 1]))
    b.complete()
    for (const late of [
      append('a', 'b', 1, [0, 0], [1]),
      append('a', 'b', 1, [0, 0], [1, 1, 1]),
      append('a', 'b', 1, [1, 1]),
    ])
      b.hear(late)
    expect(terms(b)).toEqual([1, 1, 1])
    expect(b.writes).toEqual([])
  })

  // "5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)" [F14]
  test.each([
    { entries: [2, 2], commit: 4, expected: 4, why: 'within the message' },
    { entries: [2, 2], commit: 9, expected: 4, why: 'beyond it' },
    { entries: [], commit: 9, expected: 2, why: 'a message without entries proves its place only' },
  ])('the commit index follows what the message proves: $why', ({ entries, commit, expected }) => {
    const b = alone('b', { log: [1, 1, 2, 2, 2, 2], term: 2 })
    b.hear(append('a', 'b', 3, [2, 1], entries, { commit }))
    expect(b.core.commitIndex).toBe(expected)
  })

  // "If leaderCommit > commitIndex…": it never falls.
  test('the commit index never falls', () => {
    const b = alone('b', { log: [1, 1, 1], term: 1, commit: 3 })
    b.hear(append('a', 'b', 1, [1, 1], [1], { commit: 1 }))
    b.hear(heartbeat('a', 'b', 1, 1, 2))
    expect(b.core.commitIndex).toBe(3)
  })

  // "If commitIndex > lastApplied: … apply log[lastApplied] to state machine" (figure 2): a heartbeat may say what is
  // committed too, as far as this leader has proved the log. [F14]
  test('a heartbeat commits nothing that its leader has not shown', () => {
    const b = alone('b', { log: [1, 1, 2, 2], term: 2 })
    b.hear(heartbeat('a', 'b', 3, 1, 4))
    expect(b.core.commitIndex).toBe(0)
    b.hear(append('a', 'b', 3, [2, 1]))
    b.hear(heartbeat('a', 'b', 3, 2, 4))
    expect(b.core.commitIndex).toBe(2)
  })
})

describe('the answer', () => {
  // "Reply false if log doesn't contain…": only what this leader's messages proved is confirmed; a suffix beyond may
  // be anybody's. [F13]
  test('an ack names what the message proved, not the end of the log', () => {
    const b = alone('b', { log: [1, 1, 2, 2, 2], term: 2 })
    expect(b.hear(append('a', 'b', 3, [2, 1]))).toEqual([])
    expect(b.complete()).toEqual([ack('b', 'a', 3, 2)])
  })

  // "Raft RPCs are idempotent" (§5.5): a repeated message is answered again, for the first answer may be lost.
  test('a repeated message is answered again', () => {
    const b = alone('b', { log: [1], term: 1 })
    const message = append('a', 'b', 1, [1, 1], [1])
    expect(b.hear(message)).toEqual([ack('b', 'a', 1, 1)])
    expect(b.complete()).toEqual([ack('b', 'a', 1, 2)])
    expect(b.hear(message)).toEqual([ack('b', 'a', 1, 2)])
  })

  // "the follower can include the term of the conflicting entry and the first index it stores for that term" (§5.3,
  // at its end): here, the highest place that may still agree.
  test.each([
    {
      log: [1, 1, 4, 4, 4],
      prev: [5, 2],
      hint: [2, 1],
      why: 'terms that the leader cannot have are skipped',
    },
    { log: [1, 1, 2], prev: [7, 3], hint: [3, 2], why: 'the log is short' },
    { log: [3, 3, 3], prev: [2, 2], hint: [0, 0], why: 'nothing agrees' },
  ] as const)('a refusal says where to look: $why', ({ log, prev, hint }) => {
    const b = alone('b', { log, term: 5 })
    expect(b.hear(append('a', 'b', 5, prev, [5]))).toEqual([conflict('b', 'a', 5, prev[0], hint)])
  })

  // "that entry will be present in the logs of the leaders for all higher-numbered terms" (figure 3): the place to look
  // at is never below the commit index, not even for a leader that names a term which it cannot have there.
  test('a refusal never points below what is committed', () => {
    const b = alone('b', { log: [2, 2, 3], term: 3, commit: 2 })
    expect(b.hear(append('a', 'b', 4, [3, 1], [4]))).toEqual([conflict('b', 'a', 4, 3, [2, 2])])
  })
})

describe('what can never be', () => {
  // "Leader Completeness: if a log entry is committed in a given term, then that entry will be present in the logs of
  // the leaders for all higher-numbered terms." (figure 3) A member that sees otherwise stops.
  test('a leader that differs at a committed entry stops this member', () => {
    const b = alone('b', { log: [1, 1], term: 1, commit: 2 })
    const broken = () => b.hear(append('a', 'b', 2, [2, 2], [2]))
    expect(broken).toThrow(InvariantError)
    expect(broken).toThrow('invariant 7')
  })

  // "Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends new entries."
  // (figure 3)
  test('a leader that replaces what it has sent stops this member', () => {
    const b = alone('b', { log: [1, 1], term: 2 })
    b.hear(append('a', 'b', 3, [2, 1], [2, 2]))
    expect(() => b.hear(append('a', 'b', 3, [2, 1], [3]))).toThrow('invariant 10')
  })

  // "Election Safety: at most one leader can be elected in a given term." (figure 3)
  test('a second leader in one term stops this member', () => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    expect(() => b.hear(heartbeat('c', 'b', 1, 1))).toThrow('invariant 6')
  })
})

describe('the leader', () => {
  // "When a leader first comes to power, it initializes all nextIndex values to the index just after the last one in
  // its log" (§5.3)
  test('begins after the end of its log', () => {
    const a = aloneLeading('a', { log: [1, 1, 2], term: 2 })
    const first = ofKind(a.group.wire, 'append')
    expect(first.map(({ to }) => to)).toEqual(['b', 'c'])
    for (const message of first)
      expect(message).toMatchObject({ prevIndex: 3, prevTerm: 2, heads: { last: 4 } })
  })

  // "If last log index ≥ nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex"
  // (figure 2) [F18]
  test('sends each entry once, from where the follower is', () => {
    const a = aloneLeading('a')
    for (const id of 'bc') a.hear(ack(id, 'a', 1, 1))
    a.group.drop()
    a.propose(2)
    expect(ofKind(a.group.drop(), 'append')).toMatchObject([
      { to: 'b', prevIndex: 1, heads: { last: 3, runs: [{ first: 2, term: 1 }] } },
      { to: 'c', prevIndex: 1, heads: { last: 3, runs: [{ first: 2, term: 1 }] } },
    ])
    a.propose()
    expect(ofKind(a.group.drop(), 'append')).toMatchObject([
      { to: 'b', prevIndex: 3, heads: { last: 4, runs: [{ first: 4 }] } },
      { to: 'c', prevIndex: 3, heads: { last: 4, runs: [{ first: 4 }] } },
    ])
  })

  // "If successful: update nextIndex and matchIndex for follower (§5.3)" (figure 2)
  test('an ack moves what is known of the follower', () => {
    const a = aloneLeading('a', { log: [1, 1], term: 1 })
    a.hear(ack('b', 'a', 2, 3))
    expect(a.core.peers()).toMatchObject([
      { id: 'b', match: 3, next: 4, state: 'stream' },
      { id: 'c', match: 0, next: 3, state: 'probe' },
    ])
  })

  // "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry (§5.3)" (figure 2)
  test('a refusal moves it back, and the next append starts there', () => {
    const a = aloneLeading('a', { log: [1, 1, 2, 2], term: 2 })
    a.group.drop()
    const said = a.hear(conflict('b', 'a', 3, 4, [2, 1]))
    expect(said).toMatchObject([{ kind: 'append', to: 'b', prevIndex: 2, prevTerm: 1, heads: { last: 5 } }])
  })

  // "one AppendEntries RPC will be required for each term with conflicting entries, rather than one RPC per entry"
  // (§5.3) [F17]
  test('whole terms are skipped on the way back', () => {
    const group = new Group({
      voters: 'abc',
      starts: {
        a: { log: [1, 1, ...Array(50).fill(5), ...Array(50).fill(6)], term: 6 },
        b: { log: [1, 1, ...Array(50).fill(2), ...Array(50).fill(3), ...Array(50).fill(4)], term: 4 },
        c: {},
      },
    })
    const probes: number[] = []
    group.lost = (message) => {
      if (message.kind === 'append' && message.to === 'b') probes.push(message.prevIndex)
      return false
    }
    group.elect('a')
    group.pass(1000)
    expect(probes.slice(0, 2)).toEqual([102, 2])
    expect(terms(group.at('b'))).toEqual(terms(group.at('a')))
  })

  // "In Raft, the leader handles inconsistencies by forcing the followers' logs to duplicate its own." (§5.3, figure
  // 7)
  test('every log of figure 7 becomes that of the leader', () => {
    const log = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
    const followers: Record<string, number[]> = {
      a: log.slice(0, 9),
      b: log.slice(0, 4),
      c: [...log, 6],
      d: [...log, 7, 7],
      e: [1, 1, 1, 4, 4, 4, 4],
      f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    }
    const starts = Object.entries(followers).map(([id, own]) => [id, { log: own, term: 7 }] as const)
    const group = new Group({
      voters: 'labcdef',
      starts: { ...Object.fromEntries(starts), l: { log, term: 7 } },
    })
    group.elect('l')
    group.pass(1000)
    for (const hand of group.hands.values()) {
      expect(terms(hand)).toEqual([...log, 8])
      expect(hand.disk.terms).toEqual([...log, 8])
      expect(hand.core.commitIndex).toBe(11)
    }
  })

  // "A leader never overwrites or deletes entries in its own log" (§5.3)
  test('keeps its own log, whatever the others say', () => {
    const a = aloneLeading('a', { log: [1, 1, 2], term: 4 })
    a.hear(conflict('b', 'a', 5, 3, [1, 1]))
    a.hear(ack('c', 'a', 5, 2))
    a.propose(2)
    a.complete()
    expect(a.disk.terms).toEqual([1, 1, 2, 5, 5, 5])
  })

  // "if two entries in different logs have the same index and term…" (§5.3): an answer that speaks of entries the
  // leader does not have is no answer.
  test('does not believe an ack beyond its log', () => {
    const a = aloneLeading('a')
    a.hear(ack('b', 'a', 1, 99))
    expect(a.core.peers()[0]).toMatchObject({ match: 0 })
    expect(a.core.commitIndex).toBe(0)
  })
})

describe('lost, late and repeated messages', () => {
  // "If followers crash or run slowly, or if network packets are lost, the leader retries AppendEntries RPCs
  // indefinitely … until all followers eventually store all log entries." (§5.3) [F19] [F91]
  test.each(['append', 'ack', 'conflict'] as const)(
    'the group goes on after the loss of each %s for a second',
    (kind) => {
      const group = new Group({
        voters: 'abc',
        starts: {
          a: { log: [1, 1, 4], term: 4 },
          b: { log: [1, 2, 2, 2], term: 4 },
          c: { log: [1, 1, 4], term: 4 },
        },
      })
      let until = Number.POSITIVE_INFINITY
      group.lost = (message) =>
        message.kind === kind && (message.from === 'b' || message.to === 'b') && group.now < until
      const a = group.elect('a')
      until = group.now + 1000
      a.propose(3)
      group.pass(2000)
      until = group.now + 1000
      a.propose(3)
      group.pass(2000)
      for (const hand of group.hands.values()) {
        expect(hand.disk.terms).toEqual(a.disk.terms)
        expect(hand.core.commitIndex).toBe(a.core.lastIndex)
      }
    },
  )

  // "If the AppendEntries consistency check fails…" (thesis §10.2.2): a lost append in the middle is noticed at the
  // next one.
  test('an append that is lost in the middle of a stream is sent again, with all that follow', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.propose()
    group.drop((message) => message.to === 'b')
    a.propose()
    group.deliver((message) => message.to === 'b')
    expect(ofKind(group.wire, 'conflict')).toMatchObject([{ from: 'b', prevIndex: 2, hintIndex: 1 }])
    group.settle()
    expect(group.at('b').disk.terms).toEqual([1, 1, 1])
  })

  // "matchIndex[]: for each server, index of highest log entry known to be replicated on server (initialized to 0,
  // increases monotonically)" (figure 2), whatever order acks come in. [F20]
  test('reordered acks do not take back what is known', () => {
    const a = aloneLeading('a')
    a.propose(4)
    a.hear(ack('b', 'a', 1, 5))
    a.hear(ack('b', 'a', 1, 2))
    expect(a.core.peers()[0]).toMatchObject({ match: 5, next: 6 })
    a.hear(conflict('b', 'a', 1, 3, [1, 1]))
    expect(a.core.peers()[0]).toMatchObject({ match: 5, next: 6 })
  })

  // The same, for an answer to an append that has been superseded.
  test('a repeated refusal moves nothing twice', () => {
    const a = aloneLeading('a', { log: [1, 1, 1, 1], term: 1 })
    const refusal = conflict('b', 'a', 2, 4, [3, 1])
    a.hear(refusal)
    expect(a.core.peers()[0]).toMatchObject({ next: 4 })
    a.group.drop()
    expect(a.hear(refusal)).toEqual([])
    expect(a.core.peers()[0]).toMatchObject({ next: 4 })
  })
})

describe('pipelining', () => {
  const streaming = (options: object = {}) => {
    const a = aloneLeading('a', { options })
    for (const id of 'bc') a.hear(ack(id, 'a', 1, 1))
    a.group.drop()
    return a
  }
  const ranges = (a: Hand) =>
    ofKind(a.group.drop(), 'append')
      .filter(({ to, heads }) => to === 'b' && heads !== null)
      .map(({ prevIndex, heads }) => [prevIndex + 1, heads!.last])

  // "To support pipelining, the leader treats the next index for each follower optimistically; it updates the next
  // index to send immediately after sending the previous entry, rather than waiting for the previous entry's
  // acknowledgment." (thesis §10.2.2)
  test('appends follow each other without waiting for acks', () => {
    const a = streaming()
    for (let i = 0; i < 3; i++) a.propose()
    expect(ranges(a)).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ])
  })

  // "The AppendEntries consistency check guarantees that pipelining is safe" (thesis §10.2.2): before it has
  // succeeded once, the leader sends one append at a time.
  test('a follower whose log is not known gets one append at a time', () => {
    const a = aloneLeading('a')
    expect(ranges(a)).toEqual([[1, 1]])
    a.propose()
    a.propose()
    expect(ranges(a)).toEqual([])
    a.hear(ack('b', 'a', 1, 1))
    expect(ranges(a)).toEqual([[2, 3]])
  })

  // "batching" (thesis §10.2.2): what is proposed in one turn travels together, up to a size. [F25]
  test('one turn is one append, cut at its limit; a single larger entry travels alone', () => {
    const a = streaming({ maxAppendBytes: 100 })
    for (const bytes of [40, 40, 40]) a.step({ kind: 'propose', count: 1, bytes })
    a.turn()
    expect(ranges(a)).toEqual([
      [2, 3],
      [4, 4],
    ])
    a.propose(1, 70_000)
    a.propose(1, 10)
    expect(ranges(a)).toEqual([
      [5, 5],
      [6, 6],
    ])
  })

  // "the leader can safely send entries in any order", but not without limit: bytes under way are bounded. [F18]
  test('the bytes under way to one peer are bounded, and acks make room', () => {
    const a = streaming({ maxAppendBytes: 100, maxInflightBytes: 250 })
    a.propose(50, 5000)
    expect(ranges(a)).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ])
    a.hear(ack('b', 'a', 1, 2))
    expect(ranges(a)).toEqual([[5, 5]])
  })

  // "Bookkeeping is a bit more involved if RPCs fail. If an RPC times out, the leader must decrement its next index
  // back to its original value to retry." (thesis §10.2.2): a round of heartbeats that is answered without progress
  // asks again.
  test('what was sent and has not arrived is asked for and sent again', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.propose()
    group.drop((message) => message.to === 'b' && message.kind === 'append')
    group.settle()
    expect(group.at('b').core.lastIndex).toBe(1)
    group.pass(3 * heartbeatMs)
    expect(group.at('b').disk.terms).toEqual([1, 1])
  })

  // The same, for a follower whose disk is slow: it is asked, and what it has is not sent again. [F18] [F90]
  test('a follower that is slow to write is asked, and gets nothing twice', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.propose()
    group.deliver((message) => message.to === 'b')
    const appends: [number, boolean][] = []
    for (let beat = 0; beat < 5; beat++) {
      group.now += heartbeatMs
      for (const id of 'ac') group.at(id).turn()
      for (let hop = 0; hop < 4; hop++) {
        for (const { to, prevIndex, heads } of ofKind(group.wire, 'append'))
          if (to === 'b') appends.push([prevIndex, heads !== null])
        group.deliver()
      }
    }
    expect(appends.length).toBeGreaterThan(2)
    expect(new Set(appends.map(String))).toEqual(new Set(['2,false']))
    expect(a.core.peers()[0]).toMatchObject({ id: 'b', match: 1, state: 'stream' })
    group.at('b').complete()
    group.settle()
    expect(a.core.peers()[0]).toMatchObject({ id: 'b', match: 2 })
  })

  // "it is the requester's responsibility to retry" (thesis §3.3), also after the follower has come back without what
  // it never wrote.
  test('a follower that was restarted is shown again where the logs agree', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.propose(5)
    group.settle()
    a.propose(5)
    group.deliver()
    group.at('b').restart()
    group.drop()
    group.pass(3 * heartbeatMs)
    expect(group.at('b').disk.terms).toEqual(a.disk.terms)
  })
})
