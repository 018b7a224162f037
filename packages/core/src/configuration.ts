/**
 * The members of a group. Joint consensus always (thesis §4.3): while `outgoing` is not null, everything that needs
 * a majority needs one of `voters` and one of `outgoing`. A configuration is a value: it is replaced, never changed.
 */
import type { HostId, MemberId } from './entry.ts'

/** One member as the configuration records it. */
export interface Member {
  readonly id: MemberId
  /** The host it lives on. A host has at most one member of a group that counts. */
  readonly host: HostId
  /** Where the host is dialled. May change without the member becoming another. */
  readonly address: string
  /** Whether its log survives its process. A member that is not durable is swapped when its host comes back. */
  readonly durable: boolean
  /** The wire versions it can read, `[oldest, newest]`. */
  readonly wire: readonly [number, number]
  /** The versions of the user's machine that its code knows, `[oldest, newest]`. */
  readonly machine: readonly [number, number]
}

/** A member that only receives the log. */
export interface Learner extends Member {
  /** Whether the leader makes it a voter as soon as it has caught up. */
  readonly promote: boolean
}

/** Who the members are. No id occurs twice in one list; a member of `outgoing` may also stand in another list. */
export interface Configuration {
  /** Those who vote; while joint, those who will vote when the change is done (C_new). Never empty. */
  readonly voters: readonly Member[]
  /** Null, or, while the change is joint, those who voted before it (C_old). */
  readonly outgoing: readonly Member[] | null
  /** Those who receive the log and count in no quorum. One that is in `outgoing` counts there until the change is done. */
  readonly learners: readonly Learner[]
}
