/** What was changed last, for watchers: bounded by events and bytes. */
import { type FrozenSortedMap, SortedCowMap } from '@rafted/contracts'
import type { KvEvent, KvLimits } from './entry.ts'
import type { Bounds } from './ranges.ts'

/** All that was changed at one revision. */
export interface Moment {
  readonly time: number
  readonly events: readonly KvEvent[]
  readonly bytes: number
}

/** What a watcher is answered. */
export type KvNews =
  /** It is not remembered any more. */
  | { readonly kind: 'forgotten' }
  /** All there is of what is watched, up to this revision, that the watcher doesn't know. */
  | {
      readonly kind: 'news'
      readonly upTo: number
      readonly moments: readonly (Pick<Moment, 'time' | 'events'> & { readonly revision: number })[]
    }

/** Moments that are forgotten in one command: many go at once where a limit is lowered. */
const FORGOTTEN_AT_ONCE = 512
/** Events that are looked at for one answer, at least: whole moments are. */
const LOOKED_AT = 1024
const ANSWER_BYTES = 1024 * 1024
/**
 * A watcher whom nothing concerned is moved on behind so many events: else all of them were looked at again each time. Sooner, where it is a quarter of what is
 * remembered: else it would be forgotten before it hears of it.
 */
const PASSED_OVER = 64
const PASSED_SHARE = 4

export class History {
  readonly #moments = new SortedCowMap<number, Moment>()
  /** Revision of the newest moment that is forgotten; 0: none is. */
  floor = 0
  events = 0
  bytes = 0

  /** @param revision above all before. */
  add(revision: number, moment: Moment): void {
    this.#moments.set(revision, moment)
    this.events += moment.events.length
    this.bytes += moment.bytes
  }

  /** Forgets the oldest, as far as there are too many. The newest stays. */
  trim({ historyEvents, historyBytes }: KvLimits): void {
    const isOver = (): boolean => this.events > historyEvents || this.bytes > historyBytes
    if (!isOver()) return
    let forgotten = 0
    for (const [revision, { events, bytes }] of this.#moments.entries()) {
      if (!isOver() || this.#moments.size === 1 || forgotten === FORGOTTEN_AT_ONCE) return
      this.#moments.delete(revision)
      this.floor = revision
      this.events -= events.length
      this.bytes -= bytes
      forgotten++
    }
  }

  /** @param after the newest revision that the watcher knows. */
  news(wanted: Bounds, after: number, limits: KvLimits): KvNews {
    if (after < this.floor) return { kind: 'forgotten' }
    const moments = []
    let upTo = after
    let looked = 0
    let lookedBytes = 0
    let bytes = 0
    for (const [revision, moment] of this.#moments.entries({ after })) {
      if (looked >= LOOKED_AT || bytes >= ANSWER_BYTES) break
      looked += moment.events.length
      lookedBytes += moment.bytes
      const events = moment.events.filter((event) => wanted.has(keyOfEvent(event)))
      upTo = revision
      if (events.length === 0) continue
      bytes += moment.bytes
      moments.push({ revision, time: moment.time, events })
    }
    // As long as the answer stays the same nobody is woken for it.
    const passedOver = Math.min(PASSED_OVER, limits.historyEvents / PASSED_SHARE)
    if (moments.length === 0 && looked < passedOver && lookedBytes < limits.historyBytes / PASSED_SHARE)
      upTo = after
    return { kind: 'news', upTo, moments }
  }

  freeze(): FrozenSortedMap<number, Moment> {
    return this.#moments.freeze()
  }
}

function keyOfEvent(event: KvEvent): string {
  return event.kind === 'put' ? event.entry.key : event.key
}
