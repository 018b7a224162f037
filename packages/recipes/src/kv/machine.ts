/** A machine for a key-value store: entries with revisions, times to live and leases, transactions, and a history for watchers. */
import { defineValue } from '@rafted/contracts'
import {
  fieldsOf,
  filterOf,
  flagOf,
  keyOf,
  leaseOf,
  limitsOf,
  listOf,
  MAX_PAGE,
  pageOf,
  putOf,
  rangeOf,
  revisionOf,
  ttlOf,
  wholeOf,
} from './arguments.ts'
import { KvChange } from './change.ts'
import type {
  KvDeleteOptions,
  KvEntry,
  KvLimits,
  KvPageEnd,
  KvPageOptions,
  KvPutOptions,
  KvRange,
  KvStats,
  KvWritten,
} from './entry.ts'
import type { KvNews } from './history.ts'
import { checkPut, Room } from './room.ts'
import { itemsOf, type KvItem, putBack } from './snapshot.ts'
import { KvState, LEASE_BYTES } from './state.ts'
import { checkRoom, holds, perform, planOf } from './transaction.ts'
import type { KvTransacted, KvTransaction } from './transaction-types.ts'

/** What a watcher wants: one key, or a range of them. */
export interface KvFilter {
  readonly key?: string | undefined
  readonly range?: KvRange | undefined
}

/** Keys that are counted in one answer. */
const COUNTED = 100_000

/**
 * A machine for a key-value store, to create a group with; `kv` gives its handle. Keys are strings of up to 1024 UTF-16 units, values anything of up to a mebibyte
 * and 80 levels. What is not so is refused: `command-error`, with the reason `bad-argument`, `too-large`, `too-many`, `full` or `no-such-lease`.
 */
export const kvStore = defineValue({
  create: () => new KvState(),
  deadline: (state) => state.deadline,
  atDeadline: 'sweep',
  commands: {
    put(state, key: string, value: unknown, options: KvPutOptions = {}): KvWritten {
      const fields = fieldsOf('Options of a put', options, [
        'ttlMs',
        'lease',
        'ifRevision',
        'ifAbsent',
        'previous',
      ])
      const put = putOf(key, value, fields)
      const expected = revisionOf(fields)
      const revision = state.live(put.key, this.time)?.revision ?? 0
      const previous = put.previous ? { previous: state.get(put.key, this.time) } : {}
      if (expected !== null && expected !== revision) return { done: false, revision, ...previous }
      checkPut(put, state, this.time)
      const room = new Room(state)
      room.put(put)
      room.check()
      const change = new KvChange(state, this)
      change.put(put)
      return { done: true, revision: change.end(), ...previous }
    },
    delete(state, key: string, options: KvDeleteOptions = {}): KvWritten {
      const fields = fieldsOf('Options of a delete', options, ['ifRevision', 'previous'])
      const own = keyOf(key)
      const expected = revisionOf(fields)
      const revision = state.live(own, this.time)?.revision ?? 0
      const previous = flagOf('previous', fields.previous) ? { previous: state.get(own, this.time) } : {}
      if (revision === 0 || (expected !== null && expected !== revision))
        return { done: false, revision, ...previous }
      const change = new KvChange(state, this)
      change.delete(own)
      change.end()
      return { done: true, revision: 0, ...previous }
    },
    /** The first keys of a range, 1000 at most. */
    deleteRange(state, range: KvRange): KvPageEnd & { readonly deleted: number } {
      const { keys, next } = state.keysIn(rangeOf(range), MAX_PAGE, this.time)
      const change = new KvChange(state, this)
      for (const key of keys) change.delete(key)
      return { deleted: keys.length, revision: change.end(), next }
    },
    /** Gives a key so many milliseconds from now on, null: all there are. Takes it from its lease. @returns whether it is there. */
    touch(state, key: string, ttlMs: number | null): boolean {
      const own = keyOf(key)
      const ttl = ttlMs === null ? null : ttlOf(ttlMs)
      const change = new KvChange(state, this)
      const isThere = change.touch(own, ttl)
      change.end()
      return isThere
    },
    transact(state, transaction: KvTransaction): KvTransacted {
      const plan = planOf(transaction)
      const succeeded = holds(plan, state, this.time)
      const steps = succeeded ? plan.steps : plan.otherwise
      const room = checkRoom(steps, state, this)
      const change = new KvChange(state, this)
      const results = perform(steps, state, change, this, room)
      return { succeeded, revision: change.end(), results }
    },
    /** @returns the number of a new lease. */
    grantLease(state, ttlMs: number): number {
      const ttl = ttlOf(ttlMs)
      const room = new Room(state)
      room.add(LEASE_BYTES)
      room.check()
      state.setLease(this.index, { ttlMs: ttl, expiresAt: this.time + ttl })
      return this.index
    },
    /** @returns whether it had not ended before. */
    keepLease(state, lease: number): boolean {
      const found = state.lease(leaseOf(lease), this.time)
      if (found === null) return false
      state.setLease(lease, { ...found, expiresAt: this.time + found.ttlMs })
      return true
    },
    /** Its keys go with it. @returns whether it had not ended before. */
    endLease(state, lease: number): boolean {
      const found = state.lease(leaseOf(lease), this.time)
      if (found === null) return false
      // Its keys are gone from here on, all at once; those that are left are swept.
      state.setLease(lease, { ...found, expiresAt: this.time })
      const change = new KvChange(state, this)
      change.sweepLease(lease)
      change.end()
      return true
    },
    /** Removes keys whose time is over: nobody sees them any more, and watchers are told. */
    sweep(state): void {
      const change = new KvChange(state, this)
      change.sweep()
      change.end()
    },
    /** @returns the limits from now on. */
    limit(state, limits: Partial<KvLimits>): KvLimits {
      state.limits = limitsOf(limits, state.limits)
      new KvChange(state, this).end()
      return state.limits
    },
  },
  queries: {
    get(state, key: string): KvEntry | null {
      return state.get(keyOf(key), this.time)
    },
    /** In the order in which they are asked for. */
    many(
      state,
      keys: readonly string[],
    ): { readonly revision: number; readonly entries: (KvEntry | null)[] } {
      const room = new Room(state)
      const own = listOf('Keys', keys, MAX_PAGE).map(keyOf)
      for (const key of own) room.answer(key)
      room.check()
      return { revision: state.revision, entries: own.map((key) => state.get(key, this.time)) }
    },
    range(state, range?: KvPageOptions): KvPageEnd & { readonly entries: readonly KvEntry[] } {
      return { revision: state.revision, ...state.page(pageOf(range), this.time) }
    },
    keys(state, range?: KvPageOptions): KvPageEnd & { readonly keys: readonly string[] } {
      const page = pageOf(range)
      return { revision: state.revision, ...state.keysIn(page, page.limit, this.time) }
    },
    count(state, range?: KvRange): KvPageEnd & { readonly count: number } {
      const { keys, next } = state.keysIn(rangeOf(range), COUNTED, this.time)
      return { revision: state.revision, count: keys.length, next }
    },
    lease(
      state,
      lease: number,
    ): { readonly ttlMs: number; readonly expiresAt: number; readonly keys: string[] } | null {
      const found = state.lease(leaseOf(lease), this.time)
      return found === null ? null : { ...found, keys: state.keysOf(lease, MAX_PAGE) }
    },
    /** What a watcher lacks that knows all up to the revision `after`. */
    news(state, wanted: KvFilter, after: number): KvNews {
      const known = wholeOf('after', after, 0, Number.MAX_SAFE_INTEGER)
      return state.history.news(filterOf(wanted), known, state.limits)
    },
    /** A page of what watchers know: of those whose time is over they are told when they are swept. */
    held(state, wanted: KvFilter, from: string | null): KvPageEnd & { readonly entries: readonly KvEntry[] } {
      const bounds = filterOf(wanted)
      const keys = from === null ? bounds.keys : { ...bounds.keys, after: undefined, from: keyOf(from) }
      return { revision: state.revision, ...state.page({ ...bounds, keys, limit: MAX_PAGE }, null) }
    },
    revision: (state) => state.revision,
    stats: (state): KvStats => state.stats(),
  },
  snapshot: (state) => itemsOf(state),
  restore: (state, item: KvItem) => putBack(state, item),
})
