import type { LogEntry, Machine } from '@rafted/contracts'
import type { LeadershipWish, Stored } from '@rafted/core'
import type { HostContext, MemberSettings } from './context.ts'
import type { Hooks } from './hooks.ts'
import type { JoinAddresses } from './join-addresses.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { KnownSettings } from './settings.ts'

export interface SeatOfMember {
  /** Who the members are has changed in the member's log. */
  configured(): void
}

export interface MemberOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly id: string
  readonly machine: Machine
  readonly hooks: Hooks
  /** The host's own. */
  readonly settings: MemberSettings
  /** The group's, as far as its log tells. */
  readonly known: KnownSettings
  readonly leadership: LeadershipWish
  /** Addresses at which the group may be found. */
  readonly join: Pick<JoinAddresses, 'now'>
  readonly seat: SeatOfMember
  readonly stored: Stored
  /** The entries with which this process has begun the log just now: they need not be read back. None of a log that it has found. */
  readonly begunWith: readonly LogEntry[]
  /** Whether an earlier process has left that, and not this one begun it just now. */
  readonly isReadBack: boolean
  /** Whether it has begun the group together with others just now, and is to lead it first: those need a moment before they can vote. */
  readonly isFirst: boolean
  /** The content of the newest snapshot and its size, or null without one. */
  readonly restored: { readonly state: ReplicatedState; readonly size: number } | null
}
