/** A clock on which time passes only when nothing else is left to happen: what is to be done soon is done at the same moment. */
import type { Clock } from '@rafted/contracts'
import { promisesSettled, realClock } from '@rafted/contracts/node'

/** After so many steps the event loop goes round: somebody may wait for it. */
const STEPS_AT_A_TIME = 256

interface Timer {
  readonly at: number
  readonly run: () => void
}

export class DrillClock implements Clock {
  #now = 0
  #soon: (() => void)[] = []
  /** The earliest first; those of one moment in the order in which they were asked for. */
  #timers: Timer[] = []
  #isRunning = false
  #isStopped = false

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    const later = this.#timers.findIndex(({ at }) => at > timer.at)
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer)
    this.#begin()
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon(run: () => void): void {
    this.#soon.push(run)
    this.#begin()
  }

  /** The clock of a process that can end: what it has asked for by then never runs. */
  ofOneLife(): { readonly clock: Clock; end(): void } {
    let isAlive = true
    const clock: Clock = {
      now: () => this.now(),
      wall: () => this.wall(),
      after: (ms, run) => this.after(ms, () => isAlive && run()),
      soon: (run) => this.soon(() => isAlive && run()),
    }
    return {
      clock,
      end: () => {
        isAlive = false
      },
    }
  }

  /** Whatever was asked for never runs. */
  stop(): void {
    this.#isStopped = true
  }

  #begin(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run()
  }

  async #run(): Promise<void> {
    await null
    for (let steps = 0; !this.#isStopped; steps++) {
      await (steps % STEPS_AT_A_TIME === 0 ? aroundTheLoop() : promisesSettled())
      const soon = this.#soon
      this.#soon = []
      if (soon.length > 0) for (const run of soon) run()
      else {
        const next = this.#timers.shift()
        if (next === undefined) break
        this.#now = Math.max(this.#now, next.at)
        next.run()
      }
    }
    this.#isRunning = false
  }
}

function aroundTheLoop(): Promise<void> {
  return new Promise((resolve) => realClock.soon(resolve))
}
