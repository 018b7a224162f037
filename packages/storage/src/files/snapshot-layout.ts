/**
 * The bytes of a snapshot file (docs/disk-format.md): a head with the group's name, the content in blocks, its meta, an end. Every
 * part has a checksum of its own, so that damage is named by its place.
 */
import { crc32 } from 'node:zlib'
import { RaftedError, type SnapshotMeta } from '@rafted/contracts'
import { decodeSnapshotMeta, encodeSnapshotMeta, MAX_NAME_BYTES } from '@rafted/wire'
import { indexIn } from './snapshot-names.ts'

const VERSION = 1
const HEAD_MAGIC = Buffer.from('RFTDSNAP')
const END_MAGIC = Buffer.from('RFTDSEND')
/** Before the name: magic, version, length of the name. */
const HEAD_FIXED = 12

/** Content in a block; the last one may have less. */
export const BLOCK_BYTES = 64 * 1024
/** Checksum of a block, before its content. */
export const BLOCK_HEAD_BYTES = 4
/** No head is longer. */
export const MAX_HEAD_BYTES = HEAD_FIXED + MAX_NAME_BYTES + 4
/** Length and checksum of the meta, magic, checksum of these. */
export const END_BYTES = 20
/** A meta holds three lists of up to 255 members at most, each below a kilobyte. */
export const MAX_META_BYTES = 1024 * 1024

export function encodeHead(group: string): Uint8Array {
  const name = Buffer.from(group, 'utf8')
  const head = Buffer.alloc(HEAD_FIXED + name.length + 4)
  HEAD_MAGIC.copy(head)
  head.writeUInt16LE(VERSION, 8)
  head.writeUInt16LE(name.length, 10)
  name.copy(head, HEAD_FIXED)
  head.writeUInt32LE(crc32(head.subarray(0, -4)), head.length - 4)
  return head
}

/** @param bytes the beginning of the file, with the head in it. @returns group, and the length of the head. */
export function decodeHead(bytes: Uint8Array, path: string): { group: string; length: number } {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = head.length < HEAD_FIXED ? 0 : head.readUInt16LE(10)
  const length = HEAD_FIXED + name + 4
  const sound =
    head.length >= length &&
    HEAD_MAGIC.equals(head.subarray(0, 8)) &&
    head.readUInt32LE(length - 4) === crc32(head.subarray(0, length - 4))
  if (!sound) throw damaged(path, 0, 'its head')
  const version = head.readUInt16LE(8)
  if (version > VERSION) throw newerSnapshot(path, version)
  return { group: head.toString('utf8', HEAD_FIXED, length - 4), length }
}

/** The number of a block is summed with it, so that a block in the place of another one is damage. */
export function blockChecksum(number: number, content: Uint8Array): number {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number, true)
  return crc32(content, crc32(bytes))
}

/** @returns bytes that all blocks of a content of `size` bytes take. */
export function blocksLength(size: number): number {
  return size + Math.ceil(size / BLOCK_BYTES) * BLOCK_HEAD_BYTES
}

/** Meta and end: the last bytes of the file. */
export function encodeTail(meta: SnapshotMeta): Uint8Array {
  const bytes = encodeSnapshotMeta(meta)
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(bytes.length, 0)
  end.writeUInt32LE(crc32(bytes), 4)
  END_MAGIC.copy(end, 8)
  end.writeUInt32LE(crc32(end.subarray(0, 16)), 16)
  return Buffer.concat([bytes, end])
}

/** @param bytes the last of the file. @returns length and checksum of the meta before them. */
export function decodeEnd(bytes: Uint8Array, at: number, path: string): { length: number; checksum: number } {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sound =
    end.length === END_BYTES &&
    END_MAGIC.equals(end.subarray(8, 16)) &&
    end.readUInt32LE(16) === crc32(end.subarray(0, 16))
  const length = sound ? end.readUInt32LE(0) : 0
  if (!sound || length > MAX_META_BYTES) throw damaged(path, at, 'its end')
  return { length, checksum: end.readUInt32LE(4) }
}

export function decodeMeta(bytes: Uint8Array, checksum: number, at: number, path: string): SnapshotMeta {
  if (crc32(bytes) !== checksum) throw damaged(path, at, 'its meta')
  try {
    return decodeSnapshotMeta(bytes)
  } catch (error) {
    if (error instanceof RaftedError && error.code === 'version-mismatch')
      throw newerSnapshot(path, null, error)
    throw damaged(path, at, 'its meta', error)
  }
}

/** @param offset of the part that is not what it was when it was written. */
export function damaged(path: string, offset: number, part: string, cause?: unknown): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The snapshot file ${path} is damaged: ${part}, at byte ${offset}. Nothing of it is used. Take the snapshot from another member, or the file from a copy of this directory.`,
    {
      outcome: 'not-applied',
      details: { file: path, offset, index: indexIn(path) },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

function newerSnapshot(path: string, version: number | null, cause?: unknown): RaftedError {
  return new RaftedError(
    'version-mismatch',
    `The snapshot file ${path} was written by a newer version, and this build reads version ${VERSION}. Use the build that wrote it, or a newer one.`,
    { outcome: 'not-applied', details: { file: path, version }, cause },
  )
}
