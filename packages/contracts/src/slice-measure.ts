/** Finds out, with bounded work, whether a value is small enough for a run. */
import { containerKind, RUN_BYTES, RUN_DEPTH, RUN_NODES } from './slice-layout.ts'

/** What a number, a boolean, or the head of anything else takes, bytes, roughly. */
const NODE_BYTES = 4

export class Measure {
  /** Of the value last measured; meaningless if it did not fit. */
  nodes = 0
  bytes = 0
  #visited = 0
  /**
   * Keys of objects with many. They can only be listed all at once, and an object in large ones is looked at once for
   * each of them before it is opened itself.
   */
  readonly #keys = new Map<object, readonly string[]>()

  /** Whether `value` can stand in a run. Visits no more than `RUN_NODES` values. */
  fits(value: unknown): boolean {
    this.nodes = 0
    this.bytes = 0
    const fits = this.#walk(value, 0)
    this.#visited += this.nodes
    return fits
  }

  /** @returns how many values were visited since it was last asked. */
  takeVisited(): number {
    const visited = this.#visited
    this.#visited = 0
    return visited
  }

  /** @returns the keys of an object that is opened now. */
  takeKeys(object: object): readonly string[] {
    const keys = this.#keys.get(object) ?? Object.keys(object)
    this.#keys.delete(object)
    return keys
  }

  /** Counts one value, and `size` bytes beside its own. */
  #count(size: number): boolean {
    this.nodes += 1
    this.bytes += NODE_BYTES + size
    return this.nodes <= RUN_NODES && this.bytes <= RUN_BYTES
  }

  #walk(value: unknown, depth: number): boolean {
    const kind = containerKind(value)
    if (kind === null) return this.#count(0)
    if (kind === 'string') return this.#count((value as string).length)
    if (kind === 'typedArray') return this.#count((value as ArrayBufferView).byteLength)
    if (!this.#count(0) || depth === RUN_DEPTH) return false
    switch (kind) {
      case 'array':
        return this.#elements(value as readonly unknown[], (value as readonly unknown[]).length, depth + 1)
      case 'set':
        return this.#elements(value as ReadonlySet<unknown>, (value as ReadonlySet<unknown>).size, depth + 1)
      case 'map':
        return this.#entries(value as ReadonlyMap<unknown, unknown>, depth + 1)
      case 'object':
        return this.#properties(value as Readonly<Record<string, unknown>>, depth + 1)
    }
  }

  #elements(elements: Iterable<unknown>, count: number, depth: number): boolean {
    if (count > RUN_NODES) return false
    for (const element of elements) if (!this.#walk(element, depth)) return false
    return true
  }

  #entries(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    if (2 * map.size > RUN_NODES) return false
    for (const [key, value] of map) if (!this.#walk(key, depth) || !this.#walk(value, depth)) return false
    return true
  }

  #properties(object: Readonly<Record<string, unknown>>, depth: number): boolean {
    const keys = this.#keys.get(object) ?? Object.keys(object)
    if (2 * keys.length > RUN_NODES) {
      this.#keys.set(object, keys)
      return false
    }
    for (const key of keys) if (!this.#count(key.length) || !this.#walk(object[key], depth)) return false
    return true
  }
}
