/**
 * The fast way for the values most commands and results are: a text, a number, a few of them in an array or an object.
 * Checks and writes in one pass, in the forms msgpackr would choose; whatever is large, deep, rare or refused is left
 * to it and to the check before it.
 */
import { hasLoneSurrogate, writeUtf8 } from './utf8.ts'

/** What fits here is small by all limits that a codec can have. */
export const MAX_FLAT_BYTES = 1024
export const MAX_FLAT_DEPTH = 3
const MAX_ELEMENTS = 15
const MAX_TEXT = 200

const bytes = new Uint8Array(MAX_FLAT_BYTES)
const view = new DataView(bytes.buffer)
/** Where the next byte goes. */
let at = 0

/** What takes one byte, as most results do (null, true, a small number): made once each. */
const oneByte = Array.from({ length: 0x100 }, (_, byte) => Uint8Array.of(byte))

/** @returns the bytes of the value, which nobody may change, or null if it must be encoded the general way. */
export function encodeFlat(value: unknown): Uint8Array | null {
  at = 0
  if (!write(value, 0)) return null
  const length = at
  if (length === 1) return oneByte[bytes[0]!]!
  const result = new Uint8Array(length)
  if (length <= 48) for (let i = 0; i < length; i++) result[i] = bytes[i]!
  else result.set(bytes.subarray(0, length))
  return result
}

/** @returns whether it could be written. */
function write(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return writeText(value)
    case 'number':
      return room(9) && writeNumber(value)
    case 'boolean':
      return writeByte(value ? 0xc3 : 0xc2)
    case 'undefined':
      return writeByte(0xd4) && writeByte(0) && writeByte(0)
    case 'object':
      if (value === null) return writeByte(0xc0)
      if (value instanceof Uint8Array) return writeBinary(value)
      if (depth >= MAX_FLAT_DEPTH) return false
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth)
    default:
      return false
  }
}

function room(count: number): boolean {
  return at + count <= MAX_FLAT_BYTES
}

function writeByte(byte: number): boolean {
  if (at === MAX_FLAT_BYTES) return false
  bytes[at++] = byte
  return true
}

function writeText(text: string): boolean {
  const { length } = text
  if (length > MAX_TEXT || !room(3 * length + 3)) return false
  // The number of bytes takes one byte if they are few: tried first, moved if they are not.
  const start = at + (length < 0x20 ? 1 : 2)
  const written = writeUtf8(text, bytes, start)
  if (written !== length) {
    if (hasLoneSurrogate(text)) return false
    const moved = at + (written < 0x20 ? 1 : written < 0x100 ? 2 : 3)
    if (moved !== start) bytes.copyWithin(moved, start, start + written)
  }
  if (written < 0x20) bytes[at++] = 0xa0 | written
  else if (written < 0x100) {
    bytes[at++] = 0xd9
    bytes[at++] = written
  } else {
    bytes[at++] = 0xda
    bytes[at++] = written >>> 8
    bytes[at++] = written
  }
  at += written
  return true
}

/** There is room for the longest form, nine bytes. */
function writeNumber(value: number): boolean {
  if (value >>> 0 === value) {
    if (value < 0x80) bytes[at++] = value
    else if (value < 0x100) writeInteger(0xcc, value, 1)
    else if (value < 0x10000) writeInteger(0xcd, value, 2)
    else writeInteger(0xce, value, 4)
  } else if (value >> 0 === value) {
    if (value >= -0x20) bytes[at++] = value
    else if (value >= -0x80) writeInteger(0xd0, value, 1)
    else if (value >= -0x8000) writeInteger(0xd1, value, 2)
    else writeInteger(0xd2, value, 4)
  } else {
    bytes[at] = 0xcb
    // There are many NaNs; of these, one is written.
    view.setFloat64(at + 1, Number.isNaN(value) ? Number.NaN : value)
    at += 9
  }
  return true
}

function writeInteger(token: number, value: number, size: number): void {
  bytes[at++] = token
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes[at++] = value >>> shift
}

function writeBinary(value: Uint8Array): boolean {
  const { length } = value
  if (length >= 0x100 || !room(length + 2)) return false
  bytes[at++] = 0xc4
  bytes[at++] = length
  if (length <= 48) for (let i = 0; i < length; i++) bytes[at + i] = value[i]!
  else bytes.set(value, at)
  at += length
  return true
}

function writeArray(value: readonly unknown[], depth: number): boolean {
  const { length } = value
  if (length > MAX_ELEMENTS || Object.getPrototypeOf(value) !== Array.prototype) return false
  if (!writeByte(0x90 | length)) return false
  for (let i = 0; i < length; i++) if (!write(value[i], depth + 1)) return false
  return true
}

function writeObject(value: object, depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  const keys = Object.keys(value)
  const { length } = keys
  if (length > MAX_ELEMENTS || Object.getOwnPropertySymbols(value).length > 0) return false
  if (!writeByte(0x80 | length)) return false
  for (let i = 0; i < length; i++) {
    const key = keys[i]!
    if (key === '__proto__' || !writeText(key)) return false
    if (!write((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}
