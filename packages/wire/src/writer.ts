/**
 * Builds bytes front to back in one pass. Small results share slabs, since the engine needs longer to make an array than
 * a heartbeat needs to be written; a large one gets an array of its own.
 */
import { cannotEncode } from './bad-bytes.ts'
import { hasLoneSurrogate, writeUtf8 } from './utf8.ts'

const SLAB = 16 * 1024
/** What may get longer than this gets an array of its own, and the slab stays for what is small. */
const MOST_IN_SLAB = SLAB / 2

/** Builds bytes, front to back. What can't be written is a `RaftedError`, `invalid-argument`. */
export class Writer {
  /** What is being written into. Replaced when it gets too small: never keep it across a write. */
  bytes = new Uint8Array(SLAB)
  /** Where the next byte goes. */
  at = 0
  /** Where the current result began. */
  private start = 0
  private slab = this.bytes
  /** Where what is free of the slab begins. */
  private free = 0

  /** Begins a result. What was begun and not finished is forgotten. @param hint about how long it will get. */
  begin(hint: number): void {
    if (hint > MOST_IN_SLAB) {
      this.bytes = new Uint8Array(hint)
      this.start = 0
    } else {
      if (this.free + hint > SLAB) this.newSlab()
      this.bytes = this.slab
      this.start = this.free
    }
    this.at = this.start
  }

  /** The result. What comes after it in the slab is somebody else's. */
  finish(): Uint8Array {
    const { bytes, start, at } = this
    if (bytes === this.slab) this.free = at
    return new Uint8Array(bytes.buffer, start, at - start)
  }

  private newSlab(): void {
    this.slab = new Uint8Array(SLAB)
    this.free = 0
  }

  /** Bytes of the current result so far. */
  get length(): number {
    return this.at - this.start
  }

  /** A view of the current result from its byte `from` on. Stays as it is while the result only gets longer. */
  since(from: number): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.start + from, this.at - this.start - from)
  }

  /** Makes room for `count` more bytes. */
  room(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count)
  }

  private grow(count: number): void {
    const { bytes, start, at } = this
    const used = at - start
    // What `since` has given of it stays as it is.
    if (bytes === this.slab) this.free = at
    if (used + count <= MOST_IN_SLAB) {
      this.newSlab()
      this.bytes = this.slab
    } else this.bytes = new Uint8Array(Math.max(SLAB, 2 * used, used + count))
    this.bytes.set(bytes.subarray(start, at))
    this.start = 0
    this.at = used
  }

  /** One byte; of a larger number, the lowest eight bits. */
  u8(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** One byte, 0 or 1. */
  bool(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  /** Two bytes, the lower first. @throws {RaftedError} `invalid-argument` unless it is an integer from 0 to 65,535. */
  u16(value: number): void {
    if (!(value >= 0 && value <= 0xffff && Number.isInteger(value)))
      cannotEncode(`${value} doesn't fit 16 bits`)
    this.room(2)
    this.bytes[this.at++] = value
    this.bytes[this.at++] = value >>> 8
  }

  /** Four bytes at `at`, which has been written over before. */
  patchU32(at: number, value: number): void {
    const { bytes } = this
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  }

  /** An integer from 0 to 2^53 − 1, seven bits a byte, the lowest first. */
  uint(value: number): void {
    this.room(8)
    if (value >>> 0 !== value) {
      if (!(value >= 0 && Number.isSafeInteger(value)))
        cannotEncode(`${value} is no integer from 0 to 2^53 - 1`)
      this.largeUint(value)
      return
    }
    const { bytes } = this
    let { at } = this
    let rest = value
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  /** In two halves, which the engine has as integers: to divide what it has as a fraction takes several times as long. */
  private largeUint(value: number): void {
    const { bytes } = this
    let { at } = this
    let rest = Math.floor(value / 0x10000000)
    const low = value - rest * 0x10000000
    for (let shift = 0; shift < 28; shift += 7) bytes[at++] = ((low >>> shift) & 0x7f) | 0x80
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  /** A finite number of milliseconds, 0 or more, that may have fractions. */
  float(value: number): void {
    if (!(value >= 0 && Number.isFinite(value))) cannotEncode(`${value} is no duration`)
    this.room(8)
    // `+ 0` makes 0 of −0: one number, one form.
    new DataView(this.bytes.buffer).setFloat64(this.at, value + 0, true)
    this.at += 8
  }

  /** Text of at most `max` bytes, after their number. */
  text(value: string, max: number): void {
    const { length } = value
    if (length > max) this.tooLong(value, max)
    this.room(length * 3 + 4)
    if (length < 0x80) {
      // The number of bytes takes one byte unless the text is long and not ASCII: tried first, moved if not.
      const written = writeUtf8(value, this.bytes, this.at + 1)
      if (written === length) {
        this.bytes[this.at] = length
        this.at += length + 1
        return
      }
    }
    this.longText(value, max)
  }

  private longText(value: string, max: number): void {
    if (hasLoneSurrogate(value)) cannotEncode(`${JSON.stringify(value)} holds half of a surrogate pair`)
    const scratch = new Uint8Array(value.length * 3)
    const written = writeUtf8(value, scratch, 0)
    if (written > max) this.tooLong(value, max)
    this.uint(written)
    this.raw(scratch.subarray(0, written))
  }

  private tooLong(value: string, max: number): never {
    cannotEncode(`${JSON.stringify(value.slice(0, 40))}… has more than ${max} bytes`)
  }

  /** Text that is not empty, of at most 255 bytes, after their number in one byte: the form of the head of all versions. */
  name(value: string, max: number): void {
    if (value.length === 0) cannotEncode('a name is empty')
    if (hasLoneSurrogate(value)) cannotEncode(`${JSON.stringify(value)} holds half of a surrogate pair`)
    if (value.length > max) this.tooLong(value, max)
    this.room(value.length * 3 + 1)
    const written = writeUtf8(value, this.bytes, this.at + 1)
    if (written > max) this.tooLong(value, max)
    this.bytes[this.at] = written
    this.at += written + 1
  }

  /** Text that is not empty. */
  id(value: string, max: number): void {
    if (value.length === 0) cannotEncode('an id or a name is empty')
    this.text(value, max)
  }

  /** As `id`; null is an empty text. */
  optionalId(value: string | null, max: number): void {
    if (value === null) this.u8(0)
    else this.id(value, max)
  }

  /** Bytes after their number. */
  block(value: Uint8Array): void {
    this.uint(value.length)
    this.raw(value)
  }

  /** Bytes alone. */
  raw(value: Uint8Array): void {
    const { length } = value
    this.room(length)
    const { bytes, at } = this
    // A call into the engine costs more than a few dozen bytes do.
    if (length <= 48) for (let i = 0; i < length; i++) bytes[at + i] = value[i]!
    else bytes.set(value, at)
    this.at = at + length
  }
}
