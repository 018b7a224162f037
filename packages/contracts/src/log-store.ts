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
const LEASE: typeof EntryKind.lease = 6

/** Whether a member has to know entries of this kind before it has applied them, so that `open` gives them whole. */
export function isSpecial(kind: EntryKind): boolean {
  return kind === CONFIGURATION || kind === SETTINGS || kind === LEASE
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
  /** The entries of kind `configuration`, `settings` and `lease` after `base`, whole, ascending. */
  readonly special: readonly LogEntry[]
  /** Replicated time of the last entry, 0 when there is none. */
  readonly lastTime: number
  /**
   * Index ranges (inclusive, ascending, apart from each other) of entries whose payloads can't be read, while index, term and time are known: `runs`
   * and `last` count them. None of them is special. A sound log has none; `restore` puts payloads back.
   */
  readonly damaged: readonly DamagedRange[]
  /**
   * Entries that stood in the log once can't be named any more: the log ends before the first of them, and this is the highest index it is known to have
   * held. It was above `last` when that was found out; it stays as it is, also when the log has been written beyond it, until a write says `lostTo: null`.
   * Null for a log that has lost nothing.
   */
  readonly lostTo: number | null
}

/** Indexes, inclusive. */
export interface DamagedRange {
  readonly from: number
  readonly to: number
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
  /**
   * What `OpenedLog.lostTo` is from this write on: a number when what the log held is given up since it can't be used (a reset to an older snapshot, when
   * the newest can't be read); null when all that the member ever acknowledged is in its log again. Absent: as it was.
   */
  readonly lostTo?: number | null
}

/** What one group's log is to take. */
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
  /**
   * Names what keeps the group's log: as long as it is the same, nothing that was durable here is lost. So that of a directory, drawn when it was made. Absent, or undefined, where logs go with
   * the process.
   */
  lifeOf?(group: string): string | undefined
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
   * log's base gives an empty array. Entries reflect one moment: no mix of before and after a truncation. It stops before an entry whose payload
   * can't be read, and gives none if that is the first.
   */
  read(group: string, from: number, count: number, maxBytes: number): Promise<readonly LogEntry[]>
  /**
   * Puts the payloads of damaged entries back. Each must be in one of `OpenedLog.damaged`, in ascending order, of the term it has there, and not special;
   * its kind and time are taken as they are given. Durable when resolved; from then on `read` gives them, and `open` does not call them damaged.
   * @throws {RaftedError} `invalid-argument` if one of them is not damaged (any more: it may have been truncated meanwhile) or is of another term; nothing
   * has changed then.
   */
  restore(group: string, entries: readonly LogEntry[]): Promise<void>
  /** How much room there is now. Answers at once from what is known: a host asks for each turn. */
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
