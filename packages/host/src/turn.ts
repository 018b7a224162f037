/**
 * One turn for all groups of a host: take all that waits, step the cores, drain those that have something to do, ONE write for all
 * groups, one batch per destination, then apply and answer. No promise, timer or allocation per entry.
 */
import type { Cancel, Clock, LogStore, Sender } from '@rafted/contracts'
import type { Request } from '@rafted/wire'
import type { Agenda } from './agenda.ts'
import type { DiskWatch } from './disk-watch.ts'
import type { Member } from './member.ts'
import type { Outbox } from './outbox.ts'
import type { ReplyTo } from './waiters.ts'
import type { MemberWrite } from './writing.ts'

/** Bytes of batches that may wait for a turn. What comes beyond them is lost, as on a full network. */
const MAX_INBOX_BYTES = 64 * 1024 * 1024
/** Writes one after the other within one turn, where they are durable at once. */
const MAX_ROUNDS = 4
/** Requests of this host's own callers that may wait for a turn. */
const MAX_REQUESTS = 65_536

export interface TurnOptions {
  readonly clock: Clock
  readonly logs: LogStore
  readonly outbox: Outbox
  readonly agenda: Agenda<Member>
  onBatch(from: Sender, batch: Uint8Array): void
  onRequest(request: Request, replyTo: ReplyTo): void
  /** The storage is lost: nothing this host says can be made durable any more. */
  onStorageFailed(error: unknown): void
  /** Is told of the writes that are not durable at once. */
  readonly disk?: Pick<DiskWatch, 'asked' | 'answered'>
  /** A turn begins: told before anything that has come since the one before. */
  beforeTurn?(): void
  /** A timer ran this many milliseconds after it was due. */
  onTimer?(lateMs: number): void
  /** The turn is over: whatever is called now is as if called between two turns. */
  afterTurn?(): void
}

export class Turn {
  readonly #options: TurnOptions
  readonly #run = (): void => this.#turn()
  readonly #failed = (error: unknown): void => {
    if (!this.#closed) this.#options.onStorageFailed(error)
  }
  #inbox: { readonly from: Sender; readonly batch: Uint8Array }[] = []
  #inboxBytes = 0
  #requests: Request[] = []
  #durable: MemberWrite[][] = []
  #scheduled = false
  #closed = false
  /** When the current turn began; null outside of one. */
  #began: number | null = null
  /** When the timer runs, and how to stop it. */
  #armedFor = Number.POSITIVE_INFINITY
  #cancel: Cancel = () => {}

  constructor(options: TurnOptions) {
    this.#options = options
  }

  /** The time of the turn, or, outside of one, of the clock. */
  get now(): number {
    return this.#began ?? this.#options.clock.now()
  }

  /** There is something to do. */
  wake(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    this.#options.clock.soon(this.#run)
  }

  /** A batch has arrived. */
  receive(from: Sender, batch: Uint8Array): void {
    if (this.#closed || this.#inboxBytes + batch.byteLength > MAX_INBOX_BYTES) return
    this.#inboxBytes += batch.byteLength
    this.#inbox.push({ from, batch })
    this.wake()
  }

  /** A caller of this host asks. @returns false if too many wait. */
  request(request: Request): boolean {
    if (this.#closed || this.#requests.length >= MAX_REQUESTS) return false
    this.#requests.push(request)
    this.wake()
    return true
  }

  close(): void {
    this.#closed = true
    this.#cancel()
    this.#inbox = []
    this.#requests = []
    this.#durable = []
  }

  #turn(): void {
    if (this.#closed) return
    const { clock, outbox } = this.#options
    const began = clock.now()
    this.#began = began
    this.#options.beforeTurn?.()
    this.#takeWhatWaits()
    const { agenda } = this.#options
    const dirty = agenda.take(this.now)
    this.#drain(dirty)
    // What has woken the host up to here is dealt with in this turn; what does so from here on asks for another.
    this.#scheduled = false
    this.#began = null
    outbox.flush()
    for (const member of dirty) member.settle()
    outbox.flush()
    for (const member of dirty) agenda.note(member)
    this.#arm(began)
    if (agenda.isDue) this.wake()
    this.#options.afterTurn?.()
  }

  #takeWhatWaits(): void {
    const durable = this.#durable
    this.#durable = []
    if (durable.length > 0) this.#options.disk?.answered(durable.length, this.now)
    for (const writes of durable) for (const { member, seq } of writes) member.persisted(seq)
    const inbox = this.#inbox
    this.#inbox = []
    this.#inboxBytes = 0
    for (const { from, batch } of inbox) this.#options.onBatch(from, batch)
    const requests = this.#requests
    this.#requests = []
    for (const request of requests) this.#options.onRequest(request, null)
  }

  /** Drains each and writes what they want written; where that is durable at once, what follows from it is due in the same turn. */
  #drain(dirty: readonly Member[]): void {
    const { durableAtOnce = false } = this.#options.logs
    const { now } = this
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const writes: MemberWrite[] = []
      for (const member of dirty) if (round === 0 || member.isDirty) member.drain(writes, now)
      if (writes.length === 0) return
      this.#write(writes, durableAtOnce)
      if (!durableAtOnce) return
      for (const { member, seq } of writes) member.persisted(seq)
    }
  }

  #write(writes: MemberWrite[], durableAtOnce: boolean): void {
    const written = this.#options.logs.write(writes)
    if (durableAtOnce) {
      written.catch(this.#failed)
      return
    }
    this.#options.disk?.asked(this.#options.clock.now())
    written.then(() => {
      if (this.#closed) return
      this.#durable.push(writes)
      this.wake()
    }, this.#failed)
  }

  readonly #onTimer = (): void => {
    this.#options.onTimer?.(Math.max(0, this.#options.clock.now() - this.#armedFor))
    // Whatever the clock says now: sums of fractions may come out a trifle early, and the next turn must arm another timer then.
    this.#armedFor = Number.NEGATIVE_INFINITY
    this.wake()
  }

  /** One timer, for the member that wants to be woken first. It may run early; it never runs late because of this. */
  #arm(began: number): void {
    if (this.#closed) return
    const { clock, agenda } = this.#options
    const wakeAt = agenda.next
    if (began < this.#armedFor && wakeAt >= this.#armedFor) return
    this.#cancel()
    this.#armedFor = wakeAt
    if (wakeAt !== Number.POSITIVE_INFINITY)
      this.#cancel = clock.after(Math.max(0, wakeAt - clock.now()), this.#onTimer)
  }
}
