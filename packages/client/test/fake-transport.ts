/** A transport that keeps what it is given, and receives what a test says. */
import { type Lane, RaftedError, type Transport, type TransportEvents } from '@rafted/contracts'
import { decodeBatch, encodeBatch, type Request, type Response, WIRE_VERSIONS } from '@rafted/wire'

export class FakeTransport implements Transport {
  readonly address = 'client-1'
  maxBatchBytes = 1024 * 1024
  /** Addresses for which nothing is taken. */
  readonly full = new Set<string>()
  readonly batches: { address: string; requests: Request[]; bytes: number; version: number }[] = []
  closed = false
  listenFails = false
  #events: TransportEvents | null = null

  async listen(events: TransportEvents): Promise<void> {
    if (this.listenFails) throw new RaftedError('address-in-use', 'Taken.', { outcome: 'not-applied' })
    this.#events = events
  }

  send(address: string, batch: Uint8Array): boolean {
    if (this.full.has(address)) return false
    const { items, version } = decodeBatch(batch, { cluster: 'shop' })
    const requests = items.map((item) => {
      if (item.kind !== 'request') throw new Error('not a request')
      return item.request
    })
    this.batches.push({ address, requests, bytes: batch.length, version })
    return true
  }

  async close(): Promise<void> {
    this.closed = true
  }

  receive(
    name: string,
    responses: readonly Response[],
    { cluster = 'shop', role = 'peer' as 'peer' | 'client' } = {},
  ): void {
    const head = { cluster, versions: WIRE_VERSIONS, sender: name }
    this.receiveBytes(
      name,
      encodeBatch(
        head,
        responses.map((response) => ({ kind: 'response', response })),
      ),
      role,
    )
  }

  receiveBytes(name: string, bytes: Uint8Array, role: 'peer' | 'client' = 'peer'): void {
    this.#events?.onBatch({ name, role, reply: name }, bytes)
  }

  unreachable(address: string, lane: Lane, error: RaftedError): void {
    this.#events?.onUnreachable?.(address, lane, error)
  }

  peer(name: string, state: 'up' | 'lost'): void {
    this.#events?.onPeer(name, state)
  }
}
