/** One thing often makes the next due, and that another: so many rounds run before the schedule is asked again … */
const MAX_ROUNDS = 8
/** … and none begins later than so many milliseconds after the first. */
const MAX_MS = 1

/**
 * What is to run soon: by the schedule it is given, at the latest, or when somebody who must not come first says so. Node.js
 * promises no order between an immediate and a timer; the timers of the clock run what waits here before themselves.
 */
export class Soon {
  readonly #schedule: (run: () => void) => void
  readonly #now: () => number
  readonly #runNow = (): void => this.runNow()
  #waiting: (() => void)[] = []
  #running = false

  /** @param now milliseconds, never going back. */
  constructor(schedule: (run: () => void) => void, now: () => number) {
    this.#schedule = schedule
    this.#now = now
  }

  add(run: () => void): void {
    if (this.#waiting.push(run) === 1 && !this.#running) this.#schedule(this.#runNow)
  }

  /**
   * Runs what waits, in order; what is added meanwhile runs in the next round: between hosts of one process, a message and its
   * answer need not go around the event loop each. After some rounds, or some time, the rest waits for the schedule, so that
   * nobody else is kept waiting.
   */
  runNow(): void {
    this.#running = true
    const until = this.#now() + MAX_MS
    try {
      for (let round = 0; round < MAX_ROUNDS && this.#waiting.length > 0; round++) {
        if (round > 0 && this.#now() > until) break
        this.#round()
      }
    } finally {
      this.#running = false
      if (this.#waiting.length > 0) this.#schedule(this.#runNow)
    }
  }

  #round(): void {
    const running = this.#waiting
    this.#waiting = []
    let next = 0
    try {
      while (next < running.length) running[next++]!()
    } finally {
      // One that throws must not take those behind it along.
      for (; next < running.length; next++) this.#waiting.push(running[next]!)
    }
  }
}
