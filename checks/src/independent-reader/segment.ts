/** One file of the log: its head, and the batches in it up to the first that is not whole. */
import { BATCH_MAGIC, type Batch, batchAt, batchHeadAt } from './batch.ts'
import { Bytes, checksum, readableOr, same, Unreadable } from './bytes.ts'
import { Refused } from './refusal.ts'

const SEGMENT_MAGIC = Uint8Array.of(0xd7, 0x52, 0x66, 0x74, 0x4c, 0x6f, 0x67, 0x0a)
const SEGMENT_HEAD_BYTES = 64
const VERSION = 1

interface SegmentHead {
  readonly version: number
  readonly number: number
  readonly directory: string
  readonly salt: number
}

export interface Segment {
  readonly file: string
  readonly number: number
  readonly salt: number
  readonly batches: readonly Batch[]
  /** Where the last of them ends. */
  readonly end: number
}

/** @throws {Refused} if it has not the head that it should have. */
export function readSegment(
  file: string,
  bytes: Uint8Array,
  { number, directory }: { number: number; directory: string },
): Segment {
  const head = headIn(bytes)
  if (head === null) throw new Refused('damaged-storage', file, 0)
  if (head.version > VERSION) throw new Refused('version-mismatch', file, 0)
  if (head.directory !== directory) throw new Refused('wrong-directory', file, 0)
  if (head.number !== number) throw new Refused('damaged-storage', file, 0)
  const batches: Batch[] = []
  let end = SEGMENT_HEAD_BYTES
  for (;;) {
    const batch = batchAt(bytes, end)
    if (batch === null || batch.salt !== head.salt) break
    if (batches.length > 0 && batch.sequence !== batches.at(-1)!.sequence + 1)
      throw new Refused('damaged-storage', file, end)
    batches.push(batch)
    end = batch.end
  }
  return { file, number, salt: head.salt, batches, end }
}

/** @returns where the newest segment is broken if it was never used, or null if it was. */
export function neverUsed(bytes: Uint8Array): number | null {
  const head = headIn(bytes)
  if (head !== null && head.version > VERSION) return null
  const isOfIt = ({ salt }: { salt: number }): boolean => head === null || salt === head.salt
  for (const at of magicsIn(bytes, 0)) {
    const batch = at > SEGMENT_HEAD_BYTES ? batchHeadAt(bytes, at) : batchAt(bytes, at)
    if (batch !== null && isOfIt(batch)) return null
  }
  return head === null ? 0 : SEGMENT_HEAD_BYTES
}

/** @returns whether a batch further on says that what is broken at the end of the newest segment was durable once. */
export function wasDurable({ number, salt, end, batches }: Segment, bytes: Uint8Array): boolean {
  for (const at of magicsIn(bytes, end + 1)) {
    const batch = batchHeadAt(bytes, at)
    if (batch === null || batch.salt !== salt) continue
    if (batch.sequence <= (batches.at(-1)?.sequence ?? 0)) continue
    const { segment, offset } = batch.durable
    if (segment > number || (segment === number && offset > end)) return true
  }
  return false
}

function headIn(bytes: Uint8Array): SegmentHead | null {
  return readableOr(() => {
    const head = new Bytes(bytes)
    if (!same(head.take(8), SEGMENT_MAGIC)) throw new Unreadable('magic')
    const sum = head.u32()
    const version = head.u32()
    const number = head.u64()
    const directory = Buffer.from(head.take(16)).toString('hex')
    const salt = head.u32()
    head.take(20)
    if (sum !== checksum(bytes.subarray(12, SEGMENT_HEAD_BYTES))) throw new Unreadable('checksum')
    return { version, number, directory, salt }
  })
}

/** Where what looks like a batch begins. */
function* magicsIn(bytes: Uint8Array, from: number): Generator<number, void, undefined> {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = searched.indexOf(BATCH_MAGIC, from); at >= 0; at = searched.indexOf(BATCH_MAGIC, at + 1))
    yield at
}
