/** How much may be tried: a history can have more orders than anybody can wait for. Counted, not timed: the same every time. */

/** A step of the model costs this much of a configuration. */
const STEP = 1 / 32

export class Effort {
  #left: number

  /** @param configurations how many may be tried. */
  constructor(configurations: number) {
    this.#left = configurations
  }

  get left(): number {
    return Math.max(0, this.#left)
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  /** @param steps of the model. */
  spend(configurations: number, steps: number): void {
    this.#left -= configurations + steps * STEP
  }
}
