/** What a medium does to what it keeps: a bit turns, a sector is zeros, or holds something else. */
import type { SeededRandom } from '../simulation/seeded-random.ts'
import { SECTOR_BYTES } from './file-bytes.ts'
import type { SimulatedFile } from './simulated-file.ts'

/** What rots. */
export interface RotOptions {
  /** Of the files that may be hit. */
  readonly path: RegExp
  /** Decides of file, place, kind and content. */
  readonly random: SeededRandom
}

/** What was hit: all bytes that have changed lie in `bytes` bytes from `position` on. */
export interface Rot {
  readonly kind: 'bit' | 'zeros' | 'garbage'
  readonly path: string
  readonly position: number
  readonly bytes: number
}

const kinds = ['bit', 'bit', 'zeros', 'garbage'] as const

/** Spoils something that is durable in one of these files. @returns null if there is nothing, or it was zeros already. */
export function rotIn(
  files: Iterable<readonly [string, SimulatedFile]>,
  { path: pattern, random }: RotOptions,
): Rot | null {
  const candidates = [...files].filter(([path, file]) => file.durableLength > 0 && pattern.test(path))
  if (candidates.length === 0) return null
  candidates.sort(([a], [b]) => (a < b ? -1 : 1))
  const [path, file] = random.pick(candidates)
  const kind = random.pick(kinds)
  const at = random.below(file.durableLength)
  const start = at - (at % SECTOR_BYTES)
  const old = file.durable(start, Math.min(SECTOR_BYTES, file.durableLength - start))
  const changed = old.map((byte, i) => {
    if (kind === 'bit') return i === at - start ? byte ^ (1 << random.below(8)) : byte
    return kind === 'zeros' ? 0 : random.below(256)
  })
  const from = changed.findIndex((byte, i) => byte !== old[i])
  if (from === -1) return null
  const to = changed.findLastIndex((byte, i) => byte !== old[i]) + 1
  file.rot(start + from, changed.subarray(from, to))
  return { kind, path, position: start + from, bytes: to - from }
}
