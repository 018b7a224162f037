/** What one command does to a store, and tells of it: all at one revision. What it is given has been looked at, so nothing here refuses. */
import type { ApplyContext } from '@rafted/contracts'
import type { Put } from './arguments.ts'
import type { KvEvent } from './entry.ts'
import type { KvState, Stored } from './state.ts'

/** Keys that one sweep removes. The next one follows some milliseconds later, where there is more to do. */
const SWEPT_AT_ONCE = 512
/** Of an event, beside the entry. */
const EVENT_BYTES = 100

export class KvChange {
  readonly #state: KvState
  readonly #at: ApplyContext
  readonly #events: KvEvent[] = []
  #bytes = 0

  constructor(state: KvState, at: ApplyContext) {
    this.#state = state
    this.#at = at
  }

  put({ key, value, size, ttlMs, lease }: Put): void {
    const { index, time } = this.#at
    const before = this.#current(key)
    const stored: Stored = {
      value,
      size,
      revision: index,
      created: before?.created ?? index,
      version: (before?.version ?? 0) + 1,
      expiresAt: ttlMs === 'keep' ? (before?.expiresAt ?? null) : ttlMs === null ? null : time + ttlMs,
      lease: ttlMs === 'keep' ? (before?.lease ?? null) : lease,
    }
    this.#state.set(key, stored)
    this.#tell({ kind: 'put', entry: this.#state.entryOf(key, stored) }, size)
  }

  /** @returns whether it was there. */
  delete(key: string): boolean {
    if (this.#current(key) === null) return false
    this.#remove('delete', key)
    return true
  }

  /** Its time is its own from now on, and that of no lease. It is no change of the key. @param ttlMs null: it stays. @returns whether it was there. */
  touch(key: string, ttlMs: number | null): boolean {
    const before = this.#current(key)
    if (before === null) return false
    const expiresAt = ttlMs === null ? null : this.#at.time + ttlMs
    this.#state.set(key, { ...before, expiresAt, lease: null })
    return true
  }

  /** Removes what is due, or a part of it. */
  sweep(): void {
    let left = SWEPT_AT_ONCE
    for (const [, lease, key] of this.#state.dueBy(this.#at.time, SWEPT_AT_ONCE)) {
      if (left <= 0) return
      if (lease === 0) {
        this.#remove('expire', key)
        left--
      } else left -= this.sweepLease(lease, left)
    }
  }

  /** Removes a lease whose time is over, with its keys; it stays until all of them have gone. @returns how much work it was. */
  sweepLease(lease: number, limit = SWEPT_AT_ONCE): number {
    const keys = this.#state.keysOf(lease, limit)
    for (const key of keys) this.#remove('expire', key)
    if (this.#state.keysOf(lease, 1).length === 0) this.#state.removeLease(lease)
    return keys.length + 1
  }

  /** Of the store as this leaves it; to be called once. @returns its revision. */
  end(): number {
    const { history, limits } = this.#state
    const { index, time } = this.#at
    if (this.#events.length > 0) {
      this.#state.revision = index
      history.add(index, { time, events: this.#events, bytes: this.#bytes })
    }
    history.trim(limits)
    return this.#state.revision
  }

  /** What stands there. Where its time is over, it goes now. */
  #current(key: string): Stored | null {
    const { entries } = this.#state
    const live = this.#state.live(key, this.#at.time)
    if (live === null && entries.has(key)) this.#remove('expire', key)
    return live
  }

  #remove(kind: 'delete' | 'expire', key: string): void {
    this.#state.remove(key)
    this.#tell({ kind, key }, 2 * key.length)
  }

  #tell(event: KvEvent, bytes: number): void {
    this.#events.push(event)
    this.#bytes += EVENT_BYTES + bytes
  }
}
