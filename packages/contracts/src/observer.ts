/** Events, logs and metrics: one seam. Observers are called in turn, outside every decision; what they throw is dropped. */
import type { Role } from '@rafted/core'
import type { FencingToken } from './leadership.ts'
import type { ValueEvent, ValueEventKind } from './value-events.ts'

/** How much an event matters: `error` wants a person, `warn` may, `info` is the course of things, `debug` for who looks closely. */
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
  /** This member leads and has applied the first entry of its own term, which is committed: what it reads here is current. */
  | {
      readonly kind: 'leadership-gained'
      readonly level: Level
      readonly group: string
      readonly member: string
      readonly token: FencingToken
    }
  /** It leads no more, as far as it knows now; another member may have led for a while. */
  | {
      readonly kind: 'leadership-lost'
      readonly level: Level
      readonly group: string
      readonly member: string
      /** What it was told when it gained it. */
      readonly token: FencingToken
    }
  /** A leader's word on a peer: once when it becomes slow, once when that is over. */
  | {
      readonly kind: 'slow-peer'
      readonly level: Level
      readonly group: string
      readonly peer: string
      /** `slow`: beyond the bound. `recovered`: well within it again. `unwatched`: this member leads no more, or the peer is no member. */
      readonly state: 'slow' | 'recovered' | 'unwatched'
      /** For how long an entry, or else a heartbeat, has waited for its acknowledgement, milliseconds. */
      readonly lagMs: number
      /** Entries that the peer has not acknowledged. */
      readonly entries: number
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
      /** Entries are applied by another version of the machine from one on. */
      readonly kind: 'machine-version'
      readonly level: Level
      readonly group: string
      /** Of the entry that says so. */
      readonly index: number
      readonly version: number
    }
  | {
      /** The group's log is written by a newer version of Rafted from one entry on: all members know it, and older ones don't. */
      readonly kind: 'feature-level'
      readonly level: Level
      readonly group: string
      /** Of the entry that says so. */
      readonly index: number
      /** The feature level. */
      readonly value: number
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
  /**
   * A command whose caller named a trace (`CallOptions.trace`) has been applied by its leader, and is answered now. One that was sent twice may be told twice, and takes effect once.
   */
  | {
      readonly kind: 'traced-command'
      readonly level: Level
      readonly group: string
      readonly trace: string
      readonly index: number
      readonly term: number
      /** How it ended; `other`: it had been carried out before and its result is forgotten, or it can't be done in its session any more. */
      readonly status: 'ok' | 'refused' | 'failed' | 'other'
      /** By the wall clock of the leader's host, milliseconds since 1970 UTC. */
      readonly appliedAt: number
      /** From when the leader's host took it until it was applied, milliseconds. */
      readonly tookMs: number
    }
  | {
      readonly kind: 'hook-failed'
      readonly level: Level
      readonly group: string
      readonly hook: string
      readonly error: unknown
    }
  /** A listener of `on` has thrown, or its promise was rejected. */
  | {
      readonly kind: 'listener-failed'
      readonly level: Level
      /** Kind of the event it was told. */
      readonly listener: string
      readonly error: unknown
    }
  /** In a stream of events, where this many should have stood: whoever reads it came too late for them. */
  | { readonly kind: 'events-dropped'; readonly level: Level; readonly count: number }
  | {
      readonly kind: 'snapshot'
      readonly level: Level
      readonly group: string
      /** `set-aside`: it was found to be damaged, and the member goes on without it. */
      readonly what: 'taken' | 'sent' | 'installed' | 'failed' | 'set-aside'
      readonly index: number
      readonly bytes: number
      readonly error?: unknown
    }
  /**
   * A machine gave more than 16 MiB of a snapshot at one go, and the process stood still meanwhile, `ms` milliseconds for all that was made before the
   * first chunk was asked for. A view that is read piece by piece (`CowMap.freeze`) avoids it.
   */
  | {
      readonly kind: 'snapshot-at-once'
      readonly level: Level
      readonly group: string
      readonly index: number
      /** That were given at one go. */
      readonly bytes: number
      readonly ms: number
    }
  | {
      readonly kind: 'join'
      readonly level: Level
      readonly group: string
      readonly what: 'refused' | 'ambiguous' | 'failed'
      readonly error: unknown
    }
  | { readonly kind: 'refused-batch'; readonly level: Level; readonly from: string; readonly error: unknown }
  /** A client has asked for what the host's `authorise` doesn't let it do; `error` is what that has thrown. Of those of one second the first 20. */
  | {
      readonly kind: 'not-allowed'
      readonly level: Level
      readonly client: string
      readonly group: string
      readonly right: string
      readonly error?: unknown
    }
  | { readonly kind: 'storage-failed'; readonly level: Level; readonly error: unknown }
  /** The thread that this host ran in has ended by itself, and the host with it. */
  | { readonly kind: 'worker-failed'; readonly level: Level; readonly error: unknown }
  /** The disk of this host: once when it has been slow for a while, once when that is over. Milliseconds that it took for an answer. */
  | {
      readonly kind: 'slow-disk'
      readonly level: Level
      readonly state: 'slow' | 'recovered'
      /** For how long a write has waited for an answer now. */
      readonly waitingMs: number
      /** Of the answers of the last minute. */
      readonly p50Ms: number
      readonly p99Ms: number
      readonly maxMs: number
    }
  /** A write to a log found no room, and waits for it (`waiting`), or has been done since (`over`). Nothing of it is acknowledged before. */
  | {
      readonly kind: 'disk-full'
      readonly level: Level
      readonly what: 'waiting' | 'over'
      readonly file: string
      readonly offset: number
    }
  /** A crash had left bytes behind the last whole batch of a log; they were cut off. Nobody was told that they are durable. */
  | {
      readonly kind: 'log-repaired'
      readonly level: Level
      readonly file: string
      readonly offset: number
      readonly bytes: number
    }
  /**
   * A log is being read at its start, which takes long: `segments` of the files of `of` that are needed have been read, with so many entries and bytes.
   * Every half second at most.
   */
  | {
      readonly kind: 'log-opening'
      readonly level: Level
      readonly segments: number
      readonly of: number
      readonly entries: number
      readonly bytes: number
    }
  /** An entry that is still needed can't be read where the log keeps it, and it isn't known what became of it. The file is kept. */
  | {
      readonly kind: 'log-unreadable'
      readonly level: Level
      readonly file: string
      readonly offset: number
      readonly error: unknown
    }
  /** A value is being restored from a snapshot, which takes long: `bytes` of the `of` it has have been read. Every half second at most. */
  | {
      readonly kind: 'snapshot-restoring'
      readonly level: Level
      readonly group: string
      readonly index: number
      readonly bytes: number
      readonly of: number
    }
  /**
   * A log that was opened can't read these entries (indexes, inclusive), or, up to `lostTo`, no longer knows which it held. The member takes part as far
   * as it may, and gets back from the others what it can.
   */
  | {
      readonly kind: 'log-damaged'
      readonly level: Level
      readonly group: string
      readonly damaged: readonly { readonly from: number; readonly to: number }[]
      readonly lostTo: number | null
    }
  /** Nothing is wrong with the log any more. `entries` of it were given back by other members one by one. */
  | { readonly kind: 'log-restored'; readonly level: Level; readonly group: string; readonly entries: number }
  /** No other member gives this entry for now. They are asked again, less and less often. */
  | {
      readonly kind: 'repair-stuck'
      readonly level: Level
      readonly group: string
      readonly index: number
      readonly term: number
      /** Why not: it doesn't hold the entry, it can't read it either, or it has not answered. One whose log begins after it gives its snapshot. */
      readonly answers: readonly {
        readonly member: string
        readonly says: 'lacks' | 'damaged' | 'silent'
      }[]
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
  /** A fleet has done something with a group or a host, or could not: `error` says why. */
  | {
      readonly kind: 'fleet'
      readonly level: Level
      readonly what: string
      /** The group or the host that it is about, or null. */
      readonly subject: string | null
      readonly error?: unknown
    }
  | {
      readonly kind: 'transport'
      readonly level: Level
      readonly what: string
      readonly address: string
      readonly error?: unknown
    }

/** Who is told what happens: logs and metrics are made of it. All methods are called at once and must return soon; each may be left out. */
export interface Observer {
  /** Told of each event, as it happens. */
  event?(event: RaftedEvent): void
  /** Told of events that show values, of the kinds it `wants`. */
  valueEvent?(event: ValueEvent): void
  /** Whether to make events of this kind, now. Default: no. */
  wants?(kind: ValueEventKind): boolean
  /** Adds to a counter, or sets a gauge. Names are listed in docs/architecture.md. */
  count?(name: string, by: number, group: string | null): void
  /** Sets a gauge to what is measured now. `group` is null for what is the host's. */
  gauge?(name: string, value: number, group: string | null): void
}
