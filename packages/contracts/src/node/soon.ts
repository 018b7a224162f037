/** One thing often makes the next due, and that another: as many rounds run before the schedule is asked again. */
const MAX_ROUNDS = 8

/**
 * What is to run soon: by the schedule it is given, at the latest, or when somebody who must not come first says so. Node.js
 * promises no order between an immediate and a timer; the timers of the clock run what waits here before themselves.
 */
export class Soon {
  readonly #schedule: (run: () => void) => void
  readonly #runNow = (): void => this.runNow()
  #waiting: (() => void)[] = []
  #running = false

  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule
  }

  add(run: () => void): void {
    if (this.#waiting.push(run) === 1 && !this.#running) this.#schedule(this.#runNow)
  }

  /**
   * Runs what waits, in order; what is added meanwhile runs in the next round: between hosts of one process, a message and its
   * answer need not go around the event loop each. After some rounds the rest waits for the schedule, so that nobody else is
   * kept waiting for ever.
   */
  runNow(): void {
    this.#running = true
    try {
      for (let round = 0; round < MAX_ROUNDS && this.#waiting.length > 0; round++) this.#round()
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
