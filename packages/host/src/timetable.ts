/** Who is to be woken when, and who first: a binary heap that knows where each of its items is. Logarithmic in their number, whatever is done. */
export class Timetable<T> {
  readonly #items: T[] = []
  readonly #times: number[] = []
  readonly #places = new Map<T, number>()

  /** The first time there is; Infinity if there is none. */
  get next(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  /** Instead of the time that the item had. @param at Infinity: none. */
  set(item: T, at: number): void {
    const place = this.#places.get(item)
    if (at === Number.POSITIVE_INFINITY) {
      if (place !== undefined) this.#remove(place)
    } else if (place === undefined) {
      this.#items.push(item)
      this.#times.push(at)
      this.#rise(this.#items.length - 1, item, at)
    } else if (at < this.#times[place]!) this.#rise(place, item, at)
    else if (at > this.#times[place]!) this.#sink(place, item, at)
  }

  /** Takes out those whose time is not after `now`. */
  takeUntil(now: number): T[] {
    const taken: T[] = []
    while (this.next <= now) {
      taken.push(this.#items[0]!)
      this.#remove(0)
    }
    return taken
  }

  #remove(place: number): void {
    this.#places.delete(this.#items[place]!)
    const item = this.#items.pop()!
    const at = this.#times.pop()!
    if (place === this.#items.length) return
    // The last one takes its place, and goes from there to where it belongs.
    if (at < this.#times[place]!) this.#rise(place, item, at)
    else this.#sink(place, item, at)
  }

  #rise(from: number, item: T, at: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#times[above]! <= at) break
      this.#put(place, this.#items[above]!, this.#times[above]!)
      place = above
    }
    this.#put(place, item, at)
  }

  #sink(from: number, item: T, at: number): void {
    const { length } = this.#items
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= length) break
      if (below + 1 < length && this.#times[below + 1]! < this.#times[below]!) below++
      if (this.#times[below]! >= at) break
      this.#put(place, this.#items[below]!, this.#times[below]!)
      place = below
    }
    this.#put(place, item, at)
  }

  #put(place: number, item: T, at: number): void {
    this.#items[place] = item
    this.#times[place] = at
    this.#places.set(item, place)
  }
}
