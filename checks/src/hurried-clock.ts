/** A clock on which time passes as soon as nothing else can happen, so that nobody waits for it. */
import { nextTick } from 'node:process'
import type { Clock } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'

/** Of so many turns one lets the event loop go round: somebody may wait for it. */
const TURNS_AT_A_TIME = 64

interface Timer {
  readonly at: number
  readonly run: () => void
}

export class HurriedClock implements Clock {
  #now = 0
  /** The earliest first; those of one moment in the order in which they were asked for. */
  #timers: Timer[] = []
  #isPassing = false
  #turns = 0

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
    this.#pass()
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon(run: () => void): void {
    this.#settled(run)
  }

  /** Whatever was asked for never runs. */
  stop(): void {
    this.#timers = []
  }

  #pass(): void {
    if (this.#isPassing) return
    this.#isPassing = true
    // By then all that can happen without time has happened: what is simulated waits for nothing but promises.
    this.#settled(() => {
      this.#isPassing = false
      const next = this.#timers.shift()
      if (next === undefined) return
      this.#now = next.at
      next.run()
      this.#pass()
    })
  }

  /** What a promise's callback gives to `nextTick` runs once no such callback is left, and costs a fraction of a turn of the event loop. */
  #settled(run: () => void): void {
    if (this.#turns++ % TURNS_AT_A_TIME === 0) realClock.soon(run)
    else void Promise.resolve().then(() => nextTick(run))
  }
}
