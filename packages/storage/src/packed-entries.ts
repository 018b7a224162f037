/**
 * The entries of one log in memory. Small ones are packed into pages: as an object and an array each they would take several
 * times as much, and the engine's collector, which moves all that survives, would be busier with them than with all else
 * that is done for a small command.
 */
import type { LogEntry } from '@rafted/contracts'
import { PackedPage, PageOfOne } from './packed-page.ts'

/** The first page of a log holds few entries, each next one twice as many: a host may have thousands of short logs. */
const FIRST_ENTRIES = 16
const MOST_ENTRIES = 512

type Page = PackedPage | PageOfOne

export class PackedEntries {
  /** Ascending, each beginning where the one before ends; none is empty. */
  #pages: Page[] = []
  /** Index of the first entry, or of the next one if there is none. What its page holds before it has been dropped. */
  #first: number
  #last: number
  #capacity = FIRST_ENTRIES
  /** What all of them count for in every limit. */
  #bytes = 0

  /** None yet; the first one follows `base`. */
  constructor(base: number) {
    this.#first = base + 1
    this.#last = base
  }

  /** Index of the last entry, or of the one before the first. */
  get last(): number {
    return this.#last
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The entry at `index`, which must be there. */
  get(index: number): LogEntry {
    return this.#pages[this.#pageOf(index)]!.get(index)
  }

  /** The term of the entry at `index`, which must be there. */
  termOf(index: number): number {
    return this.#pages[this.#pageOf(index)]!.termOf(index)
  }

  /** Puts an entry at the end: that of the next index. */
  push(entry: LogEntry): void {
    const { index } = entry
    let page = this.#pages[this.#pages.length - 1]
    if (page === undefined || !page.push(entry)) {
      page = this.#nextPage(entry)
      this.#pages.push(page)
    }
    this.#last = index
    this.#bytes += page.bytesOf(index, index)
  }

  #nextPage(entry: LogEntry): Page {
    const capacity = this.#capacity
    this.#capacity = Math.min(MOST_ENTRIES, capacity * 2)
    if (PackedPage.isTooLarge(entry.payload, capacity)) return new PageOfOne(entry)
    const page = new PackedPage(entry.index, capacity)
    page.push(entry)
    return page
  }

  /** Forgets the entry at `from` and all behind it. */
  truncate(from: number): void {
    if (from > this.#last) return
    const to = Math.max(from, this.#first)
    this.#bytes -= this.#bytesOf(to, this.#last)
    this.#last = to - 1
    const pages = this.#pages
    while (pages.length > 0 && (to === this.#first || pages[pages.length - 1]!.first >= to)) pages.pop()
    pages[pages.length - 1]?.cutFrom(to)
  }

  /** Forgets the first entry and all up to `to`, which must be there. Their page goes with the last of it. */
  drop(to: number): void {
    this.#bytes -= this.#bytesOf(this.#first, to)
    this.#first = to + 1
    const gone = to === this.#last ? this.#pages.length : this.#pageOf(to + 1)
    this.#pages.splice(0, gone)
  }

  #bytesOf(from: number, to: number): number {
    let bytes = 0
    for (let next = from, at = this.#pageOf(from); next <= to; at++) {
      const page = this.#pages[at]!
      const end = Math.min(to, page.first + page.count - 1)
      bytes += page.bytesOf(next, end)
      next = end + 1
    }
    return bytes
  }

  /** Place of the page that holds `index`. */
  #pageOf(index: number): number {
    let low = 0
    let high = this.#pages.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#pages[middle]!.first <= index) low = middle
      else high = middle - 1
    }
    return low
  }
}
