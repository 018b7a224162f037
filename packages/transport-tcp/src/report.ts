/** What whoever observes is told. What an observer throws is dropped, and strangers can't flood it with events. */
import type { Clock, Level, Observer } from '@rafted/contracts'

/** The counters of this transport. */
export type Counter =
  /** Connections closed because of what came over them. */
  | 'tcp_violations'
  /** Connections refused for their number, or because they came from another machine and there is neither a secret nor TLS. */
  | 'tcp_refused'
  /** Handshakes that failed, on either side. */
  | 'tcp_failed_handshakes'
  /** Those of them that failed for a certificate. */
  | 'tcp_wrong_certificates'
  /** Batches that `send` had taken and that were dropped before they left. */
  | 'tcp_dropped'

/** Events of one second; those beyond are only counted. */
const MOST_EVENTS = 20
const WINDOW_MS = 1000

export class Report {
  readonly #observer: Observer | null
  readonly #clock: Clock
  #windowEnds = Number.NEGATIVE_INFINITY
  #events = 0

  constructor(observer: Observer | null, clock: Clock) {
    this.#observer = observer
    this.#clock = clock
  }

  event(level: Level, what: string, address: string, error?: unknown): void {
    if (this.#observer?.event === undefined) return
    const now = this.#clock.now()
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + WINDOW_MS
      this.#events = 0
    }
    this.#events += 1
    if (this.#events > MOST_EVENTS) return
    try {
      this.#observer.event({
        kind: 'transport',
        level,
        what,
        address,
        ...(error === undefined ? {} : { error }),
      })
    } catch {
      // An observer is outside every decision.
    }
  }

  count(name: Counter, by = 1): void {
    if (by === 0) return
    try {
      this.#observer?.count?.(name, by, null)
    } catch {
      // As above.
    }
  }
}
