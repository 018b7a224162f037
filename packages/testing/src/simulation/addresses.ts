/** Where hosts are dialled: at their ids, and elsewhere once they have moved. Who a host is and where it is are two things. */
import type { SeededRandom } from './seeded-random.ts'

export class Addresses {
  readonly #of = new Map<string, string>()
  /** Whoever is there, or was last. */
  readonly #at = new Map<string, string>()

  constructor(hosts: readonly string[]) {
    for (const host of hosts) this.#place(host, host)
  }

  #place(host: string, address: string): void {
    this.#of.set(host, address)
    this.#at.set(address, host)
  }

  of(host: string): string {
    return this.#of.get(host) ?? host
  }

  /** The host at this address. Clients are at their names. */
  hostAt(address: string): string {
    return this.#at.get(address) ?? address
  }

  /** To an address that nobody had before, or to one that another has left. */
  move(host: string, random: SeededRandom): void {
    const left = [...this.#at.keys()].filter((address) => this.#of.get(this.hostAt(address)) !== address)
    const address = left.length > 0 && random.chance(0.5) ? random.pick(left) : `${host}${this.#at.size}`
    this.#place(host, address)
  }
}
