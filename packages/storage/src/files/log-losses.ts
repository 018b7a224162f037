/** Where a log ends that has lost entries. */
import type { GroupLog } from './log-group.ts'

/**
 * Cuts the log before its first entry that is missing, lost, or perhaps another one than it was; then it says up to where it went.
 * @param end index of its last entry, by what its files say. @returns the indexes between which that is so; null if it is nowhere.
 */
export function cutWhereLost(group: GroupLog, end: number): { from: number; to: number } | null {
  let next = group.base.index + 1
  let gapTo = end
  for (const { first, last, damage, hole } of group.extents.list) {
    if (first !== next) {
      gapTo = first - 1
      break
    }
    if (damage === 'lost' || hole !== 0) break
    next = last + 1
  }
  if (next > end) return null
  group.extents.cutFrom(next)
  group.special.retain((index) => index < next)
  group.lostTo = Math.max(end, group.lostTo ?? 0)
  return { from: next, to: gapTo }
}
