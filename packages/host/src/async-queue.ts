/// <reference lib="esnext.disposable" preserve="true" />
/** A queue that is read with `for await`. Who puts in never waits; what may wait in it is for its owner to bound. */
import type { EventStream } from '@rafted/contracts'

export class AsyncQueue<T> implements EventStream<T> {
  readonly #ended: () => void
  /** Gives what the queue itself doesn't hold, when nothing else is left. */
  readonly #last: () => T | undefined
  #items: T[] = []
  #readers: ((result: IteratorResult<T>) => void)[] = []
  #isEnded = false

  /** @param ended it is read no more. */
  constructor(ended: () => void, last: () => T | undefined = () => undefined) {
    this.#ended = ended
    this.#last = last
  }

  /** Items that nobody has taken yet. */
  get length(): number {
    return this.#items.length
  }

  put(item: T): void {
    if (this.#isEnded) return
    const reader = this.#readers.shift()
    if (reader === undefined) this.#items.push(item)
    else reader({ done: false, value: item })
  }

  /** Forgets what nobody has taken. */
  clear(): void {
    this.#items = []
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.#items.length > 0 ? this.#items.shift() : this.#last()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  /** Nothing comes any more. What waits can still be taken. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
    this.#ended()
  }

  /** Whoever reads it leaves. */
  return(): Promise<IteratorResult<T>> {
    this.clear()
    this.#last()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
