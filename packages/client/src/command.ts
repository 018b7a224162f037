/** One command from its call to its answer. */
import { type CallSignal, type Codec, type Outcome, RaftedError } from '@rafted/contracts'
import type { ErrorResponse, ResultResponse } from '@rafted/wire'
import type { Due } from './deadlines.ts'
import { abortedError, closedError, detailsOf, timeoutError } from './failures.ts'
import type { Pipeline } from './pipeline.ts'
import { readResult } from './results.ts'

/**
 * Which command a call was, as plain data: it can be stored, and resolved by another process. In `details.id` of the error of a call that ended as `unknown`.
 */
export interface CommandId {
  /** Of the group. */
  readonly incarnation: string
  readonly session: number
  /** In the session. */
  readonly sequence: number
  /** The caller's own idempotency key, or null. */
  readonly key: string | null
}

/** Who is told that nobody waits for a command any more. */
export interface GivesUp {
  readonly name: string
  giveUp(command: Command, why: 'timeout' | 'aborted'): void
}

// Where a promise leaves its functions, so that no closure is made per command. Read at once.
let newestResolve: (value: unknown) => void
let newestReject: (error: RaftedError) => void
function keepFunctions(resolve: (value: unknown) => void, reject: (error: RaftedError) => void): void {
  newestResolve = resolve
  newestReject = reject
}

export interface CommandCall {
  readonly payload: Uint8Array
  readonly codec: Codec
  readonly key: string | null
  readonly trace: string | null
  readonly timeoutMs: number
  readonly signal: CallSignal | undefined
}

export class Command implements Due {
  readonly promise: Promise<unknown>
  readonly payload: Uint8Array
  readonly key: string | null
  readonly trace: string | null
  readonly deadline: number
  /** How long its caller waits, milliseconds. */
  readonly timeoutMs: number
  /** The pipeline that has taken it, or null while it is queued. */
  pipeline: Pipeline | null = null
  /** In the session of its pipeline. */
  sequence = 0
  /** Attempts that have not been answered. */
  inFlight = 0
  /** Whether an attempt that is over may have done it. */
  maybe = false
  /** What an attempt was refused for good with, while others are under way. */
  refusal: ErrorResponse | null = null
  /** Whether the caller still waits. */
  waited = true
  /** Neighbours in the queue. */
  before: Command | null = null
  behind: Command | null = null
  /** Neighbours among the deadlines. */
  earlier: Due | null = null
  later: Due | null = null
  /** What the latest failed attempt came to. */
  last: ErrorResponse | null = null

  readonly #group: GivesUp
  readonly #codec: Codec
  readonly #signal: CallSignal | undefined
  readonly #onAbort: (() => void) | null
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RaftedError) => void

  constructor(group: GivesUp, { payload, codec, key, trace, timeoutMs, signal }: CommandCall, now: number) {
    this.promise = new Promise(keepFunctions)
    this.#resolve = newestResolve
    this.#reject = newestReject
    this.payload = payload
    this.key = key
    this.trace = trace
    this.deadline = now + timeoutMs
    this.#group = group
    this.#codec = codec
    this.timeoutMs = timeoutMs
    this.#signal = signal
    this.#onAbort = signal === undefined ? null : () => group.giveUp(this, 'aborted')
    if (this.#onAbort !== null) signal?.addEventListener('abort', this.#onAbort)
  }

  expire(): void {
    this.#group.giveUp(this, 'timeout')
  }

  /** What is known if no further attempt is made. */
  get outcome(): Outcome {
    return this.maybe || this.inFlight > 0 ? 'unknown' : 'not-applied'
  }

  /** It is taken out of a session in which it never can have happened: as if it had not been sent. */
  takenBack(): void {
    this.pipeline = null
    this.sequence = 0
    this.inFlight = 0
    this.maybe = false
  }

  /** Its group has done what there is to do before: answers the caller. */
  settle(response: ResultResponse): void {
    this.#leave()
    let value: unknown
    try {
      value = readResult(response, this.#codec, 'command', this.#group.name)
    } catch (error) {
      this.#reject(error as RaftedError)
      return
    }
    this.#resolve(value)
  }

  refuse({ code, message, details }: Refusal, outcome: Outcome): void {
    this.#leave()
    this.#reject(
      new RaftedError(code, message, { outcome, details: { ...details, ...this.#doubt(outcome) } }),
    )
  }

  givenUp(why: 'timeout' | 'aborted' | 'closed', outcome: Outcome): void {
    this.#leave()
    const what = `A command to "${this.#group.name}"`
    const details = this.#doubt(outcome)
    if (why === 'timeout') this.#reject(timeoutError(what, this.timeoutMs, outcome, this.last, details))
    else if (why === 'aborted') this.#reject(abortedError(what, outcome, this.#signal, details))
    else this.#reject(closedError(what, outcome, details))
  }

  /** What the caller needs to learn later what became of it. */
  #doubt(outcome: Outcome): { readonly id?: CommandId } {
    if (outcome !== 'unknown' || this.pipeline === null) return {}
    const { session } = this.pipeline
    session.doubt(this.sequence)
    return {
      id: { incarnation: session.incarnation, session: session.id, sequence: this.sequence, key: this.key },
    }
  }

  #leave(): void {
    this.waited = false
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}

/** Why commands are refused, apart from what is known of each of them. */
export type Refusal = Pick<RaftedError, 'code' | 'message' | 'details'>

export function refusalOf(response: ErrorResponse): Refusal {
  const code = response.code === 'group-mismatch' ? 'ambiguous-group' : response.code
  return { code, message: response.message, details: detailsOf(response) }
}
