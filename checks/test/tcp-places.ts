/** TCP on this machine, as a place for the suite of transports. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Sender, Transport, TransportEvents } from '@rafted/contracts'
import { realRandom } from '@rafted/contracts/node'
import type { TransportPlace, TransportPlaceOptions } from '@rafted/testing'
import { type TcpTransportOptions, tcpTransport } from '@rafted/transport-tcp'
import { CountedClock, Held, openSockets } from './held.ts'
import { Authority } from './tls/certificates.ts'

/** What hasn't arrived when nothing has for so long counts as lost. Batches that arrive are waited for, however long that takes. */
const LOST_MS = 100
/** An address that has failed is left alone for a while: after a refusal that much has to pass before another try makes sense. */
const REFUSED_MS = 20

const portOf = (address: string): number => Number(/\d+$/.exec(address)![0])

/** Ends dial each other directly. */
export const tcpTransports = (options: TransportPlaceOptions): Promise<TransportPlace> =>
  Promise.resolve(new TcpPlace(options, false))

/** As `tcpTransports`, with certificates of an authority of this place in place of a secret. */
export const tlsTransports = (options: TransportPlaceOptions): Promise<TransportPlace> =>
  Promise.resolve(new TcpPlace(options, false, new Authority('of this place')))

/** Ends dial each other through cables, which can go dead without anything being closed. */
export const cabledTcpTransports = (options: TransportPlaceOptions): Promise<TransportPlace> =>
  Promise.resolve(new TcpPlace(options, true))

class TcpPlace implements TransportPlace {
  readonly noSuchAddress = 'nobody'
  readonly #options: TransportPlaceOptions
  readonly #cabled: boolean
  /** Null where there is no TLS. */
  readonly #authority: Authority | null
  readonly #transports = new Set<Transport>()
  readonly #held = new Held()
  readonly #clock = new CountedClock()
  /** By name: where each listens, once it has. */
  readonly #addresses = new Map<string, string>()
  /** By dialler and address. */
  readonly #cables = new Map<string, Cable>()
  #sent = 0
  #refused = false
  #arrived = 0
  #lastArrival = 0

  constructor(options: TransportPlaceOptions, cabled: boolean, authority: Authority | null = null) {
    this.#options = options
    this.#authority = authority
    this.#cabled = cabled
  }

  async transport(name: string, role: Sender['role']): Promise<Transport> {
    const transport = tcpTransport({
      name,
      role,
      cluster: 'shop',
      listen: role === 'client' ? null : (this.#addresses.get(name) ?? '127.0.0.1:0'),
      ...this.#access(name, role),
      clock: this.#clock,
      random: realRandom,
      ...this.#options,
    })
    this.#transports.add(transport)
    this.#held.add(transport)
    return {
      get address() {
        return transport.address
      },
      maxBatchBytes: transport.maxBatchBytes,
      listen: async (events) => {
        await transport.listen(this.#counting(events))
        if (role === 'peer') this.#addresses.set(name, transport.address)
        if (this.#cabled) await this.#layCables(name)
      },
      send: (address, batch, lane) => {
        const taken = transport.send(this.#cables.get(`${name} ${address}`)?.address ?? address, batch, lane)
        if (taken) this.#sent += 1
        else this.#refused = true
        return taken
      },
      close: async () => {
        await transport.close()
        this.#transports.delete(transport)
      },
    }
  }

  #access(name: string, role: Sender['role']): Pick<TcpTransportOptions, 'secret' | 'tls'> {
    if (this.#authority === null) return { secret: 'a secret for this place' }
    return { tls: role === 'peer' ? this.#authority.host(name) : this.#authority.client(name) }
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

  async settle(): Promise<void> {
    this.#lastArrival = performance.now()
    while (this.#arrived < this.#sent && performance.now() - this.#lastArrival < LOST_MS)
      await new Promise((resolve) => setTimeout(resolve, 1))
    this.#sent = this.#arrived
    if (this.#refused) await new Promise((resolve) => setTimeout(resolve, REFUSED_MS))
    this.#refused = false
  }

  async held(): Promise<Record<string, number>> {
    return { ...(await this.#held.count()), sockets: openSockets(), timers: this.#clock.timers }
  }

  async vanish(name: string): Promise<void> {
    for (const cable of this.#cables.values()) if (cable.ends.includes(name)) cable.goDead()
  }

  async comeBack(name: string): Promise<void> {
    for (const cable of this.#cables.values()) if (cable.ends.includes(name)) cable.comeBack()
  }

  async strange(address: string, bytes: Uint8Array): Promise<void> {
    const socket = connect({ port: portOf(address), host: '127.0.0.1' })
    socket.on('error', () => {})
    await new Promise((resolve) => {
      socket.on('close', resolve)
      socket.resume()
      socket.end(bytes)
    })
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#transports].map((transport) => transport.close()))
    await Promise.all([...this.#cables.values()].map((cable) => cable.remove()))
  }

  /** From each to each, the new one included. A client is dialled by nobody. */
  async #layCables(name: string): Promise<void> {
    const names = [...new Set([...this.#addresses.keys(), name])]
    for (const from of names)
      for (const to of names) {
        const address = this.#addresses.get(to)
        if (address === undefined || from === to || this.#cables.has(`${from} ${address}`)) continue
        this.#cables.set(`${from} ${address}`, await Cable.between(from, to, portOf(address)))
      }
  }
}

/** Carries what one end says to another that it has dialled, and back; or nothing, without a word, while it is dead. */
export class Cable {
  readonly ends: readonly string[]
  readonly address: string
  /** Looks at what passes. */
  onCarried: (chunk: Buffer) => void = () => {}
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #dead = false

  static async between(from: string, to: string, port: number): Promise<Cable> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Cable([from, to], server, port)
  }

  constructor(ends: readonly string[], server: Server, port: number) {
    this.ends = ends
    this.#server = server
    this.address = `127.0.0.1:${(server.address() as { port: number }).port}`
    server.on('connection', (near) => {
      const far = connect({ port, host: '127.0.0.1', noDelay: true })
      this.#carry(near, far)
      this.#carry(far, near)
    })
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', (chunk: Buffer) => {
      this.onCarried(chunk)
      if (to.write(chunk)) return
      from.pause()
      to.once('drain', () => {
        if (!this.#dead) from.resume()
      })
    })
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!this.#dead) to.destroy()
    })
    if (this.#dead) from.pause()
  }

  goDead(): void {
    this.#dead = true
    for (const socket of this.#sockets) socket.pause()
  }

  comeBack(): void {
    this.#dead = false
    for (const socket of this.#sockets) socket.resume()
  }

  async remove(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
