/**
 * Reads the log's files: every batch is checked, the records are carried out in order, and what can't be true is refused with its file and
 * offset. Changes nothing: whoever goes on writing repairs what a crash has left.
 *
 * Only the end of the newest segment may be torn: a batch there that no later one confirms was not durable when the host stopped, so nobody
 * was told that it is. Whatever is wrong before that is damage.
 */
import type { FileHandle } from '@rafted/contracts'
import { neededSegments } from './log-catalogue.ts'
import { damaged } from './log-damage.ts'
import type { LogPlace } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { Replayer } from './log-records.ts'
import { type Segment, segmentName, segmentNumber } from './log-segment.ts'
import { type ReadSegment, readSegment } from './log-segment-file.ts'
import { unusedAt, whyDurable } from './log-tail.ts'
import { LogBytes } from './log-walk.ts'

export interface LogFiles {
  /** The directory of the segments. */
  readonly path: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
  /** A first batch was durable once. */
  readonly begun: boolean
  /** The file of a segment that is there. Whoever gets it closes it. */
  open(number: number): Promise<FileHandle>
  /** Is told of each segment that has been read. */
  onRead?(progress: LogProgress): void
}

export interface LogProgress {
  /** How many of those that are needed have been read. */
  readonly segments: number
  readonly of: number
  /** In those that have been read. */
  readonly entries: number
  readonly bytes: number
}

export interface ReadLog {
  readonly groups: ReadonlyMap<number, GroupLog>
  /** In order; the newest is the last. None if the log was never begun. */
  readonly segments: readonly Segment[]
  readonly newest: ReadSegment | null
  readonly nextGroup: number
  /** Of the last batch, 0 before the first. */
  readonly sequence: number
}

/** @returns the numbers of the segments among these names, ascending. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
}

/**
 * A segment begins with a batch, and is used only once that is durable: one without it is left from a crash in between. There is one at most.
 * @param numbers of all segments there are, ascending. @returns the last of them, and whether it has been used; null if there is none.
 */
export async function lookAtNewest(
  { path, begun, open }: LogFiles,
  numbers: readonly number[],
): Promise<{ readonly number: number; readonly bytes: LogBytes; readonly isUsed: boolean } | null> {
  const number = numbers.at(-1)
  if (number === undefined) return null
  const file = await open(number)
  try {
    const bytes = new LogBytes(await file.read(0, await file.size()))
    const brokenAt = unusedAt(bytes)
    if (brokenAt !== null && begun && numbers.length === 1)
      throw damaged(`${path}/${segmentName(number)}`, brokenAt, 'the log was begun here')
    return { number, bytes, isUsed: brokenAt === null }
  } finally {
    await file.close()
  }
}

/**
 * @param numbers of the segments that have been used, ascending.
 * @param isFollowed another segment was begun after them, so that all of these were durable.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws.
 */
export async function readLog(
  files: LogFiles,
  numbers: readonly number[],
  isFollowed: boolean,
): Promise<ReadLog> {
  const opened: Segment[] = []
  const replayer = new Replayer()
  try {
    const newest = numbers.length === 0 ? null : await readNewest(files, numbers.at(-1)!, isFollowed)
    if (newest !== null) opened.push(newest.segment)
    const segments: Segment[] = []
    let sequence = 0
    const needed = newest === null ? [] : neededSegments(newest)
    let bytes = 0
    const take = (read: ReadSegment): void => {
      segments.push(read.segment)
      sequence = carryOut(replayer, read, sequence)
      bytes += read.bytes.length
      const { entries } = replayer
      files.onRead?.({ segments: segments.length, of: needed.length + 1, entries, bytes })
    }
    for (const place of needed) {
      const read = await readNeeded(files, place, numbers)
      opened.push(read.segment)
      take(read)
    }
    if (newest !== null) take(newest)
    replayer.finish(files.path)
    const { groups, nextGroup } = replayer
    return { groups, segments, newest, nextGroup, sequence }
  } catch (error) {
    await Promise.allSettled(opened.map((segment) => segment.retire()))
    throw error
  }
}

/** @param isFollowed another segment was begun, so that all of this one was durable. */
export async function readNewest(files: LogFiles, number: number, isFollowed: boolean): Promise<ReadSegment> {
  const read = await readSegment(await files.open(number), files, number)
  const { segment, bytes } = read
  const why = isFollowed ? 'the next file was begun when all of this one was durable' : whyDurable(read)
  if (segment.end === bytes.length || why === null) return read
  await segment.retire()
  throw damaged(segment.path, segment.end, why)
}

/** @returns an older segment, which must be there and whole. */
export async function readNeeded(
  files: LogFiles,
  { segment: number, offset }: LogPlace,
  numbers: readonly number[],
): Promise<ReadSegment> {
  const file = `${files.path}/${segmentName(number)}`
  if (!numbers.includes(number)) throw damaged(file, 0, 'the file is missing')
  const read = await readSegment(await files.open(number), files, number)
  const { end } = read.segment
  if (end === offset) return read
  await read.segment.retire()
  throw damaged(file, end, `it can be read up to there, and should end at ${offset}`)
}

/** @returns the last batch's number. */
function carryOut(replayer: Replayer, { segment, bytes, batches }: ReadSegment, before: number): number {
  let sequence = before
  for (const batch of batches) {
    // Between two segments there may be one that is no longer needed.
    if (batch === batches[0] && batch.sequence <= sequence)
      throw damaged(segment.path, batch.at, `batch ${batch.sequence} follows batch ${sequence}`)
    replayer.batch(segment, bytes, batch)
    sequence = batch.sequence
  }
  return sequence
}
