/** Carries out the records of a log, in order. Older segments may be missing: what they said is said again by later ones. */
import { entryBytes, RaftedError } from '@rafted/contracts'
import type { FoundBatch, NamedBatch, WholeBatch } from './log-batches.ts'
import { isStretch, type StretchPart } from './log-broken-batch.ts'
import { damaged } from './log-damage.ts'
import { DoubtedLogs } from './log-doubts.ts'
import { decodeCatalogue, decodeGroup, type GroupFacts, RecordKind } from './log-format.ts'
import { GroupLog } from './log-group.ts'
import { cutWhereLost } from './log-losses.ts'
import type { Segment } from './log-segment.ts'
import { type Stretch, StretchMaker } from './log-stretch.ts'
import type { LogBytes } from './log-walk.ts'

type Copying = 'entry' | 'copy'

export class Replayer {
  readonly groups = new Map<number, GroupLog>()
  nextGroup = 1
  /** How many were carried out. */
  entries = 0
  /** Where the log of each group ends, by its number: entries up to there must be found. */
  readonly #ends = new Map<number, number>()
  readonly #doubts = new DoubtedLogs(this.groups)
  readonly #maker = new StretchMaker()
  /** The entries that are being put together: their group, and whether they are copies. */
  #group: GroupLog | null = null
  #copying: Copying = 'entry'
  /** Groups that the batch with the catalogue restates: there are no others. */
  #restated: Set<number> | null = null
  readonly #named: () => ReadonlyMap<number, GroupFacts>

  /** @param named the groups that the newest segment tells of, by number. */
  constructor(named: () => ReadonlyMap<number, GroupFacts>) {
    this.#named = named
  }

  /** The next batch, as it was found. @throws {RaftedError} `damaged-storage` if its records contradict what is known,
   * `version-mismatch` if one is of a kind that this build doesn't know. */
  batch(segment: Segment, log: LogBytes, batch: FoundBatch): void {
    // Only from one whole batch to the next can entries be read on and on.
    if (batch.state !== 'whole') this.#closeAll()
    if (batch.state === 'hole') this.missing()
    else if (batch.state === 'broken') this.#broken(segment, log, batch)
    else this.#whole(segment, log, batch)
    if (batch.state !== 'whole') this.#closeAll()
  }

  /** Something is missing of which nothing is known: batches, or a segment. */
  missing(): void {
    this.#doubts.hole()
  }

  #whole(segment: Segment, log: LogBytes, batch: WholeBatch): void {
    let at = batch.from
    for (let i = 0; i < batch.records; i++) {
      const next = log.recordEndUnchecked(at)
      this.#naming(segment, at, () => {
        if (log.isEntry(at, next)) this.#entry(segment, log, at, next)
        else {
          this.#endStretches(segment)
          this.#record(segment, log, at, next)
          if (this.#restated !== null) segment.restatedBytes += next - at
        }
      })
      at = next
    }
    this.#endStretches(segment)
    this.#endBatch(false)
  }

  #broken(segment: Segment, log: LogBytes, batch: NamedBatch): void {
    this.#doubts.isDamaged = true
    if (batch.hasLostFacts) this.#doubts.lostFacts()
    for (const part of batch.parts)
      if (isStretch(part)) this.#naming(segment, batch.at, () => this.#partial(segment, log, batch, part))
      else this.#naming(segment, part.at, () => this.#record(segment, log, part.at, part.end))
    this.#endBatch(batch.hasLostFacts)
  }

  /** What can't be true is said with its place. */
  #naming(segment: Segment, at: number, run: () => void): void {
    try {
      run()
    } catch (error) {
      // It has its place.
      if (error instanceof RaftedError) throw error
      throw damaged(segment.path, at, error instanceof Error ? error.message : String(error))
    }
  }

  #endBatch(hasLostFacts: boolean): void {
    if (this.#restated === null) return
    if (!hasLostFacts) {
      for (const group of this.groups.values())
        if (!this.#restated.has(group.number)) this.#forget(group.number)
      this.#doubts.allGroupsAreKnown()
    }
    this.#restated = null
  }

  #entry(segment: Segment, log: LogBytes, at: number, next: number): void {
    const number = log.groupOf(at)
    const copying = log.kindOf(at) === RecordKind.copy ? 'copy' : 'entry'
    if (this.#group?.number !== number || this.#copying !== copying) {
      this.#endStretches(segment)
      const group = this.#known(number)
      if (group === null) return
      this.#group = group
      this.#copying = copying
      if (copying === 'entry' && this.#doubts.isInDoubt(number)) this.#doubts.cutFrom(group, log.index(at))
    }
    this.entries++
    const kind = log.entryKind(at)
    const index = log.index(at)
    const term = log.term(at)
    const time = log.time(at)
    const payload = log.payload(at, next)
    this.#maker.add(index, term, time, entryBytes(payload), at, next)
    this.#group!.special.put({ index, term, kind, time, payload })
  }

  /** @returns null for one that has no log any more. */
  #known(number: number): GroupLog | null {
    const group = this.groups.get(number)
    if (group !== undefined) return group
    if (!this.#doubts.isAnyGroupUnknown)
      throw new Error(`it is an entry of group ${number}, which is unknown`)
    // What said first what it is has been lost, or stood in a segment that was dropped. A number is never used again, so what the newest one tells is of this group.
    const facts = this.#named().get(number)
    if (facts === undefined) return null
    const heard = new GroupLog(number, facts.name, facts)
    this.groups.set(number, heard)
    this.#doubts.isHeardOf(heard)
    return heard
  }

  #endStretches(segment: Segment): void {
    const group = this.#group
    if (group === null) return
    this.#group = null
    for (const stretch of this.#maker.take()) {
      if (this.#copying === 'copy') group.extents.move(segment, stretch, null)
      else this.#naming(segment, stretch.offset, () => this.#append(group, segment, stretch, null))
    }
    group.extents.cutTo(group.base.index)
  }

  /** A stretch of a broken batch: the entries that can be read, and the rest. */
  #partial(segment: Segment, log: LogBytes, batch: NamedBatch, part: StretchPart): void {
    const { first, last, term, time, records } = part
    const group = this.#known(part.group)
    if (group === null) return
    for (const { at, end } of records) this.#entry(segment, log, at, end)
    this.#endStretches(segment)
    const read = records.length
    if (first + read > last) return
    const end = records.at(-1)?.end ?? batch.from
    let bytes = part.bytes
    for (const record of records) bytes -= entryBytes(log.payload(record.at, record.end))
    const rest = { first: first + read, last, term, time, bytes, offset: end, end }
    const damage = part.special ? 'lost' : 'unreadable'
    if (part.copies) this.#doubts.moveUnread(group, segment, rest, damage)
    else {
      if (this.#doubts.isInDoubt(part.group)) this.#doubts.cutFrom(group, rest.first)
      this.#append(group, segment, rest, damage)
    }
    group.extents.cutTo(group.base.index)
  }

  #append(group: GroupLog, segment: Segment, stretch: Stretch, damage: 'unreadable' | 'lost' | null): void {
    const { number } = group
    const end = this.#ends.get(number)!
    if (this.#doubts.isInDoubt(number)) group.extents.cutFrom(stretch.first)
    else if (stretch.first !== end + 1) throw new Error(`entry ${stretch.first} follows entry ${end}`)
    this.#ends.set(number, stretch.last)
    this.#doubts.heardTerm(group, stretch.term)
    group.extents.append(segment, stretch, null, damage)
  }

  #record(segment: Segment, log: LogBytes, at: number, next: number): void {
    const content = log.content(at, next)
    const number = log.groupOf(at)
    switch (log.kindOf(at)) {
      case RecordKind.group: {
        const facts = decodeGroup(number, content)
        const group = this.groups.get(number) ?? new GroupLog(number, facts.name, facts)
        const { incarnation, member, removedAt, term, vote, base, end, lostTo } = facts
        Object.assign(group, { incarnation, member, removedAt, term, vote, base, lostTo })
        group.extents.cutTo(base.index)
        group.extents.cutFrom(end + 1)
        group.special.retain((index) => index > base.index && index <= end)
        this.groups.set(number, group)
        this.#ends.set(number, end)
        this.#doubts.isStated(group)
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
        throw newer(segment.path, at)
    }
  }

  #forget(number: number): void {
    this.groups.get(number)?.extents.cutFrom(0)
    this.groups.delete(number)
  }

  #closeAll(): void {
    for (const { extents } of this.groups.values()) extents.closeLast()
  }

  /**
   * Every log is whole, or ends before what it has lost.
   * @returns whether one does. @throws {RaftedError} `damaged-storage` if entries are missing and nothing is damaged.
   */
  finish(path: string): boolean {
    let hasLost = false
    for (const group of this.groups.values()) {
      group.special.retain((index) => index > group.base.index)
      group.isChanged = false
      const gap = cutWhereLost(group, this.#ends.get(group.number)!)
      if (gap === null) continue
      if (!this.#doubts.isDamaged)
        throw damaged(
          path,
          0,
          `entries ${gap.from}…${gap.to} of group "${group.name}" are in none of its files`,
        )
      hasLost = true
    }
    return hasLost
  }
}

/** A record whose checksum is right is what was written: nobody but a newer build writes what this one has never heard of. */
function newer(file: string, offset: number): RaftedError {
  return new RaftedError(
    'version-mismatch',
    `${file} holds a record, at ${offset}, of a kind that this version of Rafted doesn't know: a newer one wrote it. Use that one. Nothing was changed.`,
    { outcome: 'not-applied', details: { file, offset } },
  )
}
