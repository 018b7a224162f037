/** One end of the network of a test: a transport and all that it has told. */
import type { Lane, RaftedError, RaftedEvent, Sender, Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { afterEach } from 'vitest'
import { type TcpTransportOptions, tcpTransport } from '../src/index.ts'
import { until } from './until.ts'

export const SECRET = 'sixteen bytes and more'

type TransportEvent = Extract<RaftedEvent, { kind: 'transport' }>

const open: Transport[] = []
const cleanUps: (() => unknown)[] = []

export function afterwards(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp)
}

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  await Promise.all(open.splice(0).map((transport) => transport.close()))
})

export class End {
  readonly transport: Transport
  readonly arrivals: { readonly from: Sender; readonly batch: Uint8Array }[] = []
  readonly hints: string[] = []
  /** What `onUnreachable` said. */
  readonly unreachable: { address: string; lane: Lane; error: RaftedError }[] = []
  readonly events: TransportEvent[] = []
  readonly counts: Record<string, number> = {}
  onBatch: (from: Sender, batch: Uint8Array) => void = () => {}

  constructor(name: string, options: Partial<TcpTransportOptions> = {}) {
    this.transport = tcpTransport({
      name,
      role: options.listen === null ? 'client' : 'peer',
      cluster: 'shop',
      listen: '127.0.0.1:0',
      secret: SECRET,
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
    open.push(this.transport)
  }

  async listen(): Promise<this> {
    await this.transport.listen({
      onBatch: (from, batch) => {
        this.arrivals.push({ from, batch })
        this.onBatch(from, batch)
      },
      onPeer: (name, state) => void this.hints.push(`${name} ${state}`),
      onUnreachable: (address, lane, error) => void this.unreachable.push({ address, lane, error }),
    })
    return this
  }

  get address(): string {
    return this.transport.address
  }

  get texts(): string[] {
    return this.arrivals.map(({ from, batch }) => `${from.name}: ${Buffer.from(batch)}`)
  }

  send(to: string, text: string, lane: Lane = 'urgent'): boolean {
    return this.transport.send(to, Buffer.from(text), lane)
  }

  /** What went wrong, by the codes of the errors. */
  codes(what: string): unknown[] {
    return this.events
      .filter((event) => event.what === what)
      .map(({ error }) => (error as { code: string }).code)
  }
}

export async function host(name: string, options: Partial<TcpTransportOptions> = {}): Promise<End> {
  return await new End(name, options).listen()
}

export async function client(name: string, options: Partial<TcpTransportOptions> = {}): Promise<End> {
  return await new End(name, { ...options, listen: null }).listen()
}

/** Sends and waits for the arrival: the ends are connected then. */
export async function meet(a: End, b: End): Promise<void> {
  const text = `from ${a.transport.address}`
  a.send(b.address, text)
  await until(() => b.texts.some((line) => line.endsWith(text)))
}
