/** A map in the order of its keys that can be frozen at once and goes on being changed: what the state of an in-place machine with ranges is built from. */
import { RaftedError } from './errors.ts'
import { emptyTree, find, type Order, type Owner, type SortedNode, TreeChange } from './sorted-tree.ts'
import { type KeyRange, walk } from './sorted-walk.ts'

/** What can be read of a `SortedCowMap`, and of a frozen view of one. */
export interface SortedEntries<K, V> extends Iterable<[K, V]> {
  /** How many entries there are. */
  readonly size: number
  /**
   * The value at the key, or undefined if it isn't there. @throws {RaftedError} `invalid-argument` for a key that has no place in
   * the order.
   */
  get(key: K): V | undefined
  /** Whether the key is there, whatever its value. @throws {RaftedError} `invalid-argument` for a key that has no place in the order. */
  has(key: K): boolean
  /** Those in the range, in order, as they are at the first `next`: what is changed on the way is not seen. */
  entries(range?: KeyRange<K>): IterableIterator<[K, V], undefined>
  /** The keys, as `entries` gives them. */
  keys(range?: KeyRange<K>): IterableIterator<K, undefined>
  /** The values, as `entries` gives them. */
  values(range?: KeyRange<K>): IterableIterator<V, undefined>
}

/**
 * Entries in the order of their keys, whatever the order in which they came. `get`, `set`, `delete` and the beginning of a range take time that grows with the
 * logarithm of the size, and none of them ever more: there is no table to be made anew. `freeze` takes none.
 *
 * Values are replaced, never changed: a view holds the value itself. Without an `order` keys are numbers and strings: numbers first, by size, then strings, by their
 * UTF-16 units. One that is given must be total, and the same on every member.
 */
export class SortedCowMap<K, V> implements SortedEntries<K, V> {
  readonly #order: Order<K>
  readonly #isPlain: boolean
  #owner: Owner = {}
  #root: SortedNode<K, V> = emptyTree(this.#owner)
  #size = 0

  constructor(entries: Iterable<readonly [K, V]> = [], order: Order<K> | null = null) {
    this.#isPlain = order === null
    this.#order = order ?? (plainOrder as unknown as Order<K>)
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#size
  }

  get(key: K): V | undefined {
    const found = find(this.#root, this.#key(key), this.#order)
    return found?.leaf.values[found.at]
  }

  has(key: K): boolean {
    return find(this.#root, this.#key(key), this.#order) !== null
  }

  /** @throws {RaftedError} `invalid-argument` for a key that has no place in the order: neither a number nor a string, or `NaN`. */
  set(key: K, value: V): this {
    const change = new TreeChange<K, V>(this.#owner, this.#order)
    this.#root = change.set(this.#root, this.#key(key), value)
    if (change.isOther) this.#size += 1
    return this
  }

  /** @returns whether the key was there. */
  delete(key: K): boolean {
    const own = this.#key(key)
    // Nothing is copied for a key that isn't there.
    if (find(this.#root, own, this.#order) === null) return false
    this.#root = new TreeChange<K, V>(this.#owner, this.#order).delete(this.#root, own)
    this.#size -= 1
    return true
  }

  /** Views keep the map as it was. */
  clear(): void {
    this.#root = emptyTree(this.#owner)
    this.#size = 0
  }

  entries(range?: KeyRange<K>): IterableIterator<[K, V], undefined> {
    return begunLater(() => this.freeze().entries(range))
  }

  keys(range?: KeyRange<K>): IterableIterator<K, undefined> {
    return begunLater(() => this.freeze().keys(range))
  }

  values(range?: KeyRange<K>): IterableIterator<V, undefined> {
    return begunLater(() => this.freeze().values(range))
  }

  [Symbol.iterator](): IterableIterator<[K, V], undefined> {
    return this.entries()
  }

  /**
   * The map as it is now, for as long as anybody holds it. Takes no time; what is changed afterwards is copied first, a node or a few of them for a key, once for
   * each view.
   */
  freeze(): FrozenSortedMap<K, V> {
    // From here on no node belongs to this map: whatever it changes, it copies.
    this.#owner = {}
    return new FrozenSortedMap(this.#root, this.#size, this.#order, (key) => this.#key(key))
  }

  /** The key as it is kept. */
  #key(key: K): K {
    if (!this.#isPlain) return key
    if (typeof key !== 'string' && (typeof key !== 'number' || Number.isNaN(key))) refuseKey(key)
    // As in a `Map`: -0 is 0.
    return key === 0 ? (0 as K) : key
  }
}

/** A `SortedCowMap` as it was at one moment. May be read as often as one likes. */
export class FrozenSortedMap<K, V> implements SortedEntries<K, V> {
  readonly size: number
  readonly #root: SortedNode<K, V>
  readonly #order: Order<K>
  readonly #key: (key: K) => K

  /** @internal */
  constructor(root: SortedNode<K, V>, size: number, order: Order<K>, key: (key: K) => K) {
    this.#root = root
    this.size = size
    this.#order = order
    this.#key = key
  }

  get(key: K): V | undefined {
    const found = find(this.#root, this.#key(key), this.#order)
    return found?.leaf.values[found.at]
  }

  has(key: K): boolean {
    return find(this.#root, this.#key(key), this.#order) !== null
  }

  entries(range: KeyRange<K> = {}): Generator<[K, V], undefined> {
    return walk(this.#root, this.#order, this.#checked(range))
  }

  *keys(range: KeyRange<K> = {}): Generator<K, undefined> {
    for (const [key] of this.entries(range)) yield key
  }

  *values(range: KeyRange<K> = {}): Generator<V, undefined> {
    for (const [, value] of this.entries(range)) yield value
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries()
  }

  #checked({ from, after, to, before, reverse }: KeyRange<K>): KeyRange<K> {
    if ((from !== undefined && after !== undefined) || (to !== undefined && before !== undefined))
      throw invalid('A range has one bound on each side at most: `from` or `after`, `to` or `before`.')
    const key = (bound: K | undefined): K | undefined => (bound === undefined ? undefined : this.#key(bound))
    return { from: key(from), after: key(after), to: key(to), before: key(before), reverse }
  }
}

/** Freezes at the first `next`, so that an iterator that is never used costs nothing. */
function* begunLater<T>(begin: () => Generator<T, undefined>): Generator<T, undefined> {
  yield* begin()
}

/** Numbers before strings. */
function plainOrder(a: number | string, b: number | string): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** @throws {RaftedError} always: `invalid-argument`. */
function refuseKey(key: unknown): never {
  const what = typeof key === 'number' ? 'NaN' : key === null ? 'null' : `a ${typeof key}`
  throw invalid(
    `A key of a sorted map is a number or a string, not ${what}; give the map an order of its own for other keys.`,
  )
}

function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
