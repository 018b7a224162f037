/** Reads a segment's file and checks its batches. */
import type { FileHandle } from '@rafted/contracts'
import { type BatchSearch, type FoundBatch, findBatches } from './log-batches.ts'
import { readAll } from './log-bytes.ts'
import type { LogDamage } from './log-damage.ts'
import { Segment, segmentName } from './log-segment.ts'
import { knownHead } from './log-segment-head.ts'
import { LogBytes } from './log-walk.ts'

/** A segment, with what its file holds. */
export interface ReadSegment {
  /** It ends where the last of the batches does. */
  readonly segment: Segment
  readonly bytes: LogBytes
  /** In order, each beginning where the one before ends. */
  readonly batches: readonly FoundBatch[]
  readonly damages: readonly LogDamage[]
}

export interface SegmentReading
  extends Pick<BatchSearch, 'number' | 'after' | 'end' | 'isFollowed' | 'durable'> {
  /** The directory of the segments. */
  readonly path: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
}

/**
 * Reads a segment from its open file, which it keeps open and, when it throws, closes.
 * @throws {RaftedError} `damaged-storage` if it is not known to be this segment, `version-mismatch`, `wrong-directory`; and what the file system
 * throws.
 */
export async function readSegment(handle: FileHandle, reading: SegmentReading): Promise<ReadSegment> {
  const { path, number } = reading
  const file = `${path}/${segmentName(number)}`
  try {
    const bytes = new LogBytes(await readAll(handle))
    const { salt, damage } = knownHead(bytes, { ...reading, file })
    const { batches, end, damages } = findBatches({ ...reading, bytes, salt, file })
    const all = damage === null ? damages : [damage, ...damages]
    const isDamaged = all.length > 0
    const lacksBatches = batches.some(({ state }) => state === 'hole')
    const segment = new Segment({ number, path: file, salt, file: handle, end, isDamaged, lacksBatches })
    return { segment, bytes, batches, damages: all }
  } catch (error) {
    await handle.close()
    throw error
  }
}
