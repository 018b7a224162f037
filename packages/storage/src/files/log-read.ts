/**
 * Reads the log's files: every batch is checked, the records are carried out in order, and what can't be true is refused with its file and
 * offset. Changes nothing: whoever goes on writing repairs what a crash has left.
 *
 * Only the end of the newest segment may be torn: a batch there that no later one confirms was not durable when the host stopped, so nobody
 * was told that it is. Whatever is wrong before that is damage: it is known what is lost then, or the log is refused.
 */
import { type FileHandle, isRaftedError, type RaftedError } from '@rafted/contracts'
import { readAll } from './log-bytes.ts'
import { namedGroups, neededSegments } from './log-catalogue.ts'
import { damaged, type LogDamage } from './log-damage.ts'
import type { LogPlace } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { Replayer } from './log-records.ts'
import { type Segment, segmentName, segmentNumber } from './log-segment.ts'
import { type ReadSegment, readSegment } from './log-segment-file.ts'
import { type UnusedSegment, unusedAt, unusedSegment } from './log-tail.ts'
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
  readonly damages: readonly LogDamage[]
  /** Numbers of segments that should be there and are not, or can't be known to be what they should. */
  readonly missing: readonly number[]
  /** A log ends before entries that it has lost, and that is not written down yet. */
  readonly hasNewLosses: boolean
}

/** @returns the numbers of the segments among these names, ascending. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
}

/**
 * A segment begins with a batch, and is used only once that is durable: one without it is left from a crash in between. There is one at most.
 * @param numbers of all segments there are, ascending. @returns the last of them, and what it says if it has not been used; null if there is none.
 * @throws {RaftedError} `damaged-storage` if it names one as durable that is not there.
 */
export async function lookAtNewest(
  { path, directory, begun, open }: LogFiles,
  numbers: readonly number[],
): Promise<{
  readonly number: number
  readonly bytes: LogBytes
  readonly unused: UnusedSegment | null
} | null> {
  const number = numbers.at(-1)
  if (number === undefined) return null
  const file = await open(number)
  try {
    const bytes = new LogBytes(await readAll(file))
    const brokenAt = unusedAt(bytes)
    if (brokenAt !== null && begun && numbers.length === 1)
      throw damaged(`${path}/${segmentName(number)}`, brokenAt, 'the log was begun here')
    const unused = brokenAt === null ? null : unusedSegment(bytes, { directory, number })
    const before = unused?.durable?.segment ?? 0
    if (before > (numbers.at(-2) ?? 0))
      throw damaged(`${path}/${segmentName(before)}`, 0, 'the file is missing')
    return { number, bytes, unused }
  } finally {
    await file.close()
  }
}

/**
 * @param numbers of the segments that have been used, ascending.
 * @param unused the segment that was begun after them, so that all of these were durable; null if none was.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws.
 */
export async function readLog(
  files: LogFiles,
  numbers: readonly number[],
  unused: UnusedSegment | null,
): Promise<ReadLog> {
  const opened: Segment[] = []
  try {
    const newest = numbers.length === 0 ? null : await readNewest(files, numbers.at(-1)!, unused)
    if (newest !== null) opened.push(newest.segment)
    const replayer = new Replayer(() => (newest === null ? new Map() : namedGroups(newest)))
    const segments: Segment[] = []
    const damages: LogDamage[] = []
    const missing: number[] = []
    let sequence = 0
    const needed = newest === null ? [] : neededSegments(newest)
    let bytes = 0
    const take = (read: ReadSegment): void => {
      segments.push(read.segment)
      damages.push(...read.damages)
      sequence = carryOut(replayer, read, sequence)
      bytes += read.bytes.length
      const { entries } = replayer
      files.onRead?.({ segments: segments.length + missing.length, of: needed.length + 1, entries, bytes })
    }
    for (const place of needed) {
      const read = await readNeeded(files, place, numbers, sequence)
      if ('damage' in read) {
        damages.push(read)
        missing.push(place.segment)
        replayer.missing()
        continue
      }
      opened.push(read.segment)
      take(read)
    }
    if (newest !== null) take(newest)
    const hasNewLosses = replayer.finish(files.path)
    const { groups, nextGroup } = replayer
    return { groups, segments, newest, nextGroup, sequence, damages, missing, hasNewLosses }
  } catch (error) {
    await Promise.allSettled(opened.map((segment) => segment.retire()))
    throw error
  }
}

/**
 * @param unused another segment that was begun, so that all of this one was durable; null if none was.
 * @throws {RaftedError} `damaged-storage` if it lacks what no other segment says: what groups there are, their terms and votes, and which older segments are needed.
 */
async function readNewest(
  files: LogFiles,
  number: number,
  unused: UnusedSegment | null,
): Promise<ReadSegment> {
  const read = await readAsNewest(files, number, unused)
  const fault = lackOf(read)
  if (fault === null) return read
  await read.segment.retire()
  throw fault
}

/** @returns the newest segment, whatever it lacks. @param unused as above. */
export async function readAsNewest(
  { path, directory, open }: LogFiles,
  number: number,
  unused: UnusedSegment | null,
): Promise<ReadSegment> {
  const durable = unused?.durable?.segment === number ? unused.durable.offset : 0
  const isFollowed = unused !== null
  const file = await open(number)
  return await readSegment(file, { path, directory, number, after: 0, end: null, isFollowed, durable })
}

/** @returns why a log with this newest segment is refused, if it lacks what no other segment says; else null. */
export function lackOf({ segment, batches }: ReadSegment): RaftedError | null {
  for (const batch of batches) {
    if (batch.state === 'hole')
      return damaged(
        segment.path,
        batch.at,
        'a batch that was durable is not there any more, and nothing else says what it said',
      )
    if (batch.state === 'broken' && batch.hasLostFacts)
      return damaged(
        segment.path,
        batch.brokenAt,
        'what was written there may be a term or a vote, and stands nowhere else',
      )
  }
  return null
}

/** @returns an older segment, or why it counts as missing. @param after the last batch before it. */
export async function readNeeded(
  files: LogFiles,
  { segment: number, offset }: LogPlace,
  numbers: readonly number[],
  after: number,
): Promise<ReadSegment | LogDamage> {
  const { path, directory, open } = files
  const file = `${path}/${segmentName(number)}`
  if (!numbers.includes(number)) return { damage: 'lost', file, offset: 0, why: 'the file is missing' }
  try {
    return await readSegment(await open(number), {
      path,
      directory,
      number,
      after,
      end: offset,
      isFollowed: true,
      durable: offset,
    })
  } catch (error) {
    if (!isRaftedError(error, 'damaged-storage')) throw error
    return { damage: 'lost', file, offset: 0, why: 'it is not known to be the file that should be there' }
  }
}

/** @returns the last batch's number. */
function carryOut(replayer: Replayer, { segment, bytes, batches }: ReadSegment, before: number): number {
  let sequence = before
  for (const batch of batches) {
    if (batch.state !== 'hole') {
      if (batch.sequence <= sequence)
        throw damaged(segment.path, batch.at, `batch ${batch.sequence} follows batch ${sequence}`)
      sequence = batch.sequence
    }
    replayer.batch(segment, bytes, batch)
  }
  return sequence
}
