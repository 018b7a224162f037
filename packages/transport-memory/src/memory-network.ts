/**
 * A network inside one process. It carries the same bytes as any other, so whoever sends shares no array with whoever
 * receives, and it has the same freedoms: it may drop what doesn't fit its queues, and delivers later, never at once.
 */
import type { Clock, Lane, Sender, Transport } from '@rafted/contracts'
import { copyOf } from './copies.ts'
import { type Medium, MemoryTransport } from './memory-transport.ts'

/** How much the network may hold. */
export interface MemoryNetworkOptions {
  readonly clock: Clock
  /** Bytes that may wait between two addresses on one lane; more is dropped. Default 64 MiB. */
  readonly maxQueueBytes?: number
  /** The largest batch, bytes. Default 16 MiB. */
  readonly maxBatchBytes?: number
}

/** Who a transport of the network is. */
export interface Attachment {
  /** The address, and the name others see. */
  readonly name: string
  readonly role: Sender['role']
}

/** A network within one process, whose links can be cut. */
export interface MemoryNetwork {
  /** A place on this network. It takes its address when it listens, and gives it back when it closes. */
  transport(attachment: Attachment): Transport
  /**
   * Cuts the link between two addresses, both ways: what is under way, and what is sent until it heals, is lost, and
   * `send` doesn't notice, as with a pulled cable. The addresses need not be in use.
   */
  cut(a: string, b: string): void
  /** Takes back `cut`. What was lost stays lost. */
  heal(a: string, b: string): void
  /** Cuts an address off from all others, those to come included. It still reaches itself. */
  isolate(address: string): void
  /** Takes back `isolate`. Links that were cut one by one stay cut. */
  rejoin(address: string): void
}

/** A network with nobody on it. Networks know nothing of each other. */
export function memoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new Network(options)
}

/** What waits from one address to another on one lane. */
interface Queue {
  readonly to: MemoryTransport
  batches: Uint8Array[]
  bytes: number
  /** Delivers what is due. Made once, not for each batch. */
  readonly deliver: () => void
}

/** A transport that listens, and what it has sent that waits, by receiver. */
interface Place {
  readonly transport: MemoryTransport
  readonly urgent: Map<string, Queue>
  readonly bulk: Map<string, Queue>
}

class Network implements MemoryNetwork, Medium {
  readonly maxBatchBytes: number
  readonly #clock: Clock
  readonly #maxQueueBytes: number
  /** By address. */
  readonly #places = new Map<string, Place>()
  /** Each link that was cut, from both its ends. */
  readonly #cut = new Map<string, Set<string>>()
  readonly #isolated = new Set<string>()

  constructor({
    clock,
    maxQueueBytes = 64 * 1024 * 1024,
    maxBatchBytes = 16 * 1024 * 1024,
  }: MemoryNetworkOptions) {
    this.#clock = clock
    this.#maxQueueBytes = maxQueueBytes
    this.maxBatchBytes = maxBatchBytes
  }

  transport({ name, role }: Attachment): Transport {
    return new MemoryTransport(this, { name, role, reply: name })
  }

  attach(transport: MemoryTransport): boolean {
    const { address } = transport
    if (this.#places.has(address)) return false
    this.#places.set(address, { transport, urgent: new Map(), bulk: new Map() })
    for (const { transport: other } of this.#places.values())
      if (this.#linked(other.address, address)) this.#hint(other, transport, 'up')
    return true
  }

  detach(transport: MemoryTransport): void {
    const { address } = transport
    if (this.#places.get(address)?.transport !== transport) return
    this.#places.delete(address)
    for (const place of this.#places.values()) {
      place.urgent.delete(address)
      place.bulk.delete(address)
      if (this.#linked(place.transport.address, address)) this.#hint(place.transport, transport, 'lost')
    }
  }

  send(from: MemoryTransport, address: string, batch: Uint8Array, lane: Lane): boolean {
    const to = this.#places.get(address)
    const place = this.#places.get(from.address)
    if (to === undefined || place === undefined || batch.byteLength > this.maxBatchBytes) return false
    if (!this.#linked(from.address, address)) return true
    let queue = place[lane].get(address)
    if (queue === undefined) {
      queue = this.#queue(from.sender, to.transport, lane)
      place[lane].set(address, queue)
    }
    if (queue.bytes + batch.byteLength > this.#maxQueueBytes) return false
    queue.batches.push(batch)
    queue.bytes += batch.byteLength
    if (queue.batches.length === 1) this.#clock.soon(queue.deliver)
    return true
  }

  #queue(from: Sender, to: MemoryTransport, lane: Lane): Queue {
    const queue: Queue = {
      to,
      batches: [],
      bytes: 0,
      // Bulk goes batch by batch, so that what is urgent comes in between.
      deliver: () => (lane === 'urgent' ? deliverAll(from, queue) : this.#deliverOne(from, queue)),
    }
    return queue
  }

  #deliverOne(from: Sender, queue: Queue): void {
    const batch = queue.batches.shift()
    if (batch === undefined) return
    queue.bytes -= batch.byteLength
    if (queue.batches.length > 0) this.#clock.soon(queue.deliver)
    arrive(from, queue.to, batch)
  }

  cut(a: string, b: string): void {
    this.#change([[a, b]], () => {
      this.#cutFrom(a).add(b)
      this.#cutFrom(b).add(a)
    })
  }

  heal(a: string, b: string): void {
    this.#change([[a, b]], () => {
      this.#cutFrom(a).delete(b)
      this.#cutFrom(b).delete(a)
    })
  }

  isolate(address: string): void {
    this.#change(this.#linksOf(address), () => this.#isolated.add(address))
  }

  rejoin(address: string): void {
    this.#change(this.#linksOf(address), () => this.#isolated.delete(address))
  }

  #cutFrom(address: string): Set<string> {
    const known = this.#cut.get(address)
    if (known !== undefined) return known
    const cut = new Set<string>()
    this.#cut.set(address, cut)
    return cut
  }

  #linksOf(address: string): [string, string][] {
    return [...this.#places.keys()].map((other) => [address, other])
  }

  #linked(a: string, b: string): boolean {
    if (this.#isolated.size > 0 && a !== b && (this.#isolated.has(a) || this.#isolated.has(b))) return false
    return this.#cut.size === 0 || this.#cut.get(a)?.has(b) !== true
  }

  /** Empties the links that `change` cuts, and tells the ends of those it cuts or heals. */
  #change(links: [string, string][], change: () => void): void {
    const before = links.map(([a, b]) => this.#linked(a, b))
    change()
    for (const [i, [a, b]] of links.entries()) {
      const linked = this.#linked(a, b)
      const one = this.#places.get(a)
      const other = this.#places.get(b)
      if (linked === before[i] || one === undefined || other === undefined) continue
      if (!linked) {
        empty(one, b)
        empty(other, a)
      }
      this.#hint(one.transport, other.transport, linked ? 'up' : 'lost')
      this.#hint(other.transport, one.transport, linked ? 'up' : 'lost')
    }
  }

  /** Clients come and go unannounced. */
  #hint(at: MemoryTransport, other: MemoryTransport, state: 'up' | 'lost'): void {
    if (at === other || other.sender.role !== 'peer') return
    this.#clock.soon(() => at.peer(other.address, state))
  }
}

function deliverAll(from: Sender, queue: Queue): void {
  const { to, batches } = queue
  queue.batches = []
  queue.bytes = 0
  for (const batch of batches) arrive(from, to, batch)
}

// A batch that has left arrives even if its sender closes meanwhile, as on a wire. It is copied on arrival: it is the
// receiver's own, and a sender that changes what it has sent is found out.
function arrive(from: Sender, to: MemoryTransport, batch: Uint8Array): void {
  to.receive(from, copyOf(batch))
}

function empty(place: Place, address: string): void {
  for (const lane of [place.urgent, place.bulk]) {
    const queue = lane.get(address)
    if (queue === undefined) continue
    queue.batches = []
    queue.bytes = 0
  }
}
