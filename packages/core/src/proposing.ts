/** A leader's own appends: proposals, the entry its term begins with, configurations. */
import type { Configuration } from './configuration.ts'
import { membersOf } from './configurations.ts'
import { EntryKind } from './entry.ts'
import type { Answer, Refusal } from './input.ts'
import { abstainMs } from './lease.ts'
import { configurationChanged } from './role.ts'
import type { State } from './state.ts'
import { appendEntries, bytesBetween, lastTerm, lastTime } from './term-runs.ts'

/** What an entry without payload counts for; as in every limit, the head is included. */
const HEAD_BYTES = 32
/** A generous guess for one member in an encoded configuration. Only limits depend on it. */
const MEMBER_BYTES = 160
/** And for what followers are asked. */
const LEASE_BYTES = 80

/**
 * The time of an entry that is appended now: reckoned by this leader's monotonic clock from the last stamp it inherited,
 * so it never goes back and no wall clock is in it.
 */
export function stamp(s: State, now: number): number {
  const leading = s.leading!
  return Math.max(lastTime(s.log), leading.timeBase + Math.floor(now - leading.electedAt))
}

/** Appends `count` entries of users' making, if this member leads and its uncommitted tail has room. */
export function propose(s: State, count: number, bytes: number, now: number): Answer {
  if (s.leading === null) return refuse('not-leader')
  if (s.leading.transfer !== null) return refuse('transferring')
  if (!s.hasRoom) return refuse('no-room')
  const uncommitted = bytesBetween(s.log, s.commit + 1, s.log.last)
  if (uncommitted > 0 && uncommitted + bytes > s.settings.maxUncommittedBytes)
    return refuse('too-many-uncommitted')
  const time = stamp(s, now)
  const index = s.log.last + 1
  appendEntries(s.log, s.term, count, bytes, time)
  return { taken: true, index, term: s.term, count, time }
}

/**
 * The entry of its own term that every leader begins with: without it, entries of earlier terms could not be committed,
 * nor reads answered (paper §8). Due while the log ends with an older term. That of a leader which takes leases names how long its
 * followers abstain, and is due in any case, and again when that time changes.
 */
export function beginTerm(s: State, now: number): void {
  const ms = abstainMs(s.settings)
  const namesNothing = ms > 0 && s.leading!.leaseAt === 0
  if (lastTerm(s.log) === s.term && !namesNothing) return
  const time = stamp(s, now)
  appendEntries(s.log, s.term, 1, HEAD_BYTES + (ms > 0 ? LEASE_BYTES : 0), time)
  const kind = ms > 0 ? EntryKind.lease : EntryKind.noop
  const index = s.log.last
  s.own.push({ index, term: s.term, time, kind, configuration: null, abstainMs: ms })
  if (ms > 0) s.leading!.leaseAt = index
}

/** Appends a configuration; it is in effect at once (thesis §4.1). */
export function appendConfiguration(s: State, configuration: Configuration, now: number): Answer {
  const time = stamp(s, now)
  appendEntries(s.log, s.term, 1, HEAD_BYTES + MEMBER_BYTES * membersOf(configuration).length, time)
  const index = s.log.last
  s.own.push({ index, term: s.term, time, kind: EntryKind.configuration, configuration, abstainMs: 0 })
  s.configurations.push({ index, configuration })
  configurationChanged(s, now)
  return { taken: true, index, term: s.term, count: 1, time }
}

export function refuse(reason: Refusal): Answer {
  return { taken: false, reason }
}
