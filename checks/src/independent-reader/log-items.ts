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
  /** By their indexes those that something else may have taken the place of: in which gap that may have been said first. */
  readonly #unproven = new Map<number, number>()
  #gaps = 0

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

  /** Here is a gap, so nothing of it is proven from now on. */
  doubt(): void {
    this.#gaps++
    for (const index of this.#items.keys())
      if (!this.#unproven.has(index)) this.#unproven.set(index, this.#gaps)
  }

  /**
   * Behind all of it something is of this term. If the last that is not proven is of it, too, nothing was said in its gap that replaced it or what stood before that gap. What was
   * not proven then may have been replaced earlier.
   */
  prove(term: number): void {
    while (this.#unproven.size > 0) {
      const last = Math.max(...this.#unproven.keys())
      if (this.#items.get(last)!.term !== term) return
      const gap = this.#unproven.get(last)
      for (const [index, other] of this.#unproven) if (other === gap) this.#unproven.delete(index)
    }
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
