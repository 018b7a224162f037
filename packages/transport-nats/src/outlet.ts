/**
 * What leaves, and when. The client library queues what it is given without a bound, and while there is no connection it keeps it for
 * the next one. So it is given no more than a window for each lane that the server has not taken yet, and nothing at all without a
 * connection. Bulk waits here, where what is urgent passes it, and addresses take turns.
 */
import type { Clock, Lane, Outcome } from '@rafted/contracts'
import type { Link } from './link.ts'
import type { Kind, MessageWriter } from './message.ts'
import type { NatsConnection } from './nats-connection.ts'
import type { Report } from './report.ts'
import { Round } from './rounds.ts'
import { roomIn } from './splitting.ts'

/** Bytes on their way to the server. What is urgent is small, and waits behind one window of bulk at most. */
const WINDOW_BYTES: Readonly<Record<Lane, number>> = { urgent: 4 * 1024 * 1024, bulk: 512 * 1024 }

export interface OutletOptions {
  readonly nats: NatsConnection
  readonly clock: Clock
  readonly report: Report
  /** Where the server is to say that nobody listens; link and round are added. */
  readonly absentSubject: string
  /** Nobody listens there; whether something may have arrived before. */
  absent(link: Link, outcome: Outcome): void
  /** The connection is gone, though nothing has said so yet. */
  broken(): void
}

export class Outlet {
  readonly #o: OutletOptions
  /** Null while there is no connection. */
  #writer: MessageWriter | null = null
  /** Those with something that waits, the next one first. */
  readonly #ready: Readonly<Record<Lane, Set<Link>>> = { urgent: new Set(), bulk: new Set() }
  #inFlight: Record<Lane, number> = { urgent: 0, bulk: 0 }
  #round = new Round(0)
  /** The one whose end is awaited. */
  #ending: Round | null = null
  #flushIsDue = false

  constructor(options: OutletOptions) {
    this.#o = options
  }

  /** There is a connection. @param writer of this life of it. */
  open(writer: MessageWriter): void {
    this.#writer = writer
  }

  /** There is none, or no more of it is wanted. What was on its way may have arrived or not. */
  shut(): void {
    this.#writer = null
    this.#inFlight = { urgent: 0, bulk: 0 }
    this.#ready.urgent.clear()
    this.#ready.bulk.clear()
    // Its number must not come again: whatever is still told of the former one is told of nothing.
    this.#round = new Round(this.#round.number + 1)
    this.#ending = null
  }

  get isShut(): boolean {
    return this.#writer === null
  }

  get isOpen(): boolean {
    // The library knows first.
    return !this.isShut && this.#o.nats.info !== undefined && !this.#o.nats.isClosed()
  }

  send(link: Link, batch: Uint8Array): boolean {
    if (!this.isOpen) {
      this.#o.report.count('nats_disconnected')
      return false
    }
    if (!link.push(batch)) return false
    this.#ready[link.lane].add(link)
    this.#fill(link.lane)
    return true
  }

  /** Says something that carries no batch. */
  say(link: Link, kind: Kind): void {
    if (this.isOpen) this.#publish(link, this.#writer!.write(kind, link.o.destination.instance), 0, false)
    this.#flushSoon()
  }

  /** The server says that nobody was there for a message of this round. */
  absent(round: number, link: number): void {
    this.#o.report.count('nats_absent')
    for (const candidate of [this.#ending, this.#round])
      if (candidate?.number === round) candidate.absent(link)
  }

  /** Drops what waits for a link. */
  drop(link: Link): void {
    this.#ready[link.lane].delete(link)
    this.#o.report.count('nats_dropped', link.drop())
  }

  #fill(lane: Lane): void {
    const ready = this.#ready[lane]
    while (this.isOpen && this.#inFlight[lane] < WINDOW_BYTES[lane]) {
      const [link] = ready
      if (link === undefined) break
      ready.delete(link)
      this.#publishNext(link)
      if (link.hasWaiting) ready.add(link)
    }
    this.#flushSoon()
  }

  #publishNext(link: Link): void {
    const { bytes, place, cost } = link.next(roomIn(this.#o.nats.info?.max_payload ?? 0))
    const message = this.#writer!.write(
      place === null ? 'whole' : 'part',
      link.o.destination.instance,
      bytes,
      place,
    )
    this.#publish(link, message, cost, true)
  }

  #publish(link: Link, message: Uint8Array, cost: number, carries: boolean): void {
    link.isQuiet = false
    this.#round.published(link, cost, carries)
    this.#inFlight[link.lane] += cost
    const reply = `${this.#o.absentSubject}.${link.o.number}.${this.#round.number}`
    try {
      this.#o.nats.publish(link.o.subject, message, { reply })
    } catch (error) {
      // Closed, or a server that takes less than the one before. It is as lost as any other.
      this.#o.report.count('nats_dropped')
      this.#o.report.event('warn', 'publish-failed', link.o.address, error)
    }
  }

  /** Once for all that is published in this run of code. */
  #flushSoon(): void {
    if (this.#flushIsDue || this.#ending !== null || this.#round.isEmpty) return
    this.#flushIsDue = true
    this.#o.clock.soon(() => {
      this.#flushIsDue = false
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.isOpen || this.#ending !== null || this.#round.isEmpty) return
    const round = this.#round
    this.#ending = round
    this.#round = new Round(round.number + 1)
    this.#o.nats.flush().then(
      () => this.#ended(round),
      () => {
        if (this.#ending === round) this.#o.broken()
      },
    )
  }

  #ended(round: Round): void {
    if (this.#ending !== round) return
    this.#ending = null
    for (const { link, bytes, messages, carrying, absent } of round.entries()) {
      link.taken(bytes)
      this.#inFlight[link.lane] -= bytes
      if (absent === 0) {
        if (carrying > 0) link.mayHaveArrived = true
        continue
      }
      // What has left since then may have found somebody.
      const nothingArrived = absent === messages && !link.mayHaveArrived && !this.#round.carriesFor(link)
      link.mayHaveArrived = false
      this.#o.absent(link, nothingArrived ? 'not-applied' : 'unknown')
    }
    this.#fill('urgent')
    this.#fill('bulk')
  }
}
