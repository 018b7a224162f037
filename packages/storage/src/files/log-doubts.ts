/**
 * What is not known of groups behind a hole in the log, or behind a batch whose records that are no entries are lost, until later records say it. All
 * that concerns older segments: the first batch of each says again what groups there are, and in the newest nothing of that kind may be lost.
 */
import type { Extent } from './log-extents.ts'
import type { GroupLog } from './log-group.ts'
import type { Segment } from './log-segment.ts'
import type { Stretch } from './log-stretch.ts'

export class DoubtedLogs {
  readonly #groups: ReadonlyMap<number, GroupLog>
  /** Groups whose ends are not known. */
  readonly #inDoubt = new Set<number>()
  #holes = 0
  /** A group may have begun of which nothing has been heard. */
  isAnyGroupUnknown = false
  /** Anything of the log is damaged, so that entries may be missing. */
  isDamaged = false

  constructor(groups: ReadonlyMap<number, GroupLog>) {
    this.#groups = groups
  }

  isInDoubt(group: number): boolean {
    return this.#inDoubt.has(group)
  }

  /** Records that are no entries are lost, and all entries have their names. */
  lostFacts(): void {
    this.isDamaged = true
    this.isAnyGroupUnknown = true
    for (const number of this.#groups.keys()) this.#inDoubt.add(number)
  }

  /** Entries may be lost as well: what stood before may have been cut off and replaced. */
  hole(): void {
    this.lostFacts()
    this.#holes++
    for (const { extents } of this.#groups.values())
      for (const extent of extents.list) if (extent.hole === 0) extent.hole = this.#holes
  }

  /** Entries of a group of which nothing else is known yet. */
  isHeardOf(group: GroupLog): void {
    this.#inDoubt.add(group.number)
  }

  /** A group's own record, which has been carried out. */
  isStated(group: GroupLog): void {
    this.#inDoubt.delete(group.number)
    this.heardTerm(group, group.term)
  }

  /** The batch with the catalogue was read to its end. */
  allGroupsAreKnown(): void {
    this.isAnyGroupUnknown = false
  }

  /** Where entries are appended nothing stands: that has been cut off, in a record that is lost. */
  cutFrom(group: GroupLog, index: number): void {
    group.extents.cutFrom(index)
    group.special.retain((kept) => kept < index)
  }

  /**
   * The group's term, or that of an entry behind all that stands there, is this one. If it is that of the last entry before a hole, nothing was cut there: the leader of
   * a term has one entry for each index, and whoever cuts one has heard of a higher term. So its log is the one that goes on (paper §5.3), with all that stood before that hole, but for
   * what an earlier one may have replaced.
   */
  heardTerm({ extents }: GroupLog, term: number): void {
    for (;;) {
      const last = extents.list.findLast(({ hole }) => hole !== 0)
      if (last === undefined || last.term !== term) return
      const { hole } = last
      for (const extent of extents.list) if (extent.hole === hole) extent.hole = 0
    }
  }

  /** A copy that can't be read takes no place that can: what was copied is still there. */
  moveUnread(
    group: GroupLog,
    segment: Segment,
    copies: Stretch,
    damage: NonNullable<Extent['damage']>,
  ): void {
    const { extents } = group
    const stands = (index: number): boolean => {
      const extent = extents.at(index)
      return extent !== undefined && extent.damage === null && extent.term === copies.term
    }
    const count = copies.last - copies.first + 1
    let first = copies.first
    while (first <= copies.last) {
      if (stands(first)) {
        first++
        continue
      }
      let last = first
      while (last < copies.last && !stands(last + 1)) last++
      const bytes = Math.round((copies.bytes * (last - first + 1)) / count)
      if (first > group.base.index || last > group.base.index)
        extents.move(segment, { ...copies, first, last, bytes }, null, damage)
      first = last + 1
    }
  }
}
