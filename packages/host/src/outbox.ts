/** What leaves at the end of a turn: one batch per destination and lane, or as many as its size needs. */
import type { Lane, RaftedError, RaftedEvent, Transport } from '@rafted/contracts'
import {
  type BatchHead,
  commonVersion,
  type EntriesMemo,
  encodeBatch,
  errorResponse,
  type Item,
  itemBytes,
  newEntriesMemo,
  type Request,
  type Response,
  WIRE_VERSIONS,
} from '@rafted/wire'

/** Room for what a batch begins with. */
const HEAD_BYTES = 1024
/** Room for what surrounds an entry in a batch. */
const ENTRY_SURROUNDINGS_BYTES = 1024
const OLDEST = WIRE_VERSIONS[0]
/** Destinations remembered between turns. */
const MAX_IDLE = 1024

interface Destination {
  readonly address: string
  urgent: Item[]
  bulk: Item[]
  /** Why nothing got there when it was last found out. */
  why: RaftedError | undefined
  /** Of the wire: what is sent there is written in it. The oldest there is, which everybody reads, until the other side has said what it reads. */
  version: number
}

export interface OutboxOptions {
  readonly transport: Transport
  readonly cluster: string
  readonly sender: string
  event(event: RaftedEvent): void
  /** These have not left and will not: whoever waits for an answer to them need not wait. @param why if it is known. */
  onDropped(address: string, items: readonly Item[], why?: RaftedError): void
  /** It fits in no batch, and never will. */
  onTooLarge(request: Request, message: string): void
  /** Something is about to leave for that address: what is pushed for it now goes with it. */
  onLeaving(address: string): void
}

export class Outbox {
  readonly #transport: Transport
  readonly #head: BatchHead
  readonly #event: (event: RaftedEvent) => void
  readonly #onDropped: OutboxOptions['onDropped']
  readonly #onTooLarge: OutboxOptions['onTooLarge']
  readonly #destinations = new Map<string, Destination>()
  #waiting: Destination[] = []
  readonly #maxBytes: number
  readonly #onLeaving: OutboxOptions['onLeaving']

  constructor({ transport, cluster, sender, event, onDropped, onTooLarge, onLeaving }: OutboxOptions) {
    this.#transport = transport
    this.#head = { cluster, versions: WIRE_VERSIONS, sender }
    this.#event = event
    this.#onDropped = onDropped
    this.#onTooLarge = onTooLarge
    this.#onLeaving = onLeaving
    this.#maxBytes = transport.maxBatchBytes - HEAD_BYTES
  }

  /** Bytes a payload may have to reach the other members in one batch: one that is larger would never be committed. */
  get maxPayloadBytes(): number {
    return this.#maxBytes - ENTRY_SURROUNDINGS_BYTES
  }

  push(address: string, item: Item, lane: Lane = 'urgent'): void {
    const destination = this.#destination(address)
    if (destination.urgent.length + destination.bulk.length === 0) this.#waiting.push(destination)
    if (lane === 'urgent') destination.urgent.push(item)
    else destination.bulk.push(item)
  }

  /** Whoever is answered there reads these versions. */
  reads(address: string, versions: BatchHead['versions']): void {
    const version = commonVersion(versions, WIRE_VERSIONS)
    if (version === null || (version === OLDEST && !this.#destinations.has(address))) return
    this.#destination(address).version = version
  }

  #destination(address: string): Destination {
    let destination = this.#destinations.get(address)
    if (destination === undefined) {
      if (this.#destinations.size >= MAX_IDLE && this.#waiting.length === 0) this.#destinations.clear()
      destination = { address, urgent: [], bulk: [], why: undefined, version: OLDEST }
      this.#destinations.set(address, destination)
    }
    return destination
  }

  /** Nothing gets there now. Requests that have not left never will: whoever waits for their answers is about to be told so. */
  unreachable(address: string, why: RaftedError): void {
    const destination = this.#destinations.get(address)
    if (destination === undefined) return
    destination.why = why.outcome === 'not-applied' ? why : undefined
    // Whoever answers there next may be another build.
    destination.version = OLDEST
    destination.urgent = destination.urgent.filter(({ kind }) => kind !== 'request')
  }

  /** Sends all that waits. What the transport drops is lost, as on any network. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    // One memo for all that read the same: the entries of a turn go to every peer, and are encoded once.
    const memos: EntriesMemo[] = []
    for (const destination of waiting) {
      memos[destination.version] ??= newEntriesMemo()
      const memo = memos[destination.version]!
      if (destination.urgent.length > 0) this.#onLeaving(destination.address)
      const { urgent, bulk } = destination
      destination.urgent = []
      destination.bulk = []
      if (urgent.length > 0) this.#send(destination, urgent, 'urgent', memo)
      if (bulk.length > 0) this.#send(destination, bulk, 'bulk', memo)
    }
  }

  #send(destination: Destination, items: Item[], lane: Lane, memo: EntriesMemo): void {
    let bytes = 0
    let from = 0
    for (let i = 0; i < items.length; i++) {
      const size = itemBytes(items[i]!)
      if (bytes > 0 && bytes + size > this.#maxBytes) {
        this.#batch(destination, items.slice(from, i), lane, memo)
        from = i
        bytes = 0
      }
      if (size > this.#maxBytes) {
        from = i + 1
        this.#tooLarge(destination, items[i]!, size, lane, memo)
      } else bytes += size
    }
    if (from < items.length) this.#batch(destination, from === 0 ? items : items.slice(from), lane, memo)
  }

  /** Alone, and still more than a batch takes: whoever waits for it is told so, instead of waiting in vain. */
  #tooLarge(destination: Destination, item: Item, bytes: number, lane: Lane, memo: EntriesMemo): void {
    this.#event({ kind: 'transport', level: 'error', what: 'too-large', address: destination.address })
    const beyond = `${bytes} bytes, and ${this.#maxBytes} fit in a batch. Ask for less at a time.`
    if (item.kind === 'request') this.#onTooLarge(item.request, `The request has ${beyond}`)
    if (item.kind === 'response')
      this.#batch(
        destination,
        [{ kind: 'response', response: tooLargeAnswer(item.response, beyond) }],
        lane,
        memo,
      )
  }

  #batch(destination: Destination, items: Item[], lane: Lane, memo: EntriesMemo): void {
    const { address, version } = destination
    let batch: Uint8Array
    try {
      batch = encodeBatch(this.#head, items, { memo, version })
    } catch (error) {
      this.#event({ kind: 'transport', level: 'error', what: 'not-encodable', address, error })
      this.#onDropped(address, items)
      return
    }
    if (batch.byteLength > this.#transport.maxBatchBytes)
      this.#event({ kind: 'transport', level: 'error', what: 'too-large', address })
    else if (this.#transport.send(address, batch, lane)) {
      destination.why = undefined
      return
    }
    this.#onDropped(address, items, destination.why)
  }
}

/** What was asked may have been done: only its answer can't be told. */
function tooLargeAnswer({ id }: Response, beyond: string): Response {
  return errorResponse('too-large', 'unknown', `The answer has ${beyond}`, { id })
}
