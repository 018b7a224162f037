/** Carries out the records of a log, in order. Older segments may be missing: what they said is said again by later ones. */
import { entryBytes, isSpecial, type LogEntry } from '@rafted/contracts'
import { damaged } from './log-damage.ts'
import { decodeCatalogue, decodeGroup, RecordKind } from './log-format.ts'
import { GroupLog } from './log-group.ts'
import type { Segment } from './log-segment.ts'
import { type Stretch, StretchMaker } from './log-stretch.ts'
import type { BatchHead, LogBytes } from './log-walk.ts'

export class Replayer {
  readonly groups = new Map<number, GroupLog>()
  nextGroup = 1
  /** How many were carried out. */
  entries = 0
  /** Where the log of each group ends, by its number: entries up to there must be found. */
  readonly #ends = new Map<number, number>()
  readonly #maker = new StretchMaker()
  /** The entries that are being put together: their group, and whether they are copies. */
  #group: GroupLog | null = null
  #copies = false
  /** Groups that the batch with the catalogue restates: there are no others. */
  #restated: Set<number> | null = null

  /** A batch that was checked. @throws {RaftedError} `damaged-storage` if its records contradict what is known. */
  batch(segment: Segment, log: LogBytes, batch: BatchHead): void {
    let at = batch.from
    for (let i = 0; i < batch.records; i++) {
      const next = log.recordEndUnchecked(at)
      try {
        if (log.isEntry(at, next)) this.#entry(segment, log, batch, at, next)
        else {
          this.#endStretches(segment, batch.end)
          this.#record(log, at, next)
          if (this.#restated !== null) segment.restatedBytes += next - at
        }
      } catch (error) {
        throw damaged(segment.path, at, error instanceof Error ? error.message : String(error))
      }
      at = next
    }
    this.#endStretches(segment, batch.end)
    if (this.#restated === null) return
    for (const group of this.groups.values())
      if (!this.#restated.has(group.number)) this.#forget(group.number)
    this.#restated = null
  }

  #entry(segment: Segment, log: LogBytes, batch: BatchHead, at: number, next: number): void {
    const number = log.groupOf(at)
    const copies = log.kindOf(at) === RecordKind.copy
    if (this.#group?.number !== number || this.#copies !== copies) {
      this.#endStretches(segment, batch.end)
      const group = this.groups.get(number)
      if (group === undefined) throw new Error(`it is an entry of group ${number}, which is unknown`)
      this.#group = group
      this.#copies = copies
    }
    this.entries++
    const kind = log.entryKind(at)
    const index = log.index(at)
    const term = log.term(at)
    const time = log.time(at)
    const payload = log.payload(at, next)
    this.#maker.add(index, term, time, entryBytes(payload), at, next)
    keepSpecial(this.#group!, { index, term, kind, time, payload })
  }

  #endStretches(segment: Segment, batchEnd: number): void {
    const group = this.#group
    if (group === null) return
    this.#group = null
    for (const stretch of this.#maker.take()) {
      stretch.batchEnd = batchEnd
      if (this.#copies) group.extents.move(segment, stretch, null)
      else this.#append(group, segment, stretch)
    }
    group.extents.cutTo(group.base.index)
  }

  #append(group: GroupLog, segment: Segment, stretch: Stretch): void {
    const end = this.#ends.get(group.number)!
    if (stretch.first !== end + 1) throw new Error(`entry ${stretch.first} follows entry ${end}`)
    this.#ends.set(group.number, stretch.last)
    group.extents.append(segment, stretch, null)
  }

  #record(log: LogBytes, at: number, next: number): void {
    const content = log.content(at, next)
    const number = log.groupOf(at)
    switch (log.kindOf(at)) {
      case RecordKind.group: {
        const facts = decodeGroup(number, content)
        const group = this.groups.get(number) ?? new GroupLog(number, facts.name, facts)
        const { removedAt, term, vote, base, end, lostTo } = facts
        Object.assign(group, { removedAt, term, vote, base, lostTo })
        group.extents.cutTo(base.index)
        group.extents.cutFrom(end + 1)
        group.special = group.special.filter(({ index }) => index > base.index && index <= end)
        this.groups.set(number, group)
        this.#ends.set(number, end)
        this.nextGroup = Math.max(this.nextGroup, number + 1)
        this.#restated?.add(number)
        break
      }
      case RecordKind.forget:
        this.#forget(number)
        break
      case RecordKind.catalogue: {
        const { nextGroup } = decodeCatalogue(content)
        this.nextGroup = Math.max(this.nextGroup, nextGroup)
        this.#restated = new Set()
        break
      }
      case RecordKind.drop:
        // It was heard before the segments were read.
        break
      default:
        throw new Error('its record is of an unknown kind')
    }
  }

  #forget(number: number): void {
    this.groups.get(number)?.extents.cutFrom(0)
    this.groups.delete(number)
  }

  /** Every log is whole. @throws {RaftedError} `damaged-storage`. */
  finish(path: string): void {
    for (const group of this.groups.values()) {
      let next = group.base.index + 1
      for (const { first, last } of group.extents.list) {
        if (first !== next)
          throw damaged(
            path,
            0,
            `entries ${next}…${first - 1} of group "${group.name}" are in none of its files`,
          )
        next = last + 1
      }
      const end = this.#ends.get(group.number)!
      if (next <= end)
        throw damaged(path, 0, `entries ${next}…${end} of group "${group.name}" are in none of its files`)
      group.special = group.special
        .filter(({ index }) => index > group.base.index)
        .sort((a, b) => a.index - b.index)
      group.isChanged = false
    }
  }
}

/** What stood at this index before, as in a segment older than one that is no longer there, stands there no more. */
function keepSpecial(group: GroupLog, entry: LogEntry): void {
  const { special } = group
  const at = special.length === 0 ? -1 : special.findIndex(({ index }) => index === entry.index)
  if (at !== -1) special.splice(at, 1)
  // A copy, so that a configuration that is kept for long doesn't keep its segment in memory.
  if (isSpecial(entry.kind)) special.push({ ...entry, payload: entry.payload.slice() })
}
