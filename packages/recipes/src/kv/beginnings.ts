/** Watches that have been asked for, and have not begun: what is written by who has asked for them comes behind them. */
import type { Clock } from '@rafted/contracts'

/** Where a group doesn't answer, nothing waits longer than this. */
const PATIENCE_MS = 1000

export class Beginnings {
  readonly #clock: Clock
  /** Settled when all have begun; null: none is awaited, by nobody. */
  #gate: Promise<unknown> | null = null
  #waiting = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(begun: Promise<unknown>): void {
    const pending = new Promise<void>((resolve) => {
      const cancel = this.#clock.after(PATIENCE_MS, resolve)
      const isOver = (): void => {
        cancel()
        resolve()
      }
      begun.then(isOver, isOver)
    })
    const gate = Promise.all([this.#gate, pending])
    this.#gate = gate
    void gate.then(() => this.#open(gate))
  }

  /** At once, if none is pending. Writes leave in the order in which they are called. */
  behind<T>(write: () => Promise<T>): Promise<T> {
    const gate = this.#gate
    if (gate === null) return write()
    this.#waiting++
    return gate.then(() => {
      this.#waiting--
      this.#open(gate)
      return write()
    })
  }

  #open(gate: Promise<unknown>): void {
    if (this.#gate === gate && this.#waiting === 0) this.#gate = null
  }
}
