/** What is this process's for a while, as long as work on it runs: it stays so by being asked for again and again, and the work is told if that may have failed. */
import { type Cancel, type Clock, isRaftedError, RaftedError } from '@rafted/contracts'

export interface LeasedWorkOptions {
  readonly clock: Clock
  /** How long it is given for. */
  readonly leaseMs: number
  /** When it was asked for, by this clock. The lease began later than that. */
  readonly askedAt: number
  extend(ms: number, timeoutMs: number): Promise<unknown>
}

/** What is shorter would be extended all the time, milliseconds. */
export const LEAST_LEASE_MS = 100

/** Of the lease: after so much of it more is asked for, and so soon again where that has failed. */
const EXTEND_AFTER = 1 / 3
const TRY_AGAIN_AFTER = 1 / 12

export class LeasedWork {
  readonly #o: LeasedWorkOptions
  readonly #ending = new AbortController()
  /** By this clock nobody else has it before. */
  #until: number
  #isOver = false
  #cancelEnd: Cancel = () => {}
  #cancelNext: Cancel = () => {}

  constructor(options: LeasedWorkOptions) {
    this.#o = options
    const { askedAt, leaseMs } = options
    this.#until = askedAt + leaseMs
    this.#watchEnd()
    this.#extendAt(askedAt + leaseMs * EXTEND_AFTER)
  }

  /** Aborted when it may be somebody else's, or the work is to end. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Ends the work, with a reason. */
  abort(reason: unknown): void {
    this.#ending.abort(reason)
  }

  /** The work is done: nothing more is asked for. */
  release(): void {
    this.#isOver = true
    this.#cancelEnd()
    this.#cancelNext()
  }

  #lose(): void {
    if (this.#isOver) return
    this.release()
    this.abort(
      new RaftedError(
        'aborted',
        'The time for which this was given is over: somebody else may have it by now. Leave it.',
        {
          outcome: 'unknown',
          details: { reason: 'lost' },
        },
      ),
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
    const { clock, leaseMs, extend } = this.#o
    const askedAt = clock.now()
    const leftMs = this.#until - askedAt
    // It has come so late that the end is due as well.
    if (leftMs <= 0) return this.#lose()
    try {
      await extend(leaseMs, leftMs)
    } catch (error) {
      if (this.#isOver) return
      if (isRaftedError(error, 'command-error')) return this.#lose()
      return this.#extendAt(clock.now() + leaseMs * TRY_AGAIN_AFTER)
    }
    if (this.#isOver) return
    this.#until = askedAt + leaseMs
    this.#watchEnd()
    this.#extendAt(askedAt + leaseMs * EXTEND_AFTER)
  }
}
