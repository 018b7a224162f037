/**
 * What the core knows of log entries. It never sees a payload: an entry is its head, and heads of one term that
 * follow each other are a run. The host keeps the payloads by (index, term), which identifies an entry for ever
 * (Log Matching, paper §5.3).
 */
import type { Configuration } from './configuration.ts'

/** The id of one member: drawn afresh whenever a member's log is created, never reused. 1–64 bytes of UTF-8. */
export type MemberId = string

/** The id an operator gives a host; stable over restarts. 1–64 bytes of UTF-8. */
export type HostId = string

/**
 * What an entry is for. The core makes `noop`, `configuration` and `lease` itself; the
 * other kinds mean nothing to it. The numbers are part of the wire and disk formats and never change.
 */
export const EntryKind = {
  /** The entry a new leader begins its term with (paper §8). */
  noop: 0,
  /** A change of the group's members; in effect as soon as it stands in the log (thesis §4.1). */
  configuration: 1,
  /** Settings that all members of the group agree on are changed; in effect where it is applied. */
  settings: 2,
  /** A client's command, in the session's envelope. */
  command: 3,
  /** A client session registered, kept alive or closed (thesis §6.3). */
  session: 4,
  /** Nothing but a time stamp: proposed when a machine's deadline passes and nothing else comes. */
  time: 5,
  /** What its leader asks of those that follow it: the entry a leader that takes leases begins its term with. */
  lease: 6,
} as const
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind]

/** A place in the log: the entry's index and its term. Index 0, term 0 is the place before the first entry. */
export interface Position {
  readonly index: number
  readonly term: number
}

/**
 * Entries that follow each other and share a term. A run ends where the term changes, and also once it has grown
 * past 64 KiB, so that the bytes of part of a run can be estimated well by proportion.
 */
export interface Run {
  /** Index of its first entry. It ends before the next run's first, or at the last index of what it is part of. */
  readonly first: number
  /** Term of all its entries. */
  readonly term: number
  /** Bytes of all its entries, heads included. */
  readonly bytes: number
  /** Replicated time of its last entry, milliseconds. */
  readonly time: number
}

/** The heads of entries `runs[0].first … last`, all contiguous, terms never falling. */
export interface Heads {
  readonly runs: readonly Run[]
  /** Index of the last entry. */
  readonly last: number
  /** The configuration entries among them, ascending. */
  readonly configurations: readonly ConfigurationEntry[]
}

/** A configuration and the index of the entry (or of the snapshot) that brought it. */
export interface ConfigurationEntry {
  readonly index: number
  readonly configuration: Configuration
}
