/** Snapshots, as far as they concern the log (paper §7, figure 13; thesis §5). */
import { describe, expect, test } from 'vitest'
import type { SnapshotPart, SnapshotPosition } from '../../src/index.ts'
import { alone, aloneLeading, configurationOf, Group, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, append, conflict, heartbeat, ofKind, voteRequest } from './messages.ts'

function part(term: number, index: number, indexTerm: number): SnapshotPart {
  return { kind: 'snapshot', from: 'a', to: 'b', term, index, indexTerm }
}

function snapshotAt(index: number, term: number, voters = 'abc', at = 0): SnapshotPosition {
  return { index, term, time: 77, configuration: { index: at, configuration: configurationOf(voters) } }
}

function install(hand: Hand, meta: SnapshotPosition) {
  const answer = hand.step({ kind: 'snapshot-installed', meta })
  hand.turn()
  return answer
}

describe('InstallSnapshot RPC, receiver implementation', () => {
  // "1. Reply immediately if term < currentTerm"
  test('a part from a leader of an older term is refused', () => {
    const b = alone('b', { term: 4 })
    const answer = b.step({ kind: 'message', message: part(3, 9, 3) })
    expect(answer).toEqual({ taken: false, reason: 'snapshot-not-needed' })
    expect(b.turn().messages).toEqual([{ kind: 'stale', from: 'b', to: 'a', term: 4 }])
  })

  // "4. Reply and wait for more data chunks if done is false": parts that lead further than the log are wanted.
  test('a part of a snapshot that covers more than is committed here is wanted', () => {
    const b = alone('b', { log: [1, 1], term: 2, commit: 1 })
    expect(b.step({ kind: 'message', message: part(2, 9, 2) })).toMatchObject({ taken: true, index: 9 })
  })

  // The leader that sends a snapshot is heard: "…without receiving AppendEntries RPC from current leader" (figure 2)
  // is about life signs.
  test('a part is a sign of life of the leader', () => {
    const b = alone('b', { term: 2 })
    b.group.now = 900
    b.hear(part(2, 9, 2))
    expect(b.core.standing).toMatchObject({ leader: 'a' })
    expect(b.core.wakeAt).toBe(900 + 1500)
  })

  // "5. … discard any existing or partial snapshot with a smaller index": what is older than the log's committed part
  // is old news. [F62]
  test('a snapshot at or below the commit index changes nothing', () => {
    const b = alone('b', { log: [1, 1, 1], term: 5, commit: 2 })
    for (const index of [1, 2]) {
      expect(b.step({ kind: 'message', message: part(5, index, 1) })).toMatchObject({ taken: false })
      expect(install(b, snapshotAt(index, 1))).toEqual({ taken: false, reason: 'snapshot-not-needed' })
      expect(b.core.commitIndex).toBe(2)
    }
    expect(b.core).toMatchObject({ baseIndex: 0, lastIndex: 3, commitIndex: 2 })
    expect(b.core.standing.term).toBe(5)
  })

  // "6. If existing log entry has same index and term as snapshot's last included entry, retain log entries following
  // it and reply"
  test('a log that holds its last entry keeps what follows, and knows more to be committed', () => {
    const b = alone('b', { log: [1, 1, 1, 1], term: 1 })
    expect(install(b, snapshotAt(2, 1))).toEqual({ taken: false, reason: 'snapshot-not-needed' })
    expect(b.core).toMatchObject({ baseIndex: 0, lastIndex: 4, commitIndex: 2 })
    expect(b.writes).toEqual([])
  })

  // The same, noticed before anything is sent: the first part tells where the snapshot ends.
  test('no part is wanted of a snapshot whose last entry is here, and the leader is told', () => {
    const b = alone('b', { log: [1, 1, 1, 1], term: 1 })
    expect(b.step({ kind: 'message', message: part(1, 3, 1) })).toMatchObject({ taken: false })
    expect(b.turn().messages).toEqual([ack('b', 'a', 1, 3)])
    expect(b.core.commitIndex).toBe(3)
    // The answer may be lost: the next part is answered as well.
    expect(b.hear(part(1, 3, 1))).toEqual([ack('b', 'a', 1, 3)])
  })

  // "7. Discard the entire log" [F63]
  test.each([
    { log: [1, 1], why: 'it is shorter' },
    { log: [1, 1, 1, 1, 1, 1], why: 'it differs there: what lies beyond belongs to another history' },
  ])('another log goes as a whole: $why', ({ log }) => {
    const b = alone('b', { log, term: 2 })
    expect(install(b, snapshotAt(4, 2))).toMatchObject({ taken: true, index: 4 })
    expect(b.core).toMatchObject({ baseIndex: 4, lastIndex: 4, commitIndex: 4 })
    expect(b.core.termAt(4)).toBe(2)
    expect(b.writes).toMatchObject([{ reset: { index: 4, term: 2 }, truncateFrom: null, entries: null }])
    b.complete()
    expect(b.disk).toMatchObject({ base: { index: 4, term: 2 }, terms: [] })
  })

  // "8. Reset state machine using snapshot contents (and load snapshot's cluster configuration)" [F39]
  test('the configuration of the snapshot is in effect, and none that the old log held', () => {
    const b = alone('b', { log: [1, 1], term: 2, configurations: { 2: configurationOf('bxy') } })
    expect(b.core.standing.configuration).toMatchObject({ index: 2 })
    install(b, snapshotAt(9, 2, 'abd', 7))
    expect(b.core.standing.configuration).toEqual({ index: 7, configuration: configurationOf('abd') })
    expect(b.core.standing.committedConfigurationIndex).toBe(7)
  })

  // "Updated on stable storage before responding to RPCs" (figure 2), for a log that is replaced.
  test('the snapshot is confirmed once the log that begins after it is durable', () => {
    const b = alone('b', { log: [1, 1], term: 2, commit: 1 })
    b.hear(heartbeat('a', 'b', 2, 1))
    b.group.drop()
    install(b, snapshotAt(9, 2))
    expect(b.hear(append('a', 'b', 2, [9, 2], [2]))).toEqual([])
    expect(b.complete(1)).toEqual([ack('b', 'a', 2, 9, 1)])
    expect(b.complete(1)).toEqual([ack('b', 'a', 2, 10, 1)])
    expect(b.disk).toMatchObject({ base: { index: 9, term: 2 }, terms: [2] })
  })

  // The same, with nothing but the snapshot: it agrees with the leader's log up to its end.
  test('a snapshot alone is confirmed up to its end', () => {
    const b = alone('b', { log: [1], term: 2, commit: 1 })
    b.hear(heartbeat('a', 'b', 2, 1))
    b.group.drop()
    install(b, snapshotAt(9, 2))
    expect(b.complete()).toEqual([ack('b', 'a', 2, 9, 1)])
  })

  // The same: what was promised before stays true while the log is being replaced.
  test('a write that was under way when the log was replaced confirms nothing of the new one', () => {
    const b = alone('b', { log: [1], term: 1, commit: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1, 1, 1]))
    install(b, snapshotAt(9, 2))
    b.complete(1)
    expect(b.core.durableIndex).toBe(1)
    b.complete(1)
    expect(b.core.durableIndex).toBe(9)
  })

  // A candidate whose log has just been replaced asks with its new log, not with the old one.
  test('a campaign ends when the log becomes another', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.group.timeOut('b')
    expect(b.core.standing.role).toBe('pre-candidate')
    install(b, snapshotAt(9, 1))
    expect(b.core.standing.role).toBe('follower')
  })
})

describe('after a compaction', () => {
  // "These are preserved to support the AppendEntries consistency check for the first log entry following the
  // snapshot, since that entry needs a previous log index and term." (§7)
  test('the first entry after the snapshot is still checked', () => {
    const b = alone('b', { log: [1, 1, 2], term: 2, commit: 3 })
    b.snapshot(3)
    expect(b.core).toMatchObject({ baseIndex: 3, lastIndex: 3 })
    b.hear(append('a', 'b', 3, [3, 2], [3]))
    b.complete()
    expect(b.disk.terms).toEqual([3])
    expect(() => b.hear(append('a', 'b', 4, [3, 1], [4]))).toThrow('invariant 7')
  })

  // The same, for entries that begin below it: what the snapshot covers is committed, so it agrees.
  test('an append that begins below the snapshot is taken from there on', () => {
    const b = alone('b', { log: [1, 1, 2], term: 2, commit: 3 })
    b.snapshot(3)
    b.hear(append('a', 'b', 2, [1, 1], [1, 2, 2], { commit: 4 }))
    expect(b.complete()).toEqual([ack('b', 'a', 2, 4)])
    expect(b.disk.terms).toEqual([2])
    expect(b.core.commitIndex).toBe(4)
  })

  // "…the last included term is the term of this entry" (§7): votes compare it like any last entry (§5.4.1).
  test('the end of the log is known for votes', () => {
    const b = alone('b', { log: [1, 1, 2], term: 2, commit: 3 })
    b.snapshot(3)
    expect(b.hear(voteRequest('a', 'b', 3, [2, 2]))).toMatchObject([{ granted: false }])
    b.hear(voteRequest('c', 'b', 4, [3, 2]))
    expect(ofKind(b.complete(), 'vote')).toMatchObject([{ to: 'c', granted: true }])
  })

  // "To enable cluster membership changes, the snapshot also includes the latest configuration in the log as of last
  // included index." (§7) [F39] [F114]
  test('the configuration in effect stays, after a restart too', () => {
    const configurations = { 2: configurationOf('abcd'), 4: configurationOf('abcde') }
    const b = alone('b', { log: [1, 1, 1, 1, 1], term: 1, commit: 5, configurations })
    b.snapshot(3)
    expect(b.core.standing.configuration?.index).toBe(4)
    b.snapshot(5)
    expect(b.turn().changed).toBeNull()
    expect(b.core.standing.configuration?.index).toBe(4)
    expect(ofKind(b.group.timeOut('b'), 'pre-vote-request')).toHaveLength(4)
    b.restart()
    expect(b.core.standing.configuration).toEqual({ index: 4, configuration: configurationOf('abcde') })
    expect(b.core.standing.committedConfigurationIndex).toBe(4)
  })

  // "Each server takes snapshots independently, covering just the committed entries in its log." (§7)
  test('a snapshot of what is not committed stops this member', () => {
    const b = alone('b', { log: [1, 1, 1], term: 1, commit: 2 })
    expect(() => b.step({ kind: 'snapshot-taken', index: 3, compactTo: 1 })).toThrow('invariant 12')
    expect(() => b.step({ kind: 'snapshot-taken', index: 1, compactTo: 2 })).toThrow('invariant 12')
  })

  // "…it deletes all log entries up through the last included index" (§7): entries may be kept for those that lag.
  // [F67]
  test('the log may be kept from an earlier place on', () => {
    const b = alone('b', { log: [1, 1, 1, 1], term: 1, commit: 4 })
    b.snapshot(4, 2)
    expect(b.core).toMatchObject({ baseIndex: 2, lastIndex: 4, commitIndex: 4 })
    expect(b.core.termAt(3)).toBe(1)
  })
})

describe('the leader', () => {
  /** Leads with its log compacted to `compactTo`; its first append has left. */
  const compacted = (log: number[], compactTo: number) => {
    const a = aloneLeading('a', { log, term: log.at(-1)! })
    a.hear(ack('c', 'a', a.core.standing.term, a.core.lastIndex))
    a.snapshot(compactTo)
    a.group.drop()
    return a
  }

  // "the leader must occasionally send snapshots to followers that lag behind. This happens when the leader has
  // already discarded the next log entry that it needs to send to a follower." (§7)
  test('names a follower whose next entry is gone, once', () => {
    const a = compacted([1, 1, 1, 1], 4)
    a.hear(conflict('b', 'a', 2, 4, [1, 1]))
    expect(a.snapshotsTo).toEqual(['b'])
    expect(a.core.peers()[0]).toMatchObject({ id: 'b', state: 'snapshot' })
    a.group.now += heartbeatMs
    a.turn()
    expect(a.snapshotsTo).toEqual(['b'])
    expect(ofKind(a.group.wire, 'append')).toEqual([])
    expect(ofKind(a.group.wire, 'heartbeat').map(({ to }) => to)).toContain('b')
  })

  // The same, if the follower has another entry where the log begins: nothing that is left can be compared.
  test('names a follower that differs where the log begins', () => {
    const a = compacted([1, 2, 2, 2], 3)
    a.hear(conflict('b', 'a', 3, 4, [4, 1]))
    expect(a.snapshotsTo).toEqual(['b'])
  })

  // "If last log index ≥ nextIndex for a follower: send AppendEntries RPC with log entries starting at nextIndex"
  // (figure 2)
  test('goes on after the snapshot when it has arrived', () => {
    const a = compacted([1, 1, 1, 1], 4)
    a.hear(conflict('b', 'a', 2, 4, [1, 1]))
    const next = a.input({ kind: 'snapshot-sent', to: 'b', index: 4, ok: true })
    expect(ofKind(next, 'append')).toMatchObject([{ to: 'b', prevIndex: 4, prevTerm: 1, heads: { last: 5 } }])
  })

  // "the leader retries … indefinitely" (§5.3), here after the time of a heartbeat.
  test('a transfer that failed is asked for again, not at once', () => {
    const a = compacted([1, 1, 1, 1], 4)
    a.hear(conflict('b', 'a', 2, 4, [1, 1]))
    a.input({ kind: 'snapshot-sent', to: 'b', index: 4, ok: false })
    expect(a.snapshotsTo).toEqual(['b'])
    expect(a.core.wakeAt).toBeLessThanOrEqual(a.group.now + heartbeatMs)
    a.group.now += heartbeatMs
    a.turn()
    expect(a.snapshotsTo).toEqual(['b', 'b'])
  })

  // A follower may have caught up by what was under way before: then it needs no snapshot any more. [F68]
  test('an ack that proves progress ends the need', () => {
    const a = compacted([1, 1, 1, 1], 4)
    a.hear(conflict('b', 'a', 2, 4, [1, 1]))
    a.hear(ack('b', 'a', 2, 4))
    expect(a.core.peers()[0]).toMatchObject({ state: 'stream', match: 4 })
    expect(ofKind(a.group.wire, 'append')).toMatchObject([{ to: 'b', prevIndex: 4, heads: { last: 5 } }])
  })

  // The whole way, with a follower that was away while the log was compacted. [F30] [F64]
  test('a follower that was away for long gets the snapshot, then the rest', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.cut.add('c')
    a.propose(20)
    group.settle()
    a.snapshot(a.core.commitIndex)
    group.cut.clear()
    a.propose(3)
    group.pass(5 * heartbeatMs)
    expect(a.snapshotsTo).toEqual(['c'])
    const c = group.at('c')
    // Meanwhile the snapshot is durable at c, and c restarts with the old log.
    c.input({ kind: 'snapshot-installed', meta: { ...snapshotAt(21, 1), time: 0 } })
    c.restart()
    expect(c.core).toMatchObject({ baseIndex: 0, lastIndex: 1 })
    c.input({ kind: 'snapshot-installed', meta: { ...snapshotAt(21, 1), time: 0 } })
    a.input({ kind: 'snapshot-sent', to: 'c', index: 21, ok: true })
    group.pass(5 * heartbeatMs)
    expect(c.core).toMatchObject({ baseIndex: 21, lastIndex: 24, commitIndex: 24 })
    expect(c.disk.terms).toEqual([1, 1, 1])
  })
})
