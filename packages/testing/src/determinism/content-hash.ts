/**
 * What counts as equal when values of a machine are compared, as a hash: what a command could tell apart in two values, or what
 * the bytes of a value show.
 *
 * - The order of a `Map`, of a `Set` and of an object's keys is part of the content: whoever iterates sees it.
 * - 0 and −0 differ (`1 / x` shows it), and all NaNs are one, as for `Object.is`.
 * - A key whose value is `undefined` is not a key that is missing, and a hole in an array is not `undefined`.
 * - A typed array is its class and its elements: a `Buffer` is no `Uint8Array`, since their methods differ. A `Date` is its time.
 * - An object without a prototype is no plain object: it answers differently for `constructor` and `toString`.
 * - Whether a part of the value is frozen, and whether the same object stands in it twice, does not count.
 */
import { stir } from '../exploration/hash-lanes.ts'

/** More than this is not looked through; what contains itself comes here, too. */
const MAX_NODES = 4_000_000

const Kind = {
  undefined: 1,
  null: 2,
  true: 3,
  false: 4,
  number: 5,
  bigint: 6,
  string: 7,
  array: 8,
  object: 9,
  map: 10,
  set: 11,
  date: 12,
  typedArray: 13,
  hole: 14,
  other: 15,
} as const

/** Stands for a hole of an array while it waits. */
const HOLE = Symbol('hole')

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/** Takes in values and bytes, in order. Two different contents share a hash with a probability of about 1 in 2⁵³. */
export class ContentHash {
  #a = 0x2545f491
  #b = 0x1b873593
  /** How many values were looked at, with those within them. */
  nodes = 0

  /** Of all that was taken in: an integer from 0 to 2⁵³ − 1. */
  get hash(): number {
    const first = stir(this.#a ^ stir(this.#b))
    const second = stir(this.#b ^ stir(first ^ 0x3c6ef372))
    return (first >>> 0) * 2 ** 21 + (second >>> 11)
  }

  /** @throws {RangeError} for a value that contains itself, or of more than four million parts. */
  value(value: unknown): void {
    // Each part says how many follow from it, so any fixed order of visiting tells contents apart: here, the last child comes first.
    const waiting: unknown[] = [value]
    const end = this.nodes + MAX_NODES
    while (waiting.length > 0) {
      if (++this.nodes > end) tooLarge()
      this.#one(waiting.pop(), waiting)
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#word(bytes.length)
    const whole = bytes.length & ~3
    for (let at = 0; at < whole; at += 4)
      this.#word(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    for (let at = whole; at < bytes.length; at++) this.#word(bytes[at]!)
  }

  #one(value: unknown, waiting: unknown[]): void {
    switch (typeof value) {
      case 'string':
        this.#word(Kind.string)
        this.#text(value)
        break
      case 'number':
        this.#word(Kind.number)
        this.#number(value)
        break
      case 'object':
        if (value === null) this.#word(Kind.null)
        else this.#object(value, waiting)
        break
      case 'boolean':
        this.#word(value ? Kind.true : Kind.false)
        break
      case 'undefined':
        this.#word(Kind.undefined)
        break
      case 'bigint':
        this.#word(Kind.bigint)
        this.#text(value.toString(36))
        break
      default:
        this.#word(value === HOLE ? Kind.hole : Kind.other)
    }
  }

  #object(value: object, waiting: unknown[]): void {
    if (Array.isArray(value)) {
      // Holes take no memory: there may be any number.
      if (value.length > MAX_NODES) tooLarge()
      this.#word(Kind.array)
      this.#word(value.length)
      for (let i = 0; i < value.length; i++) {
        const child: unknown = value[i]
        waiting.push(child === undefined && !(i in value) ? HOLE : child)
      }
    } else if (value instanceof Map) {
      this.#word(Kind.map)
      this.#word(value.size)
      for (const [key, child] of value) waiting.push(key, child)
    } else if (value instanceof Set) {
      this.#word(Kind.set)
      this.#word(value.size)
      for (const child of value) waiting.push(child)
    } else if (value instanceof Date) {
      this.#word(Kind.date)
      this.#number(value.getTime())
    } else if (ArrayBuffer.isView(value)) {
      this.#word(Kind.typedArray)
      this.#text(classOf(value))
      this.bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    } else this.#properties(value as Readonly<Record<string, unknown>>, waiting)
  }

  #properties(value: Readonly<Record<string, unknown>>, waiting: unknown[]): void {
    const keys = Object.keys(value)
    this.#word(Kind.object)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype) this.#text(prototype === null ? '' : classOf(value))
    this.#word(keys.length)
    for (const key of keys) waiting.push(key, value[key])
  }

  #number(value: number): void {
    float[0] = Number.isNaN(value) ? Number.NaN : value
    this.#word(words[0]!)
    this.#word(words[1]!)
  }

  #text(text: string): void {
    this.#word(text.length)
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i))
  }

  #word(word: number): void {
    let a = Math.imul(this.#a ^ word, 0x85ebca6b)
    a ^= a >>> 15
    this.#a = a
    const b = Math.imul(this.#b ^ a, 0xc2b2ae35) + word
    this.#b = (b << 13) | (b >>> 19)
  }
}

function tooLarge(): never {
  throw new RangeError(`A value contains itself, or has more than ${MAX_NODES} parts.`)
}

/** The name of the class of an instance. */
export function classOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'a class without a name'
}

/** The hash of one value. @throws {RangeError} as `ContentHash.value` does. */
export function contentHash(value: unknown): number {
  const content = new ContentHash()
  content.value(value)
  return content.hash
}
