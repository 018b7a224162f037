/** Bytes made wrong in the ways that matter, from a seed that makes the same ones again. */

/** mulberry32. @returns integers from 0 to `below` − 1. */
export function newDice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Drawn anew for each run; `WIRE_SEED` repeats one. Printed, so that a failure can be repeated. */
export function drawSeed(): number {
  const seed = Number(process.env.WIRE_SEED ?? Math.floor(Math.random() * 2 ** 32))
  console.log(`WIRE_SEED=${seed}`)
  return seed
}

type Dice = (below: number) => number

/** Lengths and counts where forms change, and those that nothing can hold. */
const NUMBERS = [
  0,
  1,
  4,
  8,
  63,
  64,
  65,
  127,
  128,
  255,
  256,
  4096,
  16_383,
  16_384,
  65_535,
  65_536,
  2 ** 31,
  2 ** 32 - 1,
]

function leb128(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}

function fourBytes(value: number, littleEndian: boolean): number[] {
  const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]
  return littleEndian ? bytes : bytes.reverse()
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: ArrayLike<number>): Uint8Array {
  const end = Math.min(bytes.length, at + removed)
  const result = new Uint8Array(bytes.length - (end - at) + inserted.length)
  result.set(bytes.subarray(0, at))
  result.set(inserted, at)
  result.set(bytes.subarray(end), at + inserted.length)
  return result
}

function flipped(bytes: Uint8Array, dice: Dice): Uint8Array {
  const result = bytes.slice()
  for (let flips = 1 + dice(3); flips > 0; flips--) result[dice(result.length)]! ^= 1 << dice(8)
  return result
}

/** @param others where pieces of other bytes come from. */
export function mutate(bytes: Uint8Array, others: readonly Uint8Array[], dice: Dice): Uint8Array {
  if (bytes.length === 0) return new Uint8Array([dice(256)])
  const at = dice(bytes.length)
  const number = NUMBERS[dice(NUMBERS.length)]!
  switch (dice(9)) {
    case 0:
    case 1:
      return flipped(bytes, dice)
    case 2:
      return bytes.slice(0, at)
    case 3: {
      const other = others[dice(others.length)]!
      const from = dice(other.length)
      return spliced(bytes, at, dice(20), other.subarray(from, from + dice(40)))
    }
    case 4:
      return spliced(bytes, at, 1, [dice(256)])
    case 5:
      return spliced(bytes, at, 1, leb128(number))
    case 6:
      return spliced(bytes, at, 4, fourBytes(number, dice(2) === 0))
    case 7:
      return spliced(bytes, at, dice(8), [])
    default:
      return spliced(bytes, at, 0, bytes.subarray(dice(bytes.length), dice(bytes.length)))
  }
}
