/**
 * A broker and connections to it in this process, with the rules that count: subjects with `*` and `>`, a word when nobody listens,
 * nothing taken before a flush is let through, and a library that keeps what is published while it is not connected.
 */
import type { NatsCallback, NatsConnection, NatsMessage, NatsStatus, NatsSubscription } from '../src/index.ts'

interface Listener {
  readonly subject: string
  readonly callback: NatsCallback
}

interface Published {
  readonly subject: string
  readonly payload: Uint8Array
  readonly reply?: string | undefined
}

export class FakeBroker {
  maxPayload = 64 * 1024
  readonly connections: FakeConnection[] = []

  connect(): FakeConnection {
    const connection = new FakeConnection(this)
    this.connections.push(connection)
    return connection
  }

  route(from: FakeConnection, { subject, payload, reply }: Published): void {
    let heard = false
    for (const connection of this.connections) {
      if (!connection.isConnected) continue
      for (const { callback } of connection.listening(subject)) {
        heard = true
        callback(null, { subject, data: new Uint8Array(payload), reply })
      }
    }
    if (heard || reply === undefined) return
    const absent: NatsMessage = { subject: reply, data: new Uint8Array(0), headers: { code: 503 } }
    for (const { callback } of from.listening(reply)) callback(null, absent)
  }
}

export class FakeConnection implements NatsConnection {
  readonly #broker: FakeBroker
  readonly #listeners = new Set<Listener>()
  readonly #statuses: NatsStatus[] = []
  #wake: () => void = () => {}
  #isClosed = false
  #onClosed: () => void = () => {}
  readonly #closed = new Promise<void>((resolve) => {
    this.#onClosed = resolve
  })
  #waiting: (Published | (() => void))[] = []
  isConnected = true
  /** The server takes what is published when it is told to. */
  holds = false
  /** What was published while there was no connection: the library would send it at the next one. */
  readonly stale: Published[] = []
  /** All that was published. */
  readonly published: Published[] = []
  publishFails = false

  constructor(broker: FakeBroker) {
    this.#broker = broker
  }

  get info(): { max_payload: number } | undefined {
    return this.isConnected ? { max_payload: this.#broker.maxPayload } : undefined
  }

  publish(subject: string, payload: Uint8Array, { reply }: { reply?: string } = {}): void {
    if (this.publishFails) throw new Error('the library throws')
    if (payload.byteLength > this.#broker.maxPayload) throw new Error('more than the server takes')
    const message = { subject, payload: new Uint8Array(payload), reply }
    this.published.push(message)
    if (!this.isConnected) this.stale.push(message)
    else this.#waiting.push(message)
    queueMicrotask(() => {
      if (!this.holds) this.let(Number.POSITIVE_INFINITY)
    })
  }

  subscribe(subject: string, { callback }: { callback: NatsCallback }): NatsSubscription {
    const listener = { subject, callback }
    this.#listeners.add(listener)
    return { unsubscribe: () => void this.#listeners.delete(listener) }
  }

  flush(): Promise<void> {
    if (!this.isConnected) return Promise.reject(new Error('disconnected'))
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (!this.holds) this.let(Number.POSITIVE_INFINITY)
    })
  }

  /** The server takes so many of what waits, flushes included. */
  let(count: number): void {
    for (const one of this.#waiting.splice(0, count))
      if (typeof one === 'function') one()
      else this.#broker.route(this, one)
  }

  /** Bytes that were published and that the server has not taken. */
  get waitingBytes(): number {
    return this.#waiting.reduce(
      (sum, one) => sum + (typeof one === 'function' ? 0 : one.payload.byteLength),
      0,
    )
  }

  disconnect(): void {
    this.isConnected = false
    this.#waiting = []
    this.tell({ type: 'disconnect' })
  }

  reconnect(): void {
    this.isConnected = true
    this.tell({ type: 'reconnect' })
  }

  tell(status: NatsStatus): void {
    this.#statuses.push(status)
    this.#wake()
  }

  /** The server refuses a subscription. */
  refuse(subject: string): void {
    for (const { callback } of this.listening(subject)) callback(new Error('no rights'), null as never)
  }

  /** How often somebody has asked to be told of the connection. */
  watches = 0

  async *status(): AsyncGenerator<NatsStatus> {
    this.watches += 1
    for (let next = 0; ; ) {
      while (next < this.#statuses.length) yield this.#statuses[next++]!
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#isClosed = true
    this.isConnected = false
    this.#onClosed()
  }

  closed(): Promise<void> {
    return this.#closed
  }

  isClosed(): boolean {
    return this.#isClosed
  }

  listening(subject: string): Listener[] {
    return [...this.#listeners].filter((listener) => matches(listener.subject, subject))
  }
}

function matches(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split('.'), subject.split('.')]
  if (wanted.at(-1) !== '>' && wanted.length !== given.length) return false
  return wanted.every(
    (token, i) => token === '>' || (token === '*' && given[i] !== undefined) || token === given[i],
  )
}
