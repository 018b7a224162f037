/**
 * A network made of proxies, for where no other is allowed: what each place dials goes through a proxy of that place and the host, which can hold
 * the bytes of one direction, deliver them late, and break connections. Nothing is lost or arrives twice: TCP would hide that anyway.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { freePorts } from '../endure/free-ports.ts'
import type { Place } from '../endure/programs.ts'
import type { Wires } from '../endure/wires.ts'
import { FAIR, type Line, type Network, type PlaceNumber, type Weather } from './weather.ts'

/** One direction of a connection. */
interface Flow {
  readonly from: PlaceNumber
  readonly to: PlaceNumber
  readonly source: Socket
  readonly sink: Socket
  /** Chunks that are on their way, the oldest first. */
  readonly late: { readonly chunk: Buffer; readonly at: number }[]
  timer: NodeJS.Timeout | null
}

interface Proxied {
  readonly from: PlaceNumber
  readonly to: PlaceNumber
  readonly flows: readonly Flow[]
}

/** What may be on its way in one direction, before nothing more is taken. */
const MAX_CHUNKS = 256

export class Proxies implements Network, Wires {
  readonly means = 'proxies: one-way cuts, delay, connections that break'
  readonly addresses: readonly string[]
  readonly #ports: readonly number[]
  readonly #servers: Server[] = []
  readonly #dials: Readonly<Record<string, number>>[] = []
  readonly #connections = new Set<Proxied>()
  #weather: Weather = FAIR
  #random: () => number

  private constructor(ports: readonly number[], random: () => number) {
    this.#ports = ports
    this.#random = random
    this.addresses = ports.map((port) => `127.0.0.1:${port}`)
  }

  static async make(hosts: number, random: () => number): Promise<Proxies> {
    const proxies = new Proxies(await freePorts(hosts), random)
    for (let from = 0; from <= hosts; from++) {
      const dials: Record<string, number> = {}
      for (let to = 0; to < hosts; to++)
        if (from !== to) dials[proxies.#ports[to]!] = await proxies.#listen(from, to)
      proxies.#dials.push(dials)
    }
    return proxies
  }

  place(at: PlaceNumber): Place {
    return {
      execArgv: ['--import', new URL('dial-through.js', import.meta.url).href],
      env: { RAFTED_DIALS: JSON.stringify(this.#dials[at]) },
    }
  }

  set(weather: Weather): Promise<void> {
    this.#weather = weather
    for (const { flows } of this.#connections) for (const flow of flows) this.#pump(flow)
    return Promise.resolve()
  }

  reset(place: PlaceNumber): void {
    for (const connection of this.#connections)
      if (connection.from === place || connection.to === place) this.#end(connection)
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) this.#end(connection)
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  async #listen(from: PlaceNumber, to: PlaceNumber): Promise<number> {
    const server = createServer({ pauseOnConnect: true }, (dialled) => this.#connect(from, to, dialled))
    this.#servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  #connect(from: PlaceNumber, to: PlaceNumber, dialled: Socket): void {
    const host = connect(this.#ports[to]!, '127.0.0.1').pause()
    const there: Flow = { from, to, source: dialled, sink: host, late: [], timer: null }
    const back: Flow = { from: to, to: from, source: host, sink: dialled, late: [], timer: null }
    const connection = { from, to, flows: [there, back] }
    this.#connections.add(connection)
    for (const flow of connection.flows) {
      flow.source.setNoDelay(true)
      flow.source.on('data', (chunk: Buffer) => this.#take(flow, chunk))
      flow.source.on('error', () => {})
      // An end is an end of both directions, for whoever can hear of it at once; else when the cut is over.
      flow.source.on('close', () => this.#end(connection))
      this.#pump(flow)
    }
  }

  #isCut({ from, to }: Flow): boolean {
    return this.#weather.cuts.some((cut) => cut.from === from && cut.to === to)
  }

  #delayMs({ from, to }: Flow): number {
    const of = ({ delayMs, jitterMs }: Line): number => delayMs + this.#random() * jitterMs
    const lines = this.#weather.lines.filter(({ place }) => place === from || place === to)
    return lines.reduce((sum, line) => sum + of(line), 0)
  }

  #take(flow: Flow, chunk: Buffer): void {
    const earliest = flow.late.at(-1)?.at ?? 0
    flow.late.push({ chunk, at: Math.max(earliest, performance.now() + this.#delayMs(flow)) })
    this.#pump(flow)
  }

  /** Hands on what is due, takes more if there is room, and comes back when the next is due. */
  #pump(flow: Flow): void {
    if (flow.timer !== null) clearTimeout(flow.timer)
    flow.timer = null
    const { late, source, sink } = flow
    if (sink.destroyed) return
    if (this.#isCut(flow)) {
      source.pause()
      return
    }
    const now = performance.now()
    while (late.length > 0 && late[0]!.at <= now) sink.write(late.shift()!.chunk)
    if (late.length > 0) flow.timer = setTimeout(() => this.#pump(flow), late[0]!.at - now)
    if (late.length < MAX_CHUNKS) source.resume()
    else source.pause()
  }

  #end(connection: Proxied): void {
    if (!this.#connections.delete(connection)) return
    for (const { source, timer } of connection.flows) {
      if (timer !== null) clearTimeout(timer)
      source.resetAndDestroy()
    }
  }
}
