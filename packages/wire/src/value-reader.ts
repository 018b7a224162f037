/**
 * Reads what a value was encoded to. The bytes are MessagePack as msgpackr writes it; the reader is our own, since
 * this is where bytes from outside arrive, and since what msgpackr reads depends on the process: without its native
 * add-on it drops a U+FEFF in front of a long text, with it it doesn't, and two members would disagree.
 *
 * Every count is compared with the bytes left before anything is made, and every value has exactly one form: what
 * reads well encodes to the same bytes again. So a value that was taken can always be encoded as part of a snapshot.
 */
import { BadBytes } from './bad-bytes.ts'
import { readText, TextCache } from './utf8.ts'
import { readDate } from './value-date.ts'
import {
  BIGINT_EXTENSION,
  DATE_EXTENSION,
  MAP_EXTENSION,
  MAX_BIGINT_BYTES,
  SET_EXTENSION,
  TYPED_ARRAY_EXTENSION,
  UNDEFINED_EXTENSION,
  type ValueLimits,
} from './value-limits.ts'

/** By msgpackr's code of a typed array. A Uint8Array (1) is written as MessagePack's own binary instead. */
const TYPED_ARRAYS = [
  Int8Array,
  null,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

/** Bytes of an extension that its token says. */
const OWN_TOKEN = new Set([1, 4, 8, 16])

const EMPTY = new Uint8Array(0)
// A view on somebody's bytes takes longer to make than eight bytes to copy.
const eight = new Uint8Array(8)
const view = new DataView(eight.buffer)

/** Keys repeat from value to value, and an engine compares keys it has seen faster than new ones. */
const keys = new TextCache()

export class ValueReader {
  private readonly limits: ValueLimits
  private bytes: Uint8Array = EMPTY
  /** Where the value begins. */
  private from = 0
  private at = 0
  private containers = 0

  constructor(limits: ValueLimits) {
    this.limits = limits
  }

  /** @throws {BadBytes} unless the bytes from there on are exactly one value within the limits. */
  read(bytes: Uint8Array, from = 0): unknown {
    const length = bytes.length - from
    if (length > this.limits.maxBytes)
      throw new BadBytes('bad-bytes', `A value of ${length} bytes exceeds ${this.limits.maxBytes}.`, 0)
    this.bytes = bytes
    this.from = from
    this.at = from
    this.containers = 0
    try {
      const value = this.value(0)
      if (this.at !== bytes.length) this.fail('bytes follow the value')
      return value
    } finally {
      this.bytes = EMPTY
    }
  }

  private fail(problem: string): never {
    const at = this.at - this.from
    throw new BadBytes('bad-bytes', `These bytes are no value: ${problem} (at byte ${at}).`, at)
  }

  /** Goes on by `count` bytes. @returns where they begin. */
  private take(count: number): number {
    const { at } = this
    if (count > this.bytes.length - at) this.fail('they end too early')
    this.at = at + count
    return at
  }

  /** An unsigned integer of `size` bytes that would not fit in fewer, or stand in its token: it is at least `min`. */
  private uint(size: number, min: number): number {
    let at = this.take(size)
    let value = 0
    for (const end = at + size; at < end; at++) value = value * 256 + this.bytes[at]!
    if (value < min) this.fail('a number is longer than it need be')
    return value
  }

  /** The next eight bytes, in `view`. */
  private word(): void {
    const { bytes } = this
    const at = this.take(8)
    for (let i = 0; i < 8; i++) eight[i] = bytes[at + i]!
  }

  private value(depth: number): unknown {
    const token = this.bytes[this.take(1)]!
    if (token < 0x80) return token
    if (token < 0x90) return this.object(token & 0x0f, depth)
    if (token < 0xa0) return this.array(token & 0x0f, depth)
    if (token < 0xc0) return this.text(token & 0x1f)
    if (token >= 0xe0) return token - 0x100
    return this.rarer(token, depth)
  }

  private rarer(token: number, depth: number): unknown {
    switch (token) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
        return this.binary(this.uint(1, 0))
      case 0xc5:
        return this.binary(this.uint(2, 0x100))
      case 0xc6:
        return this.binary(this.uint(4, 0x10000))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.textLength(token))
      case 0xdc:
        return this.array(this.uint(2, 0x10), depth)
      case 0xdd:
        return this.array(this.uint(4, 0x10000), depth)
      case 0xde:
        return this.object(this.uint(2, 0x10), depth)
      case 0xdf:
        return this.object(this.uint(4, 0x10000), depth)
      default:
        return token >= 0xca && token <= 0xd3 ? this.number(token) : this.extension(token, depth)
    }
  }

  private number(token: number): number | bigint {
    switch (token) {
      case 0xcb:
        return this.float()
      case 0xcc:
        return this.uint(1, 0x80)
      case 0xcd:
        return this.uint(2, 0x100)
      case 0xce:
        return this.uint(4, 0x10000)
      case 0xcf:
        this.word()
        if (eight[0]! < 0x80) this.fail('a BigInt has the form of a larger one')
        return view.getBigUint64(0)
      case 0xd0:
        return this.negative(1, -0x20)
      case 0xd1:
        return this.negative(2, -0x80)
      case 0xd2:
        return this.negative(4, -0x8000)
      case 0xd3:
        this.word()
        return view.getBigInt64(0)
      default:
        return this.fail(`the token ${token}`)
    }
  }

  /** An integer below `above`, which a shorter form has room for. */
  private negative(size: number, above: number): number {
    const value = this.uint(size, 0) - 2 ** (8 * size)
    if (value >= above || value < -(2 ** (8 * size - 1))) this.fail('a number is longer than it need be')
    return value
  }

  private float(): number {
    this.word()
    const value = view.getFloat64(0)
    if (value >>> 0 === value || value >> 0 === value) this.fail('an integer has the form of a fraction')
    if (Number.isNaN(value) && (view.getUint32(0) !== 0x7ff80000 || view.getUint32(4) !== 0))
      this.fail('a NaN that is not the usual one')
    return value
  }

  private textLength(token: number): number {
    if (token >= 0xa0 && token <= 0xbf) return token & 0x1f
    if (token === 0xd9) return this.uint(1, 0x20)
    if (token === 0xda) return this.uint(2, 0x100)
    if (token === 0xdb) return this.uint(4, 0x10000)
    return this.fail('a key that is no string')
  }

  private text(length: number): string {
    const at = this.take(length)
    const text = readText(this.bytes, at, length)
    if (text === null) this.fail('a text is not UTF-8')
    return text
  }

  private binary(length: number): Uint8Array {
    const at = this.take(length)
    return this.copy(at, length)
  }

  /** Never a view: the bytes a value came in are not the value's. */
  private copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    const { bytes } = this
    const copy = new Uint8Array(length)
    if (length <= 48) for (let i = 0; i < length; i++) copy[i] = bytes[at + i]!
    else copy.set(bytes.subarray(at, at + length))
    return copy
  }

  /** Counts a container of `count` parts, each of `each` bytes or more. */
  private open(count: number, each: number, depth: number): void {
    const { maxDepth, maxContainers } = this.limits
    if (count * each > this.bytes.length - this.at) this.fail(`${count} values can't follow`)
    if (depth >= maxDepth) this.fail(`more than ${maxDepth} containers within each other`)
    if (++this.containers > maxContainers) this.fail(`more than ${maxContainers} containers`)
  }

  private array(count: number, depth: number): unknown[] {
    this.open(count, 1, depth)
    const inside = depth + 1
    // What calls are: spelt out, as an array that grows begins with room for sixteen.
    if (count === 1) return [this.value(inside)]
    if (count === 2) return [this.value(inside), this.value(inside)]
    if (count === 3) return [this.value(inside), this.value(inside), this.value(inside)]
    // Never made for `count`: arrays within each other, each said to be as long as what is left, would add up.
    const array: unknown[] = []
    for (let i = 0; i < count; i++) array.push(this.value(inside))
    return array
  }

  private object(count: number, depth: number): Record<string, unknown> {
    this.open(count, 2, depth)
    const object: Record<string, unknown> = {}
    let lastIndex = -1
    let named = false
    for (let i = 0; i < count; i++) {
      const key = this.key()
      if (Object.hasOwn(object, key)) this.fail('a key stands twice')
      const index = arrayIndexOf(key)
      // An object lists its indices first and ascending, however they came.
      if (index < 0) named = true
      else if (named || index < lastIndex) this.fail('keys are in an order that no object has')
      else lastIndex = index
      object[key] = this.value(depth + 1)
    }
    return object
  }

  private key(): string {
    const length = this.textLength(this.bytes[this.take(1)]!)
    const key = keys.read(this.bytes, this.take(length), length)
    if (key === null) this.fail('a key is not UTF-8')
    if (key === '__proto__') this.fail('a key __proto__')
    return key
  }

  private extension(token: number, depth: number): unknown {
    const length = this.extensionLength(token)
    const type = this.bytes[this.take(1)]!
    const at = this.take(length)
    // Some lengths have tokens of their own. msgpackr doesn't use them for typed arrays, and does for all else.
    const own = token >= 0xd4
    if (own !== (type !== TYPED_ARRAY_EXTENSION && OWN_TOKEN.has(length)))
      this.fail(`an extension of ${length} bytes behind the token ${token}`)
    if (type === BIGINT_EXTENSION) return this.bigint(length, at)
    if (type === TYPED_ARRAY_EXTENSION && length > 0) return this.typedArray(length, at)
    if (type === DATE_EXTENSION)
      return readDate(this.bytes, at, length) ?? this.fail(`no date has this form of ${length} bytes`)
    // These only say what follows.
    if (length === 1 && this.bytes[at] === 0) {
      if (type === UNDEFINED_EXTENSION) return undefined
      if (type === MAP_EXTENSION) return this.map(depth)
      if (type === SET_EXTENSION) return this.set(depth)
    }
    return this.fail(`an extension of type ${type} and ${length} bytes`)
  }

  private extensionLength(token: number): number {
    switch (token) {
      case 0xd4:
        return 1
      case 0xd6:
        return 4
      case 0xd7:
        return 8
      case 0xd8:
        return 16
      case 0xc7:
        return this.uint(1, 0)
      case 0xc8:
        return this.uint(2, 0x100)
      case 0xc9:
        return this.uint(4, 0x10000)
      default:
        return this.fail(`the token ${token}`)
    }
  }

  /** What a `Map` or a `Set` wraps: an array that does not count as a container of its own. */
  private wrapped(depth: number): number {
    const token = this.bytes[this.take(1)]!
    let count = token & 0x0f
    if (token === 0xdc) count = this.uint(2, 0x10)
    else if (token === 0xdd) count = this.uint(4, 0x10000)
    else if (token < 0x90 || token > 0x9f) this.fail('the content of a Map or a Set is no array')
    this.open(count, 1, depth)
    return count
  }

  private map(depth: number): Map<unknown, unknown> {
    const count = this.wrapped(depth)
    if (count % 2 === 1) this.fail('a Map with a key and no value')
    const map = new Map<unknown, unknown>()
    for (let i = 0; i < count; i += 2) {
      const key = this.value(depth + 1)
      map.set(key, this.value(depth + 1))
    }
    if (map.size !== count / 2) this.fail('a key stands twice in a Map')
    return map
  }

  private set(depth: number): Set<unknown> {
    const count = this.wrapped(depth)
    const set = new Set<unknown>()
    for (let i = 0; i < count; i++) set.add(this.value(depth + 1))
    if (set.size !== count) this.fail('an element stands twice in a Set')
    return set
  }

  /** Words of 64 bits, the highest first, none that the sign of the next makes superfluous. */
  private bigint(length: number, at: number): bigint {
    if (length < 16 || length > MAX_BIGINT_BYTES || length % 8 !== 0)
      this.fail(`a BigInt of ${length} bytes in this form`)
    const end = this.at
    this.at = at
    this.word()
    const first = view.getBigInt64(0)
    const nextIsNegative = this.bytes[at + 8]! >= 0x80
    // Up to 2^64 there is a form without an extension.
    if (first === 0n ? length === 16 || !nextIsNegative : first === -1n && nextIsNegative)
      this.fail('a BigInt is longer than it need be')
    let value = first
    while (this.at < end) {
      this.word()
      value = (value << 64n) | view.getBigUint64(0)
    }
    return value
  }

  private typedArray(length: number, at: number): ArrayBufferView {
    const kind = TYPED_ARRAYS[this.bytes[at]!]
    if (!kind) this.fail(`no typed array has the code ${this.bytes[at]}`)
    if ((length - 1) % kind.BYTES_PER_ELEMENT !== 0) this.fail('a typed array ends within an element')
    return new kind(this.copy(at + 1, length - 1).buffer)
  }
}

/** @returns the key as an array index, which objects list before all other keys; −1 if it is none. */
export function arrayIndexOf(key: string): number {
  const first = key.charCodeAt(0)
  if (!(first >= 0x30 && first <= 0x39) || key.length > 10) return -1
  const index = Number(key) >>> 0
  return index !== 0xffffffff && String(index) === key ? index : -1
}
