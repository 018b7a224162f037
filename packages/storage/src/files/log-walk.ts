/** Reads batches and records out of bytes, checking each. */
import { crc32 } from 'node:zlib'
import type { LogEntry } from '@rafted/contracts'
import {
  BATCH_HEAD_BYTES,
  BATCH_MAGIC,
  ENTRY_FIELDS_BYTES,
  getUint,
  type LogPlace,
  RECORD_HEAD_BYTES,
  RecordKind,
  STRETCH_BYTES,
  viewOf,
} from './log-format.ts'
import { sumOf } from './record-sum.ts'

type EntryKind = LogEntry['kind']

const LAST_KIND: EntryKind = 6

export interface BatchHead {
  readonly sequence: number
  /** Everything before this place was durable when the batch was written. */
  readonly durable: LogPlace
  readonly records: number
  /** Where the first record begins, in the bytes walked. */
  readonly from: number
  /** Where the batch ends, in the bytes walked: maybe beyond them. */
  readonly end: number
}

/** Bytes of a segment, or of a part of one. */
export class LogBytes {
  readonly bytes: Buffer
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = viewOf(bytes)
  }

  get length(): number {
    return this.bytes.length
  }

  /** The head of the batch that begins at `at`, or null if none of this segment does. */
  batchAt(at: number, salt: number): BatchHead | null {
    const { bytes, view } = this
    const body = at + BATCH_HEAD_BYTES
    if (
      body > bytes.length ||
      // Whoever looks at each record is told by one byte that it is none.
      bytes[at] !== BATCH_MAGIC[0] ||
      bytes.compare(BATCH_MAGIC, 0, 8, at, at + 8) !== 0
    )
      return null
    const from = body + view.getUint32(at + 16, true) * STRETCH_BYTES
    if (from > bytes.length || view.getUint32(at + 12, true) !== salt) return null
    if (crc32(bytes.subarray(at + 12, from)) !== view.getUint32(at + 8, true)) return null
    const durable = { segment: getUint(view, at + 32), offset: getUint(view, at + 40) }
    const records = view.getUint32(at + 20, true)
    return { sequence: getUint(view, at + 24), durable, records, from, end: from + getUint(view, at + 48) }
  }

  /** What the batch at `at` would say its segment's salt is. */
  saltAt(at: number): number {
    return at + BATCH_HEAD_BYTES <= this.bytes.length ? this.view.getUint32(at + 12, true) : 0
  }

  /** Where the next thing that looks like the head of a batch begins, or −1. */
  nextMagic(from: number): number {
    return this.bytes.indexOf(BATCH_MAGIC, from)
  }

  /** Where the record at `at` ends, or null if it is damaged or reaches beyond `limit`. */
  recordEnd(at: number, limit: number): number | null {
    if (at + RECORD_HEAD_BYTES > limit) return null
    const end = at + RECORD_HEAD_BYTES + this.view.getUint32(at + 4, true)
    if (end > limit || sumOf(this.bytes, at + 4, end) !== this.view.getUint32(at, true)) return null
    return end
  }

  /** Where the record at `at` ends, which `recordEnd` has accepted. */
  recordEndUnchecked(at: number): number {
    return at + RECORD_HEAD_BYTES + this.view.getUint32(at + 4, true)
  }

  /** Whether the record at `at`, which `recordEnd` has accepted, is an entry. */
  isEntry(at: number, end: number): boolean {
    const type = this.kindOf(at)
    if (type !== RecordKind.entry && type !== RecordKind.copy) return false
    return end - at >= RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES && this.bytes[at + 9]! <= LAST_KIND
  }

  kindOf(at: number): RecordKind {
    return this.bytes[at + 8] as RecordKind
  }

  groupOf(at: number): number {
    return this.view.getUint32(at + 12, true)
  }

  entryKind(at: number): EntryKind {
    return this.bytes[at + 9] as EntryKind
  }

  index(at: number): number {
    return getUint(this.view, at + RECORD_HEAD_BYTES)
  }

  term(at: number): number {
    return getUint(this.view, at + RECORD_HEAD_BYTES + 8)
  }

  time(at: number): number {
    return getUint(this.view, at + RECORD_HEAD_BYTES + 16)
  }

  /** A view of the payload, not a copy. A plain array: every payload is of one class. */
  payload(at: number, end: number): Uint8Array {
    const from = at + RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + from, end - from)
  }

  /** A view of what a record that is no entry holds. */
  content(at: number, end: number): Uint8Array {
    return this.bytes.subarray(at + RECORD_HEAD_BYTES, end)
  }
}
