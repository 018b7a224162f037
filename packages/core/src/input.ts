/** What a core is told, and what it answers at once. Everything else follows from `drain()`. */
import type { Learner, Member } from './configuration.ts'
import type { ConfigurationEntry, HostId, MemberId } from './entry.ts'
import type { Message } from './message.ts'
import type { CoreSettings } from './settings.ts'

/** What `step` takes: something that has happened, or that is wanted. */
export type Input =
  /** A message addressed to this member arrived. */
  | { readonly kind: 'message'; readonly message: Message }
  /** Append `count` entries of `bytes` bytes in all, heads included. */
  | { readonly kind: 'propose'; readonly count: number; readonly bytes: number }
  /** A read wants an index. */
  | ReadInput
  /** Change the members. */
  | ChangeInput
  /** Hand leadership over to this member, or, null, to the best there is (thesis §3.10). `Standing.transferringTo` tells how it goes. */
  | { readonly kind: 'transfer'; readonly to: MemberId | null }
  /** Lead on. Taken also if no transfer is under way. */
  | { readonly kind: 'cancel-transfer' }
  /** The write `seq`, and with it every write before it, is durable. */
  | { readonly kind: 'persisted'; readonly seq: number }
  /** This member's own snapshot at `index` is durable, and the log up to `compactTo` (not above it) is no longer needed. */
  | { readonly kind: 'snapshot-taken'; readonly index: number; readonly compactTo: number }
  /** The transfer asked for in `snapshotsTo` has ended: the receiver holds the snapshot of `index`, or doesn't. */
  | { readonly kind: 'snapshot-sent'; readonly to: MemberId; readonly index: number; readonly ok: boolean }
  /** A snapshot received from the leader, or from any member if it brings what this log names and can't read, is durable in the snapshot store. */
  | { readonly kind: 'snapshot-installed'; readonly meta: SnapshotPosition }
  /** The payloads of these entries, which could not be read, are durable here again (indexes, inclusive). */
  | { readonly kind: 'restored'; readonly from: number; readonly to: number }
  /** Another host is back, or seems lost. A hint: it may be late, wrong or absent. */
  | { readonly kind: 'host-alive'; readonly host: HostId }
  | { readonly kind: 'host-suspect'; readonly host: HostId }
  /** Somebody wants something of the group, and this member does not lead: a quiet one does not take it on trust that its leader still does. */
  | { readonly kind: 'nudge' }
  /** Whether the log's storage has room for more proposals: told when that changes. A core begins with room. */
  | { readonly kind: 'room'; readonly ok: boolean }
  /**
   * The wall clock and the monotonic one disagree about how much time has passed since the input before: by the monotonic one it was
   * `aheadMs` more (negative: it stood still, as on a machine that slept). Told before anything else that happened by then.
   */
  | { readonly kind: 'clock-doubt'; readonly aheadMs: number }
  /** The group's settings are these from the last entry on that has been applied. */
  | { readonly kind: 'settings'; readonly settings: CoreSettings }

/** A read (thesis §6.4). `id` is the caller's, fresh per attempt; it comes back in `reads` or `refused`. */
export interface ReadInput {
  readonly kind: 'read'
  readonly id: number
  /** A lease will do where this member leads and holds one; else it is a round of heartbeats. Default false. */
  readonly lease?: boolean
  /** A member that doesn't lead asks its leader. Default false: it refuses, `not-leader`. */
  readonly ask?: boolean
}

/** Where a snapshot ends, and who the members were there. */
export interface SnapshotPosition {
  readonly index: number
  readonly term: number
  /** Replicated time of the entry at `index`. */
  readonly time: number
  /** The configuration in effect at `index`, and the index of its entry. */
  readonly configuration: ConfigurationEntry
}

/** Change the members to these, by one joint change. */
export interface ChangeInput {
  readonly kind: 'change'
  readonly voters: readonly Member[]
  readonly learners: readonly Learner[]
  /** Compare-and-set: refused unless the effective configuration stands at this index. */
  readonly ifConfigurationAt?: number
  /** Go on even if the voters that answer now are no majority of the new ones, or a learner among them has not caught up. */
  readonly evenIfQuorumAtRisk?: boolean
}

/**
 * The input was taken. A proposal or a change: it became `count` entries from `index` on. An `append` message: its
 * entries from `index` on, `count` of them, are new here and take the place of whatever stood there. A `snapshot`
 * message: this part is wanted. `snapshot-installed`: the log now begins after `index`. `count` is 0 for all that
 * append nothing.
 */
export interface Taken {
  readonly taken: true
  readonly index: number
  readonly term: number
  readonly count: number
  /** Replicated time of the entries, milliseconds. */
  readonly time: number
}

/** Why an input was refused. Nothing of it has happened. */
export type Refusal =
  /** Another member leads, or none. */
  | 'not-leader'
  /** The uncommitted tail has reached `maxUncommittedBytes` [backpressure]. */
  | 'too-many-uncommitted'
  /** The leader's storage is nearly full. */
  | 'no-room'
  /** A change of members is under way. */
  | 'change-pending'
  /** The leader has not committed an entry of its own term yet. */
  | 'no-own-term-entry'
  /** `ifConfigurationAt` does not name the configuration in effect. */
  | 'configuration-changed'
  /** Voters that answer now, and whose logs are sound, would be no majority of the new configuration. */
  | 'quorum-at-risk'
  /** The same, but this leader was blocked and may just not have read what they said: try again in a moment. */
  | 'unheard'
  /** A learner that is to vote has not caught up. */
  | 'not-caught-up'
  /** The wanted configuration is no configuration (no voters, an id or host twice…). */
  | 'invalid-configuration'
  /** Leadership is on its way to another member: try again, there or here. */
  | 'transferring'
  /** The wanted leader is this one, or no member that votes once the change of members under way is done. */
  | 'not-a-voter'
  /** The wanted leader has not answered for an election timeout. */
  | 'member-unresponsive'
  /** The log of the wanted leader is damaged: it can't lead until it is whole again. */
  | 'member-damaged'
  /** The log already holds all that this snapshot covers. */
  | 'snapshot-not-needed'
  /** This member has been removed from its group. */
  | 'removed'

/** The input was not taken, and has changed nothing. */
export interface Refused {
  readonly taken: false
  readonly reason: Refusal
}

/** What `step` says at once. */
export type Answer = Taken | Refused
