/** The state of a store: entries, the leases they hang on, when what is due, and the history. Everything is found in logarithmic time. */
import { SortedCowMap } from '@rafted/contracts'
import type { Page } from './arguments.ts'
import type { KvEntry, KvLimits, KvStats } from './entry.ts'
import { History } from './history.ts'
import type { Bounds } from './ranges.ts'

/** An entry without its key. Replaced as a whole. */
export interface Stored {
  readonly value: unknown
  readonly size: number
  readonly revision: number
  readonly created: number
  readonly version: number
  /** Of its own; null for one with a lease. */
  readonly expiresAt: number | null
  readonly lease: number | null
}

export interface Lease {
  readonly ttlMs: number
  readonly expiresAt: number
}

/** What is due at a time: a lease, or, where that is 0, a key. */
export type Due = readonly [at: number, lease: number, key: string]
type Attached = readonly [lease: number, key: string]

/** What a lease counts for. */
export const LEASE_BYTES = 100

export interface Found {
  readonly entries: readonly KvEntry[]
  readonly next: string | null
}

/** Entries that are walked over for one answer: those whose time is over are left out of it, and may be many until they are swept. */
const WALKED = 20_000
/** Of entries in an answer; the first one comes whatever its size. */
const ANSWER_BYTES = 1024 * 1024

export class KvState {
  readonly entries = new SortedCowMap<string, Stored>()
  readonly leases = new SortedCowMap<number, Lease>()
  readonly #attached = new SortedCowMap<Attached, true>([], byLease)
  readonly #due = new SortedCowMap<Due, true>([], byTime)
  readonly history = new History()
  /** Of the last change. */
  revision = 0
  limits: KvLimits = { maxBytes: 256 * 2 ** 20, historyEvents: 10_000, historyBytes: 16 * 2 ** 20 }
  #bytes = 0
  #nextDue: number | null = null

  /** Replicated time at which something is due first, or null. */
  get deadline(): number | null {
    return this.#nextDue
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The lease, if its time is not over. */
  lease(id: number, time: number): Lease | null {
    const lease = this.leases.get(id)
    return lease === undefined || lease.expiresAt <= time ? null : lease
  }

  /** What stands there, if its time is not over. */
  live(key: string, time: number): Stored | null {
    const stored = this.entries.get(key)
    return stored === undefined || this.#isOver(stored, time) ? null : stored
  }

  get(key: string, time: number): KvEntry | null {
    const stored = this.live(key, time)
    return stored === null ? null : this.entryOf(key, stored)
  }

  entryOf(key: string, stored: Stored): KvEntry {
    const { value, revision, created, version, lease } = stored
    return { key, value, revision, created, version, expiresAt: this.#expiryOf(stored), lease }
  }

  /** @param time null: those whose time is over as well, until they are swept. @param maxBytes of the entries together. */
  page({ keys, limit }: Page, time: number | null, maxBytes = ANSWER_BYTES): Found {
    const entries: KvEntry[] = []
    let bytes = 0
    let walked = 0
    for (const [key, stored] of this.entries.entries(keys)) {
      if (walked++ === WALKED) return { entries, next: key }
      if (time !== null && this.#isOver(stored, time)) continue
      bytes += stored.size
      if (entries.length === limit || (bytes > maxBytes && (entries.length > 0 || maxBytes < ANSWER_BYTES)))
        return { entries, next: key }
      entries.push(this.entryOf(key, stored))
    }
    return { entries, next: null }
  }

  /** @returns keys, `limit` at most. */
  keysIn(
    { keys }: Bounds,
    limit: number,
    time: number,
  ): { readonly keys: string[]; readonly next: string | null } {
    const found: string[] = []
    let walked = 0
    for (const [key, stored] of this.entries.entries(keys)) {
      if (walked++ === WALKED + limit) return { keys: found, next: key }
      if (this.#isOver(stored, time)) continue
      if (found.length === limit) return { keys: found, next: key }
      found.push(key)
    }
    return { keys: found, next: null }
  }

  /** Puts an entry there; what stood there must be live, or have been removed. */
  set(key: string, stored: Stored): void {
    this.#letGo(key)
    this.#bytes += stored.size
    this.entries.set(key, stored)
    if (stored.lease !== null) this.#attached.set([stored.lease, key], true)
    else if (stored.expiresAt !== null) this.#addDue([stored.expiresAt, 0, key])
  }

  remove(key: string): void {
    this.#letGo(key)
    this.entries.delete(key)
  }

  setLease(id: number, lease: Lease): void {
    this.#letGoLease(id)
    this.#bytes += LEASE_BYTES
    this.leases.set(id, lease)
    this.#addDue([lease.expiresAt, id, ''])
  }

  removeLease(id: number): void {
    this.#letGoLease(id)
    this.leases.delete(id)
  }

  /** Keys of a lease, `limit` at most. */
  keysOf(lease: number, limit: number): string[] {
    const keys: string[] = []
    if (limit === 0) return keys
    for (const [, key] of this.#attached.keys({ after: [lease, ''], before: [lease + 1, ''] }))
      if (keys.push(key) === limit) break
    return keys
  }

  /** What is due by then, in its order, `limit` at most. */
  dueBy(time: number, limit: number): Due[] {
    const due: Due[] = []
    if (this.#nextDue === null || this.#nextDue > time) return due
    for (const next of this.#due.keys()) {
      if (next[0] > time) break
      if (due.push(next) === limit) break
    }
    return due
  }

  stats(): KvStats {
    const { revision, entries, leases, bytes, history, limits } = this
    return {
      revision,
      entries: entries.size,
      leases: leases.size,
      bytes,
      historyEvents: history.events,
      historyBytes: history.bytes,
      historyFrom: history.floor + 1,
      limits,
    }
  }

  #expiryOf({ expiresAt, lease }: Stored): number | null {
    return lease === null ? expiresAt : this.leases.get(lease)!.expiresAt
  }

  #isOver(stored: Stored, time: number): boolean {
    const expiresAt = this.#expiryOf(stored)
    return expiresAt !== null && expiresAt <= time
  }

  /** Of what stands there nothing is left but itself. */
  #letGo(key: string): void {
    const stored = this.entries.get(key)
    if (stored === undefined) return
    this.#bytes -= stored.size
    if (stored.lease !== null) this.#attached.delete([stored.lease, key])
    else if (stored.expiresAt !== null) this.#removeDue([stored.expiresAt, 0, key])
  }

  #letGoLease(id: number): void {
    const lease = this.leases.get(id)
    if (lease === undefined) return
    this.#bytes -= LEASE_BYTES
    this.#removeDue([lease.expiresAt, id, ''])
  }

  #addDue(due: Due): void {
    this.#due.set(due, true)
    if (this.#nextDue === null || due[0] < this.#nextDue) this.#nextDue = due[0]
  }

  #removeDue(due: Due): void {
    this.#due.delete(due)
    if (due[0] !== this.#nextDue) return
    const first = this.#due.keys().next()
    this.#nextDue = first.done ? null : first.value[0]
  }
}

function byLease([lease, key]: Attached, [otherLease, otherKey]: Attached): number {
  return lease - otherLease || byKey(key, otherKey)
}

function byTime([at, lease, key]: Due, [otherAt, otherLease, otherKey]: Due): number {
  return at - otherAt || lease - otherLease || byKey(key, otherKey)
}

function byKey(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
