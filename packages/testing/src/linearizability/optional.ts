/** Operations that took effect at any time after their calls, or never. Of the same kind, the one that was called first is used first. */

/** One that may be put in the order. */
export interface OptionalCall {
  /** Its index in the history. */
  readonly index: number
  /** Of its kind, in the table of effects. */
  readonly place: number
  readonly calledAt: number
}

export class Optional {
  /** By place and time of call, and their numbers from 0 on. */
  readonly #calls: (readonly { readonly call: OptionalCall; readonly number: number }[])[]
  readonly #used: Int32Array
  readonly #usedPlaces: number[] = []
  /** A bit for each. */
  readonly #bits: Uint32Array

  /** @param places how many kinds there are in the table. */
  constructor(places: number, calls: readonly OptionalCall[]) {
    const byPlace: { call: OptionalCall; number: number }[][] = Array.from({ length: places }, () => [])
    const sorted = [...calls].sort((a, b) => a.calledAt - b.calledAt)
    for (const [number, call] of sorted.entries()) byPlace[call.place]!.push({ call, number })
    this.#calls = byPlace
    this.#used = new Int32Array(places)
    this.#bits = new Uint32Array(Math.ceil(calls.length / 32))
  }

  /** Whether one of this kind is left that was called by then. */
  has(place: number, time: number): boolean {
    const next = this.#calls[place]![this.#used[place]!]
    return next !== undefined && next.call.calledAt <= time
  }

  /** Puts the next one of this kind in the order. */
  take(place: number): void {
    const { number } = this.#calls[place]![this.#used[place]!]!
    this.#used[place]!++
    this.#usedPlaces.push(place)
    this.#bits[number >> 5]! |= 1 << (number & 31)
  }

  /** Which one of a kind is used when `count` of it have been, as its index in the history. */
  indexOf(place: number, count: number): number {
    return this.#calls[place]![count]!.call.index
  }

  /** Puts back what was taken last. */
  putBack(): void {
    const place = this.#usedPlaces.pop()!
    this.#used[place]!--
    const { number } = this.#calls[place]![this.#used[place]!]!
    this.#bits[number >> 5]! &= ~(1 << (number & 31))
  }

  /** Which are used, a bit for each, without zeros at the end. */
  bits(): Uint32Array {
    let length = this.#bits.length
    while (length > 0 && this.#bits[length - 1] === 0) length--
    return this.#bits.slice(0, length)
  }
}
