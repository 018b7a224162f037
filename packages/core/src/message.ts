/**
 * What members say to each other. Every message names its sender, its receiver and the sender's current term; the
 * group's incarnation is added by the wire. One hidden class per kind: messages are built in one place each.
 */
import type { Heads, MemberId } from './entry.ts'
import type { LeadershipWish } from './options.ts'

interface Envelope {
  readonly from: MemberId
  readonly to: MemberId
  /** The sender's current term. */
  readonly term: number
}

/** "Would you vote for me in term `campaign`?" Changes nothing at the receiver (thesis §9.6). */
export interface PreVoteRequest extends Envelope {
  readonly kind: 'pre-vote-request'
  readonly campaign: number
  readonly lastIndex: number
  readonly lastTerm: number
}

/** The answer to a `pre-vote-request` for the term `campaign`. */
export interface PreVote extends Envelope {
  readonly kind: 'pre-vote'
  readonly campaign: number
  readonly granted: boolean
}

/** RequestVote (paper §5.2). `lastIndex` and `lastTerm` are durable at the sender, as are its term and its own vote. */
export interface VoteRequest extends Envelope {
  readonly kind: 'vote-request'
  readonly lastIndex: number
  readonly lastTerm: number
  /** The leader of the term before has told the sender to campaign: hearing that one is no reason to refuse (thesis §4.2.3). */
  readonly transfer: boolean
}

/** The answer to a `vote-request` of the same term. A grant leaves only once it is durable. */
export interface Vote extends Envelope {
  readonly kind: 'vote'
  readonly granted: boolean
}

/** AppendEntries with the heads of entries that follow `prevIndex`; the host attaches their payloads (paper §5.3). */
export interface Append extends Envelope {
  readonly kind: 'append'
  readonly prevIndex: number
  readonly prevTerm: number
  /** Null when it only asks whether the receiver holds (prevIndex, prevTerm). */
  readonly heads: Heads | null
  readonly commit: number
}

/** The leader is alive, and its commit index as far as this peer is known to match. */
export interface Heartbeat extends Envelope {
  readonly kind: 'heartbeat'
  /** Grows with every round of heartbeats of a term; the `ack` returns it (thesis §6.4). */
  readonly round: number
  /** min(commit index, match of the receiver). */
  readonly commit: number
  /** For so many milliseconds from now the receiver votes for nobody else; 0 if the leader takes no leases (thesis §6.4.1). */
  readonly abstainMs: number
}

/** "All your entries up to `match` are durable here." Also the answer to a heartbeat. */
export interface Ack extends Envelope {
  readonly kind: 'ack'
  readonly match: number
  /** The highest round of this term's heartbeats that reached the sender; 0 before the first. */
  readonly round: number
  /** How much the sender wants to lead now, `excluded` also where it has no room; or that it can't, as its log is damaged. */
  readonly leadership: LeadershipWish | 'damaged'
}

/** "I don't hold (prevIndex, prevTerm)": where to look next (paper §5.3, the optimisation). */
export interface Conflict extends Envelope {
  readonly kind: 'conflict'
  /** The `prevIndex` of the append that is refused. */
  readonly prevIndex: number
  /** The highest place in the sender's log that may still agree: not above `prevIndex`, its term not above `prevTerm`. */
  readonly hintIndex: number
  readonly hintTerm: number
}

/** A part of a snapshot is on its way with this; the host attaches it (paper §7). */
export interface SnapshotPart extends Envelope {
  readonly kind: 'snapshot'
  /** The last entry the snapshot covers. */
  readonly index: number
  readonly indexTerm: number
}

/** The answer to a leader of an older term: there is a newer one. */
export interface Stale extends Envelope {
  readonly kind: 'stale'
}

/**
 * "No configuration that is committed from `index` to `commit` holds you." Its term is no promise of the sender's but that of the entry at `commit`: whatever will be committed behind it has this
 * term or a later one (paper §5.4.3).
 */
export interface Removed extends Envelope {
  readonly kind: 'removed'
  /** Index of the first of these configurations, as far back as the sender's log goes. */
  readonly index: number
  /** The sender's commit index: at least `index`. */
  readonly commit: number
}

/** TimeoutNow: "you hold all that I hold. Campaign at once" (thesis §3.10). */
export interface TimeoutNow extends Envelope {
  readonly kind: 'timeout-now'
}

/** "My log is damaged: forget what you count for me, and show me again what follows `last`." Repeated until it is answered. */
export interface Repair extends Envelope {
  readonly kind: 'repair'
  /** Drawn when the sender started: one request, however often it arrives. 1 to 2^48. */
  readonly number: number
  /** Where the sender's log ends, or where the first entry comes that it can't read. It may disagree with the leader's before. */
  readonly last: number
}

/** "I have done so. My log went up to `upTo` then: what you ever acknowledged behind that was not committed." */
export interface Repairing extends Envelope {
  readonly kind: 'repairing'
  readonly number: number
  /** The leader's last index when it first heard of `number`. */
  readonly upTo: number
}

/** "Nothing happens. All entries up to `index`, the last, are committed and durable with all of you: wait for no heartbeats." */
export interface Quiet extends Envelope {
  readonly kind: 'quiet'
  readonly index: number
}

/** "What is the commit index, now that you have heard this?" (thesis §6.4) Drawn anew for each attempt. */
export interface ReadRequest extends Envelope {
  readonly kind: 'read-request'
  readonly attempt: number
}

/** The answer to the `read-request` of this attempt: a majority has confirmed since that its sender leads. */
export interface ReadAnswer extends Envelope {
  readonly kind: 'read-answer'
  readonly attempt: number
  readonly index: number
}

/** What one member sends another, by kind. */
export type Message =
  | PreVoteRequest
  | PreVote
  | VoteRequest
  | Vote
  | Append
  | Heartbeat
  | Ack
  | Conflict
  | SnapshotPart
  | Stale
  | Removed
  | TimeoutNow
  | Repair
  | Repairing
  | ReadRequest
  | ReadAnswer
  | Quiet
