import type { Clock } from '@rafted/contracts'

/** Runs what is due when it is told to. */
export class HandClock implements Clock {
  #due: (() => void)[] = []

  now(): number {
    return 0
  }

  wall(): number {
    return 0
  }

  after(): never {
    throw new Error('the network in memory needs no timer')
  }

  soon(run: () => void): void {
    this.#due.push(run)
  }

  /** Runs what is due now, not what becomes due by that. */
  turn(): void {
    for (const run of this.#due.splice(0)) run()
  }

  settle(): void {
    while (this.#due.length > 0) this.turn()
  }

  get due(): number {
    return this.#due.length
  }
}
