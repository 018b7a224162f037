/** One snapshot's file. */
import { createHash } from 'node:crypto'
import { Bytes, checksum, readableOr, same, textIn, Unreadable } from './bytes.ts'
import { type ReadMeta, readMeta } from './snapshot-meta.ts'

const HEAD_MAGIC = Buffer.from('RFTDSNAP')
const END_MAGIC = Buffer.from('RFTDSEND')
const END_BYTES = 20
const BLOCK_BYTES = 65_536
const MAX_META_BYTES = 1024 * 1024
const NAME = /^snapshots\/([a-z0-9_-]+)-([0-9a-f]{32})\.(\d+)-(\d+)\.snap(\.aside)?$/

export interface SnapshotName {
  /** Plain name and hash, which only one group has. */
  readonly group: string
  readonly index: number
  readonly term: number
}

/** @returns null for the name of another file. */
export function snapshotNameOf(file: string): SnapshotName | null {
  const [, plain, hash, index, term] = NAME.exec(file) ?? []
  return plain === undefined ? null : { group: `${plain}-${hash}`, index: Number(index), term: Number(term) }
}

/** @returns the part of a file's name that tells of the group. */
export function groupPartOf(group: string): string {
  const plain = group.toLowerCase().replace(/[^a-z0-9_-]+/g, '_')
  const hash = createHash('sha256').update(group, 'utf8').digest('hex')
  return `${plain.slice(0, 40)}-${hash.slice(0, 32)}`
}

/** What a file says; or `newer`, its version; or `damaged`, the offset of the part that is. */
export type SnapshotReading =
  | { readonly meta: ReadMeta; readonly content: SnapshotContent }
  | { readonly newer: number }
  | { readonly damaged: number }

/** The content, or where it stops being readable. */
export interface SnapshotContent {
  readonly bytes: Uint8Array
  readonly damaged: number | null
}

/** Head, end and meta are one check, the content is another, made when it is read. */
export function readSnapshot(
  group: string,
  { index, term }: SnapshotName,
  bytes: Uint8Array,
): SnapshotReading {
  const head = readableOr(() => readHead(bytes))
  if (head === null) return { damaged: 0 }
  if (head.version > 1) return { newer: head.version }
  if (head.group !== group) return { damaged: 0 }
  const endAt = bytes.length - END_BYTES
  const end = endAt < head.end ? null : readableOr(() => readEnd(bytes.subarray(endAt)))
  if (end === null || endAt - end.length < head.end) return { damaged: Math.max(endAt, head.end) }
  const metaAt = endAt - end.length
  const meta = readableOr(() => checkedMeta(bytes.subarray(metaAt, endAt), end.sum))
  if (meta === null || meta.index !== index || meta.term !== term) return { damaged: metaAt }
  if (contentBytes(meta.size) !== metaAt - head.end) return { damaged: head.end }
  return { meta, content: readContent(bytes, { from: head.end, to: metaAt, sum: meta.checksum }) }
}

function readHead(bytes: Uint8Array): { version: number; group: string; end: number } {
  const head = new Bytes(bytes)
  if (!same(head.take(8), HEAD_MAGIC)) throw new Unreadable('magic')
  const version = head.u16()
  const group = head.take(head.u16())
  const covered = bytes.length - head.left
  if (head.u32() !== checksum(bytes.subarray(0, covered))) throw new Unreadable('checksum')
  return { version, group: textIn(group), end: covered + 4 }
}

function readEnd(bytes: Uint8Array): { length: number; sum: number } {
  const end = new Bytes(bytes)
  const [length, sum] = [end.u32(), end.u32()]
  if (!same(end.take(8), END_MAGIC) || end.u32() !== checksum(bytes.subarray(0, 16)))
    throw new Unreadable('end')
  if (length > MAX_META_BYTES) throw new Unreadable('a meta that is too long')
  return { length, sum }
}

function checkedMeta(bytes: Uint8Array, sum: number): ReadMeta {
  if (checksum(bytes) !== sum) throw new Unreadable('checksum of the meta')
  return readMeta(new Bytes(bytes))
}

/** @returns bytes that a content of `size` bytes takes in the file. */
function contentBytes(size: number): number {
  return size + 4 * Math.ceil(size / BLOCK_BYTES)
}

function readContent(
  bytes: Uint8Array,
  { from, to, sum }: { from: number; to: number; sum: number },
): SnapshotContent {
  const blocks: Uint8Array[] = []
  let damaged: number | null = null
  for (let at = from; at < to && damaged === null; at += BLOCK_BYTES + 4) {
    const number = Buffer.alloc(4)
    number.writeUInt32LE(blocks.length)
    const block = bytes.subarray(at + 4, Math.min(at + 4 + BLOCK_BYTES, to))
    if (new Bytes(bytes.subarray(at)).u32() === checksum(number, block)) blocks.push(block)
    else damaged = at
  }
  const content = Buffer.concat(blocks)
  // All blocks are as they were written, and yet it is not what was to be written.
  if (damaged === null && checksum(content) !== sum) damaged = from
  return { bytes: content, damaged }
}
