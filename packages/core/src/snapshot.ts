/** Snapshots as the log sees them: it begins later, or begins anew (paper §7, thesis §5). */
import { invariant } from './assert.ts'
import { compactConfigurations } from './configurations.ts'
import { damageCut, passOver, wantsSnapshot } from './damage.ts'
import { clamp } from './durability.ts'
import type { SnapshotPosition } from './input.ts'
import { becomeFollower, configurationChanged } from './role.ts'
import type { State } from './state.ts'
import { compactTo, newTermRuns, termAt } from './term-runs.ts'

/** This member's own snapshot at `index` is durable: the log up to `to` can go. */
export function compact(s: State, index: number, to: number): void {
  invariant(
    12,
    index <= s.commit && to <= index,
    'snapshot at {}, compaction to {}, commit index {}',
    index,
    to,
    s.commit,
  )
  compactTo(s.log, to)
  compactConfigurations(s.configurations, s.log.baseIndex)
}

/**
 * A snapshot from another member is durable in the snapshot store. @returns whether the log now begins after it.
 *
 * It covers committed entries only. At or below the commit index it is old news: nothing ever goes back (F62). If the
 * log holds its last entry, the log agrees up to there and what follows was promised: nothing is dropped, the
 * commit index moves; unless it can't read all that the snapshot covers. Otherwise the whole log goes, also what lies beyond: it belongs to another history (F63).
 */
export function install(s: State, snapshot: SnapshotPosition, now: number): boolean {
  if (wantsSnapshot(s, snapshot.index, snapshot.term)) return passOver(s, snapshot)
  if (snapshot.index <= s.commit) return false
  if (termAt(s.log, snapshot.index) === snapshot.term) {
    s.commit = snapshot.index
    return false
  }
  // A leader's log holds all that is committed, so this is none; a candidate's log has just become another.
  if (s.role !== 'follower') becomeFollower(s, s.term, null, now)
  // What was durable stays so until the reset is: the old log up to the commit index, or this snapshot.
  clamp(s.durability, s.commit + 1)
  damageCut(s, 0)
  s.log = newTermRuns({ index: snapshot.index, term: snapshot.term }, snapshot.time)
  s.configurations = [snapshot.configuration]
  s.commit = snapshot.index
  s.following.verified = snapshot.index
  s.truncateFrom = null
  s.reset = snapshot
  configurationChanged(s, now)
  return true
}
