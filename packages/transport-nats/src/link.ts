/** What waits for one address on one lane, and what the server has not taken yet. */
import type { Lane } from '@rafted/contracts'
import type { Destination } from './address.ts'
import { HEAD_BYTES } from './message.ts'
import { type Piece, pieceAt } from './splitting.ts'

export interface LinkOptions {
  readonly address: string
  readonly destination: Destination
  readonly lane: Lane
  /** The subject that leads there. */
  readonly subject: string
  /** Tells it apart from all others of this transport. */
  readonly number: number
  readonly maxQueueBytes: number
}

export class Link {
  readonly o: LinkOptions
  /** Something was given to somebody there, since it was last told that nothing gets there. */
  mayHaveArrived = false
  /** Nothing has left for it since it was last asked. */
  isQuiet = true
  #waiting: Uint8Array[] = []
  /** Where the rest of the first one begins. */
  #offset = 0
  #bytes = 0
  #batch = 0

  constructor(options: LinkOptions) {
    this.o = options
  }

  get lane(): Lane {
    return this.o.lane
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Nothing waits, and the server has taken all. */
  get isIdle(): boolean {
    return this.#bytes === 0
  }

  /** @returns whether there was room. */
  push(batch: Uint8Array): boolean {
    const bytes = this.#bytes + batch.byteLength + HEAD_BYTES
    if (this.#bytes > 0 && bytes > this.o.maxQueueBytes) return false
    this.#bytes = bytes
    this.#waiting.push(batch)
    return true
  }

  /** Takes what is to leave next. @returns it, with the bytes to be told to `taken`. */
  next(room: number): Piece & { readonly cost: number } {
    const batch = this.#waiting[0]!
    const piece = pieceAt(batch, this.#batch, this.#offset, room)
    this.#offset += piece.bytes.byteLength
    if (this.#offset < batch.byteLength) return { ...piece, cost: piece.bytes.byteLength }
    this.#finish()
    return { ...piece, cost: piece.bytes.byteLength + HEAD_BYTES }
  }

  /** The server has taken so many bytes of it. */
  taken(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes)
  }

  /** Drops what waits. @returns how many batches. A batch of which a part has left can't be whole any more. */
  drop(): number {
    const dropped = this.#waiting
    let bytes = 0
    for (const batch of dropped) bytes += batch.byteLength + HEAD_BYTES
    if (dropped.length > 0) {
      this.taken(bytes - this.#offset)
      this.#waiting = []
      this.#offset = 0
      this.#nextBatch()
    }
    return dropped.length
  }

  /** The connection is gone, and nobody will tell what was taken. @returns how many batches had not left. */
  reset(): number {
    const dropped = this.drop()
    this.#bytes = 0
    this.mayHaveArrived = false
    return dropped
  }

  #finish(): void {
    this.#waiting.shift()
    this.#offset = 0
    this.#nextBatch()
  }

  #nextBatch(): void {
    this.#batch = (this.#batch + 1) % 2 ** 32
  }
}
