/** How long to leave an address alone after each failure. */
import type { Random } from '@rafted/contracts'

const FIRST_MS = 20
/** No longer than a group can wait for a host that is back. */
const MOST_MS = 1000

export class BackOff {
  readonly #random: Random
  #failures = 0
  #until = Number.NEGATIVE_INFINITY

  constructor(random: Random) {
    this.#random = random
  }

  get failures(): number {
    return this.#failures
  }

  isOver(now: number): boolean {
    return now >= this.#until
  }

  failed(now: number): void {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failures)
    this.#failures += 1
    // Half of it by chance, so that all who lost a host don't come back to it together.
    this.#until = now + most * (0.5 + this.#random.number() / 2)
  }

  succeeded(): void {
    this.#failures = 0
    this.#until = Number.NEGATIVE_INFINITY
  }
}
