/** The last values of something that is looked at again and again, in bounded memory. */

/** Looks that are remembered. */
export const REMEMBERED = 180

/** Null where nothing was known. Oldest first. */
export type Values = readonly (number | null)[]

export class Series {
  readonly #values = new Float32Array(REMEMBERED)
  #next = 0
  #count = 0

  /** @param value null where nothing is known. */
  add(value: number | null): void {
    this.#values[this.#next] = value ?? Number.NaN
    this.#next = (this.#next + 1) % REMEMBERED
    this.#count = Math.min(this.#count + 1, REMEMBERED)
  }

  read(): Values {
    const values: (number | null)[] = []
    for (let i = this.#count; i > 0; i--) {
      const value = this.#values[(this.#next - i + REMEMBERED) % REMEMBERED]!
      // Three digits are enough for a picture, and half as long on the way.
      values.push(Number.isNaN(value) ? null : Math.round(value * 1000) / 1000)
    }
    return values
  }
}
