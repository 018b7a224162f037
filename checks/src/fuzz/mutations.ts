/** Bytes made wrong: bits flipped, cut, spliced, repeated, inserted, with lengths and counts that nothing can hold. */
import type { SeededRandom } from '@rafted/testing'

/** Where the forms of numbers change, and more than anything holds. */
const NUMBERS = [
  0,
  1,
  63,
  64,
  127,
  128,
  255,
  256,
  16_384,
  65_535,
  65_537,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 48,
  2 ** 53 - 1,
]

function varint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}

function fourBytes(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: ArrayLike<number>): Uint8Array {
  const end = Math.min(bytes.length, at + removed)
  const result = new Uint8Array(bytes.length - (end - at) + inserted.length)
  result.set(bytes.subarray(0, at))
  result.set(inserted, at)
  result.set(bytes.subarray(end), at + inserted.length)
  return result
}

/** @param other where pieces come from that are put in. */
export function mutated(bytes: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length === 0) return random.bytes(1 + random.below(40))
  const at = random.below(bytes.length)
  switch (random.below(9)) {
    case 0: {
      const result = bytes.slice()
      for (let flips = 1 + random.below(3); flips > 0; flips--)
        result[random.below(result.length)]! ^= 1 << random.below(8)
      return result
    }
    case 1:
      return spliced(bytes, at, 1, random.bytes(1))
    case 2:
      return bytes.slice(0, at)
    case 3: {
      const from = random.below(other.length + 1)
      return spliced(bytes, at, random.below(20), other.subarray(from, from + random.below(40)))
    }
    case 4:
      return spliced(bytes, at, 1, varint(random.pick(NUMBERS)))
    case 5:
      return spliced(bytes, at, 4, fourBytes(random.pick(NUMBERS)))
    case 6:
      return spliced(bytes, at, random.below(8), [])
    case 7:
      return spliced(bytes, at, 0, random.bytes(1 + random.below(16)))
    default: {
      const from = random.below(bytes.length)
      return spliced(bytes, at, 0, bytes.subarray(from, from + random.below(64)))
    }
  }
}

/** Its kind and the length of what follows. */
const ITEM_HEAD_BYTES = 5

/**
 * A batch of one item whose bytes are made wrong behind the kind and the length of that item, which is set right: so what is wrong gets past both.
 * @param headBytes what stands before the item.
 */
export function mutatedWithin(
  batch: Uint8Array,
  headBytes: number,
  other: Uint8Array,
  random: SeededRandom,
): Uint8Array {
  const start = headBytes + ITEM_HEAD_BYTES
  const body = mutated(batch.subarray(start), other.subarray(Math.min(start, other.length)), random)
  const result = spliced(batch, start, batch.length, body)
  result.set(fourBytes(body.length), headBytes + 1)
  return result
}
