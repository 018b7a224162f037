/** Batches that arrive in parts, until they are whole: in bounded memory, for a bounded time. */
import type { Instance, Place } from './message.ts'

export interface AssemblyLimits {
  /** The largest batch. */
  readonly maxBatchBytes: number
  /** Bytes of all batches that are not whole yet. */
  readonly maxPartialBytes: number
  /** A batch of which nothing has come for so long is given up, milliseconds. */
  readonly partialMs: number
}

/** A batch gets an array of its size at once up to here, and a larger one as it comes: what a part says of the whole makes nobody allocate. */
const FIRST_BYTES = 256 * 1024
const GROWTH = 4

interface Partial {
  readonly sender: Instance
  readonly batch: number
  /** Of the whole. */
  readonly total: number
  /** As long as what has come needs. */
  bytes: Uint8Array
  filled: number
  /** When its last part came. */
  touchedAt: number
}

/**
 * Who sends, sends one batch after the other on a lane, its parts in order. So there is at most one batch under way from each, and a
 * part that is not the next one means that others are lost, and with them the batch. Parts of two batches never meet: they are told
 * apart by who has sent them (the subject), in which life (the instance), and by the batch's number.
 */
export class Assemblies {
  readonly #limits: AssemblyLimits
  readonly #onLost: () => void
  readonly #partials = new Map<string, Partial>()
  #bytes = 0

  /** @param onLost called for each batch that was begun and is given up, or could not be begun. */
  constructor(limits: AssemblyLimits, onLost: () => void) {
    this.#limits = limits
    this.#onLost = onLost
  }

  /** Bytes that are held, or promised to what has begun to come. */
  get heldBytes(): number {
    return this.#bytes
  }

  /** @param lane of whom: their subject. @returns the batch if this part makes it whole. */
  take(
    lane: string,
    sender: Instance,
    { batch, total, offset }: Place,
    bytes: Uint8Array,
    now: number,
  ): Uint8Array | null {
    let partial = this.#partials.get(lane)
    if (
      partial !== undefined &&
      (partial.sender !== sender || partial.batch !== batch || partial.total !== total)
    ) {
      this.#giveUp(lane, partial)
      partial = undefined
    }
    if (partial === undefined) {
      if (offset !== 0) return null
      partial = this.#begin(lane, sender, batch, total, now)
      if (partial === undefined) return null
    }
    // Repeated: it is there already.
    if (offset + bytes.byteLength <= partial.filled) return null
    if (offset !== partial.filled) {
      this.#giveUp(lane, partial)
      return null
    }
    makeRoom(partial, offset + bytes.byteLength)
    partial.bytes.set(bytes, offset)
    partial.filled += bytes.byteLength
    partial.touchedAt = now
    if (partial.filled < total) return null
    this.#remove(lane, partial)
    return partial.bytes
  }

  /** Gives up what has waited for too long. */
  expire(now: number): void {
    for (const [lane, partial] of this.#partials)
      if (now - partial.touchedAt >= this.#limits.partialMs) this.#giveUp(lane, partial)
  }

  /** Gives up all: what is missing was sent over a connection that is gone. */
  clear(): void {
    for (const [lane, partial] of this.#partials) this.#giveUp(lane, partial)
  }

  #begin(lane: string, sender: Instance, batch: number, total: number, now: number): Partial | undefined {
    const { maxBatchBytes, maxPartialBytes } = this.#limits
    if (total > maxBatchBytes || this.#bytes + total > maxPartialBytes) {
      this.#onLost()
      return undefined
    }
    const bytes = new Uint8Array(Math.min(total, FIRST_BYTES))
    const partial = { sender, batch, total, bytes, filled: 0, touchedAt: now }
    this.#partials.set(lane, partial)
    this.#bytes += total
    return partial
  }

  #giveUp(lane: string, partial: Partial): void {
    this.#remove(lane, partial)
    this.#onLost()
  }

  #remove(lane: string, partial: Partial): void {
    this.#partials.delete(lane)
    this.#bytes -= partial.total
  }
}

function makeRoom(partial: Partial, needed: number): void {
  const { bytes, total, filled } = partial
  if (needed <= bytes.byteLength) return
  // Never more than a few times what has come.
  const grown = new Uint8Array(Math.min(total, Math.max(needed, bytes.byteLength * GROWTH)))
  grown.set(bytes.subarray(0, filled))
  partial.bytes = grown
}
