/** A clock on which time passes only when nothing else is left to do: the same calls in the same order, on every machine. */
import type { Cancel, Clock } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'

interface Timer {
  readonly at: number
  readonly run: () => void
}

export class VirtualClock implements Clock {
  #now = 0
  #timers: Timer[] = []
  #soon: (() => void)[] = []
  now = (): number => this.#now
  wall = (): number => this.#now
  soon = (run: () => void): void => {
    this.#soon.push(run)
  }

  after = (ms: number, run: () => void): Cancel => {
    const timer = { at: this.#now + ms, run }
    // Behind all that are due no later, so that the first asked for is the first to run.
    const place = this.#timers.findIndex(({ at }) => at > timer.at)
    this.#timers.splice(place === -1 ? this.#timers.length : place, 0, timer)
    return () => {
      const i = this.#timers.indexOf(timer)
      if (i !== -1) this.#timers.splice(i, 1)
    }
  }

  /** Lets time pass until the promise has settled. @throws {Error} if it never will: nothing waits for any time. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (;;) {
      await new Promise((resolve) => realClock.soon(() => resolve(null)))
      if (isSettled) return await promise
      this.#step()
    }
  }

  #step(): void {
    const batch = this.#soon
    if (batch.length > 0) {
      this.#soon = []
      for (const run of batch) run()
      return
    }
    const next = this.#timers.shift()
    if (next === undefined) throw new Error('nothing is left to wait for')
    this.#now = Math.max(this.#now, next.at)
    next.run()
  }
}
