/** A network that loses, repeats, reorders, delays and cuts, by seed. */

import { crc32 } from 'node:zlib'
import { type Lane, RaftedError, type Sender, type Transport, type TransportEvents } from '@rafted/contracts'
import { readBatch } from './reading.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

/** How bad the network is: probabilities per batch, and milliseconds. */
export interface Weather {
  readonly drop: number
  readonly repeat: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Batches that take ten times as long, and so arrive out of order. */
  readonly straggle: number
}

export const calm: Weather = { drop: 0, repeat: 0, minDelayMs: 0.1, maxDelayMs: 1, straggle: 0 }

const MAX_BATCH_BYTES = 4 * 1024 * 1024

export class VirtualNetwork {
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  readonly #trace: Trace
  readonly #listening = new Map<string, VirtualTransport>()
  /** One-way: `from > to`. */
  readonly #cut = new Set<string>()
  weather: Weather = calm
  /** Batches that did not arrive, or arrived twice, because of a fault. */
  hits = 0
  sent = 0

  constructor(time: VirtualTime, random: SeededRandom, trace: Trace) {
    this.#time = time
    this.#random = random
    this.#trace = trace
  }

  transport(name: string, role: Sender['role']): VirtualTransport {
    return new VirtualTransport(this, name, role)
  }

  /** From now on nothing sent by `from` reaches `to`. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`)
  }

  healAll(): void {
    this.#cut.clear()
  }

  attach(transport: VirtualTransport): boolean {
    if (this.#listening.has(transport.address)) return false
    this.#listening.set(transport.address, transport)
    return true
  }

  detach(transport: VirtualTransport): void {
    if (this.#listening.get(transport.address) === transport) this.#listening.delete(transport.address)
  }

  /** Tells the listeners that a host is back or seems lost: a hint, sometimes absent. */
  hint(name: string, state: 'up' | 'lost'): void {
    for (const transport of this.#listening.values())
      if (transport.address !== name && this.#random.chance(0.5))
        this.#time.after(this.#random.between(0, 20), () => transport.peer(name, state))
  }

  send(from: VirtualTransport, address: string, batch: Uint8Array): void {
    this.sent++
    const { weather } = this
    const random = this.#random
    const detail = `${address} ${batch.byteLength} B ${crc32(batch).toString(16)}`
    const read = (): string => `${address}  ${readBatch(batch)}`
    if (this.#cut.has(`${from.address}>${address}`) || random.chance(weather.drop)) {
      this.hits++
      this.#trace.note('lost', from.address, detail, read)
      return
    }
    const times = random.chance(weather.repeat) ? 2 : 1
    this.hits += times - 1
    this.#trace.note('send', from.address, detail, read)
    for (let i = 0; i < times; i++) {
      const delay = random.between(weather.minDelayMs, weather.maxDelayMs)
      const late = random.chance(weather.straggle) ? 10 : 1
      // Copied: what the receiver does with its array is nothing to the sender.
      const copy = batch.slice()
      this.#time.after(delay * late, () => this.#listening.get(address)?.receive(from.sender, copy))
    }
  }
}

export class VirtualTransport implements Transport {
  readonly address: string
  readonly sender: Sender
  readonly maxBatchBytes = MAX_BATCH_BYTES
  readonly #network: VirtualNetwork
  #events: TransportEvents | null = null

  constructor(network: VirtualNetwork, name: string, role: Sender['role']) {
    this.address = name
    this.sender = { name, role, reply: name }
    this.#network = network
  }

  async listen(events: TransportEvents): Promise<void> {
    if (!this.#network.attach(this))
      throw new RaftedError('address-in-use', `"${this.address}" is taken.`, { outcome: 'not-applied' })
    this.#events = events
  }

  send(address: string, batch: Uint8Array, _lane: Lane): boolean {
    if (this.#events === null || batch.byteLength > this.maxBatchBytes) return false
    this.#network.send(this, address, batch)
    return true
  }

  async close(): Promise<void> {
    this.vanish()
  }

  /** The process is gone. What it has sent is still under way. */
  vanish(): void {
    this.#events = null
    this.#network.detach(this)
  }

  receive(from: Sender, batch: Uint8Array): void {
    this.#events?.onBatch(from, batch)
  }

  peer(name: string, state: 'up' | 'lost'): void {
    this.#events?.onPeer(name, state)
  }
}
