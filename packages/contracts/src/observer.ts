/** Events, logs and metrics: one seam. Observers are called in turn, outside every decision; what they throw is dropped. */
import type { Role } from '@rafted/core'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Something happened that somebody may want to know. Each kind has its own fields. */
export type RaftedEvent =
  | {
      readonly kind: 'role'
      readonly level: Level
      readonly group: string
      readonly role: Role
      readonly term: number
      readonly leader: string | null
    }
  | {
      readonly kind: 'configuration'
      readonly level: Level
      readonly group: string
      readonly index: number
      readonly voters: readonly string[]
      readonly learners: readonly string[]
    }
  | {
      readonly kind: 'member-stopped'
      readonly level: Level
      readonly group: string
      readonly reason: string
      readonly error: unknown
    }
  | {
      readonly kind: 'command-failed'
      readonly level: Level
      readonly group: string
      readonly index: number
      readonly error: unknown
    }
  | {
      readonly kind: 'hook-failed'
      readonly level: Level
      readonly group: string
      readonly hook: string
      readonly error: unknown
    }
  | {
      readonly kind: 'snapshot'
      readonly level: Level
      readonly group: string
      readonly what: 'taken' | 'sent' | 'installed' | 'failed'
      readonly index: number
      readonly bytes: number
      readonly error?: unknown
    }
  | {
      readonly kind: 'join'
      readonly level: Level
      readonly group: string
      readonly what: 'refused' | 'ambiguous' | 'failed'
      readonly error: unknown
    }
  | { readonly kind: 'refused-batch'; readonly level: Level; readonly from: string; readonly error: unknown }
  | { readonly kind: 'storage-failed'; readonly level: Level; readonly error: unknown }
  /** A crash had left bytes behind the last whole batch of a log; they were cut off. Nobody was told that they are durable. */
  | {
      readonly kind: 'log-repaired'
      readonly level: Level
      readonly file: string
      readonly offset: number
      readonly bytes: number
    }
  /**
   * A place in a file of the log is not what was written there. `harmless`: it only repeated what stands elsewhere. `unreadable`: entries are known
   * by index and term, and are to be put back from other members. `lost`: a log ends before entries that it once held.
   */
  | {
      readonly kind: 'log-file-damaged'
      readonly level: Level
      readonly damage: 'harmless' | 'unreadable' | 'lost'
      readonly file: string
      readonly offset: number
      readonly why: string
    }
  | { readonly kind: 'peer'; readonly level: Level; readonly host: string; readonly state: 'up' | 'lost' }
  | {
      readonly kind: 'transport'
      readonly level: Level
      readonly what: string
      readonly address: string
      readonly error?: unknown
    }

export interface Observer {
  event?(event: RaftedEvent): void
  /** Adds to a counter, or sets a gauge. Names are listed in docs/architecture.md. */
  count?(name: string, by: number, group: string | null): void
  gauge?(name: string, value: number, group: string | null): void
}
