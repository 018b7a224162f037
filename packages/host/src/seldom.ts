/** A map and a set of which most members never need one: as long as they are empty they cost next to nothing. A host has many thousands of members that do nothing. */

export class SeldomMap<Key, Value> {
  #map: Map<Key, Value> | null = null

  constructor(entries: Iterable<readonly [Key, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#map === null ? 0 : this.#map.size
  }

  get(key: Key): Value | undefined {
    return this.#map === null ? undefined : this.#map.get(key)
  }

  has(key: Key): boolean {
    return this.#map?.has(key) === true
  }

  set(key: Key, value: Value): void {
    this.#map ??= new Map()
    this.#map.set(key, value)
  }

  delete(key: Key): boolean {
    return this.#map?.delete(key) === true
  }

  clear(): void {
    this.#map = null
  }

  keys(): Iterable<Key> {
    return this.#map?.keys() ?? NOTHING
  }

  values(): Iterable<Value> {
    return this.#map?.values() ?? NOTHING
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return (this.#map ?? NOTHING)[Symbol.iterator]()
  }
}

export class SeldomSet<Item> {
  #items: Set<Item> | null = null

  get size(): number {
    return this.#items === null ? 0 : this.#items.size
  }

  has(item: Item): boolean {
    return this.#items?.has(item) === true
  }

  add(item: Item): void {
    this.#items ??= new Set()
    this.#items.add(item)
  }

  delete(item: Item): boolean {
    return this.#items?.delete(item) === true
  }

  clear(): void {
    this.#items = null
  }

  [Symbol.iterator](): Iterator<Item> {
    return (this.#items ?? NOTHING)[Symbol.iterator]()
  }
}

const NOTHING: readonly never[] = []
