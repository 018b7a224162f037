/** Chance that a seed repeats. */
import type { Random } from '@rafted/contracts'

/** A generator with 32 bits of state, mixed well enough for schedules (the finaliser of MurmurHash3 over a Weyl sequence). */
export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    // Seeds that follow each other must not begin alike.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }

  number(): number {
    return this.#next() / 2 ** 32
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 0xff)
  }

  /** An integer from 0 to `bound − 1`. */
  below(bound: number): number {
    return Math.floor(this.number() * bound)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.number() < probability
  }

  /** A number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + this.number() * (high - low)
  }

  /** One of `items`, which are not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Another generator, whose numbers don't depend on how many this one gives from here on. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next())
  }
}
