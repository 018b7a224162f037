/**
 * Sends the newest snapshot to a peer whose next entries the log no longer holds (paper §7). In parts, with a window: what has not
 * been confirmed is kept and sent again; a receiver that stays silent ends the transfer, and the core asks for another. One that can't take it,
 * as where its disk is full, is left alone for a while first, and for longer each time.
 */
import type { Clock, RaftedEvent, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import type { MemberId } from '@rafted/core'
import type { SnapshotChunk, SnapshotProgressItem } from '@rafted/wire'
import { BackOff } from './back-off.ts'

/** Bytes of one part. */
export const PART_BYTES = 256 * 1024
/** Bytes under way. */
const WINDOW_BYTES = 4 * PART_BYTES
/** Silences after which a transfer is given up. */
const MAX_SILENCES = 8
/** Pauses after transfers that were refused, in silences: from one to so many. */
const MAX_PAUSE = 8

export interface SnapshotSendingOptions {
  readonly group: string
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly partBytes: number
  /** A receiver that has said nothing for this long is sent what is under way again. */
  silenceMs(): number
  /** A number no transfer before had. */
  newTransfer(): number
  event(event: RaftedEvent): void
  /** @param chunk with the message the core's term asks for. */
  send(to: MemberId, chunk: SnapshotChunk): void
  /** The transfer has ended. */
  ended(to: MemberId, index: number, ok: boolean): void
}

interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
}

export class SnapshotSending {
  readonly #options: SnapshotSendingOptions
  readonly #transfers = new Map<MemberId, Transfer>()
  /** Of those that have refused the last one. */
  readonly #backOffs = new Map<MemberId, BackOff>()

  constructor(options: SnapshotSendingOptions) {
    this.#options = options
  }

  begin(to: MemberId): void {
    if (this.#transfers.has(to)) return
    const over = {
      remove: () => void this.#transfers.delete(to),
      accepted: () => void this.#backOffs.delete(to),
      refused: () => this.#backOff(to).failed(),
    }
    const transfer = new Transfer(to, this.#options, over)
    this.#transfers.set(to, transfer)
    transfer.start()
  }

  #backOff(to: MemberId): BackOff {
    const silenceMs = this.#options.silenceMs()
    const known = this.#backOffs.get(to) ?? new BackOff(silenceMs, MAX_PAUSE * silenceMs)
    this.#backOffs.set(to, known)
    return known
  }

  /** Of the snapshot that is on its way to the peer: the index; null if there is none, or it is not known yet. */
  indexFor(to: MemberId): number | null {
    return this.#transfers.get(to)?.index ?? null
  }

  onProgress(item: SnapshotProgressItem): void {
    const transfer = this.#transfers.get(item.from)
    if (transfer?.id === item.transfer) transfer.onProgress(item.received, item.installed)
  }

  /** Ends all transfers without telling the core: it has stopped leading, or stopped. */
  stop(): void {
    for (const transfer of this.#transfers.values()) transfer.abandon()
    this.#transfers.clear()
    this.#backOffs.clear()
  }
}

/** What follows from how a transfer has ended. */
interface Over {
  /** It is no more: another one may begin. */
  remove(): void
  accepted(): void
  /** @returns how long the receiver is left alone, milliseconds. */
  refused(): number
}

class Transfer {
  readonly id: number
  readonly #to: MemberId
  readonly #options: SnapshotSendingOptions
  readonly #ending: Over
  #meta: SnapshotMeta | null = null
  #chunks: AsyncIterator<Uint8Array> | null = null
  /** What the store has given and no part has taken yet. */
  #rest: Uint8Array = new Uint8Array(0)
  /** Sent and not confirmed. */
  #underWay: Part[] = []
  #confirmed = 0
  #sent = 0
  #silences = 0
  #pulling = false
  #over = false
  #cancel: () => void = () => {}

  constructor(to: MemberId, options: SnapshotSendingOptions, ending: Over) {
    this.#to = to
    this.#options = options
    this.#ending = ending
    this.id = options.newTransfer()
  }

  get index(): number | null {
    return this.#meta?.index ?? null
  }

  start(): void {
    this.#watch()
    this.#open().catch((error: unknown) => this.#end(false, error))
  }

  async #open(): Promise<void> {
    const found = await this.#options.snapshots.latest(this.#options.group)
    if (this.#over) return
    if (found === null) {
      this.#end(false)
      return
    }
    this.#meta = found.meta
    this.#chunks = found.chunks[Symbol.asyncIterator]()
    await this.#pull()
  }

  onProgress(received: number, installed: boolean): void {
    const size = this.#meta?.size
    if (size === undefined || this.#over) return
    if (installed) {
      this.#end(true)
      return
    }
    if (received < 0) {
      this.#refused()
      return
    }
    // All of it is there, and being installed: that may take its time.
    if (received === size) this.#silences = 0
    if (received <= this.#confirmed || received > this.#sent) return
    this.#silences = 0
    this.#confirmed = received
    // The last part stays: sent again, it asks whether all is installed.
    this.#underWay = this.#underWay.filter(({ offset, bytes }) => {
      const end = offset + bytes.byteLength
      return end > received || end === size
    })
    this.#pull().catch((error: unknown) => this.#end(false, error))
  }

  /** Sends new parts as far as the window goes. */
  async #pull(): Promise<void> {
    if (this.#pulling) return
    this.#pulling = true
    try {
      while (!this.#over && this.#sent < this.#meta!.size && this.#sent - this.#confirmed < WINDOW_BYTES) {
        const bytes = await this.#part()
        if (this.#over) return
        const part = { offset: this.#sent, bytes }
        this.#underWay.push(part)
        this.#sent += bytes.byteLength
        this.#send(part)
      }
    } finally {
      this.#pulling = false
    }
  }

  /** The next part, re-cut from the store's chunks. */
  async #part(): Promise<Uint8Array> {
    const size = Math.min(this.#options.partBytes, this.#meta!.size - this.#sent)
    const part = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      if (this.#rest.byteLength === 0) {
        const { done, value } = await this.#chunks!.next()
        if (done) throw new Error(`the snapshot ends after ${this.#sent + at} of ${this.#meta!.size} bytes`)
        this.#rest = value
      }
      const piece = this.#rest.subarray(0, size - at)
      part.set(piece, at)
      at += piece.byteLength
      this.#rest = this.#rest.subarray(piece.byteLength)
    }
    return part
  }

  #send({ offset, bytes }: Part): void {
    this.#options.send(this.#to, { meta: this.#meta!, transfer: this.id, offset, bytes })
  }

  #watch(): void {
    const { clock, silenceMs } = this.#options
    const confirmed = this.#confirmed
    this.#cancel = clock.after(silenceMs(), () => {
      if (this.#over) return
      if (this.#confirmed === confirmed) this.#onSilence()
      if (!this.#over) this.#watch()
    })
  }

  #onSilence(): void {
    this.#silences++
    if (this.#silences > MAX_SILENCES) {
      this.#end(false)
      return
    }
    for (const part of this.#underWay) this.#send(part)
  }

  #end(ok: boolean, error?: unknown): void {
    if (this.#over) return
    this.abandon()
    if (ok) this.#ending.accepted()
    this.#tell(ok, error)
    this.#close(ok)
  }

  /** The receiver can't take it now. The core is told after a pause, and then asks for another transfer. */
  #refused(): void {
    this.abandon()
    this.#tell(false)
    this.#cancel = this.#options.clock.after(this.#ending.refused(), () => this.#close(false))
  }

  #tell(ok: boolean, error?: unknown): void {
    const { group, event } = this.#options
    const index = this.#meta?.index ?? 0
    const bytes = this.#confirmed
    if (ok) event({ kind: 'snapshot', level: 'info', group, what: 'sent', index, bytes })
    else event({ kind: 'snapshot', level: 'warn', group, what: 'failed', index, bytes, error })
  }

  #close(ok: boolean): void {
    this.#ending.remove()
    this.#options.ended(this.#to, this.#meta?.index ?? 0, ok)
  }

  abandon(): void {
    this.#over = true
    this.#cancel()
    void this.#chunks?.return?.()
  }
}
