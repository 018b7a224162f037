/** Reads snapshot files, and believes nothing that has a wrong checksum. */
import { crc32 } from 'node:zlib'
import { type FileHandle, RaftedError, type SnapshotMeta } from '@rafted/contracts'
import {
  BLOCK_BYTES,
  BLOCK_HEAD_BYTES,
  blockChecksum,
  blocksLength,
  damaged,
  decodeEnd,
  decodeHead,
  decodeMeta,
  END_BYTES,
  MAX_HEAD_BYTES,
} from './snapshot-layout.ts'
import type { SnapshotFile } from './snapshot-names.ts'

/** An open snapshot file whose head and meta are sound. */
export interface OpenSnapshot {
  readonly path: string
  readonly file: FileHandle
  readonly group: string
  readonly meta: SnapshotMeta
  /** Where the first block begins. */
  readonly blocks: number
}

/** @param group that it should be of; null for whichever. @throws {RaftedError} `damaged-storage`, `version-mismatch`. */
export async function inspect(
  file: FileHandle,
  path: string,
  group: string | null,
  { index, term }: SnapshotFile,
): Promise<OpenSnapshot> {
  const size = await file.size()
  const head = decodeHead(await readAt(file, path, 0, MAX_HEAD_BYTES), path)
  if (group !== null && head.group !== group)
    throw damaged(path, 0, `it is of group "${head.group}", not of "${group}"`)
  const endAt = Math.max(head.length, size - END_BYTES)
  const end = decodeEnd(await readAt(file, path, endAt, END_BYTES), endAt, path)
  const metaAt = endAt - end.length
  if (metaAt < head.length) throw damaged(path, endAt, 'its end')
  const meta = decodeMeta(await readAt(file, path, metaAt, end.length), end.checksum, metaAt, path)
  if (meta.index !== index || meta.term !== term)
    throw damaged(path, metaAt, `it ends at ${meta.index}/${meta.term}, and its name says otherwise`)
  if (head.length + blocksLength(meta.size) !== metaAt)
    throw damaged(path, head.length, `its content is not of ${meta.size} bytes`)
  return { path, file, group: head.group, meta, blocks: head.length }
}

/** Blocks that are read together: a disk, and a machine that has much else to do, is asked seldom. */
const TOGETHER = 16

/**
 * The content, block by block. Reads as many blocks ahead of what is asked for as are read together, and no more. Whoever has done with a block
 * gives it to `next`: where all that were read together have come back, others are read into that memory.
 */
export async function* contentOf(
  opened: OpenSnapshot,
): AsyncGenerator<Uint8Array, void, Uint8Array | undefined> {
  const { path, meta, blocks } = opened
  const count = Math.ceil(meta.size / BLOCK_BYTES)
  const read = (from: number, into: Uint8Array | null): Promise<ReadBlocks> => {
    const found = readBlocks(opened, from, Math.min(TOGETHER, count - from), into)
    // Told when its turn comes, also if nobody waits for it yet.
    found.catch(() => {})
    return found
  }
  let checksum = 0
  let ahead = count > 0 ? read(0, null) : null
  let spare: Uint8Array | null = null
  for (let from = 0; ahead !== null; from += TOGETHER) {
    const { found, memory }: ReadBlocks = await ahead
    ahead = from + TOGETHER < count ? read(from + TOGETHER, spare) : null
    let kept = found.length
    for (const [i, bytes] of found.entries()) {
      const content = contentOfBlock(opened, from + i, bytes)
      checksum = crc32(content, checksum)
      if ((yield content) === content) kept--
    }
    spare = kept === 0 ? memory : null
  }
  if (checksum !== meta.checksum) throw damaged(path, blocks, 'its content as a whole')
}

function placeOf({ blocks }: OpenSnapshot, number: number): number {
  return blocks + number * (BLOCK_HEAD_BYTES + BLOCK_BYTES)
}

interface ReadBlocks {
  /** What the file has of each of them. */
  readonly found: readonly Uint8Array[]
  /** Which they share; null where each was read by itself. */
  readonly memory: Uint8Array | null
}

async function readBlocks(
  opened: OpenSnapshot,
  from: number,
  count: number,
  into: Uint8Array | null,
): Promise<ReadBlocks> {
  const { file, path, meta } = opened
  const begin = placeOf(opened, from)
  const end = Math.min(placeOf(opened, from + count), opened.blocks + blocksLength(meta.size))
  const cut = (bytes: Uint8Array): Uint8Array[] =>
    Array.from({ length: count }, (_, i) => {
      const at = i * (BLOCK_HEAD_BYTES + BLOCK_BYTES)
      return bytes.subarray(at, at + BLOCK_HEAD_BYTES + BLOCK_BYTES)
    })
  try {
    const memory = await file.read(begin, end - begin, into ?? undefined)
    return { found: cut(memory), memory }
  } catch (error) {
    if (error instanceof RaftedError || count === 1) throw unread(path, begin, error)
  }
  // One of them can't be read: which it is, is told with its place.
  const found: Uint8Array[] = []
  for (let i = 0; i < count; i++) found.push(...(await readBlocks(opened, from + i, 1, null)).found)
  return { found, memory: null }
}

function contentOfBlock(opened: OpenSnapshot, number: number, bytes: Uint8Array): Uint8Array {
  const size = Math.min(BLOCK_BYTES, opened.meta.size - number * BLOCK_BYTES)
  const content = bytes.subarray(BLOCK_HEAD_BYTES)
  const sound =
    content.byteLength === size &&
    blockChecksum(number, content) === new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (!sound) throw damaged(opened.path, placeOf(opened, number), `block ${number} of its content`)
  return content
}

/** A place that the disk can't read is damage like any other. */
async function readAt(file: FileHandle, path: string, at: number, length: number): Promise<Uint8Array> {
  try {
    return await file.read(at, length)
  } catch (error) {
    throw unread(path, at, error)
  }
}

function unread(path: string, at: number, error: unknown): RaftedError {
  return error instanceof RaftedError ? error : damaged(path, at, 'it can not be read', error)
}
