/** The addresses that this side sends to, in a bounded number. */
import type { Lane, Sender } from '@rafted/contracts'
import { destinationOf } from './address.ts'
import { Link } from './link.ts'
import { batchSubject } from './subjects.ts'

export interface LinksOptions {
  readonly cluster: string
  readonly self: { readonly role: Sender['role']; readonly name: string }
  readonly maxAddresses: number
  readonly maxQueueBytes: number
  /** This one is forgotten to make room: nobody will learn any more what becomes of what was sent there. */
  forgotten(link: Link): void
}

export class Links {
  readonly #o: LinksOptions
  readonly #byLane = { urgent: new Map<string, Link>(), bulk: new Map<string, Link>() }
  #numbers = 0

  constructor(options: LinksOptions) {
    this.#o = options
  }

  known(address: string, lane: Lane): Link | undefined {
    return this.#byLane[lane].get(address)
  }

  /** @returns null if nobody can be at `address`, or there are too many. */
  to(address: string, lane: Lane): Link | null {
    const links = this.#byLane[lane]
    const known = links.get(address)
    if (known !== undefined) return known
    const { cluster, self, maxQueueBytes, maxAddresses } = this.#o
    const destination = destinationOf(address)
    if (destination === null || (links.size >= maxAddresses && !this.#makeRoom(lane))) return null
    const subject = batchSubject(cluster, lane, destination, self)
    const link = new Link({ address, destination, lane, subject, number: ++this.#numbers, maxQueueBytes })
    links.set(address, link)
    return link
  }

  /** Both lanes to an address. */
  of(address: string): Link[] {
    return [this.known(address, 'urgent'), this.known(address, 'bulk')].filter((link) => link !== undefined)
  }

  all(): Link[] {
    return [...this.#byLane.urgent.values(), ...this.#byLane.bulk.values()]
  }

  forget(link: Link): void {
    this.#byLane[link.lane].delete(link.o.address)
  }

  /** The idle one that was made first goes. */
  #makeRoom(lane: Lane): boolean {
    for (const link of this.#byLane[lane].values()) {
      if (!link.isIdle) continue
      this.forget(link)
      this.#o.forgotten(link)
      return true
    }
    return false
  }
}
