/** A snapshot that is read while commands go on, as snapshots are. */
import { type DeterminismFinding, findingAt, type Moment } from './finding.ts'
import { sameBytes } from './outcome.ts'
import type { Content, Specimen } from './specimen.ts'

export interface View {
  /** What it has to give, where that is known as bytes. */
  readonly was: Uint8Array | null
  readonly chunks: Iterator<Uint8Array>
}

/** Begins a snapshot of what `content` was found to be, and reads nothing yet. */
export function openView(specimen: Specimen, content: Content): View {
  return { was: content.snapshot, chunks: specimen.snapshot()[Symbol.iterator]() }
}

/** Reads it to its end, after the command of `moment`. */
export function readView(
  { was, chunks }: View,
  moment: Moment,
): { readonly chunks: readonly Uint8Array[]; readonly finding: DeterminismFinding | null } {
  const read: Uint8Array[] = []
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) read.push(next.value)
  if (was === null || sameBytes(Buffer.concat(read), was)) return { chunks: read, finding: null }
  const finding = findingAt('snapshot', moment, 'changes a snapshot that was begun before it.', [
    'What an item of a snapshot holds is never changed, only replaced: CowMap.freeze shows such a view.',
  ])
  return { chunks: read, finding }
}
