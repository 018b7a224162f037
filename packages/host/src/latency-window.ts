/** Latencies of the last while, in bounded memory: the last samples, of the last minute. */

/** Samples that are kept, unless more are asked for. */
const SAMPLES = 256
const WINDOW_MS = 60_000

/** Milliseconds; 0 where there is no sample. */
export interface Latency {
  readonly lastMs: number
  /** Half of the samples of the last minute were not larger. */
  readonly p50Ms: number
  /** Of a hundred samples of the last minute, at most one was larger. */
  readonly p99Ms: number
  readonly maxMs: number
}

export class LatencyWindow {
  /** Rings; what stands at `next` is the oldest. */
  readonly #ms: Float64Array
  readonly #at: Float64Array
  #next = 0
  /** What was read last, and when the oldest sample came that it tells of: it holds until another one is added, or that one is too old. */
  #read: Latency | null = null
  #oldestAt = 0

  constructor(samples: number = SAMPLES) {
    this.#ms = new Float64Array(samples)
    this.#at = new Float64Array(samples).fill(Number.NEGATIVE_INFINITY)
  }

  /** @param now monotonic milliseconds. */
  add(ms: number, now: number): void {
    this.#ms[this.#next] = ms
    this.#at[this.#next] = now
    this.#next = (this.#next + 1) % this.#ms.length
    this.#read = null
  }

  read(now: number): Latency {
    // Each member of a host asks for the same.
    if (this.#read !== null && now - this.#oldestAt <= WINDOW_MS) return this.#read
    const isRecent = (at: number): boolean => now - at <= WINDOW_MS
    const recent = this.#ms.filter((_, i) => isRecent(this.#at[i]!)).sort()
    this.#oldestAt = this.#at.filter(isRecent).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    const part = (share: number): number => recent[Math.ceil(recent.length * share) - 1] ?? 0
    this.#read = {
      lastMs: this.#ms.at(this.#next - 1)!,
      p50Ms: part(0.5),
      p99Ms: part(0.99),
      maxMs: part(1),
    }
    return this.#read
  }
}
