/**
 * When an idle log confirms its last batch: until a later one names it as durable, a crash and damage look alike there. One timer,
 * however many batches there are.
 */
import type { Clock } from '@rafted/contracts'

const MARK_AFTER_MS = 1000

export class IdleMark {
  readonly #clock: Clock
  readonly #due: () => void
  #lastWriteAt = 0
  #armed = false
  #needed = false
  #cancel: () => void = () => {}

  /** @param due the log has been idle for a second, and nothing confirms its last batch. */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  /** A batch was written. @param confirms it says nothing but that those before it are durable. */
  wrote(confirms: boolean): void {
    this.#needed = !confirms
    this.#lastWriteAt = this.#clock.now()
    if (this.#needed && !this.#armed) this.#arm()
  }

  /** Whether the last batch is in doubt. */
  get isNeeded(): boolean {
    return this.#needed
  }

  stop(): void {
    this.#needed = false
    this.#cancel()
  }

  #arm(): void {
    this.#armed = true
    const ms = this.#lastWriteAt + MARK_AFTER_MS - this.#clock.now()
    this.#cancel = this.#clock.after(Math.max(1, ms), () => {
      this.#armed = false
      if (!this.#needed) return
      if (this.#clock.now() < this.#lastWriteAt + MARK_AFTER_MS) this.#arm()
      else this.#due()
    })
  }
}
