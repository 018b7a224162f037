/** When an entry is committed (paper §5.3, §5.4.2). */
import { invariant } from './assert.ts'
import type { Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import type { State } from './state.ts'
import { termAt } from './term-runs.ts'

/**
 * A leader counts itself like any other member: it holds what its own disk has confirmed (thesis §10.2.1), it has
 * answered its own heartbeats, it hears itself. One that is no member (it has removed itself) doesn't count.
 */
export function countSelf(s: State, now: number): void {
  const leading = s.leading!
  for (const peer of leading.peers) {
    if (peer.id !== s.options.id) continue
    peer.match = s.durability.term === s.term ? s.durability.index : 0
    peer.next = s.log.last + 1
    peer.round = leading.round
    peer.lastHeard = now
  }
}

/** A leader commits what a majority holds durably. */
export function advanceCommit(s: State, now: number): void {
  const index = reachedByQuorum(s.roster, s.leading!.peers, matchOf)
  // "Only log entries from the leader's current term are committed by counting replicas" (paper §5.4.2, figure 8).
  if (index <= s.commit || termAt(s.log, index) !== s.term) return
  invariant(9, index <= s.log.last, "commit index {} is beyond the log's end {}", index, s.log.last)
  s.commit = index
  noticeCommit(s, now)
}

const matchOf = (peer: Progress) => peer.match

/** Peers that no append tells of the commit index hear of it a little later. */
export function noticeCommit(s: State, now: number): void {
  const leading = s.leading!
  if (leading.noticeAt === Number.POSITIVE_INFINITY) leading.noticeAt = now + s.options.commitNoticeMs
}

/** Whether an entry of this leader's own term is committed: before that it does not know what is (thesis §6.4). */
export function hasCommittedOwnTerm(s: State): boolean {
  return s.commit > s.leading!.termStart
}
