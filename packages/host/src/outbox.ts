/** What leaves at the end of a turn: one batch per destination and lane, or as many as its size needs. */
import type { Lane, RaftedEvent, Transport } from '@rafted/contracts'
import {
  type BatchHead,
  encodeBatch,
  type Item,
  itemBytes,
  newEntriesMemo,
  WIRE_VERSIONS,
} from '@rafted/wire'

/** Room for what a batch begins with. */
const HEAD_BYTES = 1024
/** Destinations remembered between turns. */
const MAX_IDLE = 1024

interface Destination {
  readonly address: string
  urgent: Item[]
  bulk: Item[]
}

export interface OutboxOptions {
  readonly transport: Transport
  readonly cluster: string
  readonly sender: string
  event(event: RaftedEvent): void
  /** These have not left and will not: whoever waits for an answer to them need not wait. */
  onDropped(items: readonly Item[]): void
}

export class Outbox {
  readonly #transport: Transport
  readonly #head: BatchHead
  readonly #event: (event: RaftedEvent) => void
  readonly #onDropped: (items: readonly Item[]) => void
  readonly #destinations = new Map<string, Destination>()
  #waiting: Destination[] = []
  readonly #maxBytes: number

  constructor({ transport, cluster, sender, event, onDropped }: OutboxOptions) {
    this.#transport = transport
    this.#head = { cluster, versions: WIRE_VERSIONS, sender }
    this.#event = event
    this.#onDropped = onDropped
    this.#maxBytes = transport.maxBatchBytes - HEAD_BYTES
  }

  push(address: string, item: Item, lane: Lane = 'urgent'): void {
    let destination = this.#destinations.get(address)
    if (destination === undefined) {
      if (this.#destinations.size >= MAX_IDLE && this.#waiting.length === 0) this.#destinations.clear()
      destination = { address, urgent: [], bulk: [] }
      this.#destinations.set(address, destination)
    }
    if (destination.urgent.length + destination.bulk.length === 0) this.#waiting.push(destination)
    if (lane === 'urgent') destination.urgent.push(item)
    else destination.bulk.push(item)
  }

  /** Sends all that waits. What the transport drops is lost, as on any network. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    // One memo for all of them: the entries of a turn go to every peer, and are encoded once.
    const memo = newEntriesMemo()
    for (const destination of waiting) {
      const { address, urgent, bulk } = destination
      destination.urgent = []
      destination.bulk = []
      if (urgent.length > 0) this.#send(address, urgent, 'urgent', memo)
      if (bulk.length > 0) this.#send(address, bulk, 'bulk', memo)
    }
  }

  #send(address: string, items: Item[], lane: Lane, memo: ReturnType<typeof newEntriesMemo>): void {
    let bytes = 0
    let from = 0
    for (let i = 0; i < items.length; i++) {
      const size = itemBytes(items[i]!)
      if (bytes > 0 && bytes + size > this.#maxBytes) {
        this.#batch(address, items.slice(from, i), lane, memo)
        from = i
        bytes = 0
      }
      bytes += size
    }
    this.#batch(address, from === 0 ? items : items.slice(from), lane, memo)
  }

  #batch(address: string, items: Item[], lane: Lane, memo: ReturnType<typeof newEntriesMemo>): void {
    let batch: Uint8Array
    try {
      batch = encodeBatch(this.#head, items, { memo })
    } catch (error) {
      this.#event({ kind: 'transport', level: 'error', what: 'not-encodable', address, error })
      this.#onDropped(items)
      return
    }
    if (batch.byteLength > this.#transport.maxBatchBytes)
      this.#event({ kind: 'transport', level: 'error', what: 'too-large', address })
    else if (this.#transport.send(address, batch, lane)) return
    this.#onDropped(items)
  }
}
