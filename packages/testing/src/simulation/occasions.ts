/** What somebody does now and then, in a part of all runs. What is drawn for it changes nothing else of a run. */
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-clock.ts'

export interface OccasionsOptions {
  readonly time: VirtualTime
  /** Its own. */
  readonly random: SeededRandom
  /** Of all runs, so many have them. */
  readonly share: number
  /** From one to the next, at most, milliseconds. */
  readonly pauseMs: number
  happen(): void
}

export class Occasions {
  readonly #o: OccasionsOptions
  #active = false

  constructor(options: OccasionsOptions) {
    this.#o = options
  }

  start(): void {
    const { random, share } = this.#o
    this.#active = random.chance(share)
    this.#next()
  }

  stop(): void {
    this.#active = false
  }

  #next(): void {
    if (!this.#active) return
    const { time, random, pauseMs, happen } = this.#o
    time.after(random.between(50, pauseMs), () => {
      if (this.#active) happen()
      this.#next()
    })
  }
}
