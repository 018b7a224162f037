/** What ends a wait: its time, its caller, or what it waits for. */
import { type CallSignal, type Clock, RaftedError } from '@rafted/contracts'
import { pause } from './failing.ts'
import { invalidArgument } from './invalid-argument.ts'

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds, all in all. Default: for as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait: `aborted`. */
  readonly signal?: CallSignal | undefined
}

export class Waiting {
  readonly #ending = new AbortController()
  readonly #signal: CallSignal | undefined
  readonly #cancel: () => void
  readonly #onAbort: () => void
  #error: RaftedError | null = null

  /** @param what is waited for, as the subject of a sentence. @throws {RaftedError} `invalid-argument`. */
  constructor(clock: Clock, what: string, { timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions) {
    if (typeof timeoutMs !== 'number' || !(timeoutMs > 0))
      throw invalidArgument('`timeoutMs` is a number of milliseconds above zero.')
    if (signal !== undefined && typeof signal?.addEventListener !== 'function')
      throw invalidArgument('`signal` must be an AbortSignal.')
    this.#signal = signal
    this.#onAbort = () => this.#fail('aborted', `${what}: the signal was aborted.`, signal?.reason)
    const onTime = (): void => this.#fail('timeout', `${what}: it did not come about in ${timeoutMs} ms.`)
    this.#cancel = timeoutMs === Number.POSITIVE_INFINITY ? () => {} : clock.after(timeoutMs, onTime)
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort)
  }

  /** For what is asked meanwhile: aborts when the wait is over. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Why it ended, if nobody got what was waited for. */
  get error(): RaftedError | null {
    return this.#error
  }

  /** Resolves after so long, or when the wait is over. */
  pause(clock: Clock, ms: number): Promise<void> {
    return pause(clock, ms, this.signal)
  }

  /** Nobody waits any more. */
  end(): void {
    this.#cancel()
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#ending.abort()
  }

  #fail(code: 'aborted' | 'timeout', message: string, cause?: unknown): void {
    this.#error ??= new RaftedError(code, message, { outcome: 'not-applied', cause })
    this.end()
  }
}
