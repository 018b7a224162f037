/** A closed loop: a fixed number of calls is under way at any time; each that is answered makes place for the next. */

export interface Figures {
  readonly ops_per_s: number
  readonly p50_us: number
  readonly p99_us: number
}

export interface Durations {
  readonly warmUpMs: number
  readonly measureMs: number
}

/** Latencies kept at most: beyond this many, every second one, then every fourth … of those that come. */
const maxSamples = 1 << 20

/**
 * Runs `call` with `concurrency` under way. Rejects as soon as one call does. Goes on past its time until one call at least has
 * been answered: a busy machine makes a figure worse, and never none.
 */
export async function closedLoop(
  call: () => Promise<unknown>,
  concurrency: number,
  { warmUpMs, measureMs }: Durations,
): Promise<Figures> {
  const samples = new Samples()
  const begin = performance.now() + warmUpMs
  const end = begin + measureMs
  let answered = 0
  let last = begin
  const loop = async (): Promise<void> => {
    for (let sent = performance.now(); sent < end || answered === 0; ) {
      await call()
      const now = performance.now()
      if (sent >= begin && (now <= end || answered === 0)) {
        answered++
        last = now
        samples.add(now - sent)
      }
      sent = now
    }
  }
  await Promise.all(Array.from({ length: concurrency }, loop))
  return {
    ops_per_s: Math.round((answered / (last - begin)) * 1000),
    p50_us: Math.round(samples.quantile(0.5) * 1000),
    p99_us: Math.round(samples.quantile(0.99) * 1000),
  }
}

/** Latencies, thinned evenly when there are too many to keep. */
class Samples {
  #values: number[] = []
  #every = 1
  #seen = 0

  add(value: number): void {
    if (this.#seen++ % this.#every !== 0) return
    this.#values.push(value)
    if (this.#values.length < maxSamples) return
    this.#values = this.#values.filter((_, i) => i % 2 === 0)
    this.#every *= 2
  }

  quantile(part: number): number {
    const sorted = Float64Array.from(this.#values).sort()
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
  }
}
