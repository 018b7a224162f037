/** Keeps an idle session alive for a while, and closes it when nobody has used it for longer. */
import { RaftedError } from '@rafted/contracts'
import { errorResponse } from '@rafted/wire'
import { type Asked, askLeader } from './ask.ts'
import type { Context } from './context.ts'
import { IDLE_KEEPS, KEEP_MIN_MS } from './limits.ts'
import { Patience } from './patience.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Looks at a session three times per expiry time. One that was used since needs nothing: its commands keep it. An idle one
 * is kept `IDLE_KEEPS` times; after that it is closed, so that clients which have nothing to say cost the group nothing.
 */
export class SessionKeeper {
  readonly #context: Context
  readonly #group: Asked
  readonly #pipeline: Pipeline
  readonly #intervalMs: number
  #cancel: (() => void) | null = null
  #keeps = 0
  /** `next` of the session when it was looked at last. */
  #seen = 1
  #stopped = false

  constructor(context: Context, group: Asked, pipeline: Pipeline) {
    this.#context = context
    this.#group = group
    this.#pipeline = pipeline
    this.#intervalMs = Math.max(KEEP_MIN_MS, pipeline.session.timeoutMs / 3)
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #arm(): void {
    this.#cancel = this.#context.clock.after(this.#intervalMs, () => this.#look())
  }

  #look(): void {
    const { session } = this.#pipeline
    if (session.next !== this.#seen || session.waited > 0) {
      this.#seen = session.next
      this.#keeps = 0
    } else if (this.#keeps === IDLE_KEEPS) {
      this.#pipeline.retire()
      return
    } else {
      this.#keeps++
      void this.#keep()
    }
    this.#arm()
  }

  async #keep(): Promise<void> {
    const { id: session, acknowledged } = this.#pipeline.session
    const { name } = this.#group
    const patience = new Patience(this.#context, {
      what: () => `Keeping a session of "${name}"`,
      timeoutMs: this.#intervalMs,
      effects: false,
      wanted: () => !this.#stopped,
    })
    const from = this.#context.clock.now()
    try {
      await askLeader(
        this.#context,
        this.#group,
        (incarnation) => ({ kind: 'keep-session', group: name, incarnation, session, acknowledged }),
        patience,
      )
      this.#pipeline.heardAt = Math.max(this.#pipeline.heardAt, from)
    } catch (error) {
      // Any other failure leaves it to the next time, or to the next command.
      if (this.#stopped || !(error instanceof RaftedError) || error.code !== 'session-expired') return
      this.#pipeline.die(errorResponse('session-expired', error.outcome, error.message))
    }
  }
}
