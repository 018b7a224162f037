/** One connection after its handshake: batches out and in, and whether the other side still lives. */
import type { Socket } from 'node:net'
import { type Clock, RaftedError, type Sender } from '@rafted/contracts'
import { FrameReader } from './frames.ts'
import type { Remote } from './handshake.ts'
import type { TcpLimits } from './limits.ts'
import { Outbound } from './outbound.ts'
import { refusal } from './refusal.ts'
import type { Report } from './report.ts'
import type { BothSeals } from './seals.ts'
import type { Watched } from './watch.ts'

/** Each side says something at least this often, as the protocol has it. */
export const ALIVE_EVERY_MS = 1000
/** What is slower than that for longer than `frameMs` is held to stand still. */
const LEAST_BYTES_PER_MS = 64
/** How long the last bytes may take to leave when this side closes. */
const LINGER_MS = 500

export interface ConnectionEvents {
  onBatch(connection: Connection, batch: Uint8Array): void
  /** Once, whichever side has ended it. */
  onClosed(connection: Connection): void
}

export interface ConnectionOptions {
  readonly socket: Socket
  readonly remote: Remote
  readonly sender: Sender
  /** Null where nothing is sealed. */
  readonly seals: BothSeals | null
  /** Whether this side has dialled. */
  readonly dialled: boolean
  readonly clock: Clock
  readonly limits: TcpLimits
  readonly report: Report
  readonly events: ConnectionEvents
}

export class Connection implements Watched {
  readonly remote: Remote
  readonly sender: Sender
  readonly dialled: boolean
  readonly openedAt: number
  readonly #o: ConnectionOptions
  readonly #outbound: Outbound
  readonly #reader: FrameReader
  #state: 'open' | 'ending' | 'closed' = 'open'
  #lastHeard: number
  /** The frame that isn't whole yet, and since when. */
  #partial: { readonly number: number; readonly since: number } | null = null

  constructor(options: ConnectionOptions) {
    const { socket, remote, sender, seals, dialled, clock, limits } = options
    this.#o = options
    this.remote = remote
    this.sender = sender
    this.dialled = dialled
    this.openedAt = clock.now()
    this.#lastHeard = this.openedAt
    this.#outbound = new Outbound({
      socket,
      clock,
      maxQueueBytes: limits.maxQueueBytes,
      seals: seals?.outbound ?? null,
    })
    this.#reader = new FrameReader(
      limits.maxBatchBytes,
      (batch) => this.#received(batch),
      seals?.inbound ?? null,
    )
    socket.on('data', (chunk: Buffer) => this.take(chunk))
    socket.on('end', () => this.#end())
    socket.on('error', () => this.#end())
    socket.on('close', () => this.#end())
  }

  /** @returns whether it is taken: there is room, and the other side takes batches of that size. */
  send(batch: Uint8Array): boolean {
    return this.#state === 'open' && batch.byteLength <= this.remote.largest && this.#outbound.push(batch)
  }

  /** What the socket has read. */
  take(chunk: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#lastHeard = this.#o.clock.now()
    try {
      this.#reader.take(chunk)
    } catch (error) {
      if (!(error instanceof RaftedError)) throw error
      this.#o.report.count('tcp_violations')
      this.abort('violation', error)
      return
    }
    const partial = this.#reader.partial
    if (partial === null) this.#partial = null
    else if (partial.number !== this.#partial?.number)
      this.#partial = { number: partial.number, since: this.#lastHeard }
  }

  watch(now: number, lateMs: number): void {
    if (this.#state !== 'open') return
    this.#lastHeard = Math.min(now, this.#lastHeard + lateMs)
    if (this.#partial !== null) this.#partial = { ...this.#partial, since: this.#partial.since + lateMs }
    this.#outbound.excuse(lateMs)
    const trouble = this.#trouble(now)
    if (trouble !== null) this.abort('lost', refusal('unreachable', `"${this.remote.name}" ${trouble}`))
    else this.#outbound.keepAlive(now, ALIVE_EVERY_MS)
  }

  /** Closes at once, and says why. */
  abort(what: string, error: RaftedError): void {
    if (this.#state === 'closed') return
    this.#o.report.event(what === 'violation' ? 'warn' : 'info', what, this.sender.reply, error)
    this.#end()
  }

  /** Closes once what waits has left, or soon. @returns when it is closed. */
  async close(): Promise<void> {
    const { socket, clock } = this.#o
    if (this.#state === 'closed') return
    this.#state = 'ending'
    this.#outbound.flush()
    const cancel = clock.after(LINGER_MS, () => socket.destroy())
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const endIfEmpty = (): void => {
      if (this.#outbound.waiting === 0) socket.destroySoon()
    }
    socket.on('drain', endIfEmpty)
    endIfEmpty()
    await closed
    cancel()
  }

  #trouble(now: number): string | null {
    const { silenceMs, frameMs } = this.#o.limits
    const tooLong = (since: number, bytes: number): boolean =>
      now - since > frameMs + bytes / LEAST_BYTES_PER_MS
    if (now - this.#lastHeard > silenceMs) return `has said nothing for ${silenceMs} ms.`
    if (this.#partial !== null && tooLong(this.#partial.since, this.#reader.partial?.bytes ?? 0))
      return 'began a frame and does not end it.'
    const stuck = this.#outbound.stuck
    if (stuck !== null && tooLong(stuck.since, stuck.bytes)) return 'does not read what it is sent.'
    return null
  }

  #received(batch: Uint8Array): void {
    // An earlier batch of the same read may have had this side closed.
    if (this.#state !== 'open') return
    this.#o.events.onBatch(this, batch)
  }

  #end(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#o.report.count('tcp_dropped', this.#outbound.waiting)
    this.#o.socket.destroy()
    this.#o.events.onClosed(this)
  }
}
