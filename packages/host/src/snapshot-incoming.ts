/**
 * One snapshot on its way into the store. What one transfer has brought, the next one goes on from, whoever sends it: a snapshot is known by its meta, the
 * checksum of the whole included, and parts of different snapshots are never put together (F65).
 */

import { crc32 } from 'node:zlib'
import { RaftedError, type SnapshotMeta } from '@rafted/contracts'
import type { MemberId } from '@rafted/core'
import type { SnapshotChunk } from '@rafted/wire'

/** Bytes that may wait to be written. A sender that keeps to its window never gets so far; parts beyond are asked for again when there is room. */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024

/** What is said to a part. */
export interface PartAnswer {
  /** How much of the snapshot is here without a gap; −1 if it can't be taken. */
  readonly received: number
  /** It is to be sent again from there. */
  readonly again: boolean
}

/** It can't be taken. */
export const REFUSED: PartAnswer = { received: -1, again: false }

export interface IncomingOptions {
  /** So much has been written, and the sender of the last of it may go on. */
  progress(to: MemberId, transfer: number, answer: PartAnswer): void
  /** A part is not what was sent. */
  garbled(from: MemberId, error: RaftedError): void
}

interface WaitingPart {
  readonly from: MemberId
  readonly transfer: number
  readonly bytes: Uint8Array
}

export class IncomingSnapshot {
  readonly meta: SnapshotMeta
  /** Of the last part that came. */
  from: MemberId = ''
  transfer = 0
  /** Somebody has told it to end. */
  stopped = false
  /** It could not be saved or restored; its sender learns so with its next part. */
  failed = false
  readonly #options: IncomingOptions
  #received = 0
  #waiting: WaitingPart[] = []
  #waitingBytes = 0
  /** There was no room for a part. */
  #turnedAway = false
  /** Where it was last asked to go on: asked once, since parts that follow a lost one all say the same. */
  #askedFrom = -1
  #error: Error | null = null
  #wake: () => void = () => {}

  constructor(meta: SnapshotMeta, options: IncomingOptions) {
    this.meta = meta
    this.#options = options
  }

  /** Whether parts with this meta are of the same bytes. */
  isOf({ incarnation, index, term, format, machineVersion, size, checksum }: SnapshotMeta): boolean {
    const { meta } = this
    const isAtSamePlace = meta.incarnation === incarnation && meta.index === index && meta.term === term
    const isSameContent = meta.size === size && meta.checksum === checksum
    return isAtSamePlace && isSameContent && meta.format === format && meta.machineVersion === machineVersion
  }

  get isWhole(): boolean {
    return !this.failed && this.#received === this.meta.size
  }

  /** @returns what to answer at once; null for a part that is taken: how far it has come is told when it has been written. */
  take(from: MemberId, { transfer, offset, bytes, checksum }: SnapshotChunk): PartAnswer | null {
    if (this.failed) return REFUSED
    this.from = from
    this.transfer = transfer
    if (crc32(bytes) !== checksum) {
      this.#options.garbled(from, notWhatWasSent(this.meta, offset, bytes))
      return this.#again()
    }
    if (offset > this.#received) return this.#again()
    // A question, or a part that has come before.
    if (offset + bytes.byteLength <= this.#received) return { received: this.#received, again: false }
    if (this.#waitingBytes >= MAX_WAITING_BYTES) {
      this.#turnedAway = true
      return null
    }
    const news = bytes.subarray(this.#received - offset)
    this.#waiting.push({ from, transfer, bytes: news })
    this.#waitingBytes += news.byteLength
    this.#received += news.byteLength
    this.#wake()
    return null
  }

  #again(): PartAnswer {
    const again = this.#askedFrom !== this.#received
    this.#askedFrom = this.#received
    return { received: this.#received, again }
  }

  fail(error: Error): void {
    this.stopped = true
    this.#error = error
    this.#wake()
  }

  /** What has come, in order; ends when all of it has, and fails unless it is what the meta says. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { size, checksum } = this.meta
    let written = 0
    let sum = 0
    while (written < size) {
      if (this.#error !== null) throw this.#error
      const part = this.#waiting.shift()
      if (part === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      sum = crc32(part.bytes, sum)
      yield part.bytes
      // Who asks for more has written it: only then its sender goes on, so that a slow disk holds up the sender and nothing piles up here.
      written += part.bytes.byteLength
      this.#waitingBytes -= part.bytes.byteLength
      this.#tell(part, written)
    }
    if (sum !== checksum)
      throw new RaftedError('bad-bytes', `A snapshot arrived with checksum ${sum} instead of ${checksum}.`, {
        outcome: 'not-applied',
      })
  }

  #tell({ from, transfer }: WaitingPart, written: number): void {
    const again = this.#turnedAway && this.#waitingBytes < MAX_WAITING_BYTES / 2
    if (again) this.#turnedAway = false
    this.#options.progress(from, transfer, { received: again ? this.#received : written, again })
  }
}

function notWhatWasSent(meta: SnapshotMeta, offset: number, bytes: Uint8Array): RaftedError {
  return new RaftedError(
    'bad-bytes',
    `A part of the snapshot at ${meta.index}, ${bytes.byteLength} bytes at ${offset}, is not what was sent. It is asked for again.`,
    { outcome: 'not-applied', details: { index: meta.index, offset, bytes: bytes.byteLength } },
  )
}
