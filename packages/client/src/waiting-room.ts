/** What waits in a client beyond what it has under way or queued, all groups together: as much as its options allow. */

/** How much may wait where a client holds as much as it may, instead of being refused (`overloaded`). */
export interface WaitingLimits {
  /** Commands, queries and other calls. */
  readonly calls: number
  /** Of what they send. */
  readonly bytes: number
}

export class WaitingRoom {
  readonly #limits: WaitingLimits
  #calls = 0
  #bytes = 0

  constructor(limits: WaitingLimits) {
    this.#limits = limits
  }

  get calls(): number {
    return this.#calls
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether so much more may wait; nothing more always may. */
  fits(calls: number, bytes: number): boolean {
    const { calls: maxCalls, bytes: maxBytes } = this.#limits
    return (calls <= 0 || this.#calls + calls <= maxCalls) && (bytes <= 0 || this.#bytes + bytes <= maxBytes)
  }

  /** So much more waits, or less. */
  add(calls: number, bytes: number): void {
    this.#calls += calls
    this.#bytes += bytes
  }
}
