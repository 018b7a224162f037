/**
 * Whether a host's two clocks agree about how much time has passed. A monotonic clock may stand still while its machine sleeps, or a
 * virtual one is moved; the wall clock then shows it. Either may be set. What can't be told apart is doubted in both directions (F46).
 */
import type { Clock } from '@rafted/contracts'

/**
 * They may come apart by so much unnoticed, to either side. So of any two moments at most twice as much is not noticed, and of those of a
 * leader and of a follower four times: no group has a smaller margin for its leases (`clockDriftMarginMs`).
 */
const UNNOTICED_MS = 20

export class ClockWatch {
  readonly #clock: Clock
  readonly #doubt: (aheadMs: number) => void
  /** Wall time less monotonic time, as it is believed. */
  #offset: number

  /** @param doubt is told by how much more the monotonic clock has counted than the wall clock; less than none where it stood still. */
  constructor(clock: Clock, doubt: (aheadMs: number) => void) {
    this.#clock = clock
    this.#doubt = doubt
    this.#offset = clock.wall() - clock.now()
  }

  /** Looks at both. @returns the monotonic time. */
  look(): number {
    const now = this.#clock.now()
    const offset = this.#clock.wall() - now
    const aheadMs = this.#offset - offset
    if (Math.abs(aheadMs) > UNNOTICED_MS) {
      this.#offset = offset
      this.#doubt(aheadMs)
    }
    return now
  }
}
