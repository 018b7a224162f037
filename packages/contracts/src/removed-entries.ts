/** Entries that a map has lost and a frozen view has yet to show: in any order in, in their order out. */

export interface RemovedEntry<K, V> {
  readonly order: number
  readonly key: K
  readonly value: V
}

/** A binary heap: the lowest order first. */
export class RemovedEntries<K, V> {
  #heap: RemovedEntry<K, V>[] = []

  /** The entry of the lowest order, or null. */
  get first(): RemovedEntry<K, V> | null {
    return this.#heap[0] ?? null
  }

  push(entry: RemovedEntry<K, V>): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.order <= entry.order) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  /** Takes the first one out. */
  shift(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.order < heap[child]!.order) child += 1
      if (heap[child]!.order >= last.order) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }

  clear(): void {
    this.#heap = []
  }
}
