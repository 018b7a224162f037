/** Which entries can be put back where theirs can't be read. */
import { isSpecial, type LogEntry } from '@rafted/contracts'
import type { GroupLog } from './log-group.ts'

/** @returns the first entry that is not what the log lacks there, and why; null if all are. */
export function restoreFault(
  { extents }: GroupLog,
  entries: readonly LogEntry[],
): { entry: LogEntry; why: string } | null {
  let before = 0
  for (const entry of entries) {
    const { index, term, kind } = entry
    const extent = extents.at(index)
    // Index and term name an entry (paper §5.3): another one must never take its place.
    const why =
      extent === undefined || extent.damage === null
        ? 'it is not damaged'
        : extent.term !== term
          ? `the entry there is of term ${extent.term}`
          : isSpecial(kind)
            ? 'no configuration and no settings can stand there'
            : index <= before
              ? 'they are not in order'
              : null
    if (why !== null) return { entry, why }
    before = index
  }
  return null
}
