/** Brings the log back so that it can go on: what a crash has left is repaired, once all of the log is known to be sound. */
import type { FileSystem, RaftedEvent } from '@rafted/contracts'
import type { GroupLog } from './log-group.ts'
import { type LogFiles, lookAtNewest, readLog, segmentNumbers } from './log-read.ts'
import { type Segment, segmentName } from './log-segment.ts'
import { hasOneBatch, makeDurable, repairTail, type UnusedSegment } from './log-tail.ts'
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
  const { used, unused } = await takeUsed(options, files, numbers)
  const log = await readLog(files, used, unused)
  const { groups, segments, newest, nextGroup, sequence, damages, missing } = log
  try {
    for (const damage of damages) options.event({ kind: 'log-file-damaged', level: 'warn', ...damage })
    if (newest !== null) {
      // What was found out stands in a new segment from then on: the catalogue in this one is no longer true.
      if (missing.length > 0 || log.hasNewLosses) newest.segment.isDamaged = true
      await repairTail(options, newest)
      await makeDurable(newest)
    }
    await keepForPeople(options, missing, numbers)
    // Another segment that was begun may be all that says that what is damaged was durable: it stays until that is written down.
    if (!newest?.segment.isDamaged)
      await removeOthers(options, [...segments.map(({ number }) => number), ...missing], numbers)
    const last = newest?.batches.at(-1)
    const isInDoubt = last !== undefined && last.state !== 'hole' && last.records > 0
    return { groups, segments, nextGroup, nextSegment, sequence, isInDoubt }
  } catch (error) {
    await Promise.allSettled(segments.map((segment) => segment.retire()))
    throw error
  }
}

/** @returns the segments that have been used, and the one behind them that has not, if there is one. */
async function takeUsed(
  { fileSystem, path }: ReplayOptions,
  files: LogFiles,
  numbers: readonly number[],
): Promise<{ readonly used: readonly number[]; readonly unused: UnusedSegment | null }> {
  const newest = await lookAtNewest(files, numbers)
  if (newest === null) return { used: numbers, unused: null }
  const { number, bytes, unused } = newest
  if (unused !== null) return { used: numbers.slice(0, -1), unused }
  if (hasOneBatch(bytes)) await writeDurably(fileSystem, path, segmentName(number), [bytes.bytes])
  return { used: numbers, unused: null }
}

/** What a crash has left of files that were given up, or of the one that was to be begun. */
async function removeOthers(
  { fileSystem, path }: ReplayOptions,
  kept: readonly number[],
  numbers: readonly number[],
): Promise<void> {
  const others = numbers.filter((number) => !kept.includes(number))
  for (const number of others) await fileSystem.remove(`${path}/${segmentName(number)}`)
  if (others.length > 0) await fileSystem.syncDirectory(path)
}

/** A file in the place of a segment that is missing: somebody may make more of it. */
async function keepForPeople(
  { fileSystem, path }: ReplayOptions,
  missing: readonly number[],
  numbers: readonly number[],
): Promise<void> {
  const there = missing.filter((number) => numbers.includes(number))
  for (const number of there) {
    const file = `${path}/${segmentName(number)}`
    await fileSystem.rename(file, `${file}.lost`)
  }
  if (there.length > 0) await fileSystem.syncDirectory(path)
}
