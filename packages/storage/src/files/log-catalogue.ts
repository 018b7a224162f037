/** What the newest segment says of the others: which are needed, and whose entries may stand there. */
import { factsOf } from './log-facts.ts'
import {
  decodeCatalogue,
  decodeGroup,
  decodeNumber,
  type GroupFacts,
  type LogPlace,
  RecordKind,
} from './log-format.ts'
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

/** @returns all groups that it tells of, by number: those that have no log any more are not among them, unless it says so itself. */
export function namedGroups({ bytes, batches }: ReadSegment): ReadonlyMap<number, GroupFacts> {
  const named = new Map<number, GroupFacts>()
  for (const batch of batches)
    for (const { at, end } of factsOf(bytes, batch)) {
      const number = bytes.groupOf(at)
      if (bytes.kindOf(at) === RecordKind.group)
        named.set(number, decodeGroup(number, bytes.content(at, end)))
    }
  return named
}
