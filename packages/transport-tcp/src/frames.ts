/** What travels once the handshake is over: batches, each with its length before it, and signs of life. With a secret each has its seal behind it. */
import { badBytes } from './refusal.ts'
import { SEAL_BYTES, type Seals } from './seals.ts'

export const HEADER_BYTES = 4
/** In place of a length, with nothing after it: the sender lives and has nothing to say. */
export const ALIVE = 0x80000000

/** A batch that arrives in parts gets an array of its size at once up to here, and a larger one as it comes. */
const FIRST_BYTES = 256 * 1024
const GROWTH = 4

export function aliveFrame(): Uint8Array {
  const frame = Buffer.alloc(HEADER_BYTES)
  frame.writeUInt32LE(ALIVE)
  return frame
}

/** Makes batches of what a socket reads. */
export class FrameReader {
  readonly #largest: number
  readonly #onBatch: (batch: Uint8Array) => void
  readonly #seals: Seals | null
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  /** What is behind a header: the length of it with its seal, what has come of it, and how much that is. */
  #length = 0
  #into: Uint8Array | null = null
  #filled = 0
  /** Frames that have begun, for whoever watches how long one takes. */
  #begun = 0

  /** @param seals those of the other side, null where nothing is sealed. */
  constructor(largest: number, onBatch: (batch: Uint8Array) => void, seals: Seals | null = null) {
    this.#largest = largest
    this.#onBatch = onBatch
    this.#seals = seals
  }

  /** The frame that has begun and isn't whole: its number, and its length as far as that is known. Null between frames. */
  get partial(): { readonly number: number; readonly bytes: number } | null {
    if (this.#into !== null) return { number: this.#begun, bytes: this.#length }
    return this.#headerBytes > 0 ? { number: this.#begun, bytes: 0 } : null
  }

  /** @throws {RaftedError} `bad-bytes`, after which the connection is good for nothing. */
  take(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.byteLength) {
      if (this.#into !== null) {
        at += this.#fill(chunk, at)
        continue
      }
      at += this.#readHeader(chunk, at)
      if (this.#headerBytes < HEADER_BYTES) return
      this.#headerBytes = 0
      const length = this.#header.readUInt32LE()
      // Before anything is made for it.
      if (length !== ALIVE && length > this.#largest)
        throw badBytes(`A frame of ${length} bytes came, and ${this.#largest} are the most.`)
      const size = (length === ALIVE ? 0 : length) + (this.#seals === null ? 0 : SEAL_BYTES)
      if (chunk.byteLength - at >= size) {
        this.#whole(takenFrom(chunk, at, size))
        at += size
      } else {
        this.#length = size
        this.#into = emptyArray(Math.min(size, FIRST_BYTES))
        this.#filled = 0
      }
    }
  }

  /** All of a frame behind its header has come. */
  #whole(body: Uint8Array): void {
    const seals = this.#seals
    const batch = seals === null ? body : body.subarray(0, body.byteLength - SEAL_BYTES)
    if (seals !== null && !seals.isNext(this.#header, batch, body.subarray(batch.byteLength)))
      throw badBytes(
        'A frame came that the other side has not sealed so: it was changed on the way, or another one left out.',
      )
    if (this.#header.readUInt32LE() !== ALIVE) this.#onBatch(batch)
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerBytes === 0) this.#begun += 1
    const count = Math.min(HEADER_BYTES - this.#headerBytes, chunk.byteLength - at)
    for (let i = 0; i < count; i++) this.#header[this.#headerBytes + i] = chunk[at + i]!
    this.#headerBytes += count
    return count
  }

  /** @returns how much of the chunk from `at` on was of this batch. */
  #fill(chunk: Uint8Array, at: number): number {
    let into = this.#into!
    const count = Math.min(this.#length - this.#filled, chunk.byteLength - at)
    if (this.#filled + count > into.byteLength) {
      // Never more than a few times what has come: a length alone makes nobody allocate.
      const size = Math.max(into.byteLength * GROWTH, this.#filled + count)
      const grown = emptyArray(Math.min(this.#length, size))
      grown.set(into.subarray(0, this.#filled))
      this.#into = into = grown
    }
    into.set(count === chunk.byteLength ? chunk : chunk.subarray(at, at + count), this.#filled)
    this.#filled += count
    if (this.#filled === this.#length) {
      this.#into = null
      this.#whole(into)
    }
    return count
  }
}

/** Of this size, with whatever was in memory: all of it is written before anybody sees it. */
function emptyArray(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}

/**
 * A batch that lies whole in what was read. Node.js reads into a fresh buffer each time, so a large part of it can be handed
 * over as it is; a small part is copied, so that whoever keeps it doesn't keep the rest.
 */
function takenFrom(chunk: Uint8Array, at: number, length: number): Uint8Array {
  if (length * 2 >= chunk.buffer.byteLength)
    return new Uint8Array(chunk.buffer, chunk.byteOffset + at, length)
  const copy = new Uint8Array(length)
  copy.set(chunk.subarray(at, at + length))
  return copy
}
