/**
 * Takes a snapshot from another member part by part into the snapshot store, restores a second instance from it, and only then
 * hands both over: the old instance answers until the new one is whole.
 */

import type { RaftedError, RaftedEvent, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import type { MemberId } from '@rafted/core'
import type { SnapshotChunk } from '@rafted/wire'
import type { ReplicatedState } from './replicated-state.ts'
import { IncomingSnapshot, type PartAnswer } from './snapshot-incoming.ts'

/** Nothing of it is here. */
const FROM_THE_BEGINNING: PartAnswer = { received: 0, again: true }
/** Not now. */
const LATER: PartAnswer = { received: 0, again: false }

export interface ReceivedSnapshot {
  readonly meta: SnapshotMeta
  readonly state: ReplicatedState
  /** Who has sent the last of it, and in which transfer. */
  readonly from: MemberId
  readonly transfer: number
}

export interface SnapshotReceivingOptions {
  readonly group: string
  readonly snapshots: SnapshotStore
  event(event: RaftedEvent): void
  restore(meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>): Promise<ReplicatedState>
  /** Parts have been written: their sender may go on. */
  progress(to: MemberId, transfer: number, answer: PartAnswer): void
  /** The snapshot is durable, and `state` is what it holds. `handedOver` is to be called when it has been used, or is not needed. */
  received(snapshot: ReceivedSnapshot): void
}

export class SnapshotReceiving {
  readonly #options: SnapshotReceivingOptions
  #current: IncomingSnapshot | null = null

  constructor(options: SnapshotReceivingOptions) {
    this.#options = options
  }

  /** A part that the core wants. @returns what to answer; null if `progress` will. */
  onPart(from: MemberId, chunk: SnapshotChunk): PartAnswer | null {
    let current = this.#current
    if (
      current === null ||
      !current.isOf(chunk.meta) ||
      (current.failed && current.transfer !== chunk.transfer)
    ) {
      // What another transfer has brought is restored to the end before another snapshot is begun.
      if (current?.isWhole) return LATER
      if (chunk.offset !== 0) return FROM_THE_BEGINNING
      current?.fail(new Error('another snapshot has begun'))
      current = this.#begin(chunk.meta)
    }
    return current.take(from, chunk)
  }

  #begin(meta: SnapshotMeta): IncomingSnapshot {
    const { event, progress } = this.#options
    const garbled = (from: MemberId, error: RaftedError): void =>
      event({ kind: 'refused-batch', level: 'warn', from, error })
    const incoming = new IncomingSnapshot(meta, { progress, garbled })
    this.#current = incoming
    this.#finish(incoming)
    return incoming
  }

  #finish(incoming: IncomingSnapshot): void {
    const { group, event } = this.#options
    const { index } = incoming.meta
    this.#install(incoming).then(
      (isHandedOver) => {
        if (!isHandedOver) this.#drop(incoming)
      },
      (error: unknown) => {
        incoming.failed = true
        if (!incoming.stopped)
          event({ kind: 'snapshot', level: 'warn', group, what: 'failed', index, bytes: 0, error })
      },
    )
  }

  /** @returns whether there is something to install. */
  async #install(incoming: IncomingSnapshot): Promise<boolean> {
    const { group, snapshots, restore, received } = this.#options
    await snapshots.save(group, incoming.chunks(), () => incoming.meta)
    if (incoming.stopped) return false
    const stored = await snapshots.latest(group)
    // The store holds a newer one of this member's own making: this one is not needed.
    if (stored === null || stored.meta.index !== incoming.meta.index || incoming.stopped) return false
    const state = await restore(stored.meta, stored.chunks)
    if (incoming.stopped) return false
    const { from, transfer } = incoming
    received({ meta: stored.meta, state, from, transfer })
    return true
  }

  #drop(incoming: IncomingSnapshot): void {
    if (this.#current === incoming) this.#current = null
  }

  /** What was received last stands in the member now, or was not needed. Until then a late part of it begins nothing anew. */
  handedOver(): void {
    this.#current = null
  }

  /** The member holds everything up to `index`: of what has come of an older snapshot nothing is needed. */
  passed(index: number): void {
    const current = this.#current
    if (current === null || current.isWhole || current.meta.index > index) return
    current.fail(new Error('it is not needed any more'))
    this.#current = null
  }

  stop(): void {
    this.#current?.fail(new Error('the member has stopped'))
    this.#current = null
  }
}
