/** What a host asks others, for itself, for its clients and for those whose requests it passes on; and how all answers find back. */
import type { Clock, Lane, RaftedError, RaftedEvent, Random, Sender, Transport } from '@rafted/contracts'
import {
  drawFirstId,
  errorResponse,
  type Item,
  type Link,
  PendingCalls,
  type Receiver,
  type Request,
  type Response,
  unreachableResponse,
  type WithoutId,
} from '@rafted/wire'
import type { Call } from './leader-calls.ts'
import { Outbox } from './outbox.ts'
import { notTaken } from './refusals.ts'
import type { ReplyTo } from './waiters.ts'

/** Senders whose addresses are remembered. */
const MAX_SENDERS = 4096

export interface HostCallsOptions {
  readonly id: string
  readonly cluster: string
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** How long it waits for an answer where it is in no position to wait, milliseconds. */
  readonly briefMs: number
  event(event: RaftedEvent): void
  /** Takes what this host asks itself; false if too much waits. */
  askSelf(request: Request): boolean
  /** There is something to send. */
  wake(): void
  /** @see `OutboxOptions.onLeaving`. */
  onLeaving(address: string): void
}

export class HostCalls {
  readonly outbox: Outbox
  /** For clients that live in this host. */
  readonly link: Link = {
    local: true,
    call: (address, request, timeoutMs, signal) => this.call(address, request, timeoutMs, signal),
    ask: (address, request, timeoutMs, receiver) => this.#ask(address, request, timeoutMs, receiver),
    close: async () => {},
  }
  readonly #o: HostCallsOptions
  readonly #calls: PendingCalls
  /** Where the hosts that have sent something lately are answered, by their ids. */
  readonly #addressOf = new Map<string, string>()

  constructor(options: HostCallsOptions) {
    this.#o = options
    const { id, cluster, transport, clock, random, event, onLeaving } = options
    this.#calls = new PendingCalls(clock, drawFirstId(random))
    this.outbox = new Outbox({
      transport,
      cluster,
      sender: id,
      event,
      onDropped: (address, items, why) => this.#onDropped(address, items, why),
      onTooLarge: (request, message) =>
        this.answered(errorResponse('too-large', 'not-applied', message, { id: request.id })),
      onLeaving,
    })
  }

  readonly briefly: Call = (address, request, timeoutMs = Number.POSITIVE_INFINITY) =>
    this.call(address, request, Math.min(timeoutMs, this.#o.briefMs))

  call(
    address: string | null,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Response> {
    const to = address ?? this.#o.transport.address
    return this.#calls.call(to, request, timeoutMs, signal, this.#wayTo(to))
  }

  #ask(address: string | null, request: WithoutId<Request>, timeoutMs: number, receiver: Receiver): void {
    const to = address ?? this.#o.transport.address
    this.#calls.ask(to, request, timeoutMs, receiver, this.#wayTo(to))
  }

  #wayTo(to: string): (request: Request) => boolean {
    const { transport, askSelf, wake } = this.#o
    if (to === transport.address) return askSelf
    return (request) => {
      this.outbox.push(to, { kind: 'request', request })
      wake()
      return true
    }
  }

  answer(replyTo: ReplyTo, response: Response): void {
    if (replyTo === null) this.answered(response)
    else {
      this.outbox.push(replyTo, { kind: 'response', response })
      this.#o.wake()
    }
  }

  /** An answer to this host. */
  answered(response: Response): void {
    this.#calls.answered(response)
  }

  /** Something has come. Transports name lost hosts by their ids, calls are made to addresses. */
  heard({ name, reply }: Sender): void {
    if (this.#addressOf.get(name) === reply) return
    if (this.#addressOf.size >= MAX_SENDERS) this.#addressOf.clear()
    this.#addressOf.set(name, reply)
  }

  /** That host seems lost. */
  lost(name: string): void {
    const address = this.#addressOf.get(name)
    if (address !== undefined) this.#calls.lost(address)
  }

  unreachable(address: string, lane: Lane, why: RaftedError): void {
    // Calls and their answers don't travel on the other one.
    if (lane !== 'urgent') return
    this.outbox.unreachable(address, why)
    this.#calls.lost(address, why)
  }

  close(): void {
    this.#calls.close()
  }

  /** What could not be sent has not happened: nobody waits for its answer. */
  #onDropped(address: string, items: readonly Item[], why = notTaken): void {
    for (const item of items)
      if (item.kind === 'request')
        this.answered({ ...unreachableResponse(address, why), id: item.request.id })
  }
}
