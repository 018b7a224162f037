/** Latencies of the last while, in bounded memory: the last samples, of the last minute. */

/** Samples that are kept. */
const SAMPLES = 256
const WINDOW_MS = 60_000

/** Milliseconds; 0 where there is no sample. */
export interface Latency {
  readonly lastMs: number
  /** Of a hundred samples of the last minute, at most one was larger. */
  readonly p99Ms: number
  readonly maxMs: number
}

export class LatencyWindow {
  /** Rings; what stands at `next` is the oldest. */
  readonly #ms = new Float64Array(SAMPLES)
  readonly #at = new Float64Array(SAMPLES).fill(Number.NEGATIVE_INFINITY)
  #next = 0

  /** @param now monotonic milliseconds. */
  add(ms: number, now: number): void {
    this.#ms[this.#next] = ms
    this.#at[this.#next] = now
    this.#next = (this.#next + 1) % SAMPLES
  }

  read(now: number): Latency {
    const recent = this.#ms.filter((_, i) => now - this.#at[i]! <= WINDOW_MS).sort()
    const rank = Math.ceil(recent.length * 0.99) - 1
    return {
      lastMs: this.#ms[(this.#next + SAMPLES - 1) % SAMPLES]!,
      p99Ms: recent[rank] ?? 0,
      maxMs: recent[recent.length - 1] ?? 0,
    }
  }
}
