/** An endless sequence to one reader, who may end it while something is awaited. */
import type { CallSignal, Watch } from '@rafted/contracts'

export class Reader<T> implements Watch<T> {
  readonly #items: AsyncGenerator<T, undefined>
  readonly #ending = new AbortController()
  readonly #signal: CallSignal | undefined
  readonly #onAbort = (): void => this.#ending.abort(this.#signal?.reason)
  #isEnded = false

  /** @param items what is read; it ends with an error when the signal it is given is aborted. */
  constructor(signal: CallSignal | undefined, items: (signal: AbortSignal) => AsyncGenerator<T, undefined>) {
    this.#signal = signal
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort)
    this.#items = items(this.#ending.signal)
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    try {
      const result = await this.#items.next()
      return this.#isEnded ? { done: true, value: undefined } : result
    } catch (error) {
      this.#letGo()
      if (this.#isEnded) return { done: true, value: undefined }
      throw error
    }
  }

  /** Ends it: what is awaited as well. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#isEnded = true
    this.#letGo()
    this.#ending.abort()
    await this.#items.return(undefined).catch(() => {})
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #letGo(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
