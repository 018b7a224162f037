import { type Lane, RaftedError, type Sender, type Transport, type TransportEvents } from '@rafted/contracts'

/** What a transport needs of its network. */
export interface Medium {
  readonly maxBatchBytes: number
  /** @returns whether the address was free. */
  attach(transport: MemoryTransport): boolean
  detach(transport: MemoryTransport): void
  send(from: MemoryTransport, address: string, batch: Uint8Array, lane: Lane): boolean
}

/** One address of a network in memory. */
export class MemoryTransport implements Transport {
  readonly address: string
  /** What receivers are told of this one: true by construction, nobody can claim another's name. */
  readonly sender: Sender
  readonly #medium: Medium
  #events: TransportEvents | null = null
  #state: 'new' | 'listening' | 'closed' = 'new'

  constructor(medium: Medium, sender: Sender) {
    this.address = sender.reply
    this.sender = sender
    this.#medium = medium
  }

  get maxBatchBytes(): number {
    return this.#medium.maxBatchBytes
  }

  async listen(events: TransportEvents): Promise<void> {
    if (this.#state === 'closed') throw refused('closed', `The transport of "${this.address}" is closed.`)
    if (this.#state === 'listening')
      throw refused('invalid-argument', `The transport of "${this.address}" listens already.`)
    if (!this.#medium.attach(this))
      throw refused(
        'address-in-use',
        `"${this.address}" is taken on this network. Close the other one first, or choose another id.`,
      )
    this.#events = events
    this.#state = 'listening'
  }

  send(address: string, batch: Uint8Array, lane: Lane): boolean {
    return this.#state === 'listening' && this.#medium.send(this, address, batch, lane)
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#medium.detach(this)
  }

  /** A batch has arrived here. */
  receive(from: Sender, batch: Uint8Array): void {
    if (this.#state === 'listening') this.#events?.onBatch(from, batch)
  }

  /** Another one can be reached from here, or no longer. */
  peer(name: string, state: 'up' | 'lost'): void {
    if (this.#state === 'listening') this.#events?.onPeer(name, state)
  }
}

function refused(code: 'closed' | 'invalid-argument' | 'address-in-use', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}
