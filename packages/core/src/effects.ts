/** What is due after a turn: everything the core wants of the world, in one value. */
import type { Configuration } from './configuration.ts'
import type { ConfigurationEntry, EntryKind, Heads, MemberId } from './entry.ts'
import type { Refusal, SnapshotPosition } from './input.ts'
import type { Message } from './message.ts'

/** What is due: `drain` gives each write, message and answer once. */
export interface Effects {
  /** Make durable, in order, then input `persisted`. Null: nothing to write. */
  readonly write: Write | null
  /** Entries the core itself has appended since the last drain; encode and keep them before anything else here. */
  readonly own: readonly OwnEntry[]
  /** May all leave at once: none of them waits for `write`. */
  readonly messages: readonly Message[]
  /** Entries up to here are committed and can be read: apply them. Never falls. */
  readonly commitIndex: number
  /** Reads that are linearizable once everything up to their `index` is applied. */
  readonly reads: readonly ReadyRead[]
  /** Reads that will not be answered. */
  readonly refused: readonly RefusedRead[]
  /** Peers whose next entries the log no longer holds: send each a snapshot, then input `snapshot-sent`. */
  readonly snapshotsTo: readonly MemberId[]
  /** Set when any of it changed. */
  readonly changed: Standing | null
}

/** One durable write. Writes complete in the order of `seq`. Within one: `reset`, then `truncateFrom`, then `entries`. */
export interface Write {
  readonly seq: number
  readonly term: number
  readonly vote: MemberId | null
  /** Forget the whole log and begin after this snapshot. */
  readonly reset: SnapshotPosition | null
  /** Forget this entry and all that follow. */
  readonly truncateFrom: number | null
  /** Append these. */
  readonly entries: Heads | null
  /** With this the log holds again all that this member ever acknowledged and that matters: nothing of it is lost any more. */
  readonly healed: boolean
}

/** An entry the core made itself. */
export interface OwnEntry {
  readonly index: number
  readonly term: number
  readonly time: number
  readonly kind: typeof EntryKind.noop | typeof EntryKind.configuration | typeof EntryKind.lease
  /** Present with kind `configuration`. */
  readonly configuration: Configuration | null
  /** With kind `lease`: how long the followers of this leader promise to abstain, milliseconds; else 0. */
  readonly abstainMs: number
}

/** A read that may be answered, as soon as the value has come so far. */
export interface ReadyRead {
  readonly id: number
  readonly index: number
  /** At this time, by this member's clock, nothing beyond `index` had been committed. */
  readonly asOf: number
  /** No majority was asked: look at `leaseUntil` again when the answer has been made. */
  readonly byLease: boolean
}

/** A read that must be asked anew, here or of the leader. */
export interface RefusedRead {
  readonly id: number
  readonly reason: Refusal
}

/** A pre-candidate asks whether it would be elected, in the term it is in; a candidate has begun a term and asks for votes. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/** How this member stands. */
export interface Standing {
  readonly role: Role
  readonly term: number
  readonly leader: MemberId | null
  /** Whom this leader hands over to, or null. Null again while it leads: it has been given up. */
  readonly transferringTo: MemberId | null
  /** The configuration in effect (the last in the log, committed or not), null before the first. */
  readonly configuration: ConfigurationEntry | null
  /** Index of the last committed configuration, 0 before the first. */
  readonly committedConfigurationIndex: number
  /** Index of the committed configuration that removed this member, or null. A removed member takes part in nothing. */
  readonly removedAt: number | null
}
