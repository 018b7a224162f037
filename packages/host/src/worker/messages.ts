/** What the application's thread and the host's say to each other. */
import type { FencingToken, RaftedEvent } from '@rafted/contracts'
import type { MemberStatus } from '@rafted/wire'
import type { BackupOptions } from '../backup/backup.ts'
import type { Health, HealthOptions } from '../health.ts'
import type { CloseOptions } from '../host-options.ts'
import type { LeaveOptions } from '../leaving.ts'
import type { PlainError } from './errors.ts'
import type { PlainCreateGroupOptions, PlainGroupOptions } from './group-options.ts'
import type { PortOfThread } from './port.ts'

/** Requests of one turn to one address, as a batch of the wire. */
export interface Calls {
  /** Null is the host in the worker. */
  readonly to: string | null
  readonly batch: Uint8Array
  /** How long each may take, in the order of the batch, milliseconds. */
  readonly timeoutsMs: readonly number[]
}

export type Question =
  | { readonly what: 'group'; readonly group: string; readonly options: PlainGroupOptions }
  | { readonly what: 'create-group'; readonly group: string; readonly options: PlainCreateGroupOptions }
  | { readonly what: 'leave'; readonly group: string; readonly options: LeaveOptions | undefined }
  | { readonly what: 'status'; readonly group: string }
  | { readonly what: 'health'; readonly options: HealthOptions | undefined }
  /** For the next piece of a backup: its number is the asker's, and it begins with the first question. */
  | {
      readonly what: 'backup'
      readonly group: string
      readonly backup: number
      readonly options: BackupOptions | undefined
    }
  | { readonly what: 'stop-backup'; readonly backup: number }
  | { readonly what: 'close'; readonly options: CloseOptions | undefined }

export type ToWorker =
  | { readonly kind: 'calls'; readonly calls: readonly Calls[] }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  /** The last `news` has been read: there may be more. */
  | { readonly kind: 'news-read' }

/** How a group stands on the host, for what its owner asks without waiting. */
export interface Standing {
  readonly token: FencingToken | null
  readonly member: string | null
  readonly addresses: readonly string[]
}

/** Null where the group does not run. */
export type GroupStanding = readonly [group: string, standing: Standing | null]

export type Answer =
  | { readonly status: MemberStatus | null }
  | { readonly health: Health }
  | { readonly piece: Uint8Array | null }
  | { readonly done: true }
  | { readonly error: PlainError }

export interface PlainEvent {
  /** Without its `error`. */
  readonly event: RaftedEvent
  readonly error: PlainError | null
}

export interface Measured {
  readonly name: string
  readonly group: string | null
  readonly value: number
}

export type FromWorker =
  | { readonly kind: 'opened'; readonly address: string }
  | { readonly kind: 'not-opened'; readonly error: PlainError }
  /** Responses to calls, as batches of the wire. */
  | { readonly kind: 'answers'; readonly batches: readonly Uint8Array[] }
  | {
      readonly kind: 'answer'
      readonly id: number
      readonly answer: Answer
      readonly standing: GroupStanding | null
    }
  /** What has happened. No more of it is sent before it has been read. */
  | {
      readonly kind: 'news'
      readonly events: readonly PlainEvent[]
      readonly counts: readonly Measured[]
      readonly gauges: readonly Measured[]
      readonly standings: readonly GroupStanding[]
    }

/** What a worker is started with. */
export interface WorkerStart<Options> {
  readonly port: PortOfThread
  readonly cluster: string
  readonly options: Options
}
