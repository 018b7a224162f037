/** A network on virtual time whose ends are processes that can be killed, which the others see, or fall silent, which nobody does. */
import {
  type Clock,
  type Lane,
  RaftedError,
  type Sender,
  type Transport,
  type TransportEvents,
} from '@rafted/contracts'
import type { SeededRandom } from '@rafted/testing'

/** How long a batch is under way, and how long until all that were connected to a process see that it has ended. Milliseconds, drawn each time. */
const WAY_MS = [0.1, 1] as const
const HINT_MS = [0.1, 2] as const

export class WiredNetwork {
  readonly #clock: Clock
  readonly #random: SeededRandom
  readonly #wires = new Map<string, Wire>()
  /** Nothing gets to these, or from them. */
  readonly #silent = new Set<string>()
  /** Is told of each batch that is sent. */
  onSent: (from: string, to: string, batch: Uint8Array) => void = () => {}

  constructor(clock: Clock, random: SeededRandom) {
    this.#clock = clock
    this.#random = random
  }

  transport(name: string, role: Sender['role']): Transport {
    const wire = new Wire(this, { name, role, reply: name })
    this.#wires.set(name, wire)
    return wire
  }

  send(from: Wire, address: string, batch: Uint8Array): boolean {
    this.onSent(from.address, address, batch)
    const to = this.#wires.get(address)
    if (to === undefined) {
      this.#tellOfLoss(from, address, 'not-applied')
      return true
    }
    if (this.#silent.has(address) || this.#silent.has(from.address)) return true
    const copy = batch.slice()
    this.#clock.after(this.#random.between(...WAY_MS), () => {
      if (!this.#silent.has(address)) to.events?.onBatch(from.sender, copy)
    })
    return true
  }

  /** The process has ended: its connections do. */
  end(name: string): void {
    this.#wires.get(name)!.events = null
    this.#wires.delete(name)
    for (const other of this.#wires.values()) this.#tellOfLoss(other, name, 'unknown')
  }

  /** The process does nothing any more, and its connections stay. */
  silence(name: string): void {
    this.#silent.add(name)
  }

  #tellOfLoss(wire: Wire, address: string, outcome: 'unknown' | 'not-applied'): void {
    this.#clock.after(this.#random.between(...HINT_MS), () => {
      const why = new RaftedError('unreachable', `Nobody listens at "${address}".`, { outcome })
      if (outcome === 'unknown') wire.events?.onPeer(address, 'lost')
      wire.events?.onUnreachable?.(address, 'urgent', why)
    })
  }
}

class Wire implements Transport {
  readonly maxBatchBytes = 1024 * 1024
  readonly sender: Sender
  readonly #network: WiredNetwork
  events: TransportEvents | null = null

  constructor(network: WiredNetwork, sender: Sender) {
    this.#network = network
    this.sender = sender
  }

  get address(): string {
    return this.sender.reply
  }

  async listen(events: TransportEvents): Promise<void> {
    this.events = events
  }

  send(address: string, batch: Uint8Array, _lane: Lane): boolean {
    return this.events !== null && this.#network.send(this, address, batch)
  }

  async close(): Promise<void> {
    this.events = null
  }
}
