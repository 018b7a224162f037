/**
 * Brings the log back from its files: every batch is checked, its records are carried out in order, and what can't be true is refused
 * with its file and offset.
 *
 * Only the end of the newest segment may be torn: a batch there that no later one confirms was not durable when the host stopped, so nobody
 * was told that it is. Whatever is wrong before that is damage.
 */
import { type FileSystem, RaftedError, type RaftedEvent } from '@rafted/contracts'
import { damaged } from './log-damage.ts'
import { decodeSegmentHead, SEGMENT_HEAD_BYTES } from './log-format.ts'
import type { GroupLog } from './log-group.ts'
import { Replayer } from './log-records.ts'
import { Segment, segmentName, segmentNumber } from './log-segment.ts'
import { type BatchHead, LogBytes } from './log-walk.ts'
import { removeTemporaries, writeDurably } from './whole-file.ts'

export interface ReplayOptions {
  readonly fileSystem: FileSystem
  /** The directory of the segments. */
  readonly path: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
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
}

/** @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`; and what the file system throws. */
export async function replay(options: ReplayOptions): Promise<ReplayedLog> {
  // What a former run created or removed may not be durable yet.
  await options.fileSystem.syncDirectory(options.path)
  await removeTemporaries(options.fileSystem, options.path)
  const names = await options.fileSystem.list(options.path)
  const numbers = names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b)
  const nextSegment = (numbers.at(-1) ?? 0) + 1
  const newest = numbers.at(-1)
  if (newest !== undefined && (await removeIfStillborn(options, newest))) numbers.pop()
  const replayer = new Replayer()
  const segments: Segment[] = []
  let sequence = 0
  try {
    for (const number of numbers) {
      const { segment, bytes } = await openSegment(options, number)
      segments.push(segment)
      const walked = walk(replayer, segment, bytes, sequence)
      sequence = walked.sequence
      if (number !== numbers.at(-1)) continue
      if (segment.end < bytes.length) await repairTail(options, segment, bytes, sequence)
      await makeDurable(segment, bytes, walked.confirmed)
    }
    const kept = await keepExpected(options, replayer, segments)
    replayer.finish(options.path)
    return { groups: replayer.groups, segments: kept, nextGroup: replayer.nextGroup, nextSegment, sequence }
  } catch (error) {
    await Promise.allSettled(segments.map((segment) => segment.retire()))
    throw error
  }
}

/** A segment begins with a batch, and is used only once that is durable: one without it is left from a crash in between. */
async function removeIfStillborn(options: ReplayOptions, number: number): Promise<boolean> {
  const { fileSystem, path } = options
  const file = `${path}/${segmentName(number)}`
  const handle = await fileSystem.open(file, 'read')
  let log: LogBytes
  try {
    log = new LogBytes(await handle.read(0, await handle.size()))
  } finally {
    await handle.close()
  }
  if (!isStillborn(log)) {
    if (hasOneBatch(log)) await writeDurably(fileSystem, path, segmentName(number), [log.bytes])
    return false
  }
  await fileSystem.remove(file)
  await fileSystem.syncDirectory(path)
  return true
}

/**
 * The flush of the directory that should have made the file durable may have failed, and the kernel takes what that should have written for clean
 * (F78): so it gets its name once more. With a second batch it is known to be durable: none is written before.
 */
function hasOneBatch(log: LogBytes): boolean {
  const head = decodeSegmentHead(log.bytes)
  if (typeof head === 'string') return false
  const batch = log.batchAt(SEGMENT_HEAD_BYTES, head.salt)
  return batch !== null && batch.end === log.length && isWhole(log, batch)
}

function isStillborn(log: LogBytes): boolean {
  const head = decodeSegmentHead(log.bytes)
  if (head === 'newer-version') return false
  const salt = head === 'no-head' ? null : head.salt
  // A batch behind the first one was written when that one was durable.
  for (let at = log.nextMagic(0); at !== -1; at = log.nextMagic(at + 1)) {
    const batch = log.batchAt(at, salt ?? log.saltAt(at))
    if (batch !== null && (at > SEGMENT_HEAD_BYTES || isWhole(log, batch))) return false
  }
  return true
}

async function openSegment(
  { fileSystem, path, directory }: ReplayOptions,
  number: number,
): Promise<{ segment: Segment; bytes: LogBytes }> {
  const file = `${path}/${segmentName(number)}`
  const handle = await fileSystem.open(file, 'write', true)
  try {
    const bytes = new LogBytes(await handle.read(0, await handle.size()))
    const head = decodeSegmentHead(bytes.bytes)
    if (head === 'no-head') throw damaged(file, 0, 'it does not begin as a segment of a log does')
    if (head === 'newer-version')
      throw refused('version-mismatch', `${file} was written by a newer version of Rafted. Use that one.`)
    if (head.directory !== directory)
      throw refused(
        'wrong-directory',
        `${file} belongs to another directory. Put back the log that was here.`,
      )
    if (head.number !== number) throw damaged(file, 0, `it is segment ${head.number} under another name`)
    const segment = new Segment({
      number,
      path: file,
      salt: head.salt,
      file: handle,
      end: SEGMENT_HEAD_BYTES,
    })
    return { segment, bytes }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function refused(code: 'version-mismatch' | 'wrong-directory', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}

/**
 * Carries out all batches up to the first that is not whole; `segment.end` is there then. @returns the last one's number, and up to where a
 * later batch says that the segment was durable.
 */
function walk(
  replayer: Replayer,
  segment: Segment,
  bytes: LogBytes,
  before: number,
): { readonly sequence: number; readonly confirmed: number } {
  let sequence = before
  let confirmed = 0
  for (;;) {
    const batch = bytes.batchAt(segment.end, segment.salt)
    if (batch === null || !isWhole(bytes, batch)) return { sequence, confirmed }
    const isFirst = segment.end === SEGMENT_HEAD_BYTES
    // Between two segments there may be one that is no longer needed.
    if (isFirst ? batch.sequence <= sequence : batch.sequence !== sequence + 1)
      throw damaged(segment.path, segment.end, `batch ${batch.sequence} follows batch ${sequence}`)
    replayer.batch(segment, bytes, batch)
    sequence = batch.sequence
    if (batch.durable.segment === segment.number) confirmed = Math.min(batch.durable.offset, segment.end)
    segment.end = batch.end
  }
}

/** Every record has its checksum, and they fill the batch. */
function isWhole(bytes: LogBytes, { from, end, records }: BatchHead): boolean {
  if (end > bytes.length) return false
  let at = from
  for (let i = 0; i < records; i++) {
    const next = bytes.recordEnd(at, end)
    if (next === null) return false
    at = next
  }
  return at === end
}

/** Cuts off what a crash has left behind the last whole batch. @throws {RaftedError} `damaged-storage` if that was durable once. */
async function repairTail(
  { event }: ReplayOptions,
  segment: Segment,
  bytes: LogBytes,
  sequence: number,
): Promise<void> {
  const { path, end, salt, number } = segment
  for (let at = bytes.nextMagic(end + 1); at !== -1; at = bytes.nextMagic(at + 1)) {
    const later = bytes.batchAt(at, salt)
    if (later === null || later.sequence <= sequence) continue
    const { durable } = later
    if (durable.segment > number || (durable.segment === number && durable.offset > end))
      throw damaged(path, end, `the batch at byte ${at} was written when everything before it was durable`)
  }
  // Cut for good, and not only written over: what is left of it must never stand behind a shorter batch.
  await segment.file.truncate(end)
  event({ kind: 'log-repaired', level: 'warn', file: path, offset: end, bytes: bytes.length - end })
}

/**
 * From here on all that was read counts as durable. What no batch confirms may have come from memory; and if the flush before the last
 * process ended has failed, the kernel takes it for clean and no later flush writes it: so it is written once more (F78).
 */
async function makeDurable(segment: Segment, { bytes }: LogBytes, confirmed: number): Promise<void> {
  await segment.file.write([bytes.subarray(confirmed, segment.end)], confirmed)
  await segment.file.sync()
}

/** The newest catalogue says which segments there are. @returns those; the files of others go. */
async function keepExpected(
  { fileSystem, path }: ReplayOptions,
  replayer: Replayer,
  segments: readonly Segment[],
): Promise<Segment[]> {
  const last = segments.at(-1)
  if (last === undefined) return []
  const kept: Segment[] = []
  for (const { segment: number, offset } of replayer.expected) {
    const segment = segments.find((candidate) => candidate.number === number)
    const file = `${path}/${segmentName(number)}`
    if (segment === undefined) throw damaged(file, 0, 'the file is missing')
    if (segment.end !== offset)
      throw damaged(file, segment.end, `it can be read up to there, and should end at ${offset}`)
    kept.push(segment)
  }
  kept.push(last)
  for (const segment of segments) {
    if (kept.includes(segment)) continue
    if (segment.extents > 0) throw damaged(segment.path, 0, 'it was given up, and is needed')
    await segment.retire()
    await fileSystem.remove(segment.path)
  }
  return kept
}
