/** How long nothing was acknowledged: in all, and while a majority of the hosts was well. */

export class Gaps {
  readonly #now: () => number
  #last: number
  #healthy = false
  /** When the last acknowledgement came, or the majority got well again, whichever was later. */
  #since = 0
  #longest = 0
  #longestHealthy = 0

  /** @param now milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now
    this.#last = now()
  }

  /** Something was acknowledged. */
  acknowledged(): void {
    this.#measure()
    this.#last = this.#now()
    this.#since = this.#last
  }

  /** Whether a majority of the hosts runs, from now on. */
  setHealthy(healthy: boolean): void {
    this.#measure()
    if (healthy && !this.#healthy) this.#since = this.#now()
    this.#healthy = healthy
  }

  /** Milliseconds since the last acknowledgement. */
  get current(): number {
    return this.#now() - this.#last
  }

  /** Milliseconds, up to now. */
  get longest(): number {
    this.#measure()
    return this.#longest
  }

  get longestHealthy(): number {
    this.#measure()
    return this.#longestHealthy
  }

  #measure(): void {
    const now = this.#now()
    this.#longest = Math.max(this.#longest, now - this.#last)
    if (this.#healthy) this.#longestHealthy = Math.max(this.#longestHealthy, now - this.#since)
  }
}
