/** What all members of a host share. */
import type { Clock, Codec, LogStore, RaftedEvent, Random, SnapshotStore } from '@rafted/contracts'
import { FIRST_SETTINGS, type GroupSettings, type MemberStatus, type Response } from '@rafted/wire'
import type { Tell } from './event-hub.ts'
import type { Losses } from './losses.ts'
import type { Member } from './member.ts'
import type { Outbox } from './outbox.ts'
import type { Pulses } from './pulses.ts'
import type { ReplyTo } from './waiters.ts'

/** What a host decides for its own member: it may differ from member to member, and from start to start. */
export interface MemberSettings {
  /**
   * Bytes of entries kept in memory per member, the newest. Default 8 MiB. Of those that are applied and, where it leads, known to be on the disk of every
   * member, a quarter of it at most, and no more than 64 KiB. Over a log in memory only what is not applied yet is kept.
   */
  readonly tailBytes: number
  /** Bytes of one part of a snapshot. Default 256 KiB. */
  readonly snapshotPartBytes: number
}

const { index: _, machineVersion: __, featureLevel: ___, ...first } = FIRST_SETTINGS

/** What a group, and a member, goes by where nothing else is said. */
export const defaultSettings: GroupSettings & MemberSettings = {
  ...first,
  tailBytes: 8 * 1024 * 1024,
  snapshotPartBytes: 256 * 1024,
}

export interface HostContext {
  readonly id: string
  readonly address: string
  readonly clock: Clock
  readonly random: Random
  /** Its numbers: one function for all cores. */
  readonly fraction: () => number
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
  readonly codec: Codec
  readonly outbox: Outbox
  /** Hosts on which quiet members here rely. */
  readonly pulses: Pulses
  /** Who is told when that one of them is lost. */
  readonly losses: Losses
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
  /** Answers a call, wherever it came from. */
  answer(replyTo: ReplyTo, response: Response): void
  /** Something waits to be done in the next turn. */
  wake(): void
  /** The member has something to do in the next turn. */
  stir(member: Member): void
  /** A number no snapshot transfer of this host had before. */
  newTransfer(): number
}
