/**
 * What keeps batches as they were sent, where there is a secret: each frame ends with a seal, which nobody else can make. Keys belong to one connection and one
 * direction of it, and frames are counted: so none can be changed, repeated, left out, moved, or sent back. Everybody on the way can still read them.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Prover } from './proof.ts'

export const SEAL_BYTES = 16
const KEY_BYTES = 32
const COUNT_BYTES = 8

/** The seals of one direction, in the order of its frames. */
export class Seals {
  readonly #key: Uint8Array
  readonly #count = Buffer.alloc(COUNT_BYTES)
  #next = 0

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** Of the next frame: its header, and the batch if it has one. */
  make(header: Uint8Array, batch: Uint8Array): Uint8Array {
    // 2^53 frames are enough for a connection.
    this.#count.writeUInt32LE(this.#next % 2 ** 32, 0)
    this.#count.writeUInt32LE(Math.floor(this.#next / 2 ** 32), 4)
    this.#next += 1
    const mac = createHmac('sha256', this.#key)
    return mac.update(this.#count).update(header).update(batch).digest().subarray(0, SEAL_BYTES)
  }

  /** Whether this is the seal of the next frame. In constant time. */
  isNext(header: Uint8Array, batch: Uint8Array, seal: Uint8Array): boolean {
    return timingSafeEqual(this.make(header, batch), seal)
  }
}

/** Of both directions of a connection; null without a secret. */
export interface BothSeals {
  readonly outbound: Seals
  readonly inbound: Seals
}

/** @param hello all bytes of it; with the nonces of both sides in them, and in `challenge`, no two connections have the same keys. */
export function sealsOf(
  secret: Uint8Array | null,
  self: Prover,
  hello: Uint8Array,
  challenge: Uint8Array,
): BothSeals | null {
  if (secret === null) return null
  const salt = createHash('sha256').update(hello).update(challenge).digest()
  const of = (sender: Prover): Seals => {
    const label = `rafted tcp batches of the ${sender}\n`
    return new Seals(new Uint8Array(hkdfSync('sha256', secret, salt, label, KEY_BYTES)))
  }
  return { outbound: of(self), inbound: of(self === 'dialler' ? 'listener' : 'dialler') }
}
