/** A clock that a test moves, over whole hosts in one process. */
import type { Clock } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'

/** Calls between hosts, and files, wait for one another so often at most. */
const TURNS = 12

/** Time passes when the test says so, and never before all is done that needs none. */
export class SteppedClock implements Clock {
  #now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []
  now = (): number => this.#now
  wall = (): number => this.#now
  soon = (run: () => void): void => realClock.soon(run)

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  async pass(ms: number): Promise<void> {
    for (const until = this.#now + ms; ; ) {
      for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve))
      const next = this.#timers.reduce((a, b) => (b.at < a.at ? b : a), { at: until, run: () => {} })
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = next.at
      next.run()
      if (this.#now >= until) return
    }
  }
}
