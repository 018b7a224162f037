/** A follower: what it accepts from the leader of its term, and the ack it owes (paper §5.3, figure 2). */
import { invariant } from './assert.ts'
import { truncateConfigurations } from './configurations.ts'
import { damageCut, readableTo, wantsSnapshot } from './damage.ts'
import { clamp } from './durability.ts'
import type { Heads } from './entry.ts'
import { promiseToAbstain } from './lease.ts'
import type { Append, Heartbeat, SnapshotPart } from './message.ts'
import { configurationChanged, heardLeader } from './role.ts'
import type { State } from './state.ts'
import { appendRuns, firstDifference, highestNotAbove, termAt, truncateFrom } from './term-runs.ts'
import { wish } from './transfer.ts'

/** @returns the index from which on the message's entries are new here; `last + 1` for none, 0 when it was refused. */
export function onAppend(s: State, m: Append, now: number): number {
  heardLeader(s, m.from, now)
  if (!agreesAt(s, m.prevIndex, m.prevTerm)) {
    // "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm."
    const hint = highestNotAbove(s.log, m.prevIndex, m.prevTerm)
    const at = hint.index < s.commit ? { index: s.commit, term: termAt(s.log, s.commit)! } : hint
    s.outbox.push({
      kind: 'conflict',
      from: s.options.id,
      to: m.from,
      term: s.term,
      prevIndex: m.prevIndex,
      hintIndex: at.index,
      hintTerm: at.term,
    })
    return 0
  }
  const proven = m.heads === null ? m.prevIndex : m.heads.last
  const from = m.heads === null ? proven + 1 : accept(s, m.heads, now)
  // What this message proved, and never the own last index: a suffix beyond it may be anybody's [F13].
  s.following.verified = Math.max(s.following.verified, proven)
  learnCommit(s, Math.min(m.commit, proven))
  if (s.durability.index >= proven) s.following.ackOwed = true
  return from
}

/** Whether this log holds (index, term). Everything committed here is held by whoever leads (paper §5.4.3). */
function agreesAt(s: State, index: number, term: number): boolean {
  if (index < s.log.baseIndex) return true
  const own = termAt(s.log, index)
  if (index <= s.commit)
    invariant(7, own === term, 'committed entry {} has term {} here and {} at the leader', index, own, term)
  return own === term
}

/** Cuts a conflicting suffix whole and appends what is new. @returns the first new index. */
function accept(s: State, heads: Heads, now: number): number {
  const from = firstDifference(s.log, heads.runs, heads.last)
  if (from > heads.last) return from
  let reconfigured = false
  if (from <= s.log.last) reconfigured = cutFrom(s, from)
  appendRuns(s.log, heads.runs, heads.last, from)
  for (const entry of heads.configurations) {
    if (entry.index < from) continue
    s.configurations.push(entry)
    reconfigured = true
  }
  if (reconfigured) configurationChanged(s, now)
  return from
}

/** "Delete the existing entry and all that follow it", on disk too. @returns whether a configuration went with them. */
export function cutFrom(s: State, from: number): boolean {
  invariant(8, from > s.commit, 'committed entry {} would be overwritten (commit index {})', from, s.commit)
  invariant(
    10,
    from > s.following.verified,
    "entry {} agreed with this leader's log up to {}",
    from,
    s.following.verified,
  )
  const before = s.configurations.length
  truncateFrom(s.log, from)
  damageCut(s, from)
  truncateConfigurations(s.configurations, from)
  if (from <= s.durability.handedIndex) {
    clamp(s.durability, from)
    s.truncateFrom = Math.min(s.truncateFrom ?? from, from)
  }
  return s.configurations.length !== before
}

export function onHeartbeat(s: State, m: Heartbeat, now: number): void {
  heardLeader(s, m.from, now)
  promiseToAbstain(s, m, now)
  s.following.round = Math.max(s.following.round, m.round)
  if (s.following.round > s.following.ackedRound) s.following.ackOwed = true
  learnCommit(s, Math.min(m.commit, s.following.verified))
}

/** A part of a snapshot. @returns whether it is wanted. */
export function onSnapshotPart(s: State, m: SnapshotPart, now: number): boolean {
  heardLeader(s, m.from, now)
  if (m.index > s.commit && termAt(s.log, m.index) !== m.indexTerm) return true
  if (wantsSnapshot(s, m.index, m.indexTerm)) return true
  // A snapshot covers committed entries only, so holding its last entry means agreeing up to there (Log Matching).
  if (m.index > s.commit) {
    s.following.verified = Math.max(s.following.verified, m.index)
    learnCommit(s, m.index)
  }
  s.following.ackOwed = true
  return false
}

export function learnCommit(s: State, index: number): void {
  if (index <= s.commit) return
  invariant(9, index <= s.log.last, "commit index {} is beyond the log's end {}", index, s.log.last)
  s.commit = index
}

/**
 * The ack that is due: everything that is durable here, can be read, and is known to agree with the leader's log. It promises, so
 * it leaves only once the term is durable too: a member that forgot the term could follow an older leader and cut what
 * it promised.
 */
export function ackIfDue(s: State): void {
  const { durability, following, leader } = s
  if (s.role !== 'follower' || leader === null || durability.term !== s.term) return
  const match = Math.min(durability.index, following.verified, readableTo(s))
  if (!following.ackOwed && match <= following.acked) return
  following.ackOwed = false
  following.acked = match
  following.ackedRound = following.round
  s.outbox.push({
    kind: 'ack',
    from: s.options.id,
    to: leader,
    term: s.term,
    match,
    round: following.round,
    leadership: wish(s),
  })
}
