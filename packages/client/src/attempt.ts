/** One question to one host, and the wait before the next. */
import type { CallSignal } from '@rafted/contracts'
import { type DirectRequest, errorResponse, type Response, type WithoutId } from '@rafted/wire'
import type { Backoff } from './backoff.ts'
import { type Address, type Context, call, count } from './context.ts'
import { expectResponse } from './failures.ts'
import type { Patience } from './patience.ts'
import type { Thread, Threaded } from './thread.ts'
import type { Ways } from './ways.ts'

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
  'transfer-leadership': 'done',
  'cancel-transfer': 'done',
} as const satisfies Record<DirectRequest['kind'], Response['kind']>

// Where a promise leaves its function, so that no closure is made for it. Read at once.
let newestResolve: (response: Response) => void
function keepResolve(resolve: (response: Response) => void): void {
  newestResolve = resolve
}

/** A question that is under way. */
export class Attempt implements Threaded<Attempt> {
  readonly promise: Promise<Response>
  earlier: Attempt | null = null
  later: Attempt | null = null
  readonly #all: Thread<Attempt>
  readonly #kind: Response['kind']
  readonly #signal: CallSignal | undefined
  readonly #onAbort: (() => void) | null
  readonly #resolve: (response: Response) => void

  constructor(
    all: Thread<Attempt>,
    call: Promise<unknown>,
    kind: Response['kind'],
    signal: CallSignal | undefined,
  ) {
    this.promise = new Promise(keepResolve)
    this.#resolve = newestResolve
    this.#all = all
    this.#kind = kind
    this.#signal = signal
    this.#onAbort = signal === undefined ? null : () => this.giveUp()
    if (this.#onAbort !== null) signal?.addEventListener('abort', this.#onAbort)
    all.add(this)
    const answered = (answer: unknown): void => this.#end(answer)
    void call.then(answered, answered)
  }

  /** Nobody waits for the answer any more. The link is not told: it forgets the call in its own time. */
  giveUp(): void {
    this.#end(errorResponse('aborted', 'unknown', 'The caller did not wait for the answer.'))
  }

  #end(answer: unknown): void {
    if (!this.#all.delete(this)) return
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#resolve(expectResponse(answer, this.#kind))
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
  const answer = call(context, address, request, Math.min(maxMs, patience.leftMs))
  const { promise } = new Attempt(context.attempts, answer, ANSWERS[request.kind], patience.signal)
  return context.ways === null ? promise : noted(context.ways, promise, address, request.group)
}

/** What it comes to says which way the next attempt goes. */
async function noted(
  ways: Ways,
  answer: Promise<Response>,
  address: Address,
  group: string,
): Promise<Response> {
  const response = await answer
  if (response.kind === 'error') ways.failed(address, group, response.code)
  else ways.answered(address, group, response)
  return response
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
