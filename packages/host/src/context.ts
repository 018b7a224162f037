/** What all members of a host share. */
import type { Clock, Codec, LogStore, RaftedEvent, Random, SnapshotStore } from '@rafted/contracts'
import type { MemberStatus, Response } from '@rafted/wire'
import type { Appended } from './appended.ts'
import type { Tell } from './event-hub.ts'
import type { Outbox } from './outbox.ts'
import type { ReplyTo } from './waiters.ts'

/** Sizes and times of a host's members; every one has a default. */
export interface MemberSettings {
  /** Time between two heartbeats of a leader, milliseconds. Default 200. */
  readonly heartbeatMs: number
  /** A follower that hears no leader for this long, randomised up to twice, asks for pre-votes. Milliseconds. Default 1000. */
  readonly electionMs: number
  /** A snapshot is due once the log since the last one is longer than it, times this. Default 10. */
  readonly snapshotFactor: number
  /** No snapshot is taken of less than this many bytes of log. Default 1 MiB. */
  readonly snapshotMinBytes: number
  /** Bytes of the newest entries kept in memory per member. Default 8 MiB. Over a log in memory only what is not applied yet is kept. */
  readonly tailBytes: number
  /** Bytes of one part of a snapshot. Default 256 KiB. */
  readonly snapshotPartBytes: number
  /** Uncommitted bytes at which a leader answers `overloaded`. Default 16 MiB. */
  readonly maxUncommittedBytes: number
  /**
   * Set, a leader here answers queries of `read: 'lease'` by a lease: for `electionMs` less this after a heartbeat that a majority has
   * answered. By so many milliseconds the clocks of two hosts may differ about the length of an election timeout, 80 of them for pauses
   * too short to be noticed. From 100 to below `electionMs`. Default null: no leases, each such query takes a round of heartbeats.
   */
  readonly clockDriftMarginMs: number | null
}

export const defaultSettings: MemberSettings = {
  heartbeatMs: 200,
  electionMs: 1000,
  snapshotFactor: 10,
  snapshotMinBytes: 1024 * 1024,
  tailBytes: 8 * 1024 * 1024,
  snapshotPartBytes: 256 * 1024,
  maxUncommittedBytes: 16 * 1024 * 1024,
  clockDriftMarginMs: null,
}

export interface HostContext {
  readonly id: string
  readonly address: string
  readonly clock: Clock
  readonly random: Random
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
  readonly codec: Codec
  readonly outbox: Outbox
  /** The clock's `now`; within a turn, that of its beginning: what happens in one turn happens at one time. */
  now(): number
  /** The clock's `now` at this very moment, after a look at whether its two times have come apart. */
  checkedNow(): number
  event(event: RaftedEvent): void
  readonly tell: Tell
  /** How late this host's timers were lately. */
  loopLatency(): MemberStatus['loop']
  /** How long its disk took lately. */
  diskLatency(): MemberStatus['disk']
  /** Calls that stand in a log here. */
  readonly appended: Appended
  /** Answers a call, wherever it came from. */
  answer(replyTo: ReplyTo, response: Response): void
  /** Something waits to be done in the next turn. */
  wake(): void
  /** A number no snapshot transfer of this host had before. */
  newTransfer(): number
}
