/** The requests of one turn to one host. */
import { type ErrorCode, RaftedError } from '@rafted/contracts'
import {
  commonVersion,
  encodeBatch,
  errorResponse,
  MAX_ITEMS,
  type PendingCalls,
  type Request,
  type RequestItem,
  unreachableResponse,
  WIRE_VERSIONS,
} from '@rafted/wire'
import type { TransportLinkOptions } from './transport-link.ts'

/** What a request takes at most beside its payload: names, ids and numbers, each at its longest. */
const REQUEST_BYTES = 2048
/** What a batch takes at most before its items. */
const HEAD_BYTES = 1024

export class Outbox {
  readonly address: string
  /** The peer's name as the transport knows it, once it has answered. */
  peer: string | null = null
  /** Takes a request to be sent with the others of this turn. Bound, so that a call needs no closure for it. */
  readonly take: (request: Request) => boolean
  readonly #options: TransportLinkOptions
  readonly #calls: PendingCalls
  /** The oldest there is, which every host reads, until this one has said what it reads. */
  #version = WIRE_VERSIONS[0]
  #items: RequestItem[] = []
  /** Why nothing got there when it was last tried. */
  #why: RaftedError | undefined

  constructor(
    options: TransportLinkOptions,
    address: string,
    calls: PendingCalls,
    filled: (outbox: Outbox) => void,
  ) {
    this.#options = options
    this.address = address
    this.#calls = calls
    this.take = (request) => {
      if (this.#items.push({ kind: 'request', request }) === 1) filled(this)
      return true
    }
  }

  get empty(): boolean {
    return this.#items.length === 0
  }

  heardFrom(peer: string, versions: readonly [number, number]): void {
    this.peer = peer
    this.#version = commonVersion(versions, WIRE_VERSIONS) ?? this.#version
  }

  /** What has not left yet never will: its calls are about to be told so. */
  unreachable(why: RaftedError): void {
    this.#why = why.outcome === 'not-applied' ? why : undefined
    // Whoever answers there next may be an older build.
    this.#version = WIRE_VERSIONS[0]
    this.#items = []
  }

  /** Sends all that was taken, in as many batches as the transport needs. */
  send(): void {
    const items = this.#items
    this.#items = []
    const limit = this.#options.transport.maxBatchBytes
    let batch: RequestItem[] = []
    let bytes = HEAD_BYTES
    for (const item of items) {
      const size = boundOf(item.request)
      if (batch.length > 0 && (bytes + size > limit || batch.length === MAX_ITEMS)) {
        this.#sendBatch(batch)
        batch = []
        bytes = HEAD_BYTES
      }
      batch.push(item)
      bytes += size
    }
    if (batch.length > 0) this.#sendBatch(batch)
  }

  #sendBatch(items: readonly RequestItem[]): void {
    const { transport, cluster, name } = this.#options
    let bytes: Uint8Array
    try {
      bytes = encodeBatch({ cluster, versions: WIRE_VERSIONS, sender: name }, items, {
        version: this.#version,
      })
    } catch (error) {
      this.#notEncoded(items, error)
      return
    }
    if (bytes.length > transport.maxBatchBytes) this.#tooLarge(items, bytes.length)
    else if (transport.send(this.address, bytes, 'urgent')) this.#why = undefined
    else this.#notTaken(items)
  }

  #notTaken(items: readonly RequestItem[]): void {
    const why =
      this.#why ??
      new RaftedError('unreachable', "The transport doesn't take anything for it now.", {
        outcome: 'not-applied',
      })
    const { code, message } = unreachableResponse(this.address, why)
    this.#refuse(items, code, message)
  }

  #tooLarge(items: readonly RequestItem[], bytes: number): void {
    if (items.length > 1) for (const item of items) this.#sendBatch([item])
    else
      this.#refuse(
        items,
        'too-large',
        `A request of ${bytes} bytes doesn't fit in a batch of at most ${this.#options.transport.maxBatchBytes}.`,
      )
  }

  /** One request that has no place in the layout must not take the others with it. */
  #notEncoded(items: readonly RequestItem[], error: unknown): void {
    if (items.length > 1) for (const item of items) this.#sendBatch([item])
    else if (error instanceof RaftedError) this.#refuse(items, error.code, error.message)
    else this.#refuse(items, 'invalid-argument', `The request can't be encoded: ${error}`)
  }

  #refuse(items: readonly RequestItem[], code: ErrorCode, message: string): void {
    for (const { request } of items)
      this.#calls.answered(errorResponse(code, 'not-applied', message, { id: request.id }))
  }
}

function boundOf(asked: Request): number {
  const request = asked.kind === 'relay' ? asked.request : asked
  return request.kind === 'command' || request.kind === 'query'
    ? REQUEST_BYTES + request.payload.length
    : REQUEST_BYTES
}
