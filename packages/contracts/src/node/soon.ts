/**
 * What is to run soon: by the schedule it is given, at the latest, or when somebody who must not come first says so. Node.js
 * promises no order between an immediate and a timer; the timers of the clock run what waits here before themselves.
 */
export class Soon {
  readonly #schedule: (run: () => void) => void
  readonly #runNow = (): void => this.runNow()
  #waiting: (() => void)[] = []

  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule
  }

  add(run: () => void): void {
    if (this.#waiting.push(run) === 1) this.#schedule(this.#runNow)
  }

  /** Runs what waits, in order. What is added meanwhile waits for the next time, so that nobody else is kept waiting for ever. */
  runNow(): void {
    const running = this.#waiting
    this.#waiting = []
    let next = 0
    try {
      while (next < running.length) running[next++]!()
    } finally {
      // One that throws must not take those behind it along.
      for (; next < running.length; next++) this.add(running[next]!)
    }
  }
}
