/**
 * One snapshot on its way to one receiver, in parts. It first asks how much is there: what an earlier transfer has brought is not sent again. Then parts follow each
 * other within a window of bytes, which moves on as the receiver has written them; a part that was lost or garbled is asked for again.
 */

import { crc32 } from 'node:zlib'
import type { Cancel, Clock, SnapshotMeta, StoredSnapshot } from '@rafted/contracts'
import type { SnapshotChunk, SnapshotProgressItem } from '@rafted/wire'

/** Bytes under way at most, beside one part. */
export const WINDOW_BYTES = 2 * 1024 * 1024
/** Parts under way at most. */
export const WINDOW_PARTS = 8
/** Confirmed parts whose memory is left as it is: more than are ever under way, so that the newest of them was sent when the one before them had been confirmed, and has arrived since. */
const RESTING_PARTS = WINDOW_PARTS + 1
/** Silences after which a transfer is given up. */
const MAX_SILENCES = 8
/** The longest silence, in times of the shortest: over a slow link, an answer takes as long as all that is on its way before it. */
const MAX_PATIENCE = 8

const NO_BYTES = new Uint8Array(0)

/** How a transfer ends: the receiver has it, can't take it now, or has fallen silent (or the snapshot can't be read here: `error`). */
export type TransferEnd = 'installed' | 'refused' | 'broken-off'

export interface SnapshotTransferOptions {
  readonly id: number
  readonly clock: Clock
  readonly partBytes: number
  /** A receiver that has said nothing for this long is sent something again, milliseconds. */
  silenceMs(): number
  /** The snapshot to send. */
  open(): Promise<StoredSnapshot | null>
  send(chunk: SnapshotChunk): void
  ended(how: TransferEnd, error?: unknown): void
}

interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
  readonly checksum: number
  readonly sentAt: number
  /** It was sent more than once: what is answered to it says nothing of how long that took. */
  isRepeated: boolean
}

export class SnapshotTransfer {
  readonly id: number
  readonly #options: SnapshotTransferOptions
  #meta: SnapshotMeta | null = null
  #chunks: AsyncIterator<Uint8Array, unknown, Uint8Array> | null = null
  /** What the store has given last. */
  #chunk: Uint8Array = NO_BYTES
  /** What no part has taken of it yet, and where that stands. */
  #rest: Uint8Array = NO_BYTES
  #restAt = 0
  /** Sent and not confirmed. */
  #underWay: Part[] = []
  /** Memory of confirmed parts, in the order in which they were sent. */
  readonly #spent: Uint8Array[] = []
  /** The receiver holds so much. */
  #confirmed = 0
  #sent = 0
  /** The receiver has said how much is there. */
  #isAnswered = false
  /** Where it was last asked to be sent again: once is enough, as with what is lost twice a silence comes. */
  #againFrom = -1
  #silences = 0
  /** What was sent up to here may all be lost: of it, each part is sent again when the one before it has arrived. */
  #doubtedTo = 0
  /** How long the last part took there and back, milliseconds. */
  #roundTripMs = 0
  #pulling = false
  #over = false
  #cancel: Cancel = () => {}

  constructor(options: SnapshotTransferOptions) {
    this.id = options.id
    this.#options = options
  }

  /** Of its snapshot; null while it is not known. */
  get index(): number | null {
    return this.#meta?.index ?? null
  }

  /** Bytes that the receiver has, as far as it has said. */
  get confirmed(): number {
    return this.#confirmed
  }

  start(): void {
    this.#watch()
    this.#open().catch((error: unknown) => this.#end('broken-off', error))
  }

  async #open(): Promise<void> {
    const found = await this.#options.open()
    if (this.#over) return
    if (found === null) {
      this.#end('broken-off')
      return
    }
    this.#meta = found.meta
    this.#chunks = found.chunks[Symbol.asyncIterator]()
    this.#ask()
  }

  /** How much is there, or whether all of it is installed? */
  #ask(): void {
    this.#send({ offset: this.#confirmed, bytes: NO_BYTES, checksum: 0 })
  }

  onProgress({
    received,
    installed,
    again,
  }: Pick<SnapshotProgressItem, 'received' | 'installed' | 'again'>): void {
    const size = this.#meta?.size
    // More than there is: nobody has that.
    if (size === undefined || this.#over || received > size) return
    if (installed) {
      this.#end('installed')
      return
    }
    if (received < 0) {
      this.#end('refused')
      return
    }
    // It has lost what it had, as after a restart, and what was sent is gone here, too: the next transfer begins anew.
    if (again && received === 0 && this.#confirmed > 0) {
      this.#end('broken-off')
      return
    }
    // All of it is there, and being installed: that may take its time.
    if (received === size) this.#silences = 0
    const isFirst = !this.#isAnswered
    this.#isAnswered = true
    const isNews = received > this.#confirmed
    if (isNews) this.#confirm(received)
    if (isNews && received < this.#doubtedTo) this.#repeat(this.#underWay[0])
    if (again && received === this.#confirmed) this.#sendAgain()
    if (isNews || isFirst) this.#pull().catch((error: unknown) => this.#end('broken-off', error))
  }

  #confirm(received: number): void {
    this.#silences = 0
    this.#confirmed = received
    const first = this.#underWay[0]
    if (first !== undefined && first.offset < received && !first.isRepeated)
      this.#roundTripMs = this.#options.clock.now() - first.sentAt
    this.#underWay = this.#underWay.filter(({ offset, bytes }) => {
      const isUnderWay = offset + bytes.byteLength > received
      if (!isUnderWay) this.#spent.push(bytes)
      return isUnderWay
    })
  }

  /**
   * For a part. With memory of its own for each, the garbage collector would go through the whole heap once for every few megabytes that are sent. What has rested waits in no
   * outbox any more; if it did, its checksum would be another's, and it would be asked for again.
   */
  #memory(size: number): Uint8Array {
    const spent = this.#spent.length > RESTING_PARTS ? this.#spent.shift()! : NO_BYTES
    return spent.byteLength < size ? new Uint8Array(size) : spent.subarray(0, size)
  }

  #sendAgain(): void {
    if (this.#againFrom === this.#confirmed) return
    this.#againFrom = this.#confirmed
    for (const part of this.#underWay) this.#send(part)
  }

  #repeat(part: Part | undefined): void {
    if (part === undefined) return
    part.isRepeated = true
    this.#send(part)
  }

  /** Sends new parts as far as the window goes. */
  async #pull(): Promise<void> {
    if (this.#pulling) return
    this.#pulling = true
    const window = Math.min(WINDOW_BYTES, WINDOW_PARTS * this.#options.partBytes)
    try {
      while (!this.#over && this.#sent - this.#confirmed < window) {
        // The receiver may be ahead: an earlier transfer has brought it so far.
        this.#sent = Math.max(this.#sent, this.#confirmed)
        if (this.#sent === this.#meta!.size) return
        const offset = this.#sent
        const bytes = await this.#part(offset)
        if (this.#over) return
        const part = {
          offset,
          bytes,
          checksum: crc32(bytes),
          sentAt: this.#options.clock.now(),
          isRepeated: false,
        }
        this.#underWay.push(part)
        this.#sent += bytes.byteLength
        this.#send(part)
      }
    } finally {
      this.#pulling = false
    }
  }

  /** The part at `offset`, re-cut from the store's chunks. */
  async #part(offset: number): Promise<Uint8Array> {
    const size = Math.min(this.#options.partBytes, this.#meta!.size - offset)
    const part = this.#memory(size)
    for (let at = 0; at < size; ) {
      await this.#readTo(offset + at)
      const piece = this.#rest.subarray(0, size - at)
      part.set(piece, at)
      at += piece.byteLength
      this.#take(piece.byteLength)
    }
    return part
  }

  /** Reads the store's chunks until one holds the byte at `offset`, and passes over what stands before it. */
  async #readTo(offset: number): Promise<void> {
    for (;;) {
      this.#take(Math.min(this.#rest.byteLength, offset - this.#restAt))
      if (this.#rest.byteLength > 0) return
      const { done, value } = await this.#chunks!.next(this.#chunk)
      if (done) throw new Error(`the snapshot ends after ${this.#restAt} of ${this.#meta!.size} bytes`)
      this.#chunk = value
      this.#rest = value
      // Much may have to be passed over, and a store in memory never waits.
      if (this.#restAt + value.byteLength <= offset) await this.#turn()
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.soon(resolve))
  }

  #take(count: number): void {
    this.#rest = this.#rest.subarray(count)
    this.#restAt += count
  }

  #send({ offset, bytes, checksum }: Pick<Part, 'offset' | 'bytes' | 'checksum'>): void {
    this.#options.send({ meta: this.#meta!, transfer: this.id, offset, bytes, checksum })
  }

  #watch(): void {
    const { clock } = this.#options
    const silenceMs = this.#options.silenceMs()
    const confirmed = this.#confirmed
    const patienceMs = Math.min(2 * this.#roundTripMs, MAX_PATIENCE * silenceMs)
    this.#cancel = clock.after(Math.max(silenceMs, patienceMs), () => {
      if (this.#over) return
      if (this.#confirmed === confirmed) this.#onSilence()
      if (!this.#over) this.#watch()
    })
  }

  #onSilence(): void {
    this.#silences++
    if (this.#silences > MAX_SILENCES) {
      this.#end('broken-off')
      return
    }
    this.#againFrom = -1
    if (this.#meta === null) return
    // One part shows what is missing. All of them, over a link that is slow, would make it slower.
    this.#doubtedTo = this.#sent
    const [first] = this.#underWay
    if (first === undefined) this.#ask()
    else this.#send(first)
  }

  #end(how: TransferEnd, error?: unknown): void {
    if (this.#over) return
    this.abandon()
    this.#options.ended(how, error)
  }

  /** Nothing more is sent, and nobody is told. */
  abandon(): void {
    this.#over = true
    this.#cancel()
    this.#underWay = []
    this.#spent.length = 0
    void this.#chunks?.return?.()
  }
}
