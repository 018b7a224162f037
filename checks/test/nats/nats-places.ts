/** NATS on this machine, as a place for the suite of transports: each end has a connection of its own, over a cable that can go dead. */
import type { Sender, Transport, TransportEvents } from '@rafted/contracts'
import { realRandom } from '@rafted/contracts/node'
import type { TransportPlace, TransportPlaceOptions } from '@rafted/testing'
import { natsTransport } from '@rafted/transport-nats'
import type { NatsConnection } from 'nats'
import type { NatsServer } from '../../src/nats-server.ts'
import { delegated } from '../delegated-transport.ts'
import { CountedClock, Held, openSockets } from '../held.ts'
import { Cable } from '../tcp-places.ts'

/** What hasn't arrived when nothing has for so long counts as lost. Batches that arrive are waited for, however long that takes. */
const LOST_MS = 100

let clusters = 0

/** Each place is a cluster of its own on one server. */
export const natsTransports =
  (server: () => NatsServer) =>
  async (options: TransportPlaceOptions): Promise<TransportPlace> =>
    new NatsPlace(server(), `place ${++clusters}`, options)

class NatsPlace implements TransportPlace {
  readonly noSuchAddress = ''
  readonly #server: NatsServer
  readonly #cluster: string
  readonly #options: TransportPlaceOptions
  readonly #transports = new Set<Transport>()
  readonly #connections = new Set<NatsConnection>()
  readonly #cables = new Set<Cable>()
  readonly #held = new Held()
  readonly #clock = new CountedClock()
  #sent = 0
  #arrived = 0
  #lastArrival = 0
  #strangers = 0

  constructor(server: NatsServer, cluster: string, options: TransportPlaceOptions) {
    this.#server = server
    this.#cluster = cluster
    this.#options = options
  }

  async transport(name: string, role: Sender['role']): Promise<Transport> {
    const cable = await Cable.between(name, 'server', this.#server.port)
    this.#cables.add(cable)
    const nats = await this.#connect(cable.address)
    const seams = { clock: this.#clock, random: realRandom }
    const transport = natsTransport({ nats, name, role, cluster: this.#cluster, ...seams, ...this.#options })
    this.#transports.add(transport)
    this.#held.add(transport)
    return delegated(transport, {
      listen: (events) => transport.listen(this.#counting(events)),
      send: (address, batch, lane) => {
        const taken = transport.send(address, batch, lane)
        if (taken) this.#sent += 1
        return taken
      },
      // The connection is the user's: here it goes with its transport, and so does the cable.
      close: async () => {
        await transport.close()
        this.#transports.delete(transport)
        await nats.close()
        this.#connections.delete(nats)
        await cable.remove()
        this.#cables.delete(cable)
      },
    })
  }

  async settle(): Promise<void> {
    this.#lastArrival = performance.now()
    while (this.#arrived < this.#sent && performance.now() - this.#lastArrival < LOST_MS)
      await new Promise((resolve) => setTimeout(resolve, 1))
    this.#sent = this.#arrived
  }

  async held(): Promise<Record<string, number>> {
    return { ...(await this.#held.count()), sockets: openSockets(), timers: this.#clock.timers }
  }

  async vanish(name: string): Promise<void> {
    for (const cable of this.#cables) if (cable.ends.includes(name)) cable.goDead()
  }

  async comeBack(name: string): Promise<void> {
    for (const cable of this.#cables) if (cable.ends.includes(name)) cable.comeBack()
  }

  /** On the server with no rights that would keep it out. It says who it is in different ways, some of which can't be. */
  async strange(address: string, bytes: Uint8Array): Promise<void> {
    const nats = await this.#server.connect()
    const cluster = this.#cluster.replace(' ', '%20')
    const froms = ['mallory', 'a%2', 'm%61llory', 'host.mallory', '%', 'ä']
    const from = froms[this.#strangers++ % froms.length]
    nats.publish(`rafted.${cluster}.host.host.urgent.${address}.${from}`, bytes)
    await nats.flush()
    await nats.close()
  }

  async dispose(): Promise<void> {
    for (const cable of this.#cables) cable.comeBack()
    await Promise.all([...this.#transports].map((transport) => transport.close()))
    await Promise.all([...this.#connections].map((connection) => connection.close()))
    await Promise.all([...this.#cables].map((cable) => cable.remove()))
  }

  async #connect(address: string): Promise<NatsConnection> {
    const connection = await this.#server.connect({ servers: address, ignoreClusterUpdates: true })
    this.#connections.add(connection)
    return connection
  }

  #counting(events: TransportEvents): TransportEvents {
    return {
      onBatch: (from, batch) => {
        this.#arrived += 1
        this.#lastArrival = performance.now()
        events.onBatch(from, batch)
      },
      onPeer: (name, state) => events.onPeer(name, state),
    }
  }
}
