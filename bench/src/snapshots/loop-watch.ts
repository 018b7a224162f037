/** What a process has been through since it was last asked: how long its loop stood still, how long collections took, how much memory it held. */
import { PerformanceObserver } from 'node:perf_hooks'

const EVERY_MS = 2

export interface LoopFigures {
  /** The longest that the loop stood still, milliseconds: a timer came so much too late. */
  readonly stallMs: number
  /** The longest, counting only what this process was running meanwhile (all of its threads), and not what it waited for a processor. */
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
  #cpu = process.cpuUsage()

  constructor() {
    setInterval(() => this.#look(), EVERY_MS)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        this.#collectionMs = Math.max(this.#collectionMs, duration)
    }).observe({ entryTypes: ['gc'] })
  }

  #look(): void {
    const now = performance.now()
    const cpu = process.cpuUsage()
    const stallMs = now - this.#last - EVERY_MS
    if (stallMs > 50) this.#stalls++
    this.#stallMs = Math.max(this.#stallMs, stallMs)
    const usedMs = (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000
    this.#busyMs = Math.max(this.#busyMs, Math.min(usedMs, stallMs))
    this.#last = now
    this.#cpu = cpu
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
