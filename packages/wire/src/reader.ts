/**
 * Takes bytes apart front to back. Every method checks what it needs against what is left before it makes anything, and
 * throws `BadBytes` and nothing else. Every value has exactly one form: what reads well encodes to the same bytes again.
 */
import { BadBytes, type BadBytesCode } from './bad-bytes.ts'
import { TextCache } from './utf8.ts'

export const NO_BYTES = new Uint8Array(0)
const texts = new TextCache()

/** Takes bytes apart, front to back. What a method needs and doesn't find is a `BadBytes`; nothing else is thrown. */
export class Reader {
  /** What is read. Blocks are views of it. */
  readonly bytes: Uint8Array
  /** The next byte. */
  at = 0
  /** Nothing at or after this is read. */
  end: number

  constructor(bytes: Uint8Array) {
    // Buffers are views of another class; one class everywhere keeps the reading loops fast.
    this.bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
  }

  /** Refuses the bytes. @throws {BadBytes} always. */
  fail(problem: string, code: BadBytesCode = 'bad-bytes'): never {
    throw new BadBytes(code, `These bytes are refused: ${problem} (at byte ${this.at}).`, this.at)
  }

  /** Bytes left. */
  get left(): number {
    return this.end - this.at
  }

  /** Nothing may be left. */
  done(): void {
    if (this.at !== this.end) this.fail(`${this.left} bytes follow what should be the end`)
  }

  /** One byte. @throws {BadBytes} */
  u8(): number {
    if (this.at >= this.end) this.fail('they end too early')
    return this.bytes[this.at++]!
  }

  /** One byte, 0 or 1. @throws {BadBytes} */
  bool(): boolean {
    const value = this.u8()
    if (value > 1) this.fail(`${value} stands for neither yes nor no`)
    return value === 1
  }

  /** Two bytes, the lower first. @throws {BadBytes} */
  u16(): number {
    if (this.end - this.at < 2) this.fail('they end too early')
    return this.bytes[this.at++]! | (this.bytes[this.at++]! << 8)
  }

  /** Four bytes, the lowest first. @throws {BadBytes} */
  u32(): number {
    if (this.end - this.at < 4) this.fail('they end too early')
    const { bytes, at } = this
    this.at = at + 4
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  }

  /** An integer from 0 to 2^53 − 1. */
  uint(): number {
    const { at } = this
    if (at >= this.end) this.fail('they end too early')
    const first = this.bytes[at]!
    if (first < 0x80) {
      this.at = at + 1
      return first
    }
    return this.longUint()
  }

  private longUint(): number {
    const { bytes, end } = this
    let { at } = this
    let value = 0
    let scale = 1
    for (;;) {
      if (at >= end) this.fail('they end within a number')
      const byte = bytes[at++]!
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) this.fail('a number exceeds 2^53 - 1')
      if (byte < 0x80) {
        if (byte === 0) this.fail('a number is longer than it need be')
        this.at = at
        return value
      }
      scale *= 0x80
      if (scale > 0x2000000000000) this.fail('a number exceeds 2^53 - 1')
    }
  }

  /** An integer from `min` on. */
  uintFrom(min: number, what: string): number {
    const value = this.uint()
    if (value < min) this.fail(`${what} is ${value}, and must be at least ${min}`)
    return value
  }

  /** A finite number of milliseconds, 0 or more, that may have fractions. @throws {BadBytes} */
  float(): number {
    if (this.end - this.at < 8) this.fail('they end too early')
    const { buffer, byteOffset } = this.bytes
    const value = new DataView(buffer, byteOffset).getFloat64(this.at, true)
    if (!(value >= 0 && Number.isFinite(value)) || Object.is(value, -0)) this.fail('a duration is none')
    this.at += 8
    return value
  }

  /** How many of something follow, each at least `each` bytes. */
  count(max: number, each: number, what: string): number {
    const count = this.uint()
    if (count > max) this.fail(`${count} ${what} are more than ${max}`)
    if (count * each > this.end - this.at) this.fail(`${count} ${what} don't fit in the bytes left`)
    return count
  }

  /** Text of at most `max` bytes, after their number. @throws {BadBytes} */
  text(max: number): string {
    const length = this.uint()
    if (length > max) this.fail(`a text of ${length} bytes is longer than ${max}`)
    return this.utf8(length)
  }

  /** Text that is not empty, after the number of its bytes in one byte. */
  name(): string {
    const length = this.u8()
    if (length === 0) this.fail('a name is empty')
    return this.utf8(length)
  }

  private utf8(length: number): string {
    if (length === 0) return ''
    if (length > this.end - this.at) this.fail('they end within a text')
    const text = texts.read(this.bytes, this.at, length)
    if (text === null) this.fail('a text is not UTF-8')
    this.at += length
    return text
  }

  /** Text that is not empty, of at most `max` bytes. @throws {BadBytes} */
  id(max: number): string {
    const text = this.text(max)
    if (text === '') this.fail('an id or a name is empty')
    return text
  }

  /** As `id`; null is written as an empty text. @throws {BadBytes} */
  optionalId(max: number): string | null {
    const text = this.text(max)
    return text === '' ? null : text
  }

  /** Bytes after their number: a view, not a copy. */
  block(): Uint8Array {
    const length = this.uint()
    if (length > this.end - this.at) this.fail('they end within a payload')
    return this.view(length)
  }

  /** All that is left: a view, not a copy. */
  rest(): Uint8Array {
    return this.view(this.end - this.at)
  }

  private view(length: number): Uint8Array {
    if (length === 0) return NO_BYTES
    const { bytes, at } = this
    this.at = at + length
    return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)
  }
}
