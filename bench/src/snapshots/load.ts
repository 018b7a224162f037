/** Commands at a steady pace, each of which replaces one item of the value; and what fills the value before. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ValueHandle } from '@rafted/contracts'
import type { Items } from './values.ts'

const CONCURRENCY = 4
/** Pause of each of them before its next command, milliseconds. */
const PAUSE_MS = 20
/** What one command fills, bytes. */
const FILL_BYTES = 1024 * 1024

export interface LoadFigures {
  readonly answered: number
  readonly slowestMs: number
}

export class Load {
  readonly #handle: ValueHandle<Items>
  readonly #itemBytes: number
  #running: Promise<void>[] = []
  #count = 0
  #stopped = false
  #answered = 0
  #slowestMs = 0

  constructor(handle: ValueHandle<Items>, itemBytes: number) {
    this.#handle = handle
    this.#itemBytes = itemBytes
  }

  /** Until there are so many items. */
  async fill(count: number): Promise<void> {
    const most = Math.max(1, Math.floor(FILL_BYTES / this.#itemBytes))
    while (this.#count < count)
      this.#count = await this.#handle.fill(this.#count, Math.min(most, count - this.#count), this.#itemBytes)
  }

  start(): void {
    this.#stopped = false
    for (let i = 0; i < CONCURRENCY; i++) this.#running.push(this.#run(i))
  }

  /** Of the time since it was last asked. */
  take(): LoadFigures {
    const figures = { answered: this.#answered, slowestMs: this.#slowestMs }
    this.#answered = 0
    this.#slowestMs = 0
    return figures
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.allSettled(this.#running)
    this.#running = []
  }

  async #run(first: number): Promise<void> {
    // All over the value, in an order that repeats: what a frozen view has passed, and what it has yet to show.
    for (let i = first; !this.#stopped; i += 7919) {
      const bytes = new Uint8Array(this.#itemBytes).fill(i)
      const sent = performance.now()
      await this.#handle.put(i % this.#count, bytes)
      this.#answered++
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - sent)
      await pause(PAUSE_MS)
    }
  }
}
