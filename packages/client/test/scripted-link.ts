/** A link whose hosts do what a test says. */
import {
  type ErrorResponse,
  errorResponse,
  type Link,
  PendingCalls,
  type Receiver,
  type Request,
  type Response,
  valueCodec,
  type WithoutId,
} from '@rafted/wire'
import type { VirtualClock } from './virtual-clock.ts'

/** `hold`: the test answers later, or never. `unreachable`: it can't even be sent. */
export type Reply = WithoutId<Response> | 'hold' | 'unreachable'

export interface Sent {
  readonly address: string | null
  readonly request: Request
  /** On the clock. */
  readonly at: number
}

type OfKind<K, R = Request> = R extends { kind: infer Kinds } ? (K extends Kinds ? R : never) : never

export class ScriptedLink implements Link {
  readonly local: boolean
  readonly sent: Sent[] = []
  closed = false
  /** What hosts answer at once. */
  script: (address: string | null, request: Request) => Reply = () => 'hold'
  readonly #clock: VirtualClock
  readonly #calls: PendingCalls

  constructor(clock: VirtualClock, { local = false } = {}) {
    this.#clock = clock
    this.local = local
    this.#calls = new PendingCalls(clock, 1)
  }

  call(
    address: string | null,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Response> {
    return this.#calls.call(String(address), request, timeoutMs, signal, (numbered) =>
      this.#take(address, numbered),
    )
  }

  ask(address: string | null, request: WithoutId<Request>, timeoutMs: number, receiver: Receiver): void {
    this.#calls.ask(String(address), request, timeoutMs, receiver, (numbered) =>
      this.#take(address, numbered),
    )
  }

  #take(address: string | null, request: Request): boolean {
    this.sent.push({ address, request, at: this.#clock.now() })
    const reply = this.script(address, request)
    if (reply === 'unreachable') return false
    if (reply !== 'hold') this.answer(request, reply)
    return true
  }

  answer({ id }: Request, response: WithoutId<Response>): void {
    this.#calls.answered({ ...response, id } as Response)
  }

  lost(address: string): void {
    this.#calls.lost(address)
  }

  async close(): Promise<void> {
    this.closed = true
    this.#calls.close()
  }

  /** What was sent since the last time, of one kind. */
  requests<K extends Request['kind']>(kind: K): (Sent & { request: OfKind<K> })[] {
    return this.sent.filter((sent): sent is Sent & { request: OfKind<K> } => sent.request.kind === kind)
  }
}

export function error(
  code: ErrorResponse['code'],
  extra: Partial<Pick<ErrorResponse, 'outcome' | 'leader' | 'term' | 'message' | 'details'>> = {},
): WithoutId<ErrorResponse> {
  return errorResponse(code, extra.outcome ?? 'not-applied', extra.message ?? `${code} by the script.`, extra)
}

export const INCARNATION = 'f00d'

export function located(
  leader: string | null,
  extra: Partial<Extract<Response, { kind: 'located' }>> = {},
): Reply {
  return {
    kind: 'located',
    knows: 'member',
    incarnation: INCARNATION,
    term: 1,
    leader,
    members: [],
    ...extra,
  }
}

export function session(id = 7, extra: Partial<Extract<Response, { kind: 'session' }>> = {}): Reply {
  return { kind: 'session', incarnation: INCARNATION, session: id, timeoutMs: 60_000, window: 256, ...extra }
}

export function ok(value: unknown, index = 1): WithoutId<Response> {
  return { kind: 'result', status: 'ok', index, term: 1, payload: valueCodec.encode(value) }
}

export const done: WithoutId<Response> = { kind: 'done', incarnation: INCARNATION, configuration: null }

/** What a command or query says. */
export function said(request: Request): unknown {
  return valueCodec.decode((request as Extract<Request, { kind: 'command' }>).payload)
}
