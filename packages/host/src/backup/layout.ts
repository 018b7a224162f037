/** What the frames of a backup say. */
import type { LogEntry, SnapshotMeta } from '@rafted/contracts'
import type { EntryKind, Position } from '@rafted/core'
import {
  decodeSnapshotMeta,
  encodeSnapshotMeta,
  MAX_ID_BYTES,
  MAX_NAME_BYTES,
  Reader,
  Writer,
} from '@rafted/wire'

/** Of the layout in the first frame. */
const FORMAT = 1
const MAX_ENTRIES = 65_536
/** Index, term, kind, time, length of the payload. */
const MIN_ENTRY_BYTES = 5
const LAST_KIND = 6

const writer = new Writer()

export interface BackupBegin {
  readonly group: string
  readonly incarnation: string
  /** The snapshot, but for its size and checksum, which follow its content; null if the entries begin with the first. */
  readonly meta: SnapshotMeta | null
}

export function encodeBegin({ group, incarnation, meta }: BackupBegin): Uint8Array {
  writer.begin(512)
  writer.u8(FORMAT)
  writer.name(group, MAX_NAME_BYTES)
  writer.id(incarnation, MAX_ID_BYTES)
  writer.bool(meta !== null)
  if (meta !== null) writer.raw(encodeSnapshotMeta({ ...meta, size: 0, checksum: 0 }))
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeBegin(bytes: Uint8Array): BackupBegin {
  const r = new Reader(bytes)
  const format = r.u8()
  if (format !== FORMAT) r.fail(`a backup of format ${format}`, 'version-mismatch')
  const [group, incarnation, hasMeta] = [r.name(), r.id(MAX_ID_BYTES), r.bool()]
  const rest = r.rest()
  if (!hasMeta && rest.length > 0) r.fail('something stands behind its beginning')
  return { group, incarnation, meta: hasMeta ? decodeSnapshotMeta(rest) : null }
}

export type ContentEnd = Pick<SnapshotMeta, 'size' | 'checksum'>

export function encodeContentEnd({ size, checksum }: ContentEnd): Uint8Array {
  writer.begin(16)
  writer.uint(size)
  writer.uint(checksum)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeContentEnd(bytes: Uint8Array): ContentEnd {
  const r = new Reader(bytes)
  const end = { size: r.uint(), checksum: r.uint() }
  r.done()
  return end
}

export function encodeEntries(entries: readonly LogEntry[]): Uint8Array {
  writer.begin(64 * 1024)
  writer.uint(entries.length)
  for (const { index, term, kind, time, payload } of entries) {
    writer.uint(index)
    writer.uint(term)
    writer.u8(kind)
    writer.uint(time)
    writer.block(payload)
  }
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeEntries(bytes: Uint8Array): LogEntry[] {
  const r = new Reader(bytes)
  const entries: LogEntry[] = []
  for (let left = r.count(MAX_ENTRIES, MIN_ENTRY_BYTES, 'entries'); left > 0; left--) {
    const [index, term, kind, time] = [r.uintFrom(1, 'an index'), r.uintFrom(1, 'a term'), r.u8(), r.uint()]
    if (kind > LAST_KIND) r.fail(`an entry of kind ${kind}`, 'version-mismatch')
    entries.push({ index, term, kind: kind as EntryKind, time, payload: r.block() })
  }
  r.done()
  return entries
}

/** The last entry that the backup holds, in its snapshot or behind it. */
export function encodeEnd({ index, term }: Position): Uint8Array {
  writer.begin(16)
  writer.uint(index)
  writer.uint(term)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeEnd(bytes: Uint8Array): Position {
  const r = new Reader(bytes)
  const end = { index: r.uint(), term: r.uint() }
  r.done()
  return end
}
