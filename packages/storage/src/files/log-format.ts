/**
 * The bytes of the write-ahead log, version 1: segments of batches of records. docs/disk-format.md describes them.
 *
 * A batch is whole or it is nothing: its head has a checksum of its own and says how many records and bytes follow, and each
 * record has a checksum. The head repeats which entries stand in the batch, so that one whose payload is lost still has a name.
 */
import { crc32 } from 'node:zlib'
import type { OpenedLog } from '@rafted/contracts'
import { MAX_ID_BYTES, MAX_NAME_BYTES, Reader, Writer } from '@rafted/wire'

export const LOG_VERSION = 1

/** `D7` is no ASCII and begins no UTF-8 text: a text file is never taken for a log. */
export const SEGMENT_MAGIC = Buffer.from([0xd7, 0x52, 0x66, 0x74, 0x4c, 0x6f, 0x67, 0x0a])
export const BATCH_MAGIC = Buffer.from([0xd7, 0x52, 0x66, 0x74, 0x42, 0x74, 0x63, 0x0a])

export const SEGMENT_HEAD_BYTES = 64
export const BATCH_HEAD_BYTES = 64
/** One stretch of entries in the head of a batch. */
export const STRETCH_BYTES = 40
export const RECORD_HEAD_BYTES = 16
/** Index, term and time before the payload of an entry. */
export const ENTRY_FIELDS_BYTES = 24

export const RecordKind = {
  /** An entry, appended to its group's log. */
  entry: 1,
  /** An entry that stands in an older segment as well, which may go once this is durable. */
  copy: 2,
  /** What a group is, and where its log begins and ends: entries outside are forgotten. Creates it if it is new. */
  group: 3,
  /** The group has no log any more. */
  forget: 4,
  /** The first record of a segment: the segments there are, and how many `group` records follow, which are all groups. */
  catalogue: 5,
  /** An older segment is no longer needed; its file may be gone. */
  drop: 6,
} as const
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind]

/** A place in the log. */
export interface LogPlace {
  readonly segment: number
  readonly offset: number
}

export interface SegmentHead {
  readonly number: number
  /** Of the directory the log belongs to: 32 hexadecimal digits. */
  readonly directory: string
  /** Drawn for each segment and repeated in its batches: what another file has left on the disk is none of them. */
  readonly salt: number
}

/** What is known of a group besides its entries. */
export interface GroupFacts {
  readonly number: number
  readonly name: string
  readonly incarnation: string
  readonly member: string
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  /** The log begins after this place. */
  readonly base: OpenedLog['base']
  /** Index of the last entry, without those that follow in the same batch. */
  readonly end: number
  /** Up to this index the log has held entries that can't be named any more; null if it has lost nothing. */
  readonly lostTo: number | null
}

export interface Catalogue {
  /** The older segments that are still needed, and where each ends. */
  readonly segments: readonly LogPlace[]
  /** No group has had this number yet, nor a higher one. */
  readonly nextGroup: number
  readonly groups: number
}

export function putUint(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
}

export function getUint(view: DataView, at: number): number {
  const low = view.getUint32(at, true)
  const high = view.getUint32(at + 4, true)
  // What is added to a product with 2^32 is an object for the engine from then on, wherever it goes.
  return high === 0 ? low : high * 2 ** 32 + low
}

export function encodeSegmentHead({ number, directory, salt }: SegmentHead): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES)
  bytes.set(SEGMENT_MAGIC)
  bytes.writeUInt32LE(LOG_VERSION, 12)
  const view = viewOf(bytes)
  putUint(view, 16, number)
  bytes.write(directory, 24, 'hex')
  bytes.writeUInt32LE(salt, 40)
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8)
  return bytes
}

/** @returns the head, or why these bytes are none. */
export function decodeSegmentHead(bytes: Buffer): SegmentHead | 'no-head' | 'newer-version' {
  if (bytes.length < SEGMENT_HEAD_BYTES || !bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return 'no-head'
  const head = bytes.subarray(0, SEGMENT_HEAD_BYTES)
  if (crc32(head.subarray(12)) !== head.readUInt32LE(8)) return 'no-head'
  if (head.readUInt32LE(12) !== LOG_VERSION) return 'newer-version'
  const directory = head.toString('hex', 24, 40)
  return { number: getUint(viewOf(head), 16), directory, salt: head.readUInt32LE(40) }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const writer = new Writer()

export function encodeGroup(facts: GroupFacts): Uint8Array {
  writer.begin(512)
  writer.id(facts.name, MAX_NAME_BYTES)
  writer.id(facts.incarnation, MAX_ID_BYTES)
  writer.id(facts.member, MAX_ID_BYTES)
  writer.uint(facts.removedAt === null ? 0 : facts.removedAt + 1)
  writer.uint(facts.term)
  writer.optionalId(facts.vote, MAX_ID_BYTES)
  writer.uint(facts.base.index)
  writer.uint(facts.base.term)
  writer.uint(facts.end)
  // Only there if it says something.
  if (facts.lostTo !== null) writer.uint(facts.lostTo)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeGroup(number: number, content: Uint8Array): GroupFacts {
  const r = new Reader(content)
  const name = r.id(MAX_NAME_BYTES)
  const incarnation = r.id(MAX_ID_BYTES)
  const member = r.id(MAX_ID_BYTES)
  const removed = r.uint()
  const term = r.uint()
  const vote = r.optionalId(MAX_ID_BYTES)
  const base = { index: r.uint(), term: r.uint() }
  const end = r.uintFrom(base.index, "the log's end")
  const lostTo = r.left === 0 ? null : r.uint()
  r.done()
  return {
    number,
    name,
    incarnation,
    member,
    removedAt: removed === 0 ? null : removed - 1,
    term,
    vote,
    base,
    end,
    lostTo,
  }
}

export function encodeCatalogue({ segments, nextGroup, groups }: Catalogue): Uint8Array {
  writer.begin(64 + segments.length * 8)
  writer.uint(nextGroup)
  writer.uint(groups)
  writer.uint(segments.length)
  for (const { segment, offset } of segments) {
    writer.uint(segment)
    writer.uint(offset)
  }
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeCatalogue(content: Uint8Array): Catalogue {
  const r = new Reader(content)
  const nextGroup = r.uint()
  const groups = r.uint()
  const count = r.count(Number.MAX_SAFE_INTEGER, 2, 'segments')
  const segments = Array.from({ length: count }, () => ({ segment: r.uint(), offset: r.uint() }))
  r.done()
  return { segments, nextGroup, groups }
}

/** The content of a `drop`: a segment. */
export function encodeNumber(value: number): Uint8Array {
  writer.begin(8)
  writer.uint(value)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeNumber(content: Uint8Array): number {
  const r = new Reader(content)
  const value = r.uint()
  r.done()
  return value
}
