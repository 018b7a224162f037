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
  readonly #items = new SeldomMap<Item, true>()

  get size(): number {
    return this.#items.size
  }

  has(item: Item): boolean {
    return this.#items.has(item)
  }

  add(item: Item): void {
    this.#items.set(item, true)
  }

  delete(item: Item): boolean {
    return this.#items.delete(item)
  }

  clear(): void {
    this.#items.clear()
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.keys()[Symbol.iterator]()
  }
}

const NOTHING: readonly never[] = []
