/** A map that can be frozen at once and goes on being changed: what the state of an in-place machine is built from. */
import { RemovedEntries } from './removed-entries.ts'

/** Entries stand in the order in which their keys came, which `order` numbers. */
interface Entry<V> {
  readonly order: number
  value: V
}

/**
 * A `Map`, with its order of entries, and `freeze`. What it does never depends on whether there are frozen views: a member
 * that takes a snapshot stays the same as one that doesn't.
 *
 * Values are replaced, never changed: a view holds the value itself.
 */
export class CowMap<K, V> {
  #entries = new Map<K, Entry<V>>()
  #lastOrder = 0
  /** Views that show `#entries` and have not been read to their end. Rarely more than one. */
  #views: FrozenView<K, V>[] = []

  constructor(entries: Iterable<readonly [K, V]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size
  }

  /** The value at the key, or undefined if it isn't there. */
  get(key: K): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Whether the key is there, whatever its value. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Puts the value at the key. A new key comes last; one that is there keeps its place. */
  set(key: K, value: V): this {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#lastOrder += 1
      this.#entries.set(key, { order: this.#lastOrder, value })
    } else {
      for (const view of this.#views) view.keepChanged(entry.order, entry.value)
      entry.value = value
    }
    return this
  }

  /** @returns whether the key was there. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    // Where the key is -0, a map holds 0.
    const held = key === 0 ? (0 as K) : key
    for (const view of this.#views) view.keepRemoved(entry.order, held, entry.value)
    return this.#entries.delete(key)
  }

  /** Views keep the map as it was. */
  clear(): void {
    this.#entries = new Map()
    this.#views = []
  }

  /** The entries, in order. Changes on the way are seen as a `Map`'s iterator sees them. */
  *entries(): Generator<[K, V], undefined> {
    let entries: Map<K, Entry<V>> | null = null
    // Once more only after `clear`.
    while (entries !== this.#entries) {
      entries = this.#entries
      for (const [key, { value }] of entries) {
        yield [key, value]
        if (entries !== this.#entries) break
      }
    }
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries()
  }

  /** The keys, as `entries` gives them. */
  *keys(): Generator<K, undefined> {
    for (const [key] of this.entries()) yield key
  }

  /** The values, as `entries` gives them. */
  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value
  }

  /**
   * The entries as they are now, to be read once while the map goes on changing. Takes no time and no memory by itself; until
   * it is read to its end or released, it keeps what is changed or removed ahead of where it stands.
   */
  freeze(): FrozenView<K, V> {
    const view: FrozenView<K, V> = new FrozenView(this.#entries, this.#lastOrder, () => {
      this.#views = this.#views.filter((other) => other !== view)
    })
    this.#views.push(view)
    return view
  }
}

/**
 * The entries of a `CowMap` as they were at one moment, in order. It follows the map itself, and knows from the map what
 * has been changed or removed since.
 */
export class FrozenView<K, V> implements IterableIterator<[K, V], undefined> {
  /** How many entries the map had. */
  readonly size: number
  /** Entries of a higher order have come since. */
  readonly #limit: number
  readonly #onRelease: () => void
  #released = false
  #entries: Iterator<[K, Entry<V>]> | null
  /** The next of `#entries`, when what comes before it was removed from there. */
  #ahead: [K, Entry<V>] | null = null
  /** The order of the entry last given out. */
  #position = 0
  /** Former values, by order, of entries still to come. */
  readonly #changed = new Map<number, V>()
  readonly #removed = new RemovedEntries<K, V>()

  constructor(entries: ReadonlyMap<K, Entry<V>>, limit: number, onRelease: () => void) {
    this.size = entries.size
    this.#entries = entries.entries()
    this.#limit = limit
    this.#onRelease = onRelease
  }

  /** The map is about to change this entry. */
  keepChanged(order: number, value: V): void {
    if (this.#isToCome(order) && !this.#changed.has(order)) this.#changed.set(order, value)
  }

  /** The map is about to remove this entry. */
  keepRemoved(order: number, key: K, value: V): void {
    if (this.#isToCome(order)) this.#removed.push({ order, key, value: this.#former(order, value) })
  }

  /** The next entry as it was. The view is released when there is none. */
  next(): IteratorResult<[K, V], undefined> {
    this.#lookAhead()
    const ahead = this.#ahead
    const removed = this.#removed.first
    if (removed !== null && (ahead === null || removed.order <= ahead[1].order)) {
      // It may have been removed after it was looked at.
      if (removed.order === ahead?.[1].order) this.#ahead = null
      this.#removed.shift()
      this.#position = removed.order
      return { done: false, value: [removed.key, removed.value] }
    }
    if (ahead === null) {
      this.release()
      return { done: true, value: undefined }
    }
    this.#ahead = null
    const [key, { order, value }] = ahead
    this.#position = order
    return { done: false, value: [key, this.#former(order, value)] }
  }

  /** Ends the reading, as a loop that is left does: see `release`. */
  return(): IteratorResult<[K, V], undefined> {
    this.release()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): this {
    return this
  }

  /** Ends the view and gives back what it keeps. Harmless when done already. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#entries = null
    this.#ahead = null
    this.#changed.clear()
    this.#removed.clear()
    this.#onRelease()
  }

  #isToCome(order: number): boolean {
    return order > this.#position && order <= this.#limit
  }

  #former(order: number, present: V): V {
    if (!this.#changed.has(order)) return present
    const former = this.#changed.get(order) as V
    this.#changed.delete(order)
    return former
  }

  #lookAhead(): void {
    if (this.#ahead !== null || this.#entries === null) return
    const { done, value } = this.#entries.next()
    if (done === true || value[1].order > this.#limit) this.#entries = null
    else this.#ahead = value
  }
}
