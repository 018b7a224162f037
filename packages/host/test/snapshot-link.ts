/** What the tests of snapshots on their way stand on: timers, stores, a receiver, parts. */
import { crc32 } from 'node:zlib'
import type { Clock, RaftedEvent, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import { type SnapshotChunk, valueCodec } from '@rafted/wire'
import { ReplicatedState } from '../src/replicated-state.ts'
import type { PartAnswer } from '../src/snapshot-incoming.ts'
import { SnapshotReceiving } from '../src/snapshot-receiving.ts'
import { configurationOf } from './log-entries.ts'

/** Timers that fire when they are told to. */
export class Timers {
  now = 0
  #timers: { at: number; run: () => void }[] = []
  readonly clock: Clock = {
    now: () => this.now,
    wall: () => this.now,
    after: (ms, run) => {
      const timer = { at: this.now + ms, run }
      this.#timers.push(timer)
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      }
    },
    soon: (run) => run(),
  }

  /** Fires the next one. */
  next(): void {
    const [first] = this.#timers.sort((a, b) => a.at - b.at)
    if (first === undefined) return
    this.#timers = this.#timers.filter((other) => other !== first)
    this.now = first.at
    first.run()
  }
}

/** Lets everything happen that waits for nothing but promises. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 60; turns++) await new Promise((resolve) => setImmediate(resolve))
}

export function contentOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31) & 0xff)
}

export function metaOf(content: Uint8Array, more: Partial<SnapshotMeta> = {}): SnapshotMeta {
  return {
    index: 9,
    term: 2,
    time: 0,
    configuration: { index: 1, configuration: configurationOf('a') },
    incarnation: 'i',
    format: 1,
    machineVersion: 1,
    size: content.length,
    checksum: crc32(content),
    ...more,
  }
}

export interface OneSnapshot extends SnapshotStore {
  saved: Uint8Array | null
  /** Saves that were begun. */
  saves: number
  /** Who writes waits for it after each chunk. */
  writing: () => Promise<void>
}

/** A store that has one snapshot, or takes one. */
export function storeOf(content: Uint8Array | null, more: Partial<SnapshotMeta> = {}): OneSnapshot {
  let held = content === null ? null : { meta: metaOf(content, more), content }
  return {
    saved: null,
    saves: 0,
    writing: async () => {},
    list: async () => (held === null ? [] : [held.meta]),
    latest: async () =>
      held && {
        meta: held.meta,
        chunks: (async function* (bytes) {
          for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37)
        })(held.content),
      },
    async save(_group, chunks, meta) {
      this.saves++
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) {
        parts.push(chunk.slice())
        await this.writing()
      }
      held = { meta: meta(), content: new Uint8Array(Buffer.concat(parts)) }
      this.saved = held.content
      return held.meta
    },
    setAside: async () => {},
    remove: async () => {},
    close: async () => {},
  }
}

const machine = {
  version: 1,
  oldestVersion: 1,
  codec: null,
  failure: 'command' as const,
  create: () => ({ apply: () => null, query: () => null, snapshot: () => [] }),
  restore: async () => machine.create(),
}

export interface Told extends PartAnswer {
  readonly to: string
  readonly transfer: number
}

/** A receiver, and what it has told. */
export function receiverOf(store: SnapshotStore, onTold: (told: Told) => void = () => {}) {
  const seen = {
    installed: null as SnapshotMeta | null,
    events: [] as RaftedEvent[],
    told: [] as Told[],
  }
  const receiving = new SnapshotReceiving({
    group: 'g',
    snapshots: store,
    event: (event) => void seen.events.push(event),
    restore: async () => new ReplicatedState({ machine, codec: valueCodec }),
    progress: (to, transfer, answer) => {
      const told = { to, transfer, ...answer }
      seen.told.push(told)
      onTold(told)
    },
    received: ({ meta }) => {
      seen.installed = meta
    },
  })
  return { receiving, seen }
}

export function partOf(
  content: Uint8Array,
  offset: number,
  more: { readonly meta?: SnapshotMeta; readonly transfer?: number; readonly length?: number } = {},
): SnapshotChunk {
  const { meta = metaOf(content), transfer = 1, length = 100 } = more
  const bytes = content.subarray(offset, offset + length)
  return { meta, transfer, offset, bytes, checksum: crc32(bytes) }
}
