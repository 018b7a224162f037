/** Takes numbers and texts out of bytes, one after the other. */
import { crc32 } from 'node:zlib'

/** What was read doesn't have the form that it should have. */
export class Unreadable extends Error {}

const texts = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8. @throws {Unreadable} */
export function textIn(bytes: Uint8Array): string {
  try {
    return texts.decode(bytes)
  } catch {
    throw new Unreadable('no UTF-8')
  }
}

/** @returns the checksum of all parts, one after the other. */
export function checksum(...parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => crc32(part, sum), 0)
}

/** Two bytes sequences are the same. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Every method but `done` takes what comes next, and throws `Unreadable` if it is not there. */
export class Bytes {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Unreadable('cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(): number {
    return this.#number(1)
  }

  u16(): number {
    return this.#number(2)
  }

  u32(): number {
    return this.#number(4)
  }

  u64(): number {
    const low = this.u32()
    return safe(low + 2 ** 32 * this.u32())
  }

  #number(bytes: number): number {
    if (bytes > this.left) throw new Unreadable('cut off')
    this.#at += bytes
    return this.#bytes.readUIntLE(this.#at - bytes, bytes)
  }

  bool(): boolean {
    const value = this.u8()
    if (value > 1) throw new Unreadable('a bool that is neither 0 nor 1')
    return value === 1
  }

  varint(): number {
    let sum = 0
    for (let factor = 1; factor < 2 ** 63; factor *= 2 ** 7) {
      const byte = this.u8()
      sum = safe(sum + (byte & 0x7f) * factor)
      if (byte >= 0x80) continue
      if (byte === 0 && factor > 1) throw new Unreadable('a number longer than need be')
      return sum
    }
    throw new Unreadable('a number without an end')
  }

  text(): string {
    return textIn(this.take(this.varint()))
  }

  /** There must be nothing more. */
  done(): void {
    if (this.left > 0) throw new Unreadable('more than there should be')
  }
}

function safe(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new Unreadable('a number beyond 2^53 - 1')
  return value
}

/** @returns what `read` gives, or null if what it reads is not readable. */
export function readableOr<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}
