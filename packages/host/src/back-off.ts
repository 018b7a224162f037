/** Pauses between attempts that fail one after the other: each twice as long as the one before, up to a bound. */
export class BackOff {
  readonly #firstMs: number
  readonly #lastMs: number
  #nextMs: number

  constructor(firstMs: number, lastMs: number) {
    this.#firstMs = firstMs
    this.#lastMs = lastMs
    this.#nextMs = firstMs
  }

  /** An attempt has failed. @returns how long to wait before the next one, milliseconds. */
  failed(): number {
    const pause = this.#nextMs
    this.#nextMs = Math.min(this.#lastMs, 2 * pause)
    return pause
  }

  /** One has succeeded. */
  reset(): void {
    this.#nextMs = this.#firstMs
  }
}
