/** What keeps a client from storming hosts that are in trouble already. */
import type { Clock } from '@rafted/contracts'

/** A bucket of tokens shared by everything a client does: each retry takes one. */
export class RetryBudget {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #perMs: number
  /** Below zero: so many tokens are promised already. */
  #tokens: number
  #filledAt: number

  constructor(clock: Clock, capacity: number, perSecond: number) {
    this.#clock = clock
    this.#capacity = capacity
    this.#perMs = perSecond / 1000
    this.#tokens = capacity
    this.#filledAt = clock.now()
  }

  /** Takes a token. @returns milliseconds until it is there: 0 if there is one now. */
  take(): number {
    this.#fill()
    this.#tokens--
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs
  }

  /** A token that was taken is not needed any more. */
  giveBack(): void {
    this.#fill()
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1)
  }

  #fill(): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
  }
}
