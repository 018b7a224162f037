/** All there is between this side and one address on one lane. */
import type { Lane } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import type { BackOff } from './back-off.ts'
import type { Connection } from './connection.ts'
import type { Report } from './report.ts'

/** A connection that ends sooner counts as a failed one: whoever lets in and throws out is not dialled in a circle. */
const LASTING_MS = 2000

export interface LinkOptions {
  readonly address: string
  readonly lane: Lane
  readonly backOff: BackOff
  readonly maxQueueBytes: number
  readonly report: Report
  /** Begins to dial. It ends in `attach` or `failed`. @returns whether there is room for one more. */
  dial(link: Link): boolean
  /** Nothing gets there now, and why. */
  unreachable(link: Link, error: RaftedError): void
}

/**
 * Nobody dials without something to say: a batch is what makes it dial, and what comes while it does waits, for as long as a
 * handshake may take at most. If that fails, all of it is dropped, and so is what comes until the address has been left alone
 * for a while: old heartbeats and votes are worth nothing.
 */
export class Link {
  readonly address: string
  readonly lane: Lane
  readonly #o: LinkOptions
  /** This side's and those that the other one has dialled; the newest is the last. */
  #connections: Connection[] = []
  #current: Connection | null = null
  #dialling = false
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(options: LinkOptions) {
    this.#o = options
    this.address = options.address
    this.lane = options.lane
  }

  /** Nothing would be lost by forgetting it, but how often it has failed. */
  get isIdle(): boolean {
    return this.#connections.length === 0 && !this.#dialling
  }

  get failures(): number {
    return this.#o.backOff.failures
  }

  send(batch: Uint8Array, now: number): boolean {
    if (this.#current !== null) return this.#current.send(batch)
    if (!this.#dialling) {
      if (!this.#o.backOff.isOver(now)) return false
      this.#dialling = this.#o.dial(this)
      if (!this.#dialling) return false
    }
    const bytes = this.#waitingBytes + batch.byteLength
    if (this.#waiting.length > 0 && bytes > this.#o.maxQueueBytes) return false
    this.#waiting.push(batch)
    this.#waitingBytes = bytes
    return true
  }

  attach(connection: Connection): void {
    this.#connections.push(connection)
    this.#choose()
    if (connection.dialled) this.#dialling = false
    let dropped = 0
    for (const batch of this.#takeWaiting()) if (!this.#current!.send(batch)) dropped += 1
    this.#o.report.count('tcp_dropped', dropped)
  }

  detach(connection: Connection, now: number): void {
    this.#connections = this.#connections.filter((other) => other !== connection)
    this.#choose()
    // What was sent over any of them that have ended may have arrived: now that none is left, nobody will tell.
    if (this.#current === null) this.#o.unreachable(this, connectionLost(connection))
    if (!connection.dialled) return
    if (now - connection.openedAt < LASTING_MS) this.#o.backOff.failed(now)
    else this.#o.backOff.succeeded()
  }

  /** Dialling has failed. */
  failed(now: number, error: RaftedError): void {
    this.#dialling = false
    this.#o.backOff.failed(now)
    this.#o.report.count('tcp_dropped', this.#takeWaiting().length)
    if (this.#current === null) this.#o.unreachable(this, error)
  }

  #takeWaiting(): Uint8Array[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    return waiting
  }

  /**
   * If both sides have dialled there are two connections, and each side uses its own. If the other side was started again, the
   * connections of its former self may not know yet that they are dead: then only the new ones count.
   */
  #choose(): void {
    const newest = this.#connections.at(-1)
    const alive = this.#connections.filter(({ remote }) => remote.instance === newest?.remote.instance)
    this.#current = alive.findLast(({ dialled }) => dialled) ?? alive.at(-1) ?? null
  }
}

function connectionLost({ remote }: Connection): RaftedError {
  return new RaftedError('unreachable', `The connection to "${remote.name}" was lost.`, {
    outcome: 'unknown',
  })
}
