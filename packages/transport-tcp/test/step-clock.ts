import type { Cancel, Clock } from '@rafted/contracts'

/** Time that passes when it is told to, in steps as small as those of a process that isn't held up. Sockets are real. */
export class StepClock implements Clock {
  #now = 1000
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>()
  #count = 0

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Cancel {
    const key = ++this.#count
    this.#timers.set(key, { at: this.#now + ms, run })
    return () => this.#timers.delete(key)
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Steps of 50 ms; after each, what has been written in this process is read in this process. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.jump(Math.min(50, ms - passed))
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** All at once, as for a process that stood still. */
  jump(ms: number): void {
    this.#now += ms
    for (const [key, { at, run }] of [...this.#timers]) if (at <= this.#now && this.#timers.delete(key)) run()
  }
}
