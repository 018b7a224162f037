/** What is done to a sound directory. */
import type { SeededRandom } from '@rafted/testing'
import type { Base } from './bases.ts'
import type { Range } from './plain-files.ts'

export interface Damage {
  /** In words. */
  readonly what: string
  readonly base: Base
  /** All files of the directory, damaged. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** What of them the disk can't read: zeros stand there. */
  readonly bad: ReadonlyMap<string, readonly Range[]>
  /** Where one bit was flipped and nothing else; null where sectors were damaged. */
  readonly flip: { readonly file: string; readonly byte: number } | null
}

const SECTOR_BYTES = 512
/** Of these the kernel reads all or nothing. */
const PAGE_BYTES = 4096

/** @returns how many single bits there are to be flipped. */
export function bitsOf(bases: readonly Base[]): number {
  let bits = 0
  for (const { files, flipped } of bases) for (const file of flipped) bits += 8 * files.get(file)!.length
  return bits
}

/** @param bit from 0, over all files of all bases that are flipped. */
export function flipOf(bases: readonly Base[], bit: number): Damage {
  let left = bit
  for (const base of bases)
    for (const file of base.flipped) {
      const bytes = base.files.get(file)!
      if (left < 8 * bytes.length) return flipped(base, file, left)
      left -= 8 * bytes.length
    }
  throw new Error(`there is no bit ${bit}`)
}

function flipped(base: Base, file: string, bit: number): Damage {
  const byte = Math.floor(bit / 8)
  const bytes = base.files.get(file)!.slice()
  bytes[byte]! ^= 1 << (bit % 8)
  const what = `base "${base.name}", bit ${bit % 8} of byte ${byte} of ${file}`
  return { what, base, files: new Map(base.files).set(file, bytes), bad: new Map(), flip: { file, byte } }
}

/** Several sectors of one file, or of two, are zeros, noise, or those of another place; a page of the log can't be read; or a file is cut, or gone. */
export function sectorDamage(bases: readonly Base[], random: SeededRandom): Damage {
  const base = random.pick(bases)
  const files = new Map(base.files)
  const bad = new Map<string, Range[]>()
  const done: string[] = []
  for (let left = 1 + random.below(2); left > 0; left--) {
    const file = random.pick([...files.keys()].filter((path) => files.get(path)!.length > 0))
    const bytes = files.get(file)!.slice()
    if (random.chance(0.05)) {
      const length = random.below(bytes.length)
      files.set(file, bytes.subarray(0, length))
      done.push(`${file} cut at ${length}`)
    } else if (random.chance(0.03)) {
      files.delete(file)
      done.push(`${file} gone`)
    } else if (file.startsWith('log/') && random.chance(0.1)) {
      files.set(file, bytes)
      const from = PAGE_BYTES * random.below(Math.ceil(bytes.length / PAGE_BYTES))
      bytes.fill(0, from, from + PAGE_BYTES)
      bad.set(file, [...(bad.get(file) ?? []), { from, to: from + PAGE_BYTES }])
      done.push(`${file} unreadable at ${from}`)
    } else {
      files.set(file, bytes)
      for (let sectors = 1 + random.below(4); sectors > 0; sectors--)
        done.push(damageSector(file, bytes, random))
    }
  }
  // Whatever else happened to them.
  for (const [file, ranges] of bad) for (const { from, to } of ranges) files.get(file)?.fill(0, from, to)
  return { what: `base "${base.name}", ${done.join(', ')}`, base, files, bad, flip: null }
}

function damageSector(file: string, bytes: Uint8Array, random: SeededRandom): string {
  const count = Math.ceil(bytes.length / SECTOR_BYTES)
  const at = SECTOR_BYTES * random.below(count)
  const sector = bytes.subarray(at, at + SECTOR_BYTES)
  const kind = random.pick(['zeros', 'noise', 'another', 'bits'] as const)
  if (kind === 'zeros') sector.fill(0)
  else if (kind === 'noise') sector.set(random.bytes(sector.length))
  else if (kind === 'another') sector.set(sectorAt(bytes, SECTOR_BYTES * random.below(count), sector.length))
  else for (let i = 0; i < 3; i++) sector[random.below(sector.length)]! ^= 1 << random.below(8)
  return `${file} ${kind} at ${at}`
}

function sectorAt(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return bytes.slice(at, Math.min(at + length, bytes.length))
}
