/** What is known of the entries of one log, by index. */

export interface ReadEntry {
  readonly index: number
  readonly term: number
  readonly kind: number
  readonly time: number
  readonly payload: Uint8Array
}

/** An entry that can be read; one that can't; or one that can't and may be one that the core reads itself. */
interface Item {
  readonly term: number
  readonly entry: ReadEntry | 'unreadable' | 'lost'
}

export class LogItems {
  readonly #items = new Map<number, Item>()
  /** Indexes of those that something else may have taken the place of. */
  readonly #unproven = new Set<number>()

  set(index: number, item: Item): void {
    this.#items.set(index, item)
    this.#unproven.delete(index)
  }

  /** A copy that can't be read: it takes the place of what is no better. */
  name(index: number, item: Item): void {
    const found = this.#items.get(index)
    if (found === undefined || typeof found.entry === 'string' || found.term !== item.term)
      this.set(index, item)
    else this.#unproven.delete(index)
  }

  cutFrom(index: number): void {
    for (const each of this.#items.keys()) if (each >= index) this.#forget(each)
  }

  cutTo(index: number): void {
    for (const each of this.#items.keys()) if (each <= index) this.#forget(each)
  }

  #forget(index: number): void {
    this.#items.delete(index)
    this.#unproven.delete(index)
  }

  /** From now on nothing of it is proven. */
  doubt(): void {
    for (const index of this.#items.keys()) this.#unproven.add(index)
  }

  /** Behind all of it something is of this term. If the last that is not proven is of it, too, all is as the leader of that term had it. */
  prove(term: number): void {
    if (this.#unproven.size === 0) return
    if (this.#items.get(Math.max(...this.#unproven))!.term === term) this.#unproven.clear()
  }

  /** @returns the last index, of those behind `base`, before the first that is lost, missing or not proven; at most `last`. */
  soundTo(base: number, last: number): number {
    let index = base
    while (index < last && this.#isSound(index + 1)) index++
    return index
  }

  #isSound(index: number): boolean {
    const item = this.#items.get(index)
    return item !== undefined && item.entry !== 'lost' && !this.#unproven.has(index)
  }

  /** Behind `base`, up to `last`. */
  between(
    base: number,
    last: number,
  ): { readonly entries: ReadonlyMap<number, ReadEntry>; readonly damaged: ReadonlyMap<number, number> } {
    const entries = new Map<number, ReadEntry>()
    const damaged = new Map<number, number>()
    for (let index = base + 1; index <= last; index++) {
      const { entry, term } = this.#items.get(index)!
      if (typeof entry === 'string') damaged.set(index, term)
      else entries.set(index, entry)
    }
    return { entries, damaged }
  }
}
