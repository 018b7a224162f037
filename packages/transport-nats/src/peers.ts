/** Who has been heard, and who is hoped for: hosts and clients by their addresses, each in one life of its connection. */
import type { Destination } from './address.ts'
import type { Instance } from './message.ts'

export interface PeersOptions {
  readonly silenceMs: number
  /** Of either role. */
  readonly maxPeers: number
  /** A host can be reached, or no longer. */
  onPeer(name: string, state: 'up' | 'lost'): void
  /** Nothing that was sent there will be answered. */
  onLost(address: string): void
  /** Is to hear that this side lives, now. */
  greet(address: string): void
}

interface Peer {
  readonly role: Destination['role']
  readonly name: string
  /** Null until it has been heard. */
  instance: Instance | null
  heardAt: number
}

export class Peers {
  readonly #o: PeersOptions
  readonly #byAddress = new Map<string, Peer>()
  readonly #count = { peer: 0, client: 0 }

  constructor(options: PeersOptions) {
    this.#o = options
  }

  /** Something was sent there. It has as long to be heard as one that falls silent. */
  sought(address: string, { role, name }: Destination, now: number): void {
    if (!this.#byAddress.has(address)) this.#add(address, { role, name, instance: null, heardAt: now })
  }

  heard(
    address: string,
    { role, name }: Pick<Destination, 'role' | 'name'>,
    instance: Instance,
    now: number,
  ): void {
    const known = this.#byAddress.get(address)
    if (known?.instance === instance) {
      known.heardAt = now
      return
    }
    // Another life: what was asked of the former one will not be answered.
    if (known !== undefined && known.instance !== null) this.#lose(address, known)
    else if (known !== undefined) this.#remove(address, known)
    if (!this.#add(address, { role, name, instance, heardAt: now })) return
    if (role === 'peer') this.#o.onPeer(name, 'up')
    this.#o.greet(address)
  }

  /** It has said that it goes, in this life. */
  left(address: string, instance: Instance): void {
    const known = this.#byAddress.get(address)
    if (known?.instance === instance) this.#lose(address, known)
  }

  /** Nobody listens there: whoever waits for it has been told. */
  absent(address: string): void {
    const known = this.#byAddress.get(address)
    if (known === undefined) return
    this.#remove(address, known)
    this.#tellLost(known)
  }

  /** Time has passed. @param lateMs for so long this process stood still and heard nobody. */
  watch(now: number, lateMs: number): void {
    for (const [address, peer] of this.#byAddress) {
      peer.heardAt += lateMs
      if (now - peer.heardAt >= this.#o.silenceMs) this.#lose(address, peer)
    }
  }

  addresses(): string[] {
    return [...this.#byAddress.keys()]
  }

  /** The connection is gone, and with it all of them. */
  clear(): void {
    for (const [address, peer] of this.#byAddress) {
      this.#remove(address, peer)
      this.#tellLost(peer)
    }
  }

  /** @returns whether there was room. Hosts and clients have as much, so that nobody who makes up clients hides a host. */
  #add(address: string, peer: Peer): boolean {
    if (this.#count[peer.role] >= this.#o.maxPeers) return false
    this.#count[peer.role] += 1
    this.#byAddress.set(address, peer)
    return true
  }

  #remove(address: string, peer: Peer): void {
    this.#byAddress.delete(address)
    this.#count[peer.role] -= 1
  }

  #lose(address: string, peer: Peer): void {
    this.#remove(address, peer)
    this.#o.onLost(address)
    this.#tellLost(peer)
  }

  #tellLost({ role, name, instance }: Peer): void {
    if (role === 'peer' && instance !== null) this.#o.onPeer(name, 'lost')
  }
}
