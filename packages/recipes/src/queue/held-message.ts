/** A message while its handler runs: it stays with this worker by being asked for again and again, and the handler is told if that may have failed. */
import { type Cancel, type Clock, isRaftedError, RaftedError } from '@rafted/contracts'

export interface HeldMessageOptions {
  readonly clock: Clock
  readonly visibilityMs: number
  /** When it was asked for, by this clock. The visibility began later than that. */
  readonly askedAt: number
  extend(ms: number, timeoutMs: number): Promise<unknown>
}

/** Of the visibility: after so much of it more is asked for, and so soon again where that has failed. */
const EXTEND_AFTER = 1 / 3
const TRY_AGAIN_AFTER = 1 / 12

export class HeldMessage {
  readonly #o: HeldMessageOptions
  readonly #ending = new AbortController()
  /** By this clock nobody else has it before. */
  #until: number
  #isOver = false
  #cancelEnd: Cancel = () => {}
  #cancelNext: Cancel = () => {}

  constructor(options: HeldMessageOptions) {
    this.#o = options
    const { askedAt, visibilityMs } = options
    this.#until = askedAt + visibilityMs
    this.#watchEnd()
    this.#extendAt(askedAt + visibilityMs * EXTEND_AFTER)
  }

  /** Aborted when the message may be somebody else's, or the consumer is to end. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Ends the handler's work, with a reason. */
  abort(reason: unknown): void {
    this.#ending.abort(reason)
  }

  /** The handler is done: nothing more is asked for. */
  release(): void {
    this.#isOver = true
    this.#cancelEnd()
    this.#cancelNext()
  }

  #lose(): void {
    if (this.#isOver) return
    this.release()
    this.abort(
      new RaftedError('aborted', 'The visibility of the message is over: somebody else may have it by now.', {
        outcome: 'unknown',
        details: { reason: 'stale-receipt' },
      }),
    )
  }

  #watchEnd(): void {
    this.#cancelEnd()
    this.#cancelEnd = this.#o.clock.after(Math.max(0, this.#until - this.#o.clock.now()), () => this.#lose())
  }

  #extendAt(at: number): void {
    const { clock } = this.#o
    this.#cancelNext = clock.after(Math.max(0, at - clock.now()), () => void this.#extend())
  }

  async #extend(): Promise<void> {
    const { clock, visibilityMs, extend } = this.#o
    const askedAt = clock.now()
    const leftMs = this.#until - askedAt
    // It has come so late that the end is due as well.
    if (leftMs <= 0) return this.#lose()
    try {
      await extend(visibilityMs, leftMs)
    } catch (error) {
      if (this.#isOver) return
      if (isRaftedError(error, 'command-error')) return this.#lose()
      return this.#extendAt(clock.now() + visibilityMs * TRY_AGAIN_AFTER)
    }
    if (this.#isOver) return
    this.#until = askedAt + visibilityMs
    this.#watchEnd()
    this.#extendAt(askedAt + visibilityMs * EXTEND_AFTER)
  }
}
