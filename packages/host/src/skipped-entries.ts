/**
 * Which entries hold a command and changed nothing: repeated ones, and such as have failed or were refused. The log alone doesn't tell; whoever has
 * applied it knows. Few of the entries of a log are among them, and none that it no longer holds.
 */

const PRUNED_FROM = 1024

export class SkippedEntries {
  /** Ascending. */
  #indexes: number[] = []
  #pruneAt = PRUNED_FROM
  #since = 0

  /** Entries up to here were not applied here: nothing is known of them. */
  get since(): number {
    return this.#since
  }

  /** Begins with a state that holds all up to `index`. */
  restart(index: number): void {
    this.#since = index
    this.#indexes = []
    this.#pruneAt = PRUNED_FROM
  }

  /** @param base the log holds nothing up to here any more. */
  add(index: number, base: number): void {
    if (this.#indexes.length >= this.#pruneAt) {
      this.#indexes = this.#indexes.slice(this.#placeOf(base + 1))
      this.#pruneAt = Math.max(PRUNED_FROM, this.#indexes.length * 2)
    }
    this.#indexes.push(index)
  }

  has(index: number): boolean {
    return this.#indexes[this.#placeOf(index)] === index
  }

  /** How many are below `index`. */
  #placeOf(index: number): number {
    let low = 0
    let high = this.#indexes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#indexes[middle]! < index) low = middle + 1
      else high = middle
    }
    return low
  }
}
