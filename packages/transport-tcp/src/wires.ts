/** What connections are made of: plain sockets, or TLS over them (`tls-wires.ts`). */
import { connect, type Socket } from 'node:net'
import type { RaftedError } from '@rafted/contracts'
import type { Endpoint } from './address.ts'
import type { Named } from './certificate.ts'

/** Whom the certificate of the other side names; null where there are no certificates. */
export type Certified = readonly Named[] | null

export interface Accepting {
  /** It can be talked over. @param wire over this one: that which was accepted, or one around it. */
  ready(wire: Socket, certified: Certified): void
  /** It can't be. @param wire over which the other side can be told, if there is one. */
  failed(error: RaftedError, wire?: Socket): void
}

export interface Wires {
  /** @param ready when the other side has been reached. What goes wrong before is an `error` of the socket, or closes it. */
  dial(endpoint: Endpoint, ready: (certified: Certified) => void): Socket
  /** Somebody has dialled. `accepting` is told of one thing, once; of none if the socket closes. */
  accept(socket: Socket, accepting: Accepting): void
}

export const plainWires: Wires = {
  dial: (endpoint, ready) => {
    const socket = connect({ ...endpoint, noDelay: true })
    socket.once('connect', () => ready(null))
    return socket
  },
  accept: (socket, { ready }) => ready(socket, null),
}
