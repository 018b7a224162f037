/** A store as one would write it without a thought for its cost: everything is looked through each time. */
import type {
  KvCondition,
  KvEntry,
  KvEvent,
  KvOperation,
  KvPageOptions,
  KvRange,
  KvTransaction,
} from '../../src/index.ts'

interface Lease {
  readonly ttlMs: number
  readonly expiresAt: number
}

export interface ModelMoment {
  readonly revision: number
  readonly time: number
  readonly events: KvEvent[]
}

export type ModelCommand = readonly [name: string, ...args: unknown[]]
// biome-ignore lint/suspicious/noExplicitAny: arguments of commands that tests have made.
type Any = any

export function isWithin({ prefix = '', from, after, to, before }: KvRange, key: string): boolean {
  return (
    key.startsWith(prefix) &&
    (from === undefined || key >= from) &&
    (after === undefined || key > after) &&
    (to === undefined || key <= to) &&
    (before === undefined || key < before)
  )
}

export class Model {
  index = 0
  time = 1000
  readonly entries = new Map<string, KvEntry>()
  readonly leases = new Map<number, Lease>()
  /** All that has ever happened. */
  readonly log: ModelMoment[] = []
  #events: KvEvent[] = []

  get revision(): number {
    return this.log.at(-1)?.revision ?? 0
  }

  do([name, ...args]: ModelCommand): unknown {
    this.index++
    this.#events = []
    const result = (this as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args)
    if (this.#events.length > 0)
      this.log.push({ revision: this.index, time: this.time, events: this.#events })
    return typeof result === 'function' ? result() : result
  }

  get(key: string): KvEntry | null {
    const entry = this.entries.get(key)
    if (entry === undefined) return null
    const expiresAt = this.#expiry(entry)
    return expiresAt !== null && expiresAt <= this.time ? null : { ...entry, expiresAt }
  }

  live(range: KvPageOptions = {}): KvEntry[] {
    const { reverse, limit = 1000 } = range
    const keys = [...this.entries.keys()].sort().filter((key) => isWithin(range, key))
    if (reverse) keys.reverse()
    return keys.flatMap((key) => this.get(key) ?? []).slice(0, limit)
  }

  lease(id: number): Lease | null {
    const lease = this.leases.get(id)
    return lease === undefined || lease.expiresAt <= this.time ? null : lease
  }

  put(key: string, value: unknown, options: Any = {}): unknown {
    const before = this.get(key)
    const revision = before?.revision ?? 0
    const previous = options.previous ? { previous: before } : {}
    const expected = options.ifAbsent ? 0 : options.ifRevision
    if (expected !== undefined && expected !== revision) return { done: false, revision, ...previous }
    this.#put(key, value, options)
    return { done: true, revision: this.index, ...previous }
  }

  delete(key: string, options: Any = {}): unknown {
    const before = this.get(key)
    const revision = before?.revision ?? 0
    const previous = options.previous ? { previous: before } : {}
    if (before === null || (options.ifRevision ?? revision) !== revision)
      return { done: false, revision, ...previous }
    this.#remove('delete', key)
    return { done: true, revision: 0, ...previous }
  }

  deleteRange(range: KvPageOptions): unknown {
    const keys = this.live(range).map(({ key }) => key)
    for (const key of keys) this.#remove('delete', key)
    return () => ({ deleted: keys.length, revision: this.revision, next: null })
  }

  touch(key: string, ttlMs: number | null): boolean {
    const before = this.#current(key)
    if (before === null) return false
    this.entries.set(key, { ...before, lease: null, expiresAt: ttlMs === null ? null : this.time + ttlMs })
    return true
  }

  transact({ if: conditions = [], then = [], else: otherwise = [] }: KvTransaction): unknown {
    const succeeded = conditions.every((condition) => this.#holds(condition))
    const results = (succeeded ? then : otherwise).map((operation) => this.#perform(operation))
    return () => ({ succeeded, revision: this.revision, results })
  }

  grantLease(ttlMs: number): number {
    this.leases.set(this.index, { ttlMs, expiresAt: this.time + ttlMs })
    return this.index
  }

  keepLease(id: number): boolean {
    const lease = this.lease(id)
    if (lease !== null) this.leases.set(id, { ...lease, expiresAt: this.time + lease.ttlMs })
    return lease !== null
  }

  endLease(id: number): boolean {
    if (this.lease(id) === null) return false
    this.#sweepLease(id)
    return true
  }

  sweep(): undefined {
    const due: [at: number, lease: number, key: string][] = []
    for (const [id, { expiresAt }] of this.leases) due.push([expiresAt, id, ''])
    for (const { key, expiresAt, lease } of this.entries.values())
      if (lease === null && expiresAt !== null) due.push([expiresAt, 0, key])
    due.sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1))
    for (const [at, lease, key] of due) {
      if (at > this.time) break
      if (lease === 0) this.#remove('expire', key)
      else this.#sweepLease(lease)
    }
  }

  #sweepLease(id: number): void {
    for (const key of [...this.entries.keys()].sort())
      if (this.entries.get(key)!.lease === id) this.#remove('expire', key)
    this.leases.delete(id)
  }

  #expiry({ lease, expiresAt }: KvEntry): number | null {
    return lease === null ? expiresAt : this.leases.get(lease)!.expiresAt
  }

  #current(key: string): KvEntry | null {
    const entry = this.get(key)
    if (entry === null && this.entries.has(key)) this.#remove('expire', key)
    return entry
  }

  #put(key: string, value: unknown, { ttlMs, lease = null }: Any): void {
    const before = this.#current(key)
    const isKept = ttlMs === 'keep'
    const entry: KvEntry = {
      key,
      value,
      revision: this.index,
      created: before?.created ?? this.index,
      version: (before?.version ?? 0) + 1,
      lease: isKept ? (before?.lease ?? null) : lease,
      expiresAt: isKept ? (before?.expiresAt ?? null) : ttlMs === undefined ? null : this.time + ttlMs,
    }
    this.entries.set(key, entry)
    this.#events.push({ kind: 'put', entry: { ...entry, expiresAt: this.#expiry(entry) } })
  }

  #remove(kind: 'delete' | 'expire', key: string): void {
    this.entries.delete(key)
    this.#events.push({ kind, key })
  }

  #holds({ key, exists, revision, created, version, ...rest }: KvCondition): boolean {
    const entry = this.get(key)
    const numbers = [
      [revision, entry?.revision ?? 0],
      [created, entry?.created ?? 0],
      [version, entry?.version ?? 0],
    ] as const
    return (
      (exists === undefined || exists === (entry !== null)) &&
      (!('value' in rest) ||
        (entry !== null && JSON.stringify(entry.value) === JSON.stringify(rest.value))) &&
      numbers.every(([wanted, is]) => {
        if (wanted === undefined) return true
        if (typeof wanted === 'number') return wanted === is
        return is > (wanted.above ?? -1) && is < (wanted.below ?? Number.POSITIVE_INFINITY)
      })
    )
  }

  #perform(operation: KvOperation): unknown {
    const { op } = operation
    switch (operation.op) {
      case 'put': {
        const previous = operation.previous ? { previous: this.get(operation.key) } : {}
        this.#put(operation.key, operation.value, operation)
        return { op, ...previous }
      }
      case 'delete': {
        const previous = operation.previous ? { previous: this.get(operation.key) } : {}
        const deleted = this.#current(operation.key) !== null
        if (deleted) this.#remove('delete', operation.key)
        return { op, deleted, ...previous }
      }
      case 'deleteRange': {
        const keys = this.live(operation.range).map(({ key }) => key)
        for (const key of keys) this.#remove('delete', key)
        return { op, deleted: keys.length }
      }
      case 'touch':
        return { op, touched: this.touch(operation.key, operation.ttlMs) }
      case 'get':
        return { op, entry: this.get(operation.key) }
      case 'range': {
        const all = this.live({ ...operation.range, limit: 1000 })
        const { limit = 1000 } = operation.range
        return { op, entries: all.slice(0, limit), next: all[limit]?.key ?? null }
      }
    }
  }
}
