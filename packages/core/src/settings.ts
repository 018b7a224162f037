/**
 * What all members of a group agree on, as far as a core goes by it. It begins with what its host says, and goes by others from where the host has
 * applied an entry of kind `settings`: at the same index on every member, but not at the same moment.
 *
 * Nothing that is promised depends on members having the same times. Who may be elected is decided by terms, votes and logs; what is committed and
 * what may be read, by majorities that answered in a term. An election timeout only says when a member asks for votes, when it refuses to (each by its
 * own: it heard a leader within *its* minimum timeout), and when a leader that hears no majority gives up. While some have the new
 * times and others still the old, a member may campaign sooner than it should, and is refused, or is elected without need; or it waits longer.
 * Leases are the exception, and say what they need themselves: see `lease.ts`.
 */

import { restartElectionTimer } from './election-timer.ts'
import { abstainMs, renounce } from './lease.ts'
import { checkCoreSettings } from './options.ts'
import type { State } from './state.ts'

/** Times and sizes that the members of a group have in common. */
export interface CoreSettings {
  /** Time between two heartbeats of a leader, milliseconds. */
  readonly heartbeatMs: number
  /** A follower that hears no leader for this long, randomised up to twice, asks for pre-votes. Milliseconds. */
  readonly electionMs: number
  /** Uncommitted bytes at which the leader refuses proposals. */
  readonly maxUncommittedBytes: number
  /**
   * By so many milliseconds two members' clocks may differ about the length of an election timeout: a leader takes leases of `electionMs`
   * less this. 0: it takes none.
   */
  readonly clockDriftMarginMs: number
  /** A leader in whose group nothing has happened for so many milliseconds falls quiet: no heartbeats are sent until something does. 0: never. */
  readonly quietAfterMs: number
}

/** Settings in effect, and since when by the core's `now`. */
export interface SettingsInEffect extends CoreSettings {
  readonly since: number
}

export function inEffect(settings: CoreSettings, since: number): SettingsInEffect {
  const { heartbeatMs, electionMs, maxUncommittedBytes, clockDriftMarginMs, quietAfterMs } = settings
  return { heartbeatMs, electionMs, maxUncommittedBytes, clockDriftMarginMs, quietAfterMs, since }
}

/**
 * Goes by other settings from now on. Deadlines that the former ones gave begin anew, each of them once.
 * @throws {CoreOptionError} if one is out of its range.
 */
export function takeSettings(s: State, settings: CoreSettings, now: number): void {
  checkCoreSettings(settings)
  const asked = abstainMs(s.settings)
  s.settings = inEffect(settings, now)
  if (abstainMs(s.settings) !== asked) renounce(s)
  // The next heartbeat tells the others how far to apply, and is waited for by those that go by shorter times already.
  if (s.leading !== null) s.leading.heartbeatAt = Math.min(s.leading.heartbeatAt, now)
  else restartElectionTimer(s, now)
}
