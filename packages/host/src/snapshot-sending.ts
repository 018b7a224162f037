/**
 * Sends the newest snapshot to a peer whose next entries the log no longer holds (paper §7). A receiver that stays silent ends the transfer, and the core asks for
 * another, which goes on where the receiver is. One that can't take it, as where its disk is full, is left alone for a while first, and for longer each time.
 */
import type { Cancel, Clock, RaftedEvent, SnapshotStore } from '@rafted/contracts'
import type { MemberId } from '@rafted/core'
import type { SnapshotChunk, SnapshotProgressItem } from '@rafted/wire'
import { BackOff } from './back-off.ts'
import { SeldomMap } from './seldom.ts'
import { SnapshotTransfer, type TransferEnd } from './snapshot-transfer.ts'

/** Pauses after transfers that were refused, in silences: from one to so many. */
const MAX_PAUSE = 8

export interface SnapshotSendingOptions {
  readonly group: string
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly partBytes: number
  /** A receiver that has said nothing for this long is sent something again. */
  silenceMs(): number
  /** A number no transfer before had. */
  newTransfer(): number
  event(event: RaftedEvent): void
  /** @param chunk with the message the core's term asks for. */
  send(to: MemberId, chunk: SnapshotChunk): void
  /** The transfer has ended. */
  ended(to: MemberId, index: number, ok: boolean): void
}

/** To one peer: a transfer, or the pause after one that was refused. */
interface Sending {
  readonly transfer: SnapshotTransfer
  cancel: Cancel
}

export class SnapshotSending {
  readonly #options: SnapshotSendingOptions
  readonly #sendings = new SeldomMap<MemberId, Sending>()
  /** Of those that have refused the last one. */
  readonly #backOffs = new SeldomMap<MemberId, BackOff>()

  constructor(options: SnapshotSendingOptions) {
    this.#options = options
  }

  begin(to: MemberId): void {
    if (this.#sendings.has(to)) return
    const { group, snapshots, clock, partBytes, silenceMs, newTransfer, send } = this.#options
    const transfer: SnapshotTransfer = new SnapshotTransfer({
      id: newTransfer(),
      clock,
      partBytes,
      silenceMs,
      open: () => snapshots.latest(group),
      send: (chunk) => send(to, chunk),
      ended: (how, error) => this.#onEnd(to, sending, how, error),
    })
    const sending: Sending = { transfer, cancel: () => transfer.abandon() }
    this.#sendings.set(to, sending)
    transfer.start()
  }

  #onEnd(to: MemberId, sending: Sending, how: TransferEnd, error: unknown): void {
    const { group, event, clock } = this.#options
    const index = sending.transfer.index ?? 0
    const bytes = sending.transfer.confirmed
    if (how === 'installed') {
      this.#backOffs.delete(to)
      event({ kind: 'snapshot', level: 'info', group, what: 'sent', index, bytes })
    } else event({ kind: 'snapshot', level: 'warn', group, what: 'failed', index, bytes, error })
    if (how !== 'refused') this.#close(to, index, how === 'installed')
    // The receiver can't take it now. The core is told after a pause, and then asks for another transfer.
    else sending.cancel = clock.after(this.#backOff(to).failed(), () => this.#close(to, index, false))
  }

  #close(to: MemberId, index: number, ok: boolean): void {
    this.#sendings.delete(to)
    this.#options.ended(to, index, ok)
  }

  #backOff(to: MemberId): BackOff {
    const silenceMs = this.#options.silenceMs()
    const known = this.#backOffs.get(to) ?? new BackOff(silenceMs, MAX_PAUSE * silenceMs)
    this.#backOffs.set(to, known)
    return known
  }

  /** Of the snapshot that is on its way to the peer: the index; null if there is none, or it is not known yet. */
  indexFor(to: MemberId): number | null {
    return this.#sendings.get(to)?.transfer.index ?? null
  }

  onProgress(item: SnapshotProgressItem): void {
    const transfer = this.#sendings.get(item.from)?.transfer
    if (transfer?.id === item.transfer) transfer.onProgress(item)
  }

  /** Ends all transfers without telling the core: it has stopped leading, or stopped. */
  stop(): void {
    for (const sending of this.#sendings.values()) sending.cancel()
    this.#sendings.clear()
    this.#backOffs.clear()
  }
}
