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

/** The content. Reads one block ahead of what is asked for, and no more. */
export async function* contentOf({
  path,
  file,
  meta,
  blocks,
}: OpenSnapshot): AsyncGenerator<Uint8Array, void, undefined> {
  const count = Math.ceil(meta.size / BLOCK_BYTES)
  const read = (number: number): Promise<Uint8Array> => {
    const at = blocks + number * (BLOCK_HEAD_BYTES + BLOCK_BYTES)
    const size = Math.min(BLOCK_BYTES, meta.size - number * BLOCK_BYTES)
    const block = readBlock(file, path, number, at, size)
    // Told when its turn comes, also if nobody waits for it yet.
    block.catch(() => {})
    return block
  }
  let checksum = 0
  let ahead = count > 0 ? read(0) : null
  for (let number = 0; ahead !== null; number++) {
    const content: Uint8Array = await ahead
    ahead = number + 1 < count ? read(number + 1) : null
    checksum = crc32(content, checksum)
    yield content
  }
  if (checksum !== meta.checksum) throw damaged(path, blocks, 'its content as a whole')
}

async function readBlock(
  file: FileHandle,
  path: string,
  number: number,
  at: number,
  size: number,
): Promise<Uint8Array> {
  const bytes = await readAt(file, path, at, BLOCK_HEAD_BYTES + size)
  const content = bytes.subarray(BLOCK_HEAD_BYTES)
  const sound =
    content.byteLength === size &&
    blockChecksum(number, content) === new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (!sound) throw damaged(path, at, `block ${number} of its content`)
  return content
}

/** A place that the disk can't read is damage like any other. */
async function readAt(file: FileHandle, path: string, at: number, length: number): Promise<Uint8Array> {
  try {
    return await file.read(at, length)
  } catch (error) {
    if (error instanceof RaftedError) throw error
    throw damaged(path, at, 'it can not be read', error)
  }
}
