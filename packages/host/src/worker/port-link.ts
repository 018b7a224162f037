/** The application's link to a host in another thread. What waits there is bounded; time is looked at here. */
import { type Clock, type ErrorCode, RaftedError, type Random } from '@rafted/contracts'
import {
  decodeBatch,
  drawFirstId,
  errorResponse,
  type Link,
  PendingCalls,
  type Request,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import { encodeOwn, runsOf, sizeOf } from './batches.ts'
import type { Calls, ToWorker } from './messages.ts'
import type { Port } from './port.ts'

/** Calls that the worker may hold unanswered, also those that nobody here waits for any more. */
export const MAX_CALLS = 32_768
/** Bytes of those. One call is taken whatever its size. */
const MAX_CALL_BYTES = 128 * 1024 * 1024

export interface PortLinkOptions {
  readonly port: Pick<Port<ToWorker, never>, 'post'>
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  /** Default `MAX_CALLS`. */
  readonly maxCalls?: number
}

interface Taken {
  readonly request: Request
  readonly timeoutMs: number
}

export class PortLink implements Link {
  readonly local = true
  readonly #options: PortLinkOptions
  readonly #calls: PendingCalls
  readonly #maxCalls: number
  /** What this turn asks, by address. */
  #taken = new Map<string | null, Taken[]>()
  /** Sizes of what the worker has not answered, by id. */
  readonly #held = new Map<number, number>()
  #heldBytes = 0
  #ended = false
  readonly #flush = (): void => this.#send()

  constructor(options: PortLinkOptions) {
    this.#options = options
    this.#calls = new PendingCalls(options.clock, drawFirstId(options.random))
    this.#maxCalls = options.maxCalls ?? MAX_CALLS
  }

  call(
    address: string | null,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Response> {
    const size = sizeOf({ kind: 'request', request: request as Request })
    if (!this.#ended && this.#isFull(size)) return Promise.resolve(this.#overloaded())
    const peer = address ?? 'the host in the worker'
    return this.#calls.call(peer, request, timeoutMs, signal, (numbered) => {
      this.#take(address, { request: numbered, timeoutMs }, size)
      return true
    })
  }

  /** The worker's answers. */
  answers(batches: readonly Uint8Array[]): void {
    for (const batch of batches)
      for (const item of decodeBatch(batch, { cluster: this.#options.cluster }).items)
        if (item.kind === 'response') {
          this.#release(item.response.id)
          this.#calls.answered(item.response)
        }
  }

  async close(): Promise<void> {
    if (!this.#ended) this.#send()
    this.#ended = true
    this.#calls.close()
  }

  /** The worker is gone: what it has may have happened, what it was never given has not. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const taken of this.#taken.values())
      this.#refuse(taken, 'closed', 'The host ended before the request was given to it.')
    this.#taken.clear()
    this.#calls.close()
    this.#held.clear()
  }

  #isFull(size: number): boolean {
    const { size: count } = this.#held
    return count >= this.#maxCalls || (count > 0 && this.#heldBytes + size > MAX_CALL_BYTES)
  }

  #overloaded(): Response {
    const message = `${this.#held.size} calls wait in the worker of this host already. Wait for some of them first.`
    return errorResponse('overloaded', 'not-applied', message)
  }

  #take(address: string | null, one: Taken, size: number): void {
    this.#held.set(one.request.id, size)
    this.#heldBytes += size
    if (this.#taken.size === 0) this.#options.clock.soon(this.#flush)
    const taken = this.#taken.get(address)
    if (taken === undefined) this.#taken.set(address, [one])
    else taken.push(one)
  }

  #release(id: number): void {
    this.#heldBytes -= this.#held.get(id) ?? 0
    this.#held.delete(id)
  }

  #send(): void {
    if (this.#taken.size === 0) return
    const all = this.#taken
    this.#taken = new Map()
    const calls: Calls[] = []
    for (const [to, taken] of all) for (const run of runsOf(taken, itemOf)) this.#encode(to, run, calls)
    if (calls.length === 0) return
    this.#options.port.post(
      { kind: 'calls', calls },
      calls.map(({ batch }) => batch.buffer as ArrayBuffer),
    )
  }

  /** One request that has no place in the layout must not take the others with it. */
  #encode(to: string | null, taken: readonly Taken[], calls: Calls[]): void {
    try {
      const batch = encodeOwn(this.#options.cluster, taken.map(itemOf))
      calls.push({ to, batch, timeoutsMs: taken.map(({ timeoutMs }) => timeoutMs) })
    } catch (error) {
      if (taken.length > 1) for (const one of taken) this.#encode(to, [one], calls)
      else if (error instanceof RaftedError) this.#refuse(taken, error.code, error.message)
      else this.#refuse(taken, 'invalid-argument', `The request can't be encoded: ${String(error)}`)
    }
  }

  #refuse(taken: readonly Taken[], code: ErrorCode, message: string): void {
    for (const { request } of taken) {
      this.#release(request.id)
      this.#calls.answered(errorResponse(code, 'not-applied', message, { id: request.id }))
    }
  }
}

function itemOf({ request }: Taken): { readonly kind: 'request'; readonly request: Request } {
  return { kind: 'request', request }
}
