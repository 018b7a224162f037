/** Time that passes when a test says so. */
import type { Clock } from '@rafted/contracts'

export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()
  #soon: (() => void)[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  soon(run: () => void): void {
    this.#soon.push(run)
  }

  /** What is to run soon, and what follows from it. */
  async turn(): Promise<void> {
    await settled()
    while (this.#soon.length > 0) {
      for (const run of this.#soon.splice(0)) run()
      await settled()
    }
  }

  /** Time has passed; whoever waited for it is told now, all at once. */
  async pass(ms: number): Promise<void> {
    this.#now += ms
    for (const timer of [...this.#timers])
      if (timer.at <= this.#now && this.#timers.delete(timer)) {
        timer.run()
        await settled()
      }
    await this.turn()
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
