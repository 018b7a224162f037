/** A part of a snapshot, as it travels. */
import { cannotEncode } from './bad-bytes.ts'
import type { SnapshotChunk } from './envelope.ts'
import type { Reader } from './reader.ts'
import { readSnapshotMeta, writeSnapshotMeta } from './snapshot-meta-codec.ts'
import type { Writer } from './writer.ts'

export function writeSnapshotChunk(
  w: Writer,
  { meta, transfer, offset, bytes, checksum }: SnapshotChunk,
  incarnation: string,
): void {
  if (meta.incarnation !== incarnation) cannotEncode('the part is of the snapshot of another group')
  if (offset + bytes.length > meta.size) cannotEncode('a part reaches beyond its snapshot')
  if (!(checksum >>> 0 === checksum)) cannotEncode(`${checksum} is no CRC-32`)
  writeSnapshotMeta(w, meta)
  w.uint(transfer)
  w.uint(offset)
  w.room(4)
  w.patchU32(w.at, checksum)
  w.at += 4
  w.block(bytes)
}

export function readSnapshotChunk(r: Reader, incarnation: string): SnapshotChunk {
  const meta = readSnapshotMeta(r)
  if (meta.incarnation !== incarnation) r.fail('a part is of the snapshot of another group')
  const transfer = r.uint()
  const offset = r.uint()
  const checksum = r.u32()
  const bytes = r.block()
  if (offset + bytes.length > meta.size) r.fail('a part reaches beyond its snapshot')
  return { meta, transfer, offset, bytes, checksum }
}
