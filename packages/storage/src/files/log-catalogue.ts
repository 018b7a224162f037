/** Which older segments the newest one says are needed. */
import { factsOf } from './log-facts.ts'
import { decodeCatalogue, decodeNumber, type LogPlace, RecordKind } from './log-format.ts'
import type { ReadSegment } from './log-segment-file.ts'

/** @returns those that its catalogue names and nothing has dropped since, in order, and where each ends. */
export function neededSegments({ bytes, batches }: ReadSegment): readonly LogPlace[] {
  let needed: readonly LogPlace[] = []
  for (const batch of batches)
    for (const { at, end } of factsOf(bytes, batch)) {
      const kind = bytes.kindOf(at)
      if (kind === RecordKind.catalogue) needed = decodeCatalogue(bytes.content(at, end)).segments
      else if (kind === RecordKind.drop) {
        const dropped = decodeNumber(bytes.content(at, end))
        needed = needed.filter(({ segment }) => segment !== dropped)
      }
    }
  return needed
}
