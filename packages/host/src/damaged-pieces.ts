/** Damaged entries as they are asked for: stretches of one term. */
import type { LogEntry } from '@rafted/contracts'
import type { Core } from '@rafted/core'

/** Entries `index … last`, all of the term `entryTerm`. */
export interface DamagedPiece {
  readonly index: number
  readonly last: number
  readonly entryTerm: number
}

type DamagedLog = Pick<Core, 'damaged' | 'termAt'>

/** Stretches that are looked at in one go: what is behind them has time until these have been dealt with. */
const MAX_PIECES = 64

export function piecesOf(core: DamagedLog): DamagedPiece[] {
  const pieces: DamagedPiece[] = []
  for (const { from, to } of core.damaged)
    for (let index = from; index <= to; ) {
      if (pieces.length === MAX_PIECES) return pieces
      const entryTerm = core.termAt(index)!
      const last = lastOfTerm(core, index, to, entryTerm)
      pieces.push({ index, last, entryTerm })
      index = last + 1
    }
  return pieces
}

/** The last entry of this term from `index` on, not behind `to`: terms never fall along a log. */
function lastOfTerm(core: DamagedLog, index: number, to: number, term: number): number {
  let low = index
  let high = to
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (core.termAt(middle) === term) low = middle
    else high = middle - 1
  }
  return low
}

/** Those of the entries, from the first one on and without a gap, that can't be read here and are the ones that the log names. */
export function stillWanted(core: DamagedLog, entries: readonly LogEntry[]): readonly LogEntry[] {
  const isWanted = ({ index, term }: LogEntry): boolean =>
    core.termAt(index) === term && core.damaged.some(({ from, to }) => from <= index && index <= to)
  const from = entries.findIndex(isWanted)
  if (from < 0) return []
  let end = from
  while (end < entries.length && isWanted(entries[end]!)) end++
  return entries.slice(from, end)
}
