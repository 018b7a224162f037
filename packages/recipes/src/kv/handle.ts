/** A key-value store to its callers. */
import type { CallOptions, ValueHandle } from '@rafted/contracts'
import { type RecipeSeams, seamsOf } from '../seams.ts'
import { Beginnings } from './beginnings.ts'
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
import { HeldLease, type KvLease, type KvLeaseOptions } from './lease.ts'
import type { kvStore } from './machine.ts'
import { Names } from './names.ts'
import { type KvSchema, valid } from './schema.ts'
import type { KvOperation, KvTransacted, KvTransaction } from './transaction-types.ts'
import { type KvWatch, NamedWatch, StoreWatch } from './watch.ts'

type Handle = ValueHandle<typeof kvStore>

/** What a handle makes of keys and values. */
export interface KvOptions<V> extends RecipeSeams {
  /** Stands before each key in the store, and before none that the handle is given or gives. Default: none. */
  readonly prefix?: string | undefined
  /** What values must be, by a schema of any library that speaks Standard Schema: they are validated before they are sent, and what it makes of them is. What is read is not. */
  readonly schema?: KvSchema<V> | undefined
}

/** Which keys are watched, all unless it is said, and from where on. */
export interface KvWatchOptions {
  /** This key alone. */
  readonly key?: string | undefined
  /** Keys that begin so. */
  readonly prefix?: string | undefined
  /** Keys of this range. */
  readonly range?: KvRange | undefined
  /**
   * The first revision that is wanted: one more than that of the last event. 1 for all that is remembered. Default: what is done from now on. What this handle is asked to
   * write meanwhile waits until the watch has `begun`, a second at most; for what others do, wait for that.
   */
  readonly from?: number | undefined
}

/**
 * Keys and their values. Each call is linearizable, and each command takes effect once, whatever is retried. Besides what any call rejects with, what the store refuses
 * is `command-error`: `details.reason` is `bad-argument`, `too-large`, `too-many`, `full` or `no-such-lease`.
 */
export interface Kv<V = unknown> {
  /** What stands before each key in the store. */
  readonly prefix: string
  /** The keys of it that begin with `prefix`, without it. */
  in<W = V>(prefix: string, options?: Pick<KvOptions<W>, 'schema'>): Kv<W>
  /** The same keys, called with these options on top of those of this handle. */
  with(options: CallOptions): Kv<V>

  /** @returns the entry, or null: there is none. */
  get(key: string): Promise<KvEntry<V> | null>
  /** Several, 1000 at most, as they are at one revision: in the order in which they are asked for. */
  many(
    keys: readonly string[],
  ): Promise<{ readonly revision: number; readonly entries: readonly (KvEntry<V> | null)[] }>
  /** A page of entries, as they are at one revision. */
  range(range?: KvPageOptions): Promise<KvPageEnd & { readonly entries: readonly KvEntry<V>[] }>
  /** A page of keys, as they are at one revision. */
  keys(range?: KvPageOptions): Promise<KvPageEnd & { readonly keys: readonly string[] }>
  /** Page by page, each as it is when it is asked for. @param range its `limit` is that of a page. */
  entries(range?: KvPageOptions): AsyncGenerator<KvEntry<V>, undefined>
  /** How many there are: at one revision, if they are 100,000 at most. */
  count(range?: KvRange): Promise<number>

  /** Puts a value there. On a condition that does not hold it does nothing, and `done` is false. */
  put(key: string, value: V, options?: KvPutOptions): Promise<KvWritten<V>>
  /** Puts there what `change` makes of what stands there (undefined: nothing), again where somebody else was faster. @returns what stands there then. */
  update(
    key: string,
    change: (value: V | undefined) => V,
    options?: Pick<KvPutOptions, 'ttlMs' | 'lease'>,
  ): Promise<{ readonly value: V; readonly revision: number }>
  /** Deletes a key. Where it isn't there, or the condition does not hold, `done` is false. */
  delete(key: string, options?: KvDeleteOptions): Promise<KvWritten<V>>
  /** Deletes them by the thousand, each thousand at once. @returns how many there were. */
  deleteRange(range: KvRange): Promise<number>
  /** Gives a key so many milliseconds from now on; null: all there are. It is no change of the key, and takes it from its lease. @returns whether it is there. */
  touch(key: string, ttlMs: number | null): Promise<boolean>
  /** On conditions, several things at once: all are done at one revision, or none. */
  transaction<
    const Then extends readonly KvOperation<V>[] = readonly [],
    const Else extends readonly KvOperation<V>[] = readonly [],
  >(transaction: KvTransaction<V, Then, Else>): Promise<KvTransacted<V, Then, Else>>
  /** A lease for keys to hang on. */
  lease(options: KvLeaseOptions): Promise<KvLease>

  /**
   * What becomes of keys, in order, once each, through failures and changes of leaders. Where what is wanted is not remembered any more, be it that this was long ago, or that
   * the reader has been slow, the entries come in one `snapshot`, and then what follows it. Nothing is asked ahead of the reader.
   */
  watch(options?: KvWatchOptions): KvWatch<V>
  /** Of the last change of any key. */
  revision(): Promise<number>
  /** Of all the store, whatever the prefix. */
  stats(): Promise<KvStats>
  /** Sets limits of all the store. What is left out stays. @returns those that hold now. */
  limit(limits: Partial<KvLimits>): Promise<KvLimits>
}

/** @param handle `host.value(group, kvStore)`, or a client's. Its options (`with`) hold for all calls. */
export function kv<V = unknown>(handle: Handle, options: KvOptions<V> = {}): Kv<V> {
  return new KvHandle(handle, options)
}

class KvHandle<V> implements Kv<V> {
  readonly #handle: Handle
  readonly #beginnings: Beginnings
  readonly #options: KvOptions<V>
  readonly #names: Names

  constructor(handle: Handle, options: KvOptions<V>, beginnings = new Beginnings(seamsOf(options).clock)) {
    this.#handle = handle
    this.#beginnings = beginnings
    this.#options = options
    this.#names = new Names(options.prefix ?? '')
  }

  get prefix(): string {
    return this.#names.prefix
  }

  in<W = V>(prefix: string, { schema }: Pick<KvOptions<W>, 'schema'> = {}): Kv<W> {
    const { clock, random, schema: own } = this.#options
    const inner = schema ?? (own as KvSchema<W> | undefined)
    const options = { prefix: this.#names.key(prefix), schema: inner, clock, random }
    return new KvHandle<W>(this.#handle, options, this.#beginnings)
  }

  with(options: CallOptions): Kv<V> {
    return new KvHandle(this.#handle.with(options), this.#options, this.#beginnings)
  }

  async get(key: string): Promise<KvEntry<V> | null> {
    return this.#names.entry<V, KvEntry | null>(await this.#handle.get(this.#names.key(key)))
  }

  async many(keys: readonly string[]) {
    const { revision, entries } = await this.#handle.many(keys.map((key) => this.#names.key(key)))
    return { revision, entries: entries.map((entry) => this.#names.entry<V, KvEntry | null>(entry)) }
  }

  async range(range: KvPageOptions = {}) {
    const { revision, entries, next } = await this.#handle.range(this.#names.range(range))
    return { revision, entries: this.#names.entries<V>(entries), next: this.#names.ownNext(next) }
  }

  async keys(range: KvPageOptions = {}) {
    const { revision, keys, next } = await this.#handle.keys(this.#names.range(range))
    return { revision, keys: keys.map((key) => this.#names.own(key)), next: this.#names.ownNext(next) }
  }

  async *entries(range: KvPageOptions = {}): AsyncGenerator<KvEntry<V>, undefined> {
    for (let wanted = range; ; ) {
      const { entries, next } = await this.range(wanted)
      yield* entries
      if (next === null) return
      wanted = onward(range, next)
    }
  }

  async count(range: KvRange = {}): Promise<number> {
    let all = 0
    for (let wanted = range; ; ) {
      const { count, next } = await this.#handle.count(this.#names.range(wanted))
      all += count
      if (next === null) return all
      wanted = onward(range, this.#names.own(next))
    }
  }

  put(key: string, value: V, options: KvPutOptions = {}): Promise<KvWritten<V>> {
    const send = async (valid: V): Promise<KvWritten<V>> =>
      this.#written(await this.#write((handle) => handle.put(this.#names.key(key), valid, options)))
    const { schema } = this.#options
    return schema === undefined ? send(value) : valid(schema, value).then(send)
  }

  async update(
    key: string,
    change: (value: V | undefined) => V,
    options: Pick<KvPutOptions, 'ttlMs' | 'lease'> = {},
  ): Promise<{ readonly value: V; readonly revision: number }> {
    for (;;) {
      const entry = await this.get(key)
      const value = change(entry?.value)
      const { done, revision } = await this.put(key, value, { ...options, ifRevision: entry?.revision ?? 0 })
      if (done) return { value, revision }
    }
  }

  async delete(key: string, options: KvDeleteOptions = {}): Promise<KvWritten<V>> {
    return this.#written(await this.#write((handle) => handle.delete(this.#names.key(key), options)))
  }

  async deleteRange(range: KvRange): Promise<number> {
    let all = 0
    for (let wanted = range; ; ) {
      const { deleted, next } = await this.#write((handle) => handle.deleteRange(this.#names.range(wanted)))
      all += deleted
      if (next === null) return all
      wanted = onward(range, this.#names.own(next))
    }
  }

  touch(key: string, ttlMs: number | null): Promise<boolean> {
    return this.#write((handle) => handle.touch(this.#names.key(key), ttlMs))
  }

  transaction<
    const Then extends readonly KvOperation<V>[] = readonly [],
    const Else extends readonly KvOperation<V>[] = readonly [],
  >(transaction: KvTransaction<V, Then, Else>): Promise<KvTransacted<V, Then, Else>> {
    const names = this.#names
    const send = async (
      then: readonly KvOperation<V>[],
      otherwise: readonly KvOperation<V>[],
    ): Promise<KvTransacted<V, Then, Else>> => {
      const full = {
        if: (transaction.if ?? []).map((condition) => names.condition(condition)),
        then: then.map((operation) => names.operation(operation)),
        else: otherwise.map((operation) => names.operation(operation)),
      }
      const { results, ...rest } = await this.#write((handle) => handle.transact(full))
      return {
        ...rest,
        results: results.map((result) => names.result<V>(result)),
      } as unknown as KvTransacted<V, Then, Else>
    }
    const { then = [], else: otherwise = [] } = transaction
    const { schema } = this.#options
    if (schema === undefined) return send(then, otherwise)
    const all = (operations: readonly KvOperation<V>[]): Promise<KvOperation<V>[]> =>
      Promise.all(
        operations.map(async (one) =>
          one.op === 'put' ? { ...one, value: await valid(schema, one.value) } : one,
        ),
      )
    return Promise.all([all(then), all(otherwise)]).then((both) => send(...both))
  }

  async lease(options: KvLeaseOptions): Promise<KvLease> {
    const { clock } = seamsOf(this.#options)
    const since = clock.now()
    const id = await this.#handle.grantLease(options.ttlMs)
    const calls = {
      clock,
      keep: (timeoutMs: number) => this.#handle.with({ timeoutMs }).keepLease(id),
      end: () => this.#write((handle) => handle.endLease(id)),
    }
    return new HeldLease(id, options, calls, since)
  }

  watch({ key, prefix, range = {}, from }: KvWatchOptions = {}): KvWatch<V> {
    const wanted = key === undefined ? { range: { ...range, prefix: prefix ?? range.prefix } } : { key }
    const watch = new StoreWatch(this.#handle, this.#names.filter(wanted), from ?? null)
    this.#beginnings.add(watch.begun)
    return new NamedWatch<V>(watch, this.#names)
  }

  revision(): Promise<number> {
    return this.#handle.revision()
  }

  stats(): Promise<KvStats> {
    return this.#handle.stats()
  }

  limit(limits: Partial<KvLimits>): Promise<KvLimits> {
    return this.#handle.limit(limits)
  }

  #write<T>(write: (handle: Handle) => Promise<T>): Promise<T> {
    return this.#beginnings.behind(() => write(this.#handle))
  }

  #written({ previous, ...rest }: KvWritten): KvWritten<V> {
    if (previous === undefined) return rest
    return { ...rest, previous: this.#names.entry<V, KvEntry | null>(previous) }
  }
}

/** The range behind a page of it. */
function onward<Range extends KvPageOptions>(range: Range, next: string): Range {
  return range.reverse === true
    ? { ...range, before: undefined, to: next }
    : { ...range, after: undefined, from: next }
}
