/** Lets virtual time pass, step by step: all that follows from one step has happened before the next. */
import { promisesSettled, realClock } from '@rafted/contracts/node'
import type { VirtualTime } from './virtual-clock.ts'

/** Promises that wait for nothing but each other settle without the event loop; now and then that goes round, since somebody may wait for it. */
const STEPS_AT_A_TIME = 1024

export class PassingTime {
  readonly #time: VirtualTime
  readonly #stepped: () => void
  #settledTimes = 0

  /** @param stepped is called after each step. */
  constructor(time: VirtualTime, stepped: () => void) {
    this.#time = time
    this.#stepped = stepped
  }

  async pass(ms: number): Promise<void> {
    const end = this.#time.now + ms
    await this.#settled()
    while (this.#time.step(end)) await this.#look()
  }

  /** Until `done`, or for `ms` at most. @returns whether it is done. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    const end = this.#time.now + ms
    let lookAt = 0
    await this.#settled()
    for (;;) {
      if (this.#time.now >= lookAt) {
        if (done()) return true
        lookAt = this.#time.now + 20
      }
      if (!this.#time.step(end)) return done()
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    await this.#settled()
    this.#stepped()
  }

  /** Everything that follows from what has just run has run. The first time somebody else may have called, so that a whole turn is due. */
  #settled(): Promise<void> {
    if (this.#settledTimes++ % STEPS_AT_A_TIME !== 0) return promisesSettled()
    return new Promise((resolve) => realClock.soon(resolve))
  }
}
