/** Time that passes only when the simulator says so. One queue of events for a whole cluster: one thread, one order. */
import type { Cancel } from '@rafted/contracts'

interface Event {
  readonly at: number
  /** Breaks ties: what was asked for first runs first. */
  readonly order: number
  run: (() => void) | null
  /** It resolves no promise: what it asks to run soon can run at once. */
  readonly plain: boolean
}

export class VirtualTime {
  #now = 0
  #order = 0
  /** A binary heap, the earliest first. */
  readonly #heap: Event[] = []
  #soon: (() => void)[] = []

  get now(): number {
    return this.#now
  }

  /** Runs `run` after `ms` virtual milliseconds. @param plain whether it resolves no promise, so that nothing has to settle before what it asks to run soon. */
  after(ms: number, run: () => void, plain = false): Cancel {
    const event: Event = { at: this.#now + Math.max(0, ms), order: this.#order++, run, plain }
    this.#push(event)
    return () => {
      event.run = null
    }
  }

  /** Runs `run` before any time passes. */
  soon(run: () => void): void {
    this.#soon.push(run)
  }

  /**
   * Runs what is due next: all that waits for `soon`, else the earliest event, to whose time the clock moves.
   * @returns false if there is nothing left before `until`; the clock then stands at `until`.
   */
  step(until: number): boolean {
    if (this.#soon.length > 0) {
      this.#runSoon()
      return true
    }
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until)
        return false
      }
      this.#pop()
      if (next.run === null) continue
      this.#now = Math.max(this.#now, next.at)
      next.run()
      if (next.plain && this.#soon.length > 0) this.#runSoon()
      return true
    }
  }

  #runSoon(): void {
    const batch = this.#soon
    this.#soon = []
    for (const run of batch) run()
  }

  #push(event: Event): void {
    const heap = this.#heap
    let i = heap.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
