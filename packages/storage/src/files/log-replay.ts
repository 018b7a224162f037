/** Brings the log back so that it can go on: what a crash has left is repaired, once all of the log is known to be sound. */
import type { FileSystem, RaftedEvent } from '@rafted/contracts'
import type { GroupLog } from './log-group.ts'
import { type LogFiles, lookAtNewest, readLog, segmentNumbers } from './log-read.ts'
import { type Segment, segmentName } from './log-segment.ts'
import { hasOneBatch, makeDurable, repairTail } from './log-tail.ts'
import { removeTemporaries, writeDurably } from './whole-file.ts'

export interface ReplayOptions extends Pick<LogFiles, 'path' | 'directory' | 'begun' | 'onRead'> {
  readonly fileSystem: FileSystem
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
  const numbers = segmentNumbers(await fileSystem.list(path))
  const nextSegment = (numbers.at(-1) ?? 0) + 1
  const files: LogFiles = {
    ...options,
    open: (number) => fileSystem.open(`${path}/${segmentName(number)}`, 'write', true),
  }
  const used = await takeUsed(options, files, numbers)
  const { groups, segments, newest, nextGroup, sequence } = await readLog(files, used, used !== numbers)
  try {
    if (newest !== null) {
      await repairTail(options, newest)
      await makeDurable(newest)
    }
    await removeOthers(options, segments, numbers)
    const last = newest?.batches.at(-1)
    const isInDoubt = last !== undefined && last.records > 0
    return { groups, segments, nextGroup, nextSegment, sequence, isInDoubt }
  } catch (error) {
    await Promise.allSettled(segments.map((segment) => segment.retire()))
    throw error
  }
}

/** @returns the segments that have been used: all of them, or all but the last. */
async function takeUsed(
  { fileSystem, path }: ReplayOptions,
  files: LogFiles,
  numbers: readonly number[],
): Promise<readonly number[]> {
  const newest = await lookAtNewest(files, numbers)
  if (newest === null) return numbers
  const { number, bytes, isUsed } = newest
  if (!isUsed) return numbers.slice(0, -1)
  if (hasOneBatch(bytes)) await writeDurably(fileSystem, path, segmentName(number), [bytes.bytes])
  return numbers
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
