/**
 * Text as UTF-8. The ids that travel with every message are short ASCII that repeats: they are written and compared byte
 * by byte, which is faster than any call into the engine's converters, and read as the same string object each time.
 */
const encoder = new TextEncoder()
// `ignoreBOM`: a leading U+FEFF is part of the text, so that every string has one form and every form one string.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Powers of two. A cache begins with so many places for strings, and has at most so many, whatever arrives. */
const FIRST_SLOTS = 1024
const MAX_SLOTS = 64 * 1024
const MAX_CACHED = 64

/** @returns how many bytes `text` has in UTF-8. Lone surrogates count as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length++
    else if (isPair(unit, text.charCodeAt(i + 1))) {
      length += 2
      i++
    } else length += 2
  }
  return length
}

function isPair(unit: number, next: number): boolean {
  return (unit & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00
}

/** @returns whether `text` has a half of a surrogate pair alone: it has no UTF-8 form and would come back changed. */
export function hasLoneSurrogate(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if ((unit & 0xf800) !== 0xd800) continue
    if (!isPair(unit, text.charCodeAt(i + 1))) return true
    i++
  }
  return false
}

/** @returns as much of `text` as fits in `max` bytes, no character cut in two; lone surrogates become U+FFFD. */
export function cutToBytes(text: string, max: number): string {
  // Three bytes at most for each unit of UTF-16: most texts need no counting.
  if (text.length * 3 <= max && !hasLoneSurrogate(text)) return text
  const bytes = new Uint8Array(max)
  const { written } = encoder.encodeInto(text, bytes)
  return decoder.decode(bytes.subarray(0, written))
}

/** Writes `text` at `at`, where there is room for three bytes per unit. @returns the bytes written. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return i + encoder.encodeInto(text.slice(i), bytes.subarray(at + i)).written
    bytes[at + i] = unit
  }
  return length
}

/** Texts that repeat. Each is found by its bytes, and read as the same string object each time. */
export class TextCache {
  private texts: (string | undefined)[] = new Array(FIRST_SLOTS).fill(undefined)
  /** Texts that have given their place to another since it has had so many places. */
  private replaced = 0

  /** Reads `length` bytes as text. @returns null if they are not UTF-8. */
  read(bytes: Uint8Array, at: number, length: number): string | null {
    if (length > MAX_CACHED) return decode(bytes, at, length)
    const slot = hashOf(bytes, at, length) & (this.texts.length - 1)
    const known = this.texts[slot]
    if (known !== undefined && known.length === length) {
      let same = 0
      while (same < length && known.charCodeAt(same) === bytes[at + same]) same++
      if (same === length) return known
    }
    const text = decode(bytes, at, length)
    // Only of ASCII each byte is a unit of the text: bytes that equal the units of any other are no UTF-8, and must not be taken for it.
    if (text === null || text.length !== length) return text
    this.texts[slot] = text
    if (known !== undefined && ++this.replaced > this.texts.length) this.grow()
    return text
  }

  /** The ids of a thousand groups don't fit in places for as many: each message would make its own anew. */
  private grow(): void {
    this.replaced = 0
    if (this.texts.length < MAX_SLOTS) this.texts = new Array(4 * this.texts.length).fill(undefined)
  }
}

/** From here on, calling the engine's decoder takes less time than making a string of a few characters after another. */
const SHORT = 40

/** Reads text that need not repeat. @returns null if it is not UTF-8. */
export function readText(bytes: Uint8Array, at: number, length: number): string | null {
  if (length > SHORT) return decode(bytes, at, length)
  const { fromCharCode } = String
  const end = at + length
  let text = ''
  let i = at
  for (; i + 8 <= end; i += 8) {
    const a = bytes[i]!
    const b = bytes[i + 1]!
    const c = bytes[i + 2]!
    const d = bytes[i + 3]!
    const e = bytes[i + 4]!
    const f = bytes[i + 5]!
    const g = bytes[i + 6]!
    const h = bytes[i + 7]!
    if ((a | b | c | d | e | f | g | h) >= 0x80) return decode(bytes, at, length)
    text += fromCharCode(a, b, c, d, e, f, g, h)
  }
  for (; i < end; i++) {
    const unit = bytes[i]!
    if (unit >= 0x80) return decode(bytes, at, length)
    text += fromCharCode(unit)
  }
  return text
}

/** Ids are random, names differ at their ends: eight bytes tell them apart well enough. */
function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length
  if (length >= 8) {
    const end = at + length
    hash = mix(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    hash = mix(
      hash,
      bytes[end - 4]! | (bytes[end - 3]! << 8) | (bytes[end - 2]! << 16) | (bytes[end - 1]! << 24),
    )
  } else {
    for (let i = 0; i < length; i++) hash = mix(hash, bytes[at + i]!)
  }
  return hash ^ (hash >>> 15)
}

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x9e3779b1)
}

function decode(bytes: Uint8Array, at: number, length: number): string | null {
  try {
    return decoder.decode(bytes.subarray(at, at + length))
  } catch {
    return null
  }
}
