/** Hosts that are connected, for the hints that they come and go. */
import type { Connection } from './connection.ts'

interface Peer {
  readonly instance: string
  readonly connections: Set<Connection>
}

export class Peers {
  readonly #onPeer: (name: string, state: 'up' | 'lost') => void
  readonly #byName = new Map<string, Peer>()

  constructor(onPeer: (name: string, state: 'up' | 'lost') => void) {
    this.#onPeer = onPeer
  }

  attach(connection: Connection): void {
    const { name, instance } = connection.remote
    const known = this.#byName.get(name)
    if (known?.instance === instance) {
      known.connections.add(connection)
      return
    }
    this.#byName.set(name, { instance, connections: new Set([connection]) })
    // Started again before its former connections were known to be dead: what was asked of it will not be answered.
    if (known !== undefined) this.#onPeer(name, 'lost')
    this.#onPeer(name, 'up')
  }

  detach(connection: Connection): void {
    const { name } = connection.remote
    const peer = this.#byName.get(name)
    if (peer === undefined || !peer.connections.delete(connection) || peer.connections.size > 0) return
    this.#byName.delete(name)
    this.#onPeer(name, 'lost')
  }
}
