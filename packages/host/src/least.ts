/** Numbers that come and go, and the least of those there are. There are few different ones, however many there are: settings of groups. */
export class Least {
  readonly #counts = new Map<number, number>()

  /** Infinity if there is none. */
  get value(): number {
    let least = Number.POSITIVE_INFINITY
    for (const number of this.#counts.keys()) least = Math.min(least, number)
    return least
  }

  add(number: number): void {
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1)
  }

  /** One that was added. */
  remove(number: number): void {
    const left = this.#counts.get(number)! - 1
    if (left === 0) this.#counts.delete(number)
    else this.#counts.set(number, left)
  }
}
