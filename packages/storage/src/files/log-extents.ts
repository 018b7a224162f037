/**
 * Where the entries of one group lie on the disk: stretches in order of their indexes. The log of the group is what they cover. Entries
 * leave by cutting the ends of stretches, which costs no reading; what is left of a cut one is measured when somebody asks.
 */
import type { LogEntry } from '@rafted/contracts'
import { RUN_BYTES } from '../runs.ts'
import type { Segment } from './log-segment.ts'
import { MAX_REACH, Spans } from './log-spans.ts'
import type { Stretch } from './log-stretch.ts'

/** One of which so much has to be read, and maybe a little more, takes no more entries. */
const READ_BYTES = 1024 * 1024

export interface Extent {
  readonly segment: Segment
  readonly offset: number
  end: number
  /** Where in it its entries lie, unless it is read whole. */
  spans: Spans | null
  first: number
  last: number
  readonly term: number
  /** Of all entries that were put there: too many when some have been cut off. */
  bytes: number
  time: number
  /** Entries have been cut off, and what is left has not been measured. */
  isCut: boolean
  /** Entries behind it have been cut off, and still lie in its segment: what is appended must not be read through them. */
  isClosed: boolean
  /** The newest of its entries, while they may not have reached the disk. */
  held: LogEntry[] | null
  /** None of its entries can be read; if `lost`, not even which of them the core should have read is known. */
  readonly damage: 'unreadable' | 'lost' | null
  /** What stands behind it in the log may have replaced it: the number of the hole in which that may have been said; 0 if none. */
  hole: number
}

export class Extents {
  #list: Extent[] = []

  get list(): readonly Extent[] {
    return this.#list
  }

  /** Index of the last entry, or 0. */
  get last(): number {
    return this.#list.at(-1)?.last ?? 0
  }

  /** What follows the last. @returns the extent it has become, or become part of. */
  append(
    segment: Segment,
    stretch: Stretch,
    held: readonly LogEntry[] | null,
    damage: Extent['damage'] = null,
  ): Extent {
    const last = this.#list.at(-1)
    if (last !== undefined && damage === null && goesOn(last, segment, stretch)) {
      segment.count(0, stretch.bytes)
      segment.writtenBytes += stretch.bytes
      extend(last, stretch)
      last.bytes += stretch.bytes
      last.time = stretch.time
      if (held !== null) last.held = last.held === null ? [...held] : last.held.concat(held)
      return last
    }
    const extent = newExtent(segment, stretch, held, damage)
    this.#list = withLast(this.#list, extent)
    return extent
  }

  /** The same entries stand in a newer place: what of them is still in the log is found there from now on. */
  move(
    segment: Segment,
    stretch: Stretch,
    held: readonly LogEntry[] | null,
    damage: Extent['damage'] = null,
  ): Extent {
    const extent = newExtent(segment, stretch, held, damage)
    const at = this.#list.findIndex(({ last }) => last >= stretch.first)
    if (at === -1) {
      this.#list = withLast(this.#list, extent)
      return extent
    }
    const before = this.#list.slice(0, at)
    const rest = this.#list.slice(at)
    const behind: Extent[] = []
    for (const old of rest) {
      if (old.first > stretch.last) {
        behind.push(old)
        continue
      }
      // Parts of one that reach out on either side stay where they are.
      if (old.first < stretch.first)
        before.push(partOf(old, old.first, stretch.first - 1, Math.min(old.time, stretch.time)))
      if (old.last > stretch.last) behind.push(partOf(old, stretch.last + 1, old.last, old.time))
      forget(old)
    }
    this.#list = [...before, extent, ...behind]
    return extent
  }

  /** Entries from `index` on are forgotten. */
  cutFrom(index: number): void {
    if (this.last < index) return
    while (this.#list.length > 0 && this.#list.at(-1)!.first >= index) forget(this.#list.pop()!)
    const last = this.#list.at(-1)
    if (last === undefined) return
    last.isClosed = true
    if (last.last < index) return
    shorten(last, last.first, index - 1)
  }

  /** Entries up to `index` are forgotten. */
  cutTo(index: number): void {
    let gone = 0
    for (const extent of this.#list) {
      if (extent.first > index) break
      if (extent.last > index) {
        shorten(extent, index + 1, extent.last)
        break
      }
      forget(extent)
      gone++
    }
    if (gone > 0) this.#list = this.#list.slice(gone)
  }

  /** What follows in this segment is not read through what stands there now. */
  closeLast(): void {
    const last = this.#list.at(-1)
    if (last !== undefined) last.isClosed = true
  }

  /** The extent that holds `index`, if one does. */
  at(index: number): Extent | undefined {
    const place = this.placeOf(index)
    return place === -1 ? undefined : this.#list[place]
  }

  /** The place in the list of the extent that holds `index`, or −1. */
  placeOf(index: number): number {
    let low = 0
    let high = this.#list.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const extent = this.#list[middle]!
      if (index < extent.first) high = middle - 1
      else if (index > extent.last) low = middle + 1
      else return middle
    }
    return -1
  }
}

/** Most logs have a few. Where a list grows one by one, it takes room for many more from the second on. */
const FEW = 4

function withLast(list: Extent[], extent: Extent): Extent[] {
  if (list.length < FEW) return list.concat(extent)
  list.push(extent)
  return list
}

function newExtent(
  segment: Segment,
  stretch: Stretch,
  held: readonly LogEntry[] | null,
  damage: Extent['damage'],
): Extent {
  segment.count(1, stretch.bytes)
  segment.writtenBytes += stretch.bytes
  const { first, last, term, bytes, time, offset, end } = stretch
  return {
    segment,
    offset,
    end,
    spans: null,
    first,
    last,
    term,
    bytes,
    time,
    isCut: false,
    isClosed: false,
    held: held === null ? null : [...held],
    damage,
    hole: 0,
  }
}

function extend(extent: Extent, { first, last, offset, end }: Stretch): void {
  const before = { begin: 0, end: extent.end - extent.offset }
  const next = { begin: offset - extent.offset, end: end - extent.offset }
  if (extent.spans === null && Spans.areApart(before, next))
    extent.spans = new Spans(extent.first, before, first - extent.first)
  extent.spans?.append(next, last - first + 1)
  extent.last = last
  extent.end = end
}

/**
 * Both pieces share the spans: only the last extent of a log grows, and one that was cut at its end never does.
 * @param time of its last entry, if that is known and it can't be read.
 */
function partOf(extent: Extent, first: number, last: number, time: number): Extent {
  extent.segment.count(1, extent.bytes)
  const part = { ...extent, isCut: false, held: extent.held === null ? null : [...extent.held] }
  shorten(part, first, last)
  if (part.damage !== null) part.time = time
  return part
}

/** What is left is measured when somebody asks, unless it can't be read: then it has its share of the bytes. */
function shorten(extent: Extent, first: number, last: number): void {
  if (extent.damage === null) cut(extent)
  else {
    const left = Math.round((extent.bytes * (last - first + 1)) / (extent.last - extent.first + 1))
    extent.segment.count(0, left - extent.bytes)
    extent.bytes = left
  }
  extent.first = first
  extent.last = last
}

function cut(extent: Extent): void {
  if (!extent.isCut) extent.segment.cutBytes += extent.bytes
  extent.isCut = true
}

/** What is left of an extent that was cut has so many bytes, and this time. Nothing if it is no longer cut, or no longer part of a log. */
export function measured(extent: Extent, { bytes, time }: Pick<Extent, 'bytes' | 'time'>): void {
  if (!extent.isCut) return
  const { segment } = extent
  segment.cutBytes -= extent.bytes
  segment.count(0, bytes - extent.bytes)
  Object.assign(extent, { bytes, time, isCut: false })
}

function forget(extent: Extent): void {
  const { segment, bytes, isCut } = extent
  segment.count(-1, -bytes)
  if (isCut) segment.cutBytes -= bytes
  // Whoever has begun to measure it finds nothing to do.
  extent.isCut = false
}

function goesOn(last: Extent, segment: Segment, { first, term, bytes, end }: Stretch): boolean {
  return (
    last.segment === segment &&
    last.term === term &&
    last.last === first - 1 &&
    last.damage === null &&
    last.hole === 0 &&
    !last.isCut &&
    !last.isClosed &&
    last.bytes + bytes <= RUN_BYTES &&
    end - last.offset <= MAX_REACH &&
    (last.spans?.bytes ?? last.end - last.offset) < READ_BYTES
  )
}
