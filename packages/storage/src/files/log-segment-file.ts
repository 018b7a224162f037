/** Reads a segment's file and checks its batches. */
import { type FileHandle, RaftedError } from '@rafted/contracts'
import { damaged } from './log-damage.ts'
import { decodeSegmentHead, SEGMENT_HEAD_BYTES } from './log-format.ts'
import { Segment, segmentName } from './log-segment.ts'
import { type BatchHead, LogBytes } from './log-walk.ts'

/** A segment, with what its file holds. */
export interface ReadSegment {
  /** It ends where the last of the batches does. */
  readonly segment: Segment
  readonly bytes: LogBytes
  /** All up to the first that is not whole, and where each begins. */
  readonly batches: readonly WholeBatch[]
}

export type WholeBatch = BatchHead & { readonly at: number }

/**
 * Reads a segment from its open file, which it keeps open and, when it throws, closes.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws.
 */
export async function readSegment(
  handle: FileHandle,
  { path, directory }: { readonly path: string; readonly directory: string },
  number: number,
): Promise<ReadSegment> {
  const file = `${path}/${segmentName(number)}`
  try {
    const bytes = new LogBytes(await handle.read(0, await handle.size()))
    const salt = checkedSalt(bytes, { file, directory, number })
    const batches = wholeBatches(bytes, salt, file)
    const end = batches.at(-1)?.end ?? SEGMENT_HEAD_BYTES
    return { segment: new Segment({ number, path: file, salt, file: handle, end }), bytes, batches }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function checkedSalt(
  { bytes }: LogBytes,
  { file, directory, number }: { file: string; directory: string; number: number },
): number {
  const head = decodeSegmentHead(bytes)
  if (head === 'no-head') throw damaged(file, 0, 'it does not begin as a segment of a log does')
  if (head === 'newer-version')
    throw refused('version-mismatch', `${file} was written by a newer version of Rafted. Use that one.`)
  if (head.directory !== directory)
    throw refused('wrong-directory', `${file} belongs to another directory. Put back the log that was here.`)
  if (head.number !== number) throw damaged(file, 0, `it is segment ${head.number} under another name`)
  return head.salt
}

function refused(code: 'version-mismatch' | 'wrong-directory', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}

function wholeBatches(bytes: LogBytes, salt: number, file: string): readonly WholeBatch[] {
  const batches: WholeBatch[] = []
  let at = SEGMENT_HEAD_BYTES
  for (;;) {
    const batch = bytes.batchAt(at, salt)
    if (batch === null || !isWhole(bytes, batch)) return batches
    const before = batches.at(-1)?.sequence
    if (before !== undefined && batch.sequence !== before + 1)
      throw damaged(file, at, `batch ${batch.sequence} follows batch ${before}`)
    batches.push({ ...batch, at })
    at = batch.end
  }
}

/** Every record has its checksum, and they fill the batch. */
export function isWhole(log: LogBytes, { from, end, records }: BatchHead): boolean {
  if (end > log.length) return false
  let at = from
  for (let i = 0; i < records; i++) {
    const next = log.recordEnd(at, end)
    if (next === null) return false
    at = next
  }
  return at === end
}
