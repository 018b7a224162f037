/** How long to wait before the next try. */
import type { Random } from '@rafted/contracts'
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS } from './limits.ts'

/**
 * Exponential with full jitter: uniform between nothing and a ceiling that doubles with every failure, so that clients
 * which failed together don't come back together.
 */
export class Backoff {
  readonly #random: Random
  #ceiling = BACKOFF_FIRST_MS

  constructor(random: Random) {
    this.#random = random
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const ms = this.#random.number() * this.#ceiling
    this.#ceiling = Math.min(BACKOFF_MAX_MS, this.#ceiling * 2)
    return ms
  }

  /** Something went well. */
  reset(): void {
    this.#ceiling = BACKOFF_FIRST_MS
  }
}
