/**
 * Leases (thesis §6.4.1): a leader answers reads without a round of heartbeats while a majority has promised to vote for nobody
 * else. Opt-in: `clockDriftMarginMs`.
 *
 * - A heartbeat names how long its receiver abstains (`abstainMs`, the leader's own election timeout). So the promise is explicit: no
 *   member concludes it from a timeout of its own, which may be another one.
 * - The promise lasts from when the heartbeat is received. The lease counts from when it was *sent*, which is earlier, and ends a margin sooner.
 * - An answer counts only of a member that holds the `lease` entry of this leader's term durably. It names the same time, so whoever is
 *   started again, and remembers no promise, abstains for that long first (`Stored.abstainMs`). One that has lost that entry does not vote
 *   before its leader has forgotten what it counted (`damage.ts`).
 * - A vote that the leader itself has caused by `timeout-now` is excepted. So whoever has ever sent one takes no lease again in its term,
 *   however the transfer ended: that message may arrive late.
 * - A leader whose settings change while it leads ends its lease before anybody can hear of the new time, names it in another entry, and
 *   counts promises of the new time only. So a promise of the shorter one is never counted as one of the longer.
 * - Clocks that disagree about how much time has passed (`clock-doubt`) end a lease, and extend a promise.
 */
import type { MemberId } from './entry.ts'
import type { Heartbeat } from './message.ts'
import type { Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import type { CoreSettings } from './settings.ts'
import type { State } from './state.ts'

/** How precisely the begin of rounds is remembered, in parts of an election timeout: so many times are kept at most. */
const MARKS = 32

/** The promise to vote for nobody but `to`. */
export interface Abstention {
  /** The leader that it was given to; null for one that this member no longer knows. */
  to: MemberId | null
  /** How long it is given for, each time. */
  ms: number
  until: number
}

/** The times at which rounds of heartbeats began, ascending, none older than an election timeout. */
export interface RoundMark {
  readonly round: number
  readonly at: number
}

/** Of a member that starts: it may have promised this before it was stopped, and to whom it can't know. */
export function abstentionAtStart(ms: number, now: number): Abstention {
  return { to: null, ms, until: ms > 0 ? now + ms : Number.NEGATIVE_INFINITY }
}

/** The heartbeat of a leader that takes leases. */
export function promiseToAbstain(s: State, { from, abstainMs }: Heartbeat, now: number): void {
  if (abstainMs > 0) s.abstention = { to: from, ms: abstainMs, until: now + abstainMs }
}

/** Whether this member has promised not to vote for `candidate`. A leader that asks for votes itself no longer leads. */
export function abstains({ abstention }: State, candidate: MemberId, now: number): boolean {
  return now < abstention.until && abstention.to !== candidate
}

/** How long the followers of this leader are asked to abstain; 0 if it takes no leases. */
export function abstainMs({ clockDriftMarginMs, electionMs }: CoreSettings): number {
  return clockDriftMarginMs === 0 ? 0 : electionMs
}

/** A round of heartbeats begins. */
export function markRound(s: State, now: number): void {
  const { marks, round } = s.leading!
  const { electionMs } = s.settings
  while (marks.length > 0 && marks[0]!.at < now - electionMs) marks.shift()
  const last = marks[marks.length - 1]
  if (last === undefined || now - last.at >= electionMs / MARKS) marks.push({ round, at: now })
}

/** When the round began, or earlier; −Infinity if that is not remembered. */
export function beganAt(s: State, round: number): number {
  const { marks } = s.leading!
  for (let i = marks.length - 1; i >= 0; i--) if (marks[i]!.round <= round) return marks[i]!.at
  return Number.NEGATIVE_INFINITY
}

/** The peer has answered this round: from when on it abstains, at the earliest. */
export function noteAbstention(s: State, peer: Progress, round: number): void {
  const { leaseAt } = s.leading!
  if (leaseAt === 0 || peer.match < leaseAt) return
  peer.abstainsFrom = Math.max(peer.abstainsFrom, beganAt(s, round))
}

/** Until when nobody else can be elected, by this member's clock; −Infinity without a lease. */
export function leaseUntil(s: State): number {
  const { leading } = s
  const { clockDriftMarginMs } = s.settings
  if (leading === null || clockDriftMarginMs === 0 || leading.hasOffered) return Number.NEGATIVE_INFINITY
  const id = s.options.id
  // While it leads it votes for nobody, and once it doesn't it has no lease.
  const from = (peer: Progress): number => (peer.id === id ? Number.POSITIVE_INFINITY : peer.abstainsFrom)
  return reachedByQuorum(s.roster, leading.peers, from) + abstainMs(s.settings) - clockDriftMarginMs
}

/** Promises of until now don't count any more. */
function forgetPromises({ leading }: State): void {
  if (leading === null) return
  leading.marks = []
  for (const peer of leading.peers) peer.abstainsFrom = Number.NEGATIVE_INFINITY
}

/** Followers are asked for another time from now on: a leader has to say so in its log, and to be promised anew. */
export function renounce(s: State): void {
  if (s.leading === null) return
  forgetPromises(s)
  s.leading.leaseAt = 0
}

/**
 * The clocks of this host disagree about the time since the input before: by `aheadMs` more has passed by the monotonic one (negative:
 * it stood still).
 */
export function doubtClock(s: State, aheadMs: number, before: number, now: number): void {
  const { abstention } = s
  forgetPromises(s)
  // What it was told then may be older than it seems.
  if (aheadMs < 0) s.fresh = { asOf: Number.NEGATIVE_INFINITY, index: 0 }
  // Time that only one clock has counted may not have passed: it doesn't count for a promise. All of it is enough in any case.
  else if (before < abstention.until)
    abstention.until = Math.min(abstention.until + aheadMs, now + abstention.ms)
}
