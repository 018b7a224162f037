/** Time that passes only when a test says so. */
import type { Clock } from '@rafted/contracts'

/** Runs everything that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export class VirtualClock implements Clock {
  #now = 1_000_000
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

  get timers(): number {
    return this.#timers.size
  }

  /** Everything that is due now, and what follows from it. */
  async turn(): Promise<void> {
    await settle()
    while (this.#soon.length > 0) {
      for (const run of this.#soon.splice(0)) run()
      await settle()
    }
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.turn()
    for (;;) {
      let next = Number.POSITIVE_INFINITY
      for (const { at } of this.#timers) next = Math.min(next, at)
      if (next > end) break
      this.#now = Math.max(this.#now, next)
      for (const timer of [...this.#timers]) if (timer.at === next && this.#timers.delete(timer)) timer.run()
      await this.turn()
    }
    this.#now = end
    await this.turn()
  }

  /** Time passes and nobody notices: timers run late. */
  suspend(ms: number): void {
    this.#now += ms
  }
}
