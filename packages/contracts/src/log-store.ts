/** Where the logs of all groups of one host are kept. */
import type { EntryKind, MemberId, Position, Run, SnapshotPosition } from '@rafted/core'

/** An entry with its payload. A store never changes `payload`, and keeps no other reference to it than it needs. */
export interface LogEntry {
  readonly index: number
  readonly term: number
  readonly kind: EntryKind
  /** Replicated time, milliseconds. */
  readonly time: number
  readonly payload: Uint8Array
}

/** The bytes an entry counts for in every limit: its payload and its head as the wire and the disk hold it. */
export const ENTRY_HEAD_BYTES = 32

/** @returns bytes an entry with this payload counts for. */
export function entryBytes(payload: Uint8Array): number {
  return payload.byteLength + ENTRY_HEAD_BYTES
}

const CONFIGURATION: typeof EntryKind.configuration = 1
const SETTINGS: typeof EntryKind.settings = 2

/** Whether the core reads entries of this kind itself, so that `open` gives them whole. */
export function isSpecial(kind: EntryKind): boolean {
  return kind === CONFIGURATION || kind === SETTINGS
}

/** Who a stored log belongs to. Never changes while the log exists. */
export interface GroupIdentity {
  /** The group's incarnation: 32 hexadecimal digits, drawn when the group was created. */
  readonly incarnation: string
  /** The member whose log it is: drawn when this log was created. */
  readonly member: MemberId
}

/** A log as `open` finds it: heads only. */
export interface OpenedLog extends GroupIdentity {
  /** Index of the configuration that removed the member, or null. A removed member's log is kept and never written. */
  readonly removedAt: number | null
  readonly term: number
  readonly vote: MemberId | null
  /** The log begins after this place. */
  readonly base: Position
  /** The entries after `base`: runs of one term, none longer than 64 KiB unless it is one entry. */
  readonly runs: readonly Run[]
  /** Index of the last entry; `base.index` when there are none. */
  readonly last: number
  /** The entries of kind `configuration` and `settings` after `base`, whole, ascending. */
  readonly special: readonly LogEntry[]
  /** Replicated time of the last entry, 0 when there is none. */
  readonly lastTime: number
  /** Index ranges (inclusive) whose payloads can't be read. A sound log has none. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[]
}

/** One durable change of one group's log: `reset`, then `truncateFrom`, then `entries`. */
export interface LogWrite {
  readonly term: number
  readonly vote: MemberId | null
  /** Forget every entry; the log begins after this place. */
  readonly reset: SnapshotPosition | null
  /** Forget this entry and all that follow. */
  readonly truncateFrom: number | null
  /** Contiguous, and the first follows what the log then ends with. */
  readonly entries: readonly LogEntry[]
}

export interface GroupWrite {
  readonly group: string
  readonly write: LogWrite
}

/** How much room is left. `low`: no new proposals should be taken. `full`: writes are about to fail. */
export type Room = 'ok' | 'low' | 'full'

/**
 * One per host, shared by its groups, so that one flush serves them all. Groups are named by their full name; a name
 * has at most one log. No method touches another group's log.
 */
export interface LogStore {
  /**
   * Whether a write is durable as soon as `write` has returned, before its promise resolves: so it is in memory. A host then
   * need not wait a turn for it. Default false.
   */
  readonly durableAtOnce?: boolean
  /** Names of all groups that have a log here, in no particular order. */
  groups(): Promise<readonly string[]>
  /**
   * Creates an empty log: base 0/0, term 0, no vote. Durable when resolved.
   * @throws {RaftedError} `already-exists` if the group has a log here.
   */
  create(group: string, identity: GroupIdentity): Promise<void>
  /** What stands in the group's log, or null if it has none. @throws {RaftedError} `damaged-storage` if it can't be trusted. */
  open(group: string): Promise<OpenedLog | null>
  /**
   * Applies the writes in order. Durable when resolved; calls resolve in the order they were made. A write is seen by
   * `read` as soon as this has returned. Several may be under way. Rejects only on an I/O error, after which every
   * later call rejects too: the host's storage is lost until it is opened anew.
   */
  write(writes: readonly GroupWrite[]): Promise<void>
  /**
   * Entries `from … from + count − 1`, or fewer: it stops at the end of the log, and before the entry with which the
   * sum of `entryBytes` would exceed `maxBytes` (the first is returned whatever its size). An index at or before the
   * log's base gives an empty array. Entries reflect one moment: no mix of before and after a truncation.
   */
  read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]>
  room(): Room
  /** Entries up to `upTo` (with that entry's `term`) may be forgotten: the base moves there. Not above the last entry. May return before it is durable. */
  compact(group: string, upTo: Position): Promise<void>
  /** Marks the log as that of a removed member (durable when resolved). It can still be opened, and no longer written. */
  markRemoved(group: string, removedAt: number): Promise<void>
  /** Forgets the group's log. Durable when resolved. No error if there is none. */
  remove(group: string): Promise<void>
  /** Waits for writes under way, then releases everything. Calls after it reject with `closed`. */
  close(): Promise<void>
}
