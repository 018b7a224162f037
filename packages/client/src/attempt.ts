/** One question to one host, and the wait before the next. */
import type { CallSignal } from '@rafted/contracts'
import {
  type DirectRequest,
  type ErrorResponse,
  errorResponse,
  type Receiver,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import type { Backoff } from './backoff.ts'
import { type Address, ask, type Context, count } from './context.ts'
import { expectResponse } from './failures.ts'
import type { LeaderCache } from './leader-cache.ts'
import type { Patience } from './patience.ts'
import type { Threaded } from './thread.ts'

/** Kind of the response each kind of request has when it isn't an error. */
const ANSWERS = {
  locate: 'located',
  'open-session': 'session',
  'keep-session': 'done',
  'close-session': 'done',
  command: 'result',
  resolve: 'result',
  query: 'result',
  'create-group': 'done',
  join: 'done',
  'change-members': 'done',
  'update-member': 'done',
  'change-settings': 'settings',
  status: 'status',
  watch: 'changes',
  backup: 'backup',
  'transfer-leadership': 'done',
  'cancel-transfer': 'done',
} as const satisfies Record<DirectRequest['kind'], Response['kind']>

// Where a promise leaves its function, so that no closure is made for it. Read at once.
let newestResolve: (response: Response) => void
function keepResolve(resolve: (response: Response) => void): void {
  newestResolve = resolve
}

/** A question that is under way. */
export class Attempt implements Threaded<Attempt>, Receiver {
  readonly promise: Promise<Response>
  readonly address: Address
  readonly group: string
  earlier: Attempt | null = null
  later: Attempt | null = null
  /** Where a leader is asked: what is known of it, so that nobody waits for one that has been replaced. */
  known: LeaderCache | null = null
  /** As many looks at those that are waited for were before it. */
  readonly look: number
  readonly #context: Context
  readonly #kind: Response['kind']
  readonly #signal: CallSignal | undefined
  readonly #onAbort: (() => void) | null
  readonly #resolve: (response: Response) => void

  constructor(
    context: Context,
    address: Address,
    { kind, group }: WithoutId<DirectRequest>,
    signal: CallSignal | undefined,
  ) {
    this.promise = new Promise(keepResolve)
    this.#resolve = newestResolve
    this.#context = context
    this.address = address
    this.group = group
    this.#kind = ANSWERS[kind]
    this.#signal = signal
    this.#onAbort = signal === undefined ? null : () => this.giveUp()
    if (this.#onAbort !== null) signal?.addEventListener('abort', this.#onAbort)
    this.look = context.leaders.looks
    context.attempts.add(this)
  }

  /** Who is asked leads, as far as is known. */
  waitsForLeader(known: LeaderCache): void {
    this.known = known
    this.#context.leaders.begin()
  }

  overtaken(response: ErrorResponse): void {
    this.#end(response)
  }

  answered(answer: unknown): void {
    this.#end(answer)
  }

  /** Nobody waits for the answer any more. The link is not told: it forgets the call in its own time. */
  giveUp(): void {
    this.#end(errorResponse('aborted', 'unknown', 'The caller did not wait for the answer.'))
  }

  #end(answer: unknown): void {
    const { attempts, ways, silent, leaders } = this.#context
    if (!attempts.delete(this)) return
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort)
    const response = expectResponse(answer, this.#kind)
    leaders.heard(this.address, response)
    // What it comes to says which way the next attempt goes.
    if (response.kind === 'error') {
      ways?.failed(this.address, this.group, response.code)
      silent.failed(this.address, response.code)
    } else {
      ways?.answered(this.address, this.group, response)
      silent.answered(this.address)
    }
    this.#resolve(response)
  }
}

/** Asks once. Ends no later than the patience does, or after `maxMs`. */
export function attempt(
  context: Context,
  address: Address,
  request: WithoutId<DirectRequest>,
  patience: Patience,
  maxMs = context.attemptTimeoutMs,
): Promise<Response> {
  const made = new Attempt(context, address, request, patience.signal)
  ask(context, address, request, Math.min(maxMs, patience.leftMs), made)
  return made.promise
}

/** Asks whoever leads, once. It ends also when another is known to lead, and this one is silent: as a timeout. */
export function attemptAtLeader(
  context: Context,
  known: LeaderCache,
  leader: Address,
  request: WithoutId<DirectRequest>,
  patience: Patience,
): Promise<Response> {
  const made = new Attempt(context, leader, request, patience.signal)
  if (leader !== null) made.waitsForLeader(known)
  ask(context, leader, request, Math.min(context.attemptTimeoutMs, patience.leftMs), made)
  return made.promise
}

/** Waits for the back-off and for a token of the budget, but never longer than the patience lasts. */
export async function pauseBeforeRetry(
  context: Context,
  group: string,
  backoff: Backoff,
  patience: Patience,
): Promise<void> {
  const tokenMs = context.budget.take()
  const pause = context.pauses.begin(
    Math.min(Math.max(backoff.next(), tokenMs), patience.leftMs),
    patience.signal,
  )
  const from = context.clock.now()
  await pause.done
  // Given up before the token was there: others may have it.
  if (context.clock.now() - from < tokenMs) context.budget.giveBack()
  count(context, 'client_retries', group)
}
