/**
 * The newest entries of one log, whole and in memory: what is about to be written, sent and applied. What has been handed
 * to the log store may leave from the front (`letting-go.ts`); the store has it.
 */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import type { Heads } from '@rafted/core'

/** Of the newest entries that a quiet leader keeps in memory as long as a member is not there: it is sent these when it comes back, as thousands may with it, and nobody has to read for that. */
export const ABSENT_BYTES = 4 * 1024

export class LogTail {
  /** `#slots[#head]` is the entry `#first`. A slot is empty until the core's own entry for it is known. */
  #slots: (LogEntry | undefined)[] = []
  #head = 0
  #first: number
  #bytes = 0

  /** Begins after `last`, the end of a log whose entries are in the store. */
  constructor(last: number) {
    this.#first = last + 1
  }

  /** Index of the first entry it may hold. */
  get first(): number {
    return this.#first
  }

  /** Bytes of all it holds, heads included. */
  get bytes(): number {
    return this.#bytes
  }

  get(index: number): LogEntry | undefined {
    return index < this.#first ? undefined : this.#slots[this.#head + index - this.#first]
  }

  /** Puts an entry in its place, at the end or in a gap that was left for it. */
  put(entry: LogEntry): void {
    const slot = this.#head + entry.index - this.#first
    while (this.#slots.length < slot) this.#slots.push(undefined)
    this.#slots[slot] = entry
    this.#bytes += entryBytes(entry.payload)
  }

  /** Takes `entries` from index `from` on; they replace all that stood there. */
  replace(from: number, entries: readonly LogEntry[]): void {
    this.truncate(from)
    for (let i = from - entries[0]!.index; i < entries.length; i++) this.put(entries[i]!)
  }

  /** Forgets `from` and all behind it. */
  truncate(from: number): void {
    if (from < this.#first) {
      this.reset(from - 1)
      return
    }
    const keep = this.#head + from - this.#first
    for (let i = keep; i < this.#slots.length; i++) {
      const entry = this.#slots[i]
      if (entry !== undefined) this.#bytes -= entryBytes(entry.payload)
    }
    if (keep < this.#slots.length) this.#slots.length = keep
  }

  /** Forgets everything; the log goes on after `last`. */
  reset(last: number): void {
    this.#slots = []
    this.#head = 0
    this.#first = last + 1
    this.#bytes = 0
  }

  /** Lets the oldest go until at most `maxBytes` are left, none of them behind `upTo`. */
  evict(upTo: number, maxBytes: number): void {
    while (this.#bytes > maxBytes && this.#first <= upTo) {
      const entry = this.#slots[this.#head]
      if (entry === undefined) return
      this.#slots[this.#head] = undefined
      this.#bytes -= entryBytes(entry.payload)
      this.#head++
      this.#first++
    }
    // Moved down only once most of it has gone, so that evicting costs what it frees.
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head)
      this.#head = 0
    }
  }

  /** Nothing happens for a while: what is left is at most `maxBytes` of the newest up to `upTo`, and takes no more room than it needs. */
  restLightly(upTo: number, maxBytes: number): void {
    if (this.#bytes === 0) return
    this.evict(upTo, maxBytes)
    if (this.#bytes === 0) this.reset(upTo)
    else if (this.#head > 0) {
      this.#slots = this.#slots.slice(this.#head)
      this.#head = 0
    }
  }

  /** The entries of these heads, or null if they are not all here under their terms. */
  entriesOf(heads: Heads): LogEntry[] | null {
    const { runs, last } = heads
    const from = runs[0]!.first
    if (from < this.#first) return null
    const entries: LogEntry[] = new Array(last - from + 1)
    for (let r = 0, index = from; r < runs.length; r++) {
      const { term } = runs[r]!
      const end = r + 1 < runs.length ? runs[r + 1]!.first : last + 1
      for (; index < end; index++) {
        const entry = this.#slots[this.#head + index - this.#first]
        if (entry === undefined || entry.term !== term) return null
        entries[index - from] = entry
      }
    }
    return entries
  }
}

/** Of a log that ends at `last`, and ends with these entries. */
export function tailOf(entries: readonly LogEntry[], last: number): LogTail {
  const tail = new LogTail(last - entries.length)
  for (const entry of entries) tail.put(entry)
  return tail
}

/** Whether `entries` are exactly those the heads name: the pair of index and term identifies an entry (paper §5.3). */
export function areThose(heads: Heads, entries: readonly LogEntry[]): boolean {
  const { runs, last } = heads
  const from = runs[0]!.first
  if (entries.length !== last - from + 1) return false
  let run = 0
  for (let i = 0; i < entries.length; i++) {
    while (run + 1 < runs.length && runs[run + 1]!.first <= from + i) run++
    const { index, term } = entries[i]!
    if (index !== from + i || term !== runs[run]!.term) return false
  }
  return true
}
