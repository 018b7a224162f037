/** Which older segments the newest one says are needed. */
import { decodeCatalogue, decodeNumber, type LogPlace, RecordKind } from './log-format.ts'
import type { ReadSegment } from './log-segment-file.ts'

/** @returns those that its catalogue names and nothing has dropped since, in order, and where each ends. */
export function neededSegments({ bytes, batches }: ReadSegment): readonly LogPlace[] {
  let needed: readonly LogPlace[] = []
  for (const { from, records } of batches) {
    let at = from
    for (let i = 0; i < records; i++) {
      const next = bytes.recordEndUnchecked(at)
      const kind = bytes.kindOf(at)
      if (kind === RecordKind.catalogue) needed = decodeCatalogue(bytes.content(at, next)).segments
      else if (kind === RecordKind.drop) {
        const dropped = decodeNumber(bytes.content(at, next))
        needed = needed.filter(({ segment }) => segment !== dropped)
      }
      at = next
    }
  }
  return needed
}
