/**
 * Stretches of entries: contiguous, of one term, of one group, near each other in one segment. They are what the store remembers of
 * the entries on disk (a sparse index), and at the same time the heads that the core asks for.
 */
import { RUN_BYTES } from '../runs.ts'

export interface Stretch {
  readonly first: number
  last: number
  readonly term: number
  /** `entryBytes` of its entries together. */
  bytes: number
  /** Replicated time of the last one. */
  time: number
  /** Where the record of the first entry begins. */
  offset: number
  /** Where the record of the last entry ends. */
  end: number
}

/** Puts entries together, as they come, to stretches of at most 64 KiB. */
export class StretchMaker {
  #stretches: Stretch[] = []
  #open: Stretch | null = null

  add(index: number, term: number, time: number, bytes: number, offset: number, end: number): void {
    const open = this.#open
    if (open !== null && open.term === term && open.last === index - 1 && open.bytes + bytes <= RUN_BYTES) {
      open.last = index
      open.bytes += bytes
      open.time = time
      open.end = end
      return
    }
    this.#open = { first: index, last: index, term, bytes, time, offset, end }
    this.#stretches.push(this.#open)
  }

  /** @returns what was added since the last time. */
  take(): Stretch[] {
    const done = this.#stretches
    this.#stretches = []
    this.#open = null
    return done
  }
}
