/** How long calls of this process took, where they are made through the dashboard. */
import { Series } from './series.ts'

/** Of one look only. */
const MOST = 4096

export class TimedCalls {
  readonly #ms = new Float64Array(MOST)
  #count = 0
  #failed = 0
  readonly perSecond = new Series()
  readonly failures = new Series()
  readonly p50Ms = new Series()
  readonly p99Ms = new Series()
  /** Whether any was made. */
  isUsed = false

  /** @param ms how long it took. */
  note(ms: number, isFailed: boolean): void {
    this.isUsed = true
    this.#ms[this.#count % MOST] = ms
    this.#count++
    if (isFailed) this.#failed++
  }

  /** Closes the time since the look before. @param seconds that it was long. */
  look(seconds: number): void {
    const sorted = this.#ms.subarray(0, Math.min(this.#count, MOST)).sort()
    const part = (share: number): number | null => sorted[Math.ceil(sorted.length * share) - 1] ?? null
    this.perSecond.add(seconds > 0 ? this.#count / seconds : null)
    this.failures.add(this.#failed)
    this.p50Ms.add(part(0.5))
    this.p99Ms.add(part(0.99))
    this.#count = 0
    this.#failed = 0
  }
}
