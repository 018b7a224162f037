/** What a crash may leave at the end of the newest segment. */
import type { RaftedEvent } from '@rafted/contracts'
import { isWhole } from './log-batches.ts'
import { decodeSegmentHead, type LogPlace, SEGMENT_HEAD_BYTES } from './log-format.ts'
import type { ReadSegment } from './log-segment-file.ts'
import type { SegmentName } from './log-segment-head.ts'
import type { LogBytes } from './log-walk.ts'

/** @returns where a segment is broken that has never been used, or null if it has been. */
export function unusedAt(log: LogBytes): number | null {
  if (isUsed(log)) return null
  return typeof decodeSegmentHead(log.bytes) === 'string' ? 0 : SEGMENT_HEAD_BYTES
}

/** A segment that has been begun and never been used. */
export interface UnusedSegment {
  readonly number: number
  /** All before this place was durable when it was begun; null if that can't be read any more. */
  readonly durable: LogPlace | null
}

/** @returns what a segment that has never been used says of those before it. */
export function unusedSegment(
  log: LogBytes,
  { directory, number }: Pick<SegmentName, 'directory' | 'number'>,
): UnusedSegment {
  const head = decodeSegmentHead(log.bytes)
  const isThis = typeof head !== 'string' && head.directory === directory && head.number === number
  const batch = isThis ? log.batchAt(SEGMENT_HEAD_BYTES, head.salt) : null
  return { number, durable: batch?.durable ?? null }
}

/**
 * The flush of the directory that should have made the file durable may have failed, and the kernel takes what that should have written for clean
 * (F78): so it gets its name once more. With a second batch it is known to be durable: none is written before.
 */
export function hasOneBatch(log: LogBytes): boolean {
  const head = decodeSegmentHead(log.bytes)
  if (typeof head === 'string') return false
  const batch = log.batchAt(SEGMENT_HEAD_BYTES, head.salt)
  return batch !== null && batch.end === log.length && isWhole(log, batch)
}

function isUsed(log: LogBytes): boolean {
  const head = decodeSegmentHead(log.bytes)
  if (head === 'newer-version') return true
  const salt = head === 'no-head' ? null : head.salt
  // A batch behind the first one was written when that one was durable.
  for (let at = log.nextMagic(0); at !== -1; at = log.nextMagic(at + 1)) {
    const batch = log.batchAt(at, salt ?? log.saltAt(at))
    if (batch !== null && (at > SEGMENT_HEAD_BYTES || isWhole(log, batch))) return true
  }
  return false
}

/** Cuts off what a crash has left behind the last whole batch. */
export async function repairTail(
  { event }: { event(event: RaftedEvent): void },
  { segment: { file, path, end }, bytes }: ReadSegment,
): Promise<void> {
  if (end >= bytes.length) return
  // Cut for good, and not only written over: what is left of it must never stand behind a shorter batch.
  await file.truncate(end)
  event({ kind: 'log-repaired', level: 'warn', file: path, offset: end, bytes: bytes.length - end })
}

/**
 * From here on all that was read counts as durable. What no batch confirms may have come from memory; and if the flush before the last
 * process ended has failed, the kernel takes it for clean and no later flush writes it: so it is written once more (F78).
 */
export async function makeDurable({ segment, bytes: { bytes }, batches }: ReadSegment): Promise<void> {
  const { file, number, end } = segment
  const last = batches.at(-1)
  // What is damaged was durable once, as it is known to be damaged.
  if (last !== undefined && last.state !== 'whole') return
  const confirmed = last?.durable.segment === number ? last.durable.offset : 0
  const from = Math.min(confirmed, end)
  await file.write([bytes.subarray(from, end)], from)
  await file.sync()
}
