/**
 * Takes a snapshot from the leader part by part into the snapshot store, restores a second instance from it, and only then
 * hands both over: the old instance answers until the new one is whole.
 */

import { crc32 } from 'node:zlib'
import { RaftedError, type RaftedEvent, type SnapshotMeta, type SnapshotStore } from '@rafted/contracts'
import type { MemberId } from '@rafted/core'
import type { SnapshotChunk } from '@rafted/wire'
import type { ReplicatedState } from './replicated-state.ts'

/** Bytes that may wait to be written; parts beyond them are not taken, and come again. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

export interface ReceivedSnapshot {
  readonly meta: SnapshotMeta
  readonly state: ReplicatedState
  /** Who has sent it, and in which transfer. */
  readonly from: MemberId
  readonly transfer: number
}

export interface SnapshotReceivingOptions {
  readonly group: string
  readonly snapshots: SnapshotStore
  event(event: RaftedEvent): void
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState>
  /** The snapshot is durable, and `state` is what it holds. */
  received(snapshot: ReceivedSnapshot): void
}

export class SnapshotReceiving {
  readonly #options: SnapshotReceivingOptions
  #current: Incoming | null = null

  constructor(options: SnapshotReceivingOptions) {
    this.#options = options
  }

  /** A part that the core wants. @returns how much of its transfer is here without a gap, −1 if it can't be taken. */
  onPart(from: string, { meta, transfer, offset, bytes }: SnapshotChunk): number {
    let current = this.#current
    if (current === null || !current.isOf(from, transfer, meta)) {
      // What another transfer has brought is restored to the end before a new one is begun.
      if (current?.isWhole) return 0
      if (offset !== 0) return 0
      current?.fail(new Error('another transfer has begun'))
      current = new Incoming(from, transfer, meta)
      this.#current = current
      this.#finish(current)
    }
    return current.take(offset, bytes)
  }

  #finish(incoming: Incoming): void {
    const { group, event } = this.#options
    const { index } = incoming.meta
    this.#install(incoming)
      .catch((error: unknown) => {
        incoming.failed = true
        if (!incoming.stopped)
          event({ kind: 'snapshot', level: 'warn', group, what: 'failed', index, bytes: 0, error })
      })
      .finally(() => {
        if (this.#current === incoming && !incoming.failed) this.#current = null
      })
  }

  async #install(incoming: Incoming): Promise<void> {
    const { group, snapshots, restore, received } = this.#options
    await snapshots.save(group, incoming.chunks(), () => incoming.meta)
    if (incoming.stopped) return
    const stored = await snapshots.latest(group)
    // The store holds a newer one of this member's own making: this one is not needed.
    if (stored === null || stored.meta.index !== incoming.meta.index || incoming.stopped) return
    const state = await restore(stored.meta, stored.chunks)
    const { from, transfer } = incoming
    if (!incoming.stopped) received({ meta: stored.meta, state, from, transfer })
  }

  stop(): void {
    this.#current?.fail(new Error('the member has stopped'))
    this.#current = null
  }
}

/** One transfer on its way into the store. */
class Incoming {
  readonly from: string
  readonly transfer: number
  readonly meta: SnapshotMeta
  /** Somebody has told it to end. */
  stopped = false
  /** It could not be saved or restored; its sender learns so with its next part. */
  failed = false
  #received = 0
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #error: Error | null = null
  #wake: () => void = () => {}

  constructor(from: string, transfer: number, meta: SnapshotMeta) {
    this.from = from
    this.transfer = transfer
    this.meta = meta
  }

  /** A sender that was restarted counts its transfers from one again, and may send another snapshot under the same number. */
  isOf(from: string, transfer: number, { index, size, checksum }: SnapshotMeta): boolean {
    const { meta } = this
    const isSame = meta.index === index && meta.size === size && meta.checksum === checksum
    return isSame && this.from === from && this.transfer === transfer
  }

  get isWhole(): boolean {
    return !this.failed && this.#received === this.meta.size
  }

  take(offset: number, bytes: Uint8Array): number {
    if (this.failed) return -1
    if (offset === this.#received && this.#waitingBytes < MAX_WAITING_BYTES) {
      this.#waiting.push(bytes)
      this.#waitingBytes += bytes.byteLength
      this.#received += bytes.byteLength
      this.#wake()
    }
    return this.#received
  }

  fail(error: Error): void {
    this.stopped = true
    this.#error = error
    this.#wake()
  }

  /** What has come, in order; ends when all of it has, and fails unless it is what the meta says. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { size, checksum } = this.meta
    let seen = 0
    let sum = 0
    while (seen < size) {
      if (this.#error !== null) throw this.#error
      const bytes = this.#waiting.shift()
      if (bytes === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      this.#waitingBytes -= bytes.byteLength
      seen += bytes.byteLength
      sum = crc32(bytes, sum)
      yield bytes
    }
    if (sum !== checksum)
      throw new RaftedError('bad-bytes', `A snapshot arrived with checksum ${sum} instead of ${checksum}.`, {
        outcome: 'not-applied',
      })
  }
}
