/** Deadlines of all connections: one timer for them, and none while there are none. */
import type { Cancel, Clock } from '@rafted/contracts'

export interface Watched {
  /**
   * Time has passed. @param lateMs by how much this comes late: for so long the process stood still, could read nothing, and must
   * hold nothing against others.
   */
  watch(now: number, lateMs: number): void
}

const MOST_BETWEEN_MS = 250

export class Watch {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #watched = new Set<Watched>()
  #due = 0
  #cancel: Cancel | null = null

  /** @param shortestMs the shortest of the deadlines. */
  constructor(clock: Clock, shortestMs: number) {
    this.#clock = clock
    this.#everyMs = Math.min(MOST_BETWEEN_MS, Math.max(1, shortestMs / 4))
  }

  add(watched: Watched): void {
    this.#watched.add(watched)
    if (this.#cancel === null) this.#wait(this.#clock.now())
  }

  remove(watched: Watched): void {
    if (!this.#watched.delete(watched) || this.#watched.size > 0) return
    this.#cancel?.()
    this.#cancel = null
  }

  #wait(now: number): void {
    this.#due = now + this.#everyMs
    this.#cancel = this.#clock.after(this.#everyMs, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    const late = now - this.#due
    this.#cancel = null
    // A little late is every timer; that much is the process's own fault.
    for (const watched of [...this.#watched]) watched.watch(now, late > this.#everyMs ? late : 0)
    if (this.#watched.size > 0 && this.#cancel === null) this.#wait(now)
  }
}
