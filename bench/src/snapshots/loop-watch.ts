/** What a process has been through since it was last asked: how long its loop stood still, how long collections took, how much memory it held. */
import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

const EVERY_MS = 2

export interface LoopFigures {
  /** The longest that the loop stood still, milliseconds: a timer came so much too late. */
  readonly stallMs: number
  /** The longest, counting only what the loop's thread ran meanwhile, and not what it waited for a processor. */
  readonly busyMs: number
  /** How often it stood still for more than 50 ms. */
  readonly stalls: number
  /** The longest pause of a garbage collection, milliseconds. */
  readonly collectionMs: number
  readonly rssMiB: number
  readonly peakRssMiB: number
}

export class LoopWatch {
  #stallMs = 0
  #busyMs = 0
  #stalls = 0
  #collectionMs = 0
  #peak = 0
  #last = performance.now()
  #ranMs = ranMs()

  constructor() {
    setInterval(() => this.#look(), EVERY_MS)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        this.#collectionMs = Math.max(this.#collectionMs, duration)
    }).observe({ entryTypes: ['gc'] })
  }

  #look(): void {
    const now = performance.now()
    const ran = ranMs()
    const stallMs = now - this.#last - EVERY_MS
    if (stallMs > 50) this.#stalls++
    this.#stallMs = Math.max(this.#stallMs, stallMs)
    this.#busyMs = Math.max(this.#busyMs, Math.min(ran - this.#ranMs, stallMs))
    this.#last = now
    this.#ranMs = ran
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
  }

  take(): LoopFigures {
    const rss = process.memoryUsage.rss()
    const figures = {
      stallMs: this.#stallMs,
      busyMs: this.#busyMs,
      stalls: this.#stalls,
      collectionMs: this.#collectionMs,
      rssMiB: rss / 2 ** 20,
      peakRssMiB: Math.max(this.#peak, rss) / 2 ** 20,
    }
    this.#stallMs = 0
    this.#busyMs = 0
    this.#stalls = 0
    this.#collectionMs = 0
    this.#peak = 0
    return figures
  }
}

/** What the first thread of this process has run, milliseconds; of all of them, where the system doesn't tell. */
function ranMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}
