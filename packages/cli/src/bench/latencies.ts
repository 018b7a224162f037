/** How long calls took: counted in buckets, so that a long run takes no more room than a short one. */

/** From one bucket to the next: each is so much wider. What is read from them is at most so much too high. */
const STEP = 1.02
/** Milliseconds: what takes less is in the first bucket. */
const LEAST_MS = 0.01
const BUCKETS = 1000

export interface LatencySummary {
  readonly count: number
  /** Milliseconds, as all that follow. */
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export class Latencies {
  readonly #buckets = new Uint32Array(BUCKETS)
  #count = 0
  #sum = 0
  #max = 0

  add(ms: number): void {
    const at = Math.ceil(Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log(STEP))
    const bucket = Math.min(at, BUCKETS - 1)
    this.#buckets[bucket] = this.#buckets[bucket]! + 1
    this.#count++
    this.#sum += ms
    this.#max = Math.max(this.#max, ms)
  }

  summary(): LatencySummary {
    const count = this.#count
    return {
      count,
      mean: count === 0 ? 0 : this.#sum / count,
      p50: this.#quantile(0.5),
      p90: this.#quantile(0.9),
      p99: this.#quantile(0.99),
      p999: this.#quantile(0.999),
      max: this.#max,
    }
  }

  /** What so large a part took at most. */
  #quantile(part: number): number {
    let left = Math.ceil(part * this.#count)
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count
      if (left <= 0) return Math.min(LEAST_MS * STEP ** bucket, this.#max)
    }
    return this.#max
  }
}
