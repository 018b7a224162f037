/** Batches of the log and what they consist of, as the document of the disk format lays them out. Places are counted from the beginning of the file. */
import { crc32 } from 'node:zlib'
import { Bytes, checksum, readableOr, same, Unreadable } from './bytes.ts'

export const BATCH_MAGIC = Uint8Array.of(0xd7, 0x52, 0x66, 0x74, 0x42, 0x74, 0x63, 0x0a)
export const BATCH_HEAD_BYTES = 64
export const STRETCH_BYTES = 40
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
  /** Where it begins and ends. */
  readonly offset: number
  readonly end: number
}

/** Entries that stand in a batch one after the other. */
export interface Stretch {
  readonly group: number
  readonly copies: boolean
  /** There may be entries among them that the core reads itself. */
  readonly special: boolean
  readonly first: number
  readonly count: number
  /** Of their records. */
  readonly bytes: number
  readonly term: number
  readonly time: number
}

/** What a batch says of itself. */
export interface BatchHead {
  readonly salt: number
  readonly sequence: number
  /** All before it was durable when the batch was written. */
  readonly durable: Place
  readonly stretches: readonly Stretch[]
  /** Of the records. */
  readonly count: number
  readonly offset: number
  /** Where the records begin. */
  readonly recordsAt: number
  /** Where the batch ends, perhaps behind the end of the file. */
  readonly end: number
}

/** @returns the head that begins at `offset`, or null if none is there as it was written. Its records are not looked at. */
export function batchHeadAt(bytes: Uint8Array, offset: number): BatchHead | null {
  return readableOr(() => headOf(bytes.subarray(offset), offset))
}

function headOf(bytes: Uint8Array, offset: number): BatchHead {
  const head = new Bytes(bytes)
  if (!same(head.take(8), BATCH_MAGIC)) throw new Unreadable('magic')
  const sum = head.u32()
  const salt = head.u32()
  const stretches = head.u32()
  const count = head.u32()
  const sequence = head.u64()
  const durable = { segment: head.u64(), offset: head.u64() }
  const length = head.u64()
  head.take(8)
  const size = BATCH_HEAD_BYTES + stretches * STRETCH_BYTES
  const named = new Bytes(head.take(stretches * STRETCH_BYTES))
  if (sum !== checksum(bytes.subarray(UNCOVERED_BYTES, size))) throw new Unreadable('checksum')
  return {
    salt,
    sequence,
    durable,
    stretches: Array.from({ length: stretches }, () => stretch(named)),
    count,
    offset,
    recordsAt: offset + size,
    end: offset + size + length,
  }
}

function stretch(bytes: Bytes): Stretch {
  const [group, flags, first, count] = [bytes.u32(), bytes.u32(), bytes.u64(), bytes.u32()]
  // 32 of the bytes of an entry are counted in the document's number, and its record has 8 more.
  const size = bytes.u32() + (RECORD_HEAD_BYTES + 24 - 32) * count
  const [term, time] = [bytes.u64(), bytes.u64()]
  return { group, copies: (flags & 1) > 0, special: (flags & 2) > 0, first, count, bytes: size, term, time }
}

/** @returns the record that begins at `offset`, or null if none is there as it was written that ends at `limit` at most. */
export function recordAt(bytes: Buffer, offset: number, limit: number): LogRecord | null {
  const from = offset + RECORD_HEAD_BYTES
  const last = Math.min(limit, bytes.length)
  if (from > last) return null
  const end = from + bytes.readUInt32LE(offset + 4)
  if (end > last || bytes.readUInt32LE(offset) !== crc32(bytes.subarray(offset + 4, end))) return null
  const [kind, entryKind, group] = [bytes[offset + 8]!, bytes[offset + 9]!, bytes.readUInt32LE(offset + 12)]
  return { kind, entryKind, group, content: bytes.subarray(from, end), offset, end }
}

/** @returns records that fill the place between, each as it was written; null if they don't. */
export function recordsBetween(bytes: Buffer, from: number, to: number): LogRecord[] | null {
  const records: LogRecord[] = []
  for (let at = from; at !== to; at = records.at(-1)!.end) {
    const record = recordAt(bytes, at, to)
    if (record === null) return null
    records.push(record)
  }
  return records
}
