/** One end of a test: a transport on a broker in this process, in time that passes when it is told to, and all that it has told. */
import type {
  Cancel,
  Clock,
  Lane,
  RaftedError,
  RaftedEvent,
  Random,
  Sender,
  Transport,
} from '@rafted/contracts'
import { type NatsTransportOptions, natsTransport } from '../src/index.ts'
import { FakeBroker, type FakeConnection } from './fake-nats.ts'

/** Whatever waits for a promise has gone on. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

export class HandClock implements Clock {
  #now = 1000
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>()
  #count = 0

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Cancel {
    const key = ++this.#count
    this.#timers.set(key, { at: this.#now + ms, run })
    return () => this.#timers.delete(key)
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** In steps, as for a process that isn't held up. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.jump(100)
      await turn()
    }
  }

  /** All at once, as for a process that stood still. */
  jump(ms: number): void {
    this.#now += ms
    for (const [key, { at, run }] of [...this.#timers]) if (at <= this.#now && this.#timers.delete(key)) run()
  }
}

let drawn = 0
/** Never the same bytes twice. */
const random: Random = {
  number: () => 0.5,
  bytes: (count) => {
    const bytes = new Uint8Array(count)
    new DataView(bytes.buffer).setUint32(0, ++drawn)
    return bytes
  },
}

type TransportEvent = Extract<RaftedEvent, { kind: 'transport' }>

export class End {
  readonly transport: Transport
  readonly nats: FakeConnection
  readonly arrivals: { readonly from: Sender; readonly batch: Uint8Array }[] = []
  readonly hints: string[] = []
  readonly unreachable: { address: string; lane: Lane; error: RaftedError }[] = []
  readonly events: TransportEvent[] = []
  readonly counts: Record<string, number> = {}
  onBatch: () => void = () => {}

  constructor(nats: FakeConnection, clock: Clock, name: string, options: Partial<NatsTransportOptions> = {}) {
    this.nats = nats
    this.transport = natsTransport({
      nats,
      name,
      role: 'peer',
      cluster: 'shop',
      clock,
      random,
      observer: {
        event: (event) => void (event.kind === 'transport' && this.events.push(event)),
        count: (counter, by) => {
          this.counts[counter] = (this.counts[counter] ?? 0) + by
        },
      },
      ...options,
    })
  }

  async listen(): Promise<this> {
    await this.transport.listen({
      onBatch: (from, batch) => {
        this.arrivals.push({ from, batch })
        this.onBatch()
      },
      onPeer: (name, state) => void this.hints.push(`${name} ${state}`),
      onUnreachable: (address, lane, error) => void this.unreachable.push({ address, lane, error }),
    })
    return this
  }

  send(to: string, text: string, lane: Lane = 'urgent'): boolean {
    return this.transport.send(to, Buffer.from(text), lane)
  }

  get texts(): string[] {
    return this.arrivals.map(({ from, batch }) => `${from.name}: ${Buffer.from(batch)}`)
  }

  /** What it was told of addresses that can't be reached. */
  get outcomes(): string[] {
    return this.unreachable.map(({ address, lane, error }) => `${address} ${lane} ${error.outcome}`)
  }
}

/** A broker, its time, and ends on it. */
export class World {
  readonly broker = new FakeBroker()
  readonly clock = new HandClock()

  make(name: string, options: Partial<NatsTransportOptions> = {}): End {
    return new End(this.broker.connect(), this.clock, name, options)
  }

  async end(name: string, options: Partial<NatsTransportOptions> = {}): Promise<End> {
    return await this.make(name, options).listen()
  }

  client(name: string): Promise<End> {
    return this.end(name, { role: 'client' })
  }
}
