/** Waiting, on the slow paths: for a moment, for a signal, or for somebody to say that it is over. */
import type { CallSignal, Cancel, Clock } from '@rafted/contracts'

/** One wait. `done` resolves when the time is over, the signal aborts, or `end` is called: the waiter looks why. */
export class Pause {
  readonly done: Promise<void>
  readonly #all: Set<Pause>
  readonly #signal: CallSignal | undefined
  readonly #end = (): void => this.end()
  #cancel: Cancel | null = null
  #resolve: (() => void) | null = null

  constructor(clock: Clock, all: Set<Pause>, ms: number, signal: CallSignal | undefined, over: boolean) {
    this.#all = all
    this.#signal = signal
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    all.add(this)
    signal?.addEventListener('abort', this.#end)
    if (over || signal?.aborted) this.end()
    else if (ms < Number.POSITIVE_INFINITY) this.#cancel = clock.after(ms, this.#end)
  }

  end(): void {
    if (!this.#all.delete(this)) return
    this.#cancel?.()
    this.#signal?.removeEventListener('abort', this.#end)
    this.#resolve?.()
  }
}

/** All waits of a client, so that closing it ends them. */
export class Pauses {
  readonly #clock: Clock
  readonly #all = new Set<Pause>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param ms may be infinity. */
  begin(ms: number, signal: CallSignal | undefined): Pause {
    return new Pause(this.#clock, this.#all, ms, signal, this.#closed)
  }

  /** Ends those that are, and at once those that will be. */
  close(): void {
    this.#closed = true
    for (const pause of [...this.#all]) pause.end()
  }
}
