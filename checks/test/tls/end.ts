/** One end of a network: a transport over TLS and all that it has told. And strangers, who do as the test wants. */
import { connect as connectPlain, createServer, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { type Clock, isRaftedError, type RaftedEvent, type Sender, type Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type TcpTransportOptions, tcpTransport } from '@rafted/transport-tcp'
import { afterEach } from 'vitest'
import { until } from '../../src/until.ts'

type TransportEvent = Extract<RaftedEvent, { kind: 'transport' }>

const cleanUps: (() => unknown)[] = []
export function afterwards(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp)
}
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** One on loopback that nobody listened on a moment ago. */
export async function freeAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

/** Stands still until it is set on; timers are real. */
export class SetClock implements Clock {
  nowMs = 0
  now = (): number => this.nowMs
  wall = (): number => realClock.wall()
  after: Clock['after'] = (ms, run) => realClock.after(ms, run)
  soon: Clock['soon'] = (run) => realClock.soon(run)
}

export class End {
  readonly transport: Transport
  readonly arrivals: { readonly from: Sender; readonly text: string }[] = []
  readonly events: TransportEvent[] = []
  readonly counts: Record<string, number> = {}

  constructor(name: string, options: Partial<TcpTransportOptions>) {
    this.transport = tcpTransport({
      name,
      role: options.listen === null ? 'client' : 'peer',
      cluster: 'shop',
      listen: '127.0.0.1:0',
      clock: realClock,
      random: realRandom,
      observer: {
        event: (event) => void (event.kind === 'transport' && this.events.push(event)),
        count: (counter, by) => {
          this.counts[counter] = (this.counts[counter] ?? 0) + by
        },
      },
      ...options,
    })
    afterwards(() => this.transport.close())
  }

  get address(): string {
    return this.transport.address
  }

  get port(): number {
    return Number(/\d+$/.exec(this.address)![0])
  }

  async listen(): Promise<this> {
    await this.transport.listen({
      onBatch: (from, batch) => void this.arrivals.push({ from, text: Buffer.from(batch).toString() }),
      onPeer: () => {},
    })
    return this
  }

  /** Sends until it has arrived; what is sent while an address is left alone is dropped. */
  async reach(to: End, text: string): Promise<Sender> {
    const arrived = (): (typeof to.arrivals)[number] | undefined =>
      to.arrivals.find((one) => one.text === text)
    await until(() => {
      if (arrived() === undefined) this.transport.send(to.address, Buffer.from(text), 'urgent')
      return arrived() !== undefined
    })
    return arrived()!.from
  }

  send(to: string): void {
    this.transport.send(to, Buffer.from('hello'), 'urgent')
  }

  /** Of handshakes that have failed: the code, and for certificates the reason. */
  get failures(): string[] {
    return this.events
      .filter(({ what }) => what === 'handshake-failed')
      .map(({ error }) => {
        if (!isRaftedError(error)) throw error
        const { reason } = error.details
        return reason === undefined ? error.code : `${error.code} ${String(reason)}`
      })
  }
}

export async function host(name: string, options: Partial<TcpTransportOptions>): Promise<End> {
  return await new End(name, options).listen()
}

export async function client(name: string, options: Partial<TcpTransportOptions>): Promise<End> {
  return await new End(name, { ...options, listen: null }).listen()
}

/** Somebody who dials with TLS and then says what the test wants. */
export class Stranger {
  readonly socket: Socket
  received: Buffer = Buffer.alloc(0)
  closed = false
  /** Whether it has taken up the session that it was given. */
  isReused = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
    afterwards(() => socket.destroy())
  }

  static plain(port: number): Stranger {
    return new Stranger(connectPlain({ port, host: '127.0.0.1' }))
  }

  /** Whoever listens is believed, whatever it shows. */
  static async secure(port: number, options: ConnectionOptions): Promise<Stranger & { socket: TLSSocket }> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    const stranger = new Stranger(socket)
    let isSecure = false
    socket.once('secureConnect', () => {
      isSecure = true
      stranger.isReused = socket.isSessionReused()
    })
    await until(() => isSecure || stranger.closed)
    return stranger as Stranger & { socket: TLSSocket }
  }
}

/** The bytes of docs/tcp-protocol.md. */
export function message(
  kind: 'hello' | 'challenge',
  name: string,
  role: Sender['role'],
  address: string,
): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)])
  const largest = Buffer.from([0, 0, 16, 0])
  const drawn = Buffer.from(realRandom.bytes(48))
  const start = kind === 'hello' ? [1, role === 'peer' ? 1 : 2, 0] : [1, 0, 0]
  const body = Buffer.concat([Buffer.from(start), largest, drawn, text('shop'), text(name), text(address)])
  const head = Buffer.from([0x52, 0x46, 0x54, 0x48, kind === 'hello' ? 1 : 2, 1, 0, 1, 0, body.byteLength, 0])
  return Buffer.concat([head, body])
}
