/**
 * Whether each item of one writer took effect as often as its caller was told: once if it was acknowledged, never if it was
 * refused, at most once if that was left open. Holds only what is not settled, however many there were.
 */
import { hashed, type Page } from './ledger.ts'

/** An item whose caller waits, or was told that nobody knows, or that it stands at `at`. */
type Fate = 'waiting' | 'unknown' | { readonly at: number }

interface Item {
  fate: Fate
  /** Calls of one era take effect in their order. */
  readonly era: number
  /** Where it was seen while its caller still waited. */
  seenAt: number | null
}

export interface AppendSums {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicated: number
  /** Items of which nobody was told whether they took effect, and those of them that did. */
  readonly unknown: number
  readonly unknownApplied: number
}

/** What one process hands to the next. */
export interface AppendAuditState {
  readonly writer: string
  readonly next: number
  readonly hash: number
  readonly last: number
  readonly unsettled: readonly (readonly [number, Item])[]
  readonly inOrder: readonly (readonly [number, number])[]
  readonly sums: AppendSums
}

/**
 * Unsettled items that are kept. Beyond them the oldest of those left open go: what was given up so many items ago stands in
 * no log that could still be committed.
 */
const MAX_UNSETTLED = 20_000
const MAX_PROBLEMS = 100

/** Eras whose order is watched: calls of older ones have ended. */
const KEPT_ERAS = 16

export class AppendAudit {
  readonly writer: string
  readonly problems: string[] = []
  /** The place up to which the list has been read. */
  #next = 0
  #hash = 0
  /** The highest item called. */
  #last = 0
  readonly #unsettled = new Map<number, Item>()
  /** Acknowledged items that were not read yet, by their places. */
  readonly #places = new Map<number, number>()
  /** The item of each era that was read last. */
  readonly #inOrder = new Map<number, number>()
  #sums = { acknowledged: 0, lost: 0, duplicated: 0, unknown: 0, unknownApplied: 0 }

  constructor(writer: string) {
    this.writer = writer
  }

  static from(state: AppendAuditState): AppendAudit {
    const audit = new AppendAudit(state.writer)
    audit.#next = state.next
    audit.#hash = state.hash
    audit.#last = state.last
    for (const [number, item] of state.unsettled) {
      audit.#unsettled.set(number, item)
      if (typeof item.fate === 'object') audit.#places.set(item.fate.at, number)
    }
    for (const [era, item] of state.inOrder) audit.#inOrder.set(era, item)
    audit.#sums = { ...state.sums }
    return audit
  }

  get state(): AppendAuditState {
    return {
      writer: this.writer,
      next: this.#next,
      hash: this.#hash,
      last: this.#last,
      unsettled: [...this.#unsettled],
      inOrder: [...this.#inOrder],
      sums: this.sums,
    }
  }

  get sums(): AppendSums {
    return { ...this.#sums }
  }

  get next(): number {
    return this.#next
  }

  /** Acknowledged items that wait to be read. */
  get unread(): number {
    return this.#places.size
  }

  /** How long the list has to be for whoever asks now. */
  get least(): number {
    let least = this.#next
    for (const place of this.#places.keys()) least = Math.max(least, place + 1)
    return least
  }

  /** @returns the next item, whose call begins now. */
  called(era: number): number {
    const number = ++this.#last
    this.#unsettled.set(number, { fate: 'waiting', era, seenAt: null })
    return number
  }

  acknowledged(number: number, at: number): void {
    this.#sums.acknowledged++
    const item = this.#unsettled.get(number)!
    if (item.seenAt !== null) {
      this.#unsettled.delete(number)
      if (item.seenAt !== at)
        this.#problem(`item ${number} stands at ${item.seenAt}, but its caller was told ${at}`)
      return
    }
    const other = this.#places.get(at)
    if (other !== undefined) this.#lost(other, `was told place ${at}, and so was ${number}`)
    if (at < this.#next) {
      this.#lost(number, `was told place ${at}, where something else stands`)
      return
    }
    item.fate = { at }
    this.#places.set(at, number)
  }

  /** Its caller was told that it did not happen, and won't. */
  refused(number: number): void {
    if (this.#unsettled.get(number)!.seenAt !== null)
      this.#problem(`item ${number} stands in the list, but its caller was told that it did not happen`)
    this.#unsettled.delete(number)
  }

  /** Its caller was told that it may have happened. */
  leftOpen(number: number): void {
    const item = this.#unsettled.get(number)!
    this.#sums.unknown++
    if (item.seenAt === null) item.fate = 'unknown'
    else this.#unknownApplied(number)
    if (this.#unsettled.size > MAX_UNSETTLED) this.#forgetOldest()
  }

  /** @param least what `least` said before the page was asked for. */
  read({ from, items, length }: Page, least: number): void {
    if (length < least) this.#problem(`${length} items are there, where ${least} have been`)
    if (from > this.#next)
      this.#problem(`the items from ${this.#next} to ${from - 1} were cut before they were read`)
    for (const [i, number] of items.entries()) {
      const place = from + i
      if (place < this.#next) continue
      this.#next = place + 1
      this.#hash = hashed(this.#hash, number)
      const expected = this.#places.get(place)
      if (expected !== undefined && expected !== number)
        this.#lost(expected, `was told place ${place}, where ${number} stands`)
      this.#see(number, place)
    }
  }

  /** Nothing is called any more, and `page` is the rest of the list. */
  finish(page: Page, least: number): void {
    this.read(page, least)
    for (const [place, number] of this.#places) this.#lost(number, `was told place ${place}, beyond the end`)
    if (page.length !== this.#next)
      this.#problem(`${page.length} items are said to be there, and ${this.#next} have been read`)
    if (page.hash !== this.#hash) this.#problem('the items that were cut are not those that were read')
  }

  #see(number: number, place: number): void {
    const item = this.#unsettled.get(number)
    if (item === undefined || item.seenAt !== null) {
      this.#sums.duplicated++
      this.#problem(
        number > this.#last
          ? `item ${number} stands at ${place}, and nobody has appended it`
          : `item ${number} stands at ${place}; it stood before, or its caller was told that it did not happen`,
      )
      return
    }
    this.#order(item.era, number, place)
    if (item.fate === 'waiting') {
      item.seenAt = place
    } else if (item.fate === 'unknown') {
      this.#unknownApplied(number)
    } else {
      this.#unsettled.delete(number)
      this.#places.delete(item.fate.at)
      if (item.fate.at !== place)
        this.#problem(`item ${number} stands at ${place}, but its caller was told ${item.fate.at}`)
    }
  }

  #order(era: number, number: number, place: number): void {
    const before = this.#inOrder.get(era) ?? 0
    if (number < before)
      this.#problem(`item ${number} stands at ${place}, behind ${before}, which was called later`)
    this.#inOrder.set(era, Math.max(before, number))
    if (this.#inOrder.size > KEPT_ERAS) this.#inOrder.delete(Math.min(...this.#inOrder.keys()))
  }

  #forgetOldest(): void {
    const most = MAX_UNSETTLED * 0.9
    for (const [number, { fate }] of this.#unsettled) {
      if (this.#unsettled.size <= most) return
      if (fate === 'unknown') this.#unsettled.delete(number)
    }
  }

  #unknownApplied(number: number): void {
    this.#sums.unknownApplied++
    this.#unsettled.delete(number)
  }

  #lost(number: number, why: string): void {
    const item = this.#unsettled.get(number)
    if (item !== undefined && typeof item.fate === 'object') this.#places.delete(item.fate.at)
    this.#unsettled.delete(number)
    this.#sums.lost++
    this.#problem(`item ${number} was acknowledged and is lost: it ${why}`)
  }

  #problem(what: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(`${this.writer}: ${what}`)
  }
}
