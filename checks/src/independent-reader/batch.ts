/** One batch of the log, as the document of the disk format lays it out. */
import { Bytes, checksum, readableOr, same, Unreadable } from './bytes.ts'

export const BATCH_MAGIC = Uint8Array.of(0xd7, 0x52, 0x66, 0x74, 0x42, 0x74, 0x63, 0x0a)
const HEAD_BYTES = 64
const STRETCH_BYTES = 40
const RECORD_HEAD_BYTES = 16
/** Of the batch's head: the magic and the checksum, which the checksum doesn't cover. */
const UNCOVERED_BYTES = 12

/** A place in the log. */
export interface Place {
  readonly segment: number
  readonly offset: number
}

export interface LogRecord {
  readonly kind: number
  readonly entryKind: number
  readonly group: number
  readonly content: Uint8Array
}

export interface Batch {
  readonly salt: number
  readonly sequence: number
  /** All before it was durable when the batch was written. */
  readonly durable: Place
  readonly records: readonly LogRecord[]
  /** Where it begins and ends in its file. */
  readonly offset: number
  readonly end: number
}

/** What a batch says of itself. */
interface BatchHead {
  readonly salt: number
  readonly sequence: number
  /** All before it was durable when the batch was written. */
  readonly durable: Place
  readonly count: number
  /** Where the records begin, from the beginning of the batch, and how many bytes they take. */
  readonly recordsAt: number
  readonly length: number
}

/** @returns the head that begins at `offset`, or null if none is there as it was written. Its records are not looked at. */
export function batchHeadAt(bytes: Uint8Array, offset: number): BatchHead | null {
  return readableOr(() => headOf(bytes.subarray(offset)))
}

/** @returns the batch that begins at `offset`, or null if none is there as it was written. */
export function batchAt(bytes: Uint8Array, offset: number): Batch | null {
  const batch = bytes.subarray(offset)
  return readableOr(() => {
    const { salt, sequence, durable, count, recordsAt, length } = headOf(batch)
    const content = new Bytes(new Bytes(batch.subarray(recordsAt)).take(length))
    const records = Array.from({ length: count }, () => record(content))
    content.done()
    return { salt, sequence, durable, records, offset, end: offset + recordsAt + length }
  })
}

function headOf(bytes: Uint8Array): BatchHead {
  const head = new Bytes(bytes)
  if (!same(head.take(8), BATCH_MAGIC)) throw new Unreadable('magic')
  const sum = head.u32()
  const salt = head.u32()
  const stretches = head.u32()
  const count = head.u32()
  const sequence = head.u64()
  const durable = { segment: head.u64(), offset: head.u64() }
  const length = head.u64()
  head.take(8 + stretches * STRETCH_BYTES)
  const recordsAt = HEAD_BYTES + stretches * STRETCH_BYTES
  if (sum !== checksum(bytes.subarray(UNCOVERED_BYTES, recordsAt))) throw new Unreadable('checksum')
  return { salt, sequence, durable, count, recordsAt, length }
}

function record(bytes: Bytes): LogRecord {
  const sum = bytes.u32()
  const covered = bytes.take(RECORD_HEAD_BYTES - 4)
  const head = new Bytes(covered)
  const length = head.u32()
  const kind = head.u8()
  const entryKind = head.u8()
  head.u16()
  const group = head.u32()
  const content = bytes.take(length)
  if (sum !== checksum(covered, content)) throw new Unreadable('checksum of a record')
  return { kind, entryKind, group, content }
}
