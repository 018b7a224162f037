/**
 * A batch whose head and stretches are whole, and its records are not all. Where each entry stands follows from the stretches, so that nothing
 * is ever looked for: a payload may hold bytes that look like records.
 */
import { ENTRY_HEAD_BYTES } from '@rafted/contracts'
import {
  BATCH_HEAD_BYTES,
  ENTRY_FIELDS_BYTES,
  getUint,
  putUint,
  RECORD_HEAD_BYTES,
  RecordKind,
  STRETCH_BYTES,
  viewOf,
} from './log-format.ts'
import type { BatchHead, LogBytes } from './log-walk.ts'

/** Bytes of an entry's record that its stretch does not count. */
const UNCOUNTED_BYTES = RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES - ENTRY_HEAD_BYTES

/** In an entry's head that is broken. */
const MAX_WRONG_BYTES = 1

/** A record that is no entry, and whole. */
export interface FactPart {
  readonly at: number
  readonly end: number
}

/** A stretch as the batch's head names it, and how much of it can be read: its first entries. */
export interface StretchPart {
  readonly group: number
  readonly copies: boolean
  /** There may be entries among them that the core reads itself. */
  readonly special: boolean
  readonly first: number
  readonly last: number
  readonly term: number
  readonly time: number
  readonly bytes: number
  /** Where the records of those that can be read begin, one after the other. */
  readonly records: readonly FactPart[]
}

export interface BrokenBatch {
  readonly parts: readonly (FactPart | StretchPart)[]
  /** Records that are no entries can't be read. */
  readonly hasLostFacts: boolean
  /** Where the first record begins that is not whole. */
  readonly brokenAt: number
}

export function isStretch(part: FactPart | StretchPart): part is StretchPart {
  return 'group' in part
}

type Named = Omit<StretchPart, 'records'>

export function readBroken(log: LogBytes, batch: BatchHead & { readonly at: number }): BrokenBatch {
  return new Walk(log, batch, stretchesOf(log, batch)).run()
}

function stretchesOf({ view }: LogBytes, { at, from }: { at: number; from: number }): Named[] {
  const found: Named[] = []
  for (let place = at + BATCH_HEAD_BYTES; place < from; place += STRETCH_BYTES) {
    const flags = view.getUint32(place + 4, true)
    const first = getUint(view, place + 8)
    found.push({
      group: view.getUint32(place, true),
      copies: (flags & 1) !== 0,
      special: (flags & 2) !== 0,
      first,
      last: first + view.getUint32(place + 16, true) - 1,
      bytes: view.getUint32(place + 20, true),
      term: getUint(view, place + 24),
      time: getUint(view, place + 32),
    })
  }
  return found
}

class Walk {
  readonly #log: LogBytes
  readonly #stretches: readonly Named[]
  /** No record reaches beyond. */
  readonly #limit: number
  readonly #end: number
  readonly #parts: (FactPart | StretchPart)[] = []
  #at: number
  /** Records that are no entries and have not been seen yet. */
  #facts: number
  #brokenAt: number | null = null

  constructor(log: LogBytes, { from, end, records }: BatchHead, stretches: readonly Named[]) {
    this.#log = log
    this.#stretches = stretches
    this.#limit = Math.min(end, log.length)
    this.#end = end
    this.#at = from
    this.#facts = records - stretches.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  }

  run(): BrokenBatch {
    const start = this.#at
    const isKnown = this.#facts >= 0 && this.#walk()
    if (isKnown) return this.#done(this.#facts > 0)
    // The sums don't come out: the names are all that is believed.
    this.#parts.length = 0
    this.#parts.push(...this.#stretches.map(unread))
    this.#brokenAt ??= start
    return this.#done(true)
  }

  #done(hasLostFacts: boolean): BrokenBatch {
    return { parts: this.#parts, hasLostFacts, brokenAt: this.#brokenAt ?? this.#end }
  }

  /** @returns false if what is read contradicts the head. */
  #walk(): boolean {
    for (const [i, stretch] of this.#stretches.entries()) {
      if (!this.#findStart(stretch, this.#stretches[i - 1])) {
        this.#brokenAt ??= this.#at
        this.#parts.push(...this.#stretches.slice(i).map(unread))
        return true
      }
      if (!this.#stretch(stretch)) return false
    }
    while (this.#facts > 0) if (!this.#fact()) return true
    return this.#at === this.#end
  }

  /** Goes to where the stretch begins. @returns false if that is not known. */
  #findStart(stretch: Named, before: Named | undefined): boolean {
    if (before?.copies || (before?.group === stretch.group && before.copies === stretch.copies)) return true
    while (this.#facts > 0) if (!this.#fact()) return this.#looksLikeFirstOf(stretch)
    return true
  }

  /** Whether the record here is the first entry of the stretch, whole or not: no other looks like it, but for one byte. */
  #looksLikeFirstOf(stretch: Named): boolean {
    const { bytes } = this.#log
    const at = this.#at
    if (at + RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES > this.#limit) return false
    const expected = Buffer.from(bytes.subarray(at, at + RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES))
    const view = viewOf(expected)
    expected[8] = stretch.copies ? RecordKind.copy : RecordKind.entry
    view.setUint32(12, stretch.group, true)
    putUint(view, RECORD_HEAD_BYTES, stretch.first)
    putUint(view, RECORD_HEAD_BYTES + 8, stretch.term)
    const wrong = expected.filter((byte, i) => byte !== bytes[at + i]).length
    return wrong <= (this.#log.recordEnd(at, this.#limit) === null ? MAX_WRONG_BYTES : 0)
  }

  /** Takes a fact, if one stands here. */
  #fact(): boolean {
    const at = this.#at
    const end = this.#log.recordEnd(at, this.#limit)
    if (end === null) this.#brokenAt ??= at
    const kind = end === null ? null : this.#log.kindOf(at)
    if (end === null || kind === RecordKind.entry || kind === RecordKind.copy) return false
    this.#parts.push({ at, end })
    this.#at = end
    this.#facts--
    return true
  }

  /** @returns false if its length can't be true. */
  #stretch(stretch: Named): boolean {
    const end = this.#at + stretch.bytes + UNCOUNTED_BYTES * (stretch.last - stretch.first + 1)
    if (end > this.#end) return false
    const records: FactPart[] = []
    for (let index = stretch.first; index <= stretch.last; index++) {
      const at = this.#at
      const next = this.#isEntryOf(stretch, index) ? this.#log.recordEndUnchecked(at) : null
      if (next === null || next > end || (index === stretch.last && next !== end)) {
        this.#brokenAt ??= at
        break
      }
      records.push({ at, end: next })
      this.#at = next
    }
    this.#at = end
    this.#parts.push({ ...stretch, records })
    return true
  }

  #isEntryOf({ group, copies, term }: Named, index: number): boolean {
    const log = this.#log
    const at = this.#at
    const end = log.recordEnd(at, this.#limit)
    return (
      end !== null &&
      log.isEntry(at, end) &&
      log.kindOf(at) === (copies ? RecordKind.copy : RecordKind.entry) &&
      log.groupOf(at) === group &&
      log.index(at) === index &&
      log.term(at) === term
    )
  }
}

function unread(stretch: Named): StretchPart {
  return { ...stretch, records: [] }
}
