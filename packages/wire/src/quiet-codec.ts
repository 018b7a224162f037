/** Groups of which hosts tell each other while their members say nothing. */
import { cannotEncode } from './bad-bytes.ts'
import type { QuietGroup } from './envelope.ts'
import { MAX_ID_BYTES, MAX_QUIET_GROUPS } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** An id of one byte, after its length, and a term. */
const MIN_GROUP_BYTES = 3

export function writeQuietGroups(w: Writer, groups: readonly QuietGroup[]): void {
  if (groups.length > MAX_QUIET_GROUPS) cannotEncode(`more than ${MAX_QUIET_GROUPS} groups are named at once`)
  w.uint(groups.length)
  for (const { incarnation, term } of groups) {
    w.id(incarnation, MAX_ID_BYTES)
    w.uint(term)
  }
}

export function readQuietGroups(r: Reader): QuietGroup[] {
  const groups: QuietGroup[] = []
  for (let left = r.count(MAX_QUIET_GROUPS, MIN_GROUP_BYTES, 'groups'); left > 0; left--)
    groups.push({ incarnation: r.id(MAX_ID_BYTES), term: r.uintFrom(1, 'the term of a quiet group') })
  return groups
}
