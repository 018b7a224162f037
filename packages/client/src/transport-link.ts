/** A link over a transport of its own, for processes that hold no member. */
import {
  type Clock,
  type Lane,
  type Observer,
  RaftedError,
  type Random,
  type Sender,
  type Transport,
} from '@rafted/contracts'
import {
  decodeBatch,
  drawFirstId,
  errorResponse,
  type Link,
  PendingCalls,
  type Receiver,
  type Request,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import { Outbox } from './outbox.ts'

/** What a link is made of. */
export interface TransportLinkOptions {
  /** The link listens on it, and closes it when it is closed. */
  readonly transport: Transport
  /** The cluster's name: hosts refuse batches of another, and so does the link. */
  readonly cluster: string
  /** This client's name, for people who look for who sent something. */
  readonly name: string
  readonly clock: Clock
  /** For the ids of calls: what a former process was answered late is no answer to this one. */
  readonly random: Random
  /** Is told of batches that are refused (`refused-batch`). */
  readonly observer?: Observer | undefined
}

/** Peers whose outboxes are kept though they are empty. */
const KEPT_PEERS = 1024

/**
 * Begins to listen and resolves with the link. The requests of one turn leave as one batch per host.
 * @throws {RaftedError} if the transport can't listen.
 */
export async function transportLink(options: TransportLinkOptions): Promise<Link> {
  const link = new TransportLink(options)
  await options.transport.listen(link)
  return link
}

class TransportLink implements Link {
  readonly local = false
  readonly #options: TransportLinkOptions
  readonly #calls: PendingCalls
  readonly #outboxes = new Map<string, Outbox>()
  /** Those with requests of this turn. */
  #filled: Outbox[] = []
  readonly #flush = (): void => this.#sendAll()

  constructor(options: TransportLinkOptions) {
    this.#options = options
    this.#calls = new PendingCalls(options.clock, drawFirstId(options.random))
  }

  call(
    address: string | null,
    request: WithoutId<Request>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Response> {
    if (address === null)
      return Promise.resolve(errorResponse('unreachable', 'not-applied', 'This process holds no host.'))
    return this.#calls.call(address, request, timeoutMs, signal, this.#outbox(address).take)
  }

  ask(address: string | null, request: WithoutId<Request>, timeoutMs: number, receiver: Receiver): void {
    if (address === null)
      void this.call(address, request, timeoutMs).then((response) => receiver.answered(response))
    else this.#calls.ask(address, request, timeoutMs, receiver, this.#outbox(address).take)
  }

  async close(): Promise<void> {
    this.#sendAll()
    this.#calls.close()
    this.#outboxes.clear()
    await this.#options.transport.close()
  }

  onBatch(from: Sender, batch: Uint8Array): void {
    let asked: string | null = null
    try {
      if (from.role !== 'peer')
        throw new RaftedError('bad-bytes', 'Answers come from hosts, not from other clients.', {
          outcome: 'not-applied',
        })
      const { head, items } = decodeBatch(batch, { cluster: this.#options.cluster })
      for (const item of items)
        if (item.kind === 'response') asked = this.#calls.answered(item.response) ?? asked
      if (asked !== null) this.#outboxes.get(asked)?.heardFrom(from.name, head.versions)
    } catch (error) {
      this.#refused(from, error)
    }
  }

  onPeer(name: string, state: 'up' | 'lost'): void {
    if (state === 'up') return
    // A host is told of by its name, and asked by its address: which belong together is known once it has answered.
    for (const { address, peer } of this.#outboxes.values())
      if (peer === name || address === name) this.#calls.lost(address)
  }

  onUnreachable(address: string, lane: Lane, why: RaftedError): void {
    // Calls and their answers don't travel on the other one.
    if (lane !== 'urgent') return
    this.#outboxes.get(address)?.unreachable(why)
    this.#calls.lost(address, why)
  }

  #outbox(address: string): Outbox {
    let outbox = this.#outboxes.get(address)
    if (outbox === undefined) {
      if (this.#outboxes.size >= KEPT_PEERS) this.#forgetEmpty()
      outbox = new Outbox(this.#options, address, this.#calls, (filled) => this.#toBeSent(filled))
      this.#outboxes.set(address, outbox)
    }
    return outbox
  }

  #forgetEmpty(): void {
    for (const [address, outbox] of this.#outboxes) if (outbox.empty) this.#outboxes.delete(address)
  }

  #toBeSent(outbox: Outbox): void {
    if (this.#filled.push(outbox) === 1) this.#options.clock.soon(this.#flush)
  }

  #sendAll(): void {
    const filled = this.#filled
    this.#filled = []
    for (const outbox of filled) outbox.send()
  }

  #refused(from: Sender, error: unknown): void {
    try {
      this.#options.observer?.event?.({ kind: 'refused-batch', level: 'warn', from: from.name, error })
    } catch {
      // An observer is outside every decision.
    }
  }
}
