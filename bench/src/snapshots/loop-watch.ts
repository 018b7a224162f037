/** What a process has been through since it was last asked: how long its loop stood still, how long collections took, how much memory it held. */
import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'

const EVERY_MS = 2

export interface LoopFigures {
  /** The longest that the loop stood still, milliseconds: a timer came so much too late. */
  readonly stallMs: number
  /** The longest, counting only what the loop's thread ran meanwhile, and not what it waited for a processor. */
  readonly busyMs: number
  /** The longest, counting all but what the loop's thread was ready to run and others had the processors. */
  readonly ownMs: number
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
  #ownMs = 0
  #stalls = 0
  #collectionMs = 0
  #peak = 0
  #last = performance.now()
  #thread = ofThread()

  constructor() {
    setInterval(() => this.#look(), EVERY_MS)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        this.#collectionMs = Math.max(this.#collectionMs, duration)
    }).observe({ entryTypes: ['gc'] })
  }

  #look(): void {
    const now = performance.now()
    const thread = ofThread()
    const stallMs = now - this.#last - EVERY_MS
    if (stallMs > 50) this.#stalls++
    this.#stallMs = Math.max(this.#stallMs, stallMs)
    this.#busyMs = Math.max(this.#busyMs, Math.min(thread.ranMs - this.#thread.ranMs, stallMs))
    this.#ownMs = Math.max(this.#ownMs, stallMs - (thread.waitedMs - this.#thread.waitedMs))
    this.#last = now
    this.#thread = thread
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss())
  }

  take(): LoopFigures {
    const rss = process.memoryUsage.rss()
    const figures = {
      stallMs: this.#stallMs,
      busyMs: this.#busyMs,
      ownMs: this.#ownMs,
      stalls: this.#stalls,
      collectionMs: this.#collectionMs,
      rssMiB: rss / 2 ** 20,
      peakRssMiB: Math.max(this.#peak, rss) / 2 ** 20,
    }
    this.#stallMs = 0
    this.#busyMs = 0
    this.#ownMs = 0
    this.#stalls = 0
    this.#collectionMs = 0
    this.#peak = 0
    return figures
  }
}

interface ThreadTimes {
  /** What it has run, milliseconds. */
  readonly ranMs: number
  /** How long it was ready to run and waited for a processor, milliseconds. */
  readonly waitedMs: number
}

/** Of the first thread of this process; where the system doesn't tell, what all of them have run, and that none waited. */
function ofThread(): ThreadTimes {
  try {
    const [ran, waited] = readFileSync('/proc/self/schedstat', 'latin1').split(' ')
    return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 }
  } catch {
    const { user, system } = process.cpuUsage()
    return { ranMs: (user + system) / 1000, waitedMs: 0 }
  }
}
