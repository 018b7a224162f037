/**
 * Brings the log back from its files: every batch is checked, its records are carried out in order, and what can't be true is refused
 * with its file and offset.
 *
 * Only the end of the newest segment may be torn: a batch there that no later one confirms was not durable when the host stopped, so nobody
 * was told that it is. Whatever is wrong before that is damage.
 */
import type { FileSystem, RaftedEvent } from '@rafted/contracts'
import { neededSegments } from './log-catalogue.ts'
import { damaged } from './log-damage.ts'
import type { LogPlace } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { Replayer } from './log-records.ts'
import { type Segment, segmentName, segmentNumber } from './log-segment.ts'
import { openSegment, type ReadSegment } from './log-segment-file.ts'
import { bytesOf, hasOneBatch, makeDurable, repairTail, unusedAt, whyDurable } from './log-tail.ts'
import { removeTemporaries, writeDurably } from './whole-file.ts'

export interface ReplayOptions {
  readonly fileSystem: FileSystem
  /** The directory of the segments. */
  readonly path: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
  /** A first batch was durable once. */
  readonly begun: boolean
  event(event: RaftedEvent): void
}

export interface ReplayedLog {
  readonly groups: ReadonlyMap<number, GroupLog>
  /** In order; the last one goes on. None if the log was never begun. */
  readonly segments: readonly Segment[]
  readonly nextGroup: number
  readonly nextSegment: number
  /** Of the last batch, 0 before the first. */
  readonly sequence: number
  /** Nothing says yet that the last batch is durable. */
  readonly isInDoubt: boolean
}

/** @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws. */
export async function replay(options: ReplayOptions): Promise<ReplayedLog> {
  const { fileSystem, path } = options
  await removeTemporaries(fileSystem, path)
  // What a former run created or removed may not be durable yet.
  await fileSystem.syncDirectory(path)
  const names = await fileSystem.list(path)
  const numbers = names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
  const nextSegment = (numbers.at(-1) ?? 0) + 1
  const unused = await takeUnused(options, numbers)
  const opened: Segment[] = []
  const replayer = new Replayer()
  try {
    const newest = numbers.length === 0 ? null : await openNewest(options, numbers.at(-1)!, unused !== null)
    if (newest !== null) opened.push(newest.segment)
    const segments: Segment[] = []
    let sequence = 0
    for (const place of newest === null ? [] : neededSegments(newest)) {
      const read = await openNeeded(options, place, numbers)
      opened.push(read.segment)
      segments.push(read.segment)
      sequence = carryOut(replayer, read, sequence)
    }
    if (newest !== null) {
      segments.push(newest.segment)
      sequence = carryOut(replayer, newest, sequence)
    }
    replayer.finish(path)
    if (newest !== null) {
      await repairTail(options, newest)
      await makeDurable(newest)
    }
    await removeOthers(options, segments, unused === null ? numbers : [...numbers, unused])
    const last = newest?.batches.at(-1)
    const isInDoubt = last !== undefined && last.records > 0
    const { groups, nextGroup } = replayer
    return { groups, segments, nextGroup, nextSegment, sequence, isInDoubt }
  } catch (error) {
    await Promise.allSettled(opened.map((segment) => segment.retire()))
    throw error
  }
}

/**
 * A segment begins with a batch, and is used only once that is durable: one without it is left from a crash in between. There is one at most.
 * @returns its number, which is taken from `numbers`, or null.
 */
async function takeUnused(
  { fileSystem, path, begun }: ReplayOptions,
  numbers: number[],
): Promise<number | null> {
  const newest = numbers.at(-1)
  if (newest === undefined) return null
  const file = `${path}/${segmentName(newest)}`
  const log = await bytesOf(fileSystem, file)
  const brokenAt = unusedAt(log)
  if (brokenAt === null) {
    if (hasOneBatch(log)) await writeDurably(fileSystem, path, segmentName(newest), [log.bytes])
    return null
  }
  if (begun && numbers.length === 1) throw damaged(file, brokenAt, 'the log was begun here')
  numbers.pop()
  return newest
}

/** @param isFollowed another segment was begun, so that all of this one was durable. */
async function openNewest(options: ReplayOptions, number: number, isFollowed: boolean): Promise<ReadSegment> {
  const read = await openSegment(options, number)
  const { segment, bytes } = read
  const why = isFollowed ? 'the next file was begun when all of this one was durable' : whyDurable(read)
  if (segment.end === bytes.length || why === null) return read
  await segment.retire()
  throw damaged(segment.path, segment.end, why)
}

/** @returns an older segment, which must be there and whole. */
async function openNeeded(
  options: ReplayOptions,
  { segment: number, offset }: LogPlace,
  numbers: readonly number[],
): Promise<ReadSegment> {
  const file = `${options.path}/${segmentName(number)}`
  if (!numbers.includes(number)) throw damaged(file, 0, 'the file is missing')
  const read = await openSegment(options, number)
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

/** What a crash has left of files that were given up, or of the one that was to be begun. */
async function removeOthers(
  { fileSystem, path }: ReplayOptions,
  segments: readonly Segment[],
  numbers: readonly number[],
): Promise<void> {
  const others = numbers.filter((number) => !segments.some((segment) => segment.number === number))
  for (const number of others) await fileSystem.remove(`${path}/${segmentName(number)}`)
  if (others.length > 0) await fileSystem.syncDirectory(path)
}
