/** Calls that wait for their response: what a link over a transport and a host that asks other hosts have in common. */
import type { Cancel, Clock, ErrorCode, Outcome, RaftedError, Random } from '@rafted/contracts'
import type { Receiver } from './link.ts'
import type { ErrorResponse, Request, Response, WithoutId } from './request.ts'

const NO_DETAILS = new Uint8Array(0)

/**
 * An error response. Its `id` is 0 unless `extra` names one: whoever knows the request sets it.
 * @param message what happened and what to do, in one or two sentences.
 */
export function errorResponse(
  code: ErrorCode,
  outcome: Outcome,
  message: string,
  extra?: Partial<Pick<ErrorResponse, 'id' | 'leader' | 'term' | 'details'>>,
): ErrorResponse {
  return {
    kind: 'error',
    id: extra?.id ?? 0,
    code,
    outcome,
    message,
    leader: extra?.leader ?? null,
    term: extra?.term ?? 0,
    details: extra?.details ?? NO_DETAILS,
  }
}

/** A sweep looks at every call that waits. With more than this many per millisecond of pause, the pause gets longer. */
const SWEPT_PER_MS = 1000

/** Where a promise leaves its `resolve`, so that no closure is made per call. Read at once. */
let resolveOfNewest: (response: Response) => void
function keepResolve(resolve: (response: Response) => void): void {
  resolveOfNewest = resolve
}

class PendingCall {
  readonly id: number
  readonly peer: string
  readonly timeoutMs: number
  /** On the clock. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  readonly receiver: Receiver
  /** The next one of its bucket. */
  next: PendingCall | null = null
  readonly #calls: PendingCalls

  constructor(
    calls: PendingCalls,
    id: number,
    peer: string,
    timeoutMs: number,
    deadline: number,
    signal: AbortSignal | undefined,
    receiver: Receiver,
  ) {
    this.#calls = calls
    this.id = id
    this.peer = peer
    this.timeoutMs = timeoutMs
    this.deadline = deadline
    this.signal = signal
    this.receiver = receiver
  }

  /** The signal's listener is the call itself: an object with this method needs no closure. */
  handleEvent(): void {
    const message = `The call was aborted before "${this.peer}" answered: it may still take effect there.`
    this.#calls.answered(errorResponse('aborted', 'unknown', message, { id: this.id }))
  }
}

const FIRST_BUCKETS = 64

/**
 * The calls by id. A `Map` would do, but for its tables: they are thrown away every few hundred calls, and one that grew old
 * before keeps everything it names alive until the next full collection. Ids are consecutive, so buckets hold one each
 * while there are as many buckets as calls.
 */
class CallTable {
  #buckets: (PendingCall | null)[] = new Array(FIRST_BUCKETS).fill(null)
  size = 0

  add(call: PendingCall): void {
    if (this.size === this.#buckets.length) this.#grow()
    const at = call.id & (this.#buckets.length - 1)
    call.next = this.#buckets[at]!
    this.#buckets[at] = call
    this.size++
  }

  /** Takes the call out, if it is there. */
  take(id: number): PendingCall | null {
    const at = id & (this.#buckets.length - 1)
    let before: PendingCall | null = null
    for (let call = this.#buckets[at] ?? null; call !== null; call = call.next) {
      if (call.id !== id) {
        before = call
        continue
      }
      if (before === null) this.#buckets[at] = call.next
      else before.next = call.next
      call.next = null
      this.size--
      return call
    }
    return null
  }

  /** All of them. */
  list(): PendingCall[] {
    const calls: PendingCall[] = []
    for (const first of this.#buckets)
      for (let call = first; call !== null; call = call.next) calls.push(call)
    return calls
  }

  #grow(): void {
    const calls = this.list()
    this.#buckets = new Array(this.#buckets.length * 2).fill(null)
    this.size = 0
    for (const call of calls) this.add(call)
  }
}

/** First ids are drawn from this many. */
const FIRST_IDS = 2 ** 40

/**
 * Where a process begins to number its calls: a whole number from 1 to 2^40. The next process at its address begins somewhere else, so
 * an answer to this one that comes late finds no call there. With so many late answers and calls that wait, each lot numbered in
 * a row, one meets another with odds of about their sum in 2^40: for a thousand of each, once in 500 million restarts.
 * A larger number would make every request and response longer, which hold it in six bytes up to 2^42.
 */
export function drawFirstId(random: Random): number {
  return 1 + Math.floor(random.number() * FIRST_IDS)
}

/**
 * Calls that wait for their response, by id. One timer is armed for all of them. A timeout may be noticed late by one
 * millisecond for every thousand calls that wait.
 */
export class PendingCalls {
  readonly #clock: Clock
  readonly #calls = new CallTable()
  /** The timer's run, bound once. */
  readonly #run: () => void
  #nextId: number
  /** The call that is being handed over; 0 while none is. */
  #asking = 0
  #closed = false
  #cancel: Cancel | null = null
  /** When the timer runs; none is armed at infinity. No call that waits has a deadline before it, but for the sweep's pause. */
  #armedFor = Number.POSITIVE_INFINITY

  /** @param firstId of the first call, the others follow: see `drawFirstId`. */
  constructor(clock: Clock, firstId: number) {
    this.#clock = clock
    this.#nextId = firstId
    this.#run = () => this.#sweep()
  }

  /** Calls that wait. */
  get size(): number {
    return this.#calls.size
  }

  /**
   * Numbers the request, hands it to `send` and resolves with whatever response comes; never rejects. What ends a call
   * without an answer is an `error` response: `timeout` after `timeoutMs`, `aborted` by the signal, `unreachable` when the peer is
   * lost, `closed`; all with outcome `unknown`. What was never sent is `not-applied`: `unreachable` when `send` gives
   * false, `aborted` or `closed` before it.
   * @param peer who is asked, as `lost` will name it.
   * @param send takes the request, or gives false. Must not throw. The answer may come before it returns.
   */
  call(
    peer: string,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: (request: Request) => boolean,
  ): Promise<Response> {
    if (signal?.aborted)
      return Promise.resolve(
        errorResponse('aborted', 'not-applied', `The call was aborted before it was sent to "${peer}".`),
      )
    const promise = new Promise<Response>(keepResolve)
    this.#ask(peer, request, timeoutMs, signal, { answered: resolveOfNewest }, send)
    return promise
  }

  /** As `call`, and what would be resolved with goes to the receiver: as soon as it is there, but never before this returns. */
  ask(
    peer: string,
    request: WithoutId<Request>,
    timeoutMs: number,
    receiver: Receiver,
    send: (request: Request) => boolean,
  ): void {
    this.#ask(peer, request, timeoutMs, undefined, receiver, send)
  }

  #ask(
    peer: string,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    receiver: Receiver,
    send: (request: Request) => boolean,
  ): void {
    if (this.#closed) {
      answerLater(receiver, closedResponse(0, 'not-applied'))
      return
    }
    const id = this.#nextId++
    const deadline = this.#clock.now() + timeoutMs
    const call = new PendingCall(this, id, peer, timeoutMs, deadline, signal, receiver)
    this.#calls.add(call)
    signal?.addEventListener('abort', call)
    if (deadline < this.#armedFor) this.#arm(deadline)
    const outer = this.#asking
    this.#asking = id
    if (!send(numbered(id, request)))
      this.answered(
        errorResponse(
          'unreachable',
          'not-applied',
          `The request could not be sent to "${peer}". Check that it runs and that the address is right.`,
          { id },
        ),
      )
    this.#asking = outer
  }

  /**
   * A response has come. One whose call no longer waits is ignored: late and repeated answers are normal.
   * @returns the peer that was asked, or null if no call waits for this response.
   */
  answered(response: Response): string | null {
    const call = this.#calls.take(response.id)
    if (call === null) return null
    call.signal?.removeEventListener('abort', call)
    if (call.id === this.#asking) answerLater(call.receiver, response)
    else call.receiver.answered(response)
    return call.peer
  }

  /** The peer can't be reached any more: its calls end as `unreachable`, outcome `unknown`, or as `why` has it. */
  lost(peer: string, why?: RaftedError): void {
    for (const { peer: asked, id } of this.#calls.list())
      if (asked === peer) this.answered({ ...unreachableResponse(peer, why), id })
  }

  /** Ends every call as `closed`, outcome `unknown`; later ones end at once, `not-applied`. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    this.#cancel = null
    for (const { id } of this.#calls.list()) this.answered(closedResponse(id, 'unknown'))
  }

  #arm(at: number): void {
    this.#cancel?.()
    this.#armedFor = at
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), this.#run)
  }

  #sweep(): void {
    this.#cancel = null
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const call of this.#calls.list())
      if (call.deadline > now) next = Math.min(next, call.deadline)
      else
        this.answered(
          errorResponse(
            'timeout',
            'unknown',
            `"${call.peer}" did not answer within ${call.timeoutMs} ms: the request may have taken effect.`,
            { id: call.id },
          ),
        )
    // What is answered while the sweep runs may call again, and has armed the timer for itself.
    if (this.#closed || next === Number.POSITIVE_INFINITY) return
    const pause = this.#calls.size / SWEPT_PER_MS
    const at = Math.max(next, now + pause)
    if (at < this.#armedFor) this.#arm(at)
  }
}

/** Whoever is there doesn't belong here, or this side doesn't. */
const REFUSALS: readonly ErrorCode[] = ['wrong-secret', 'wrong-certificate', 'wrong-cluster']

/**
 * The answer to what can't be sent to `peer`, or won't be answered: `wrong-secret`, `wrong-certificate`, `wrong-cluster`, else `unreachable`.
 * @param why as the transport has it. Its outcome says whether what was sent may have arrived; without it, it may.
 */
export function unreachableResponse(peer: string, why?: RaftedError): ErrorResponse {
  if (why === undefined || why.outcome === 'unknown')
    return errorResponse(
      'unreachable',
      'unknown',
      `"${peer}" was lost before it answered: the request may have taken effect.`,
    )
  const refused = REFUSALS.includes(why.code)
  const advice = why.code === 'unreachable' ? ' Check that a host runs there.' : ''
  const message = `"${peer}" can't be reached. ${why.message}${advice}`
  return errorResponse(refused ? why.code : 'unreachable', 'not-applied', message)
}

/** Whoever asks is not answered in the middle of asking. */
function answerLater(receiver: Receiver, response: Response): void {
  void Promise.resolve().then(() => receiver.answered(response))
}

function closedResponse(id: number, outcome: Outcome): ErrorResponse {
  const message =
    outcome === 'unknown'
      ? 'This side was closed before the answer came: the request may have taken effect.'
      : 'This side is closed and sends nothing any more. Open a new one.'
  return errorResponse('closed', outcome, message, { id })
}

/** The request with its id. The frequent ones are written out, so that all of a kind have one hidden class. */
function numbered(id: number, request: WithoutId<Request>): Request {
  switch (request.kind) {
    case 'command':
      return {
        kind: 'command',
        id,
        group: request.group,
        incarnation: request.incarnation,
        trace: request.trace,
        session: request.session,
        sequence: request.sequence,
        acknowledged: request.acknowledged,
        key: request.key,
        payload: request.payload,
      }
    case 'query':
      return {
        kind: 'query',
        id,
        group: request.group,
        incarnation: request.incarnation,
        read: request.read,
        maxStalenessMs: request.maxStalenessMs,
        here: request.here,
        payload: request.payload,
      }
    default:
      return { ...request, id }
  }
}
