/** How many calls are answered in each tenth of a second, while as many as wanted are under way. */

const BUCKET_MS = 100
/** Buckets of a second. */
const SECOND = 1000 / BUCKET_MS

/** Answers per second. */
export interface Rates {
  readonly mean: number
  /** Of the second with the fewest, wherever it begins. */
  readonly worst: number
}

/** @param counts of answers in each tenth of a second. @throws {Error} if there is no whole second. */
export function ratesOf(counts: readonly number[]): Rates {
  if (counts.length < SECOND) throw new Error('less than a second was watched')
  const sum = (part: readonly number[]): number => part.reduce((all, count) => all + count, 0)
  const seconds = Array.from({ length: counts.length - SECOND + 1 }, (_, i) =>
    sum(counts.slice(i, i + SECOND)),
  )
  return { mean: (sum(counts) / counts.length) * SECOND, worst: Math.min(...seconds) }
}

export class Throughput {
  readonly #begin = performance.now()
  readonly #buckets: number[] = []
  #isStopped = false
  readonly #loops: Promise<void>[]

  constructor(call: () => Promise<unknown>, concurrency: number) {
    this.#loops = Array.from({ length: concurrency }, async () => {
      while (!this.#isStopped) {
        await call()
        const at = this.#bucket()
        this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
      }
    })
  }

  /** The place of this moment, for `rates`. */
  now(): number {
    return this.#bucket()
  }

  /** Between two moments. @throws {Error} if they lie less than a second apart. */
  rates(from: number, to: number): Rates {
    return ratesOf(Array.from({ length: to - from }, (_, i) => this.#buckets[from + i] ?? 0))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#loops)
  }

  #bucket(): number {
    return Math.floor((performance.now() - this.#begin) / BUCKET_MS)
  }
}
