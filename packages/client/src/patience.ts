/** How long one call goes on trying, and what is known of it so far. */
import type { CallSignal, Outcome, RaftedError } from '@rafted/contracts'
import type { ErrorResponse } from '@rafted/wire'
import type { Context } from './context.ts'
import { abortedError, closedError, errorOf, moreTelling, timeoutError } from './failures.ts'

export interface Wish {
  /** For messages: `The query of "queue"`. */
  readonly what: () => string
  /** Infinity for what goes on as long as it is wanted. */
  readonly timeoutMs: number
  readonly signal?: CallSignal | undefined
  /** Whether it changes anything. What doesn't has never happened, however it ends. `in doubt`: it asks what has, and leaves that as open as it was. */
  readonly effects: boolean | 'in doubt'
  /** False ends it, as an abort would. */
  readonly wanted?: (() => boolean) | undefined
}

export class Patience {
  readonly signal: CallSignal | undefined
  readonly #context: Context
  readonly #wish: Wish
  readonly #deadline: number
  #last: ErrorResponse | null = null
  /** Whether an attempt may have done it. */
  #unknown = false

  constructor(context: Context, wish: Wish) {
    this.#context = context
    this.#wish = wish
    this.signal = wish.signal
    this.#deadline = context.clock.now() + wish.timeoutMs
  }

  /** Milliseconds left, not below zero. */
  get leftMs(): number {
    return this.#deadline === Number.POSITIVE_INFINITY
      ? this.#deadline
      : Math.max(0, this.#deadline - this.#context.clock.now())
  }

  get last(): ErrorResponse | null {
    return this.#last
  }

  /** @throws {RaftedError} `closed`, `aborted` or `timeout` when it is time to give up. */
  check(): void {
    const { what, timeoutMs, signal, wanted } = this.#wish
    if (this.#context.closed) throw closedError(what(), this.#outcome('not-applied'))
    if (signal?.aborted || wanted?.() === false)
      throw abortedError(what(), this.#outcome('not-applied'), signal)
    if (this.leftMs <= 0) throw timeoutError(what(), timeoutMs, this.#outcome('not-applied'), this.#last)
  }

  /** An attempt failed like this. */
  note(response: ErrorResponse): void {
    this.#last = moreTelling(this.#last, response)
    if (response.outcome === 'unknown') this.#unknown = true
  }

  /** Why it takes so long, for the error if it takes too long. */
  noteReason(response: ErrorResponse): void {
    this.#last = response
  }

  /** The caller's error, if `response` is the end of it. */
  failed(response: ErrorResponse): RaftedError {
    return errorOf(response, this.#outcome(response.outcome))
  }

  #outcome(outcome: Outcome): Outcome {
    if (!this.#wish.effects) return 'not-applied'
    if (this.#wish.effects === 'in doubt') return 'unknown'
    return this.#unknown ? 'unknown' : outcome
  }
}
