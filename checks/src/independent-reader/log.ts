/** All of a directory's log: which segments count, where the newest is cut off, and what stands in it, or where it is damaged. */
import { Unreadable } from './bytes.ts'
import { GroupLogs, neededSegments, type ReadLog } from './group-log.ts'
import { type Refusal, Refused } from './refusal.ts'
import { neverUsed, readSegment, type Segment, wasDurable } from './segment.ts'

/** Files by their path in the directory, with `/`. */
export type Files = ReadonlyMap<string, Uint8Array>

export interface LogReading {
  /** By the name of the group. */
  readonly logs: ReadonlyMap<string, ReadLog>
  /** What of the newest segment is cut off: from where on, or null for nothing. */
  readonly torn: { readonly file: string; readonly offset: number } | null
  /** Where the last batch begins, which may be torn without a loss of what was durable. */
  readonly lastBatch: { readonly file: string; readonly offset: number } | null
}

const SEGMENT_NAME = /^log\/(\d{16})\.log$/
const BEGUN = 'log.begun'
const NOTHING: LogReading = { logs: new Map(), torn: null, lastBatch: null }

/** @param directory the id in the marker. */
export function readLog(files: Files, directory: string): LogReading | Refusal {
  try {
    return reading(files, directory)
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

function reading(files: Files, directory: string): LogReading {
  const found = [...files.keys()].flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []).map(Number)
  const numbers = found.sort((a, b) => b - a)
  const isFollowed = numbers.length > 0 && firstIsUnused(files, numbers)
  const number = numbers[isFollowed ? 1 : 0]
  if (number === undefined) {
    if (files.has(BEGUN)) throw new Refused('damaged-storage', 'log', 0)
    return NOTHING
  }
  const newest = newestSegment(files, number, { directory, isFollowed })
  const needed = [...neededIn(newest)].sort(([a], [b]) => a - b)
  const segments = needed.map(([number, end]) => olderSegment(files, number, { end, directory }))
  const { file, end, batches } = newest
  const isCut = files.get(file)!.length > end
  return {
    logs: replayed([...segments, newest]),
    torn: isCut ? { file, offset: end } : null,
    lastBatch: batches.length === 0 ? null : { file, offset: batches.at(-1)!.offset },
  }
}

function nameOf(number: number): string {
  return `log/${String(number).padStart(16, '0')}.log`
}

function firstIsUnused(files: Files, [newest, ...others]: readonly number[]): boolean {
  const file = nameOf(newest!)
  const brokenAt = neverUsed(files.get(file)!)
  if (brokenAt === null) return false
  if (others.length === 0 && files.has(BEGUN)) throw new Refused('damaged-storage', file, brokenAt)
  return true
}

function newestSegment(
  files: Files,
  number: number,
  { directory, isFollowed }: { directory: string; isFollowed: boolean },
): Segment {
  const file = nameOf(number)
  const bytes = files.get(file)!
  const segment = readSegment(file, bytes, { number, directory })
  if (segment.end < bytes.length && (isFollowed || wasDurable(segment, bytes)))
    throw new Refused('damaged-storage', file, segment.end)
  return segment
}

function neededIn({ file, batches }: Segment): ReadonlyMap<number, number> {
  return orDamaged(file, 0, () => neededSegments(batches))
}

/** @returns a segment that must be there, and whole up to `end`. */
function olderSegment(
  files: Files,
  number: number,
  { end, directory }: { end: number; directory: string },
): Segment {
  const file = nameOf(number)
  const bytes = files.get(file)
  if (bytes === undefined) throw new Refused('damaged-storage', file, 0)
  const segment = readSegment(file, bytes, { number, directory })
  if (segment.end !== end) throw new Refused('damaged-storage', file, segment.end)
  return segment
}

function replayed(segments: readonly Segment[]): ReadonlyMap<string, ReadLog> {
  const groups = new GroupLogs()
  for (const { file, batches } of segments)
    for (const batch of batches) orDamaged(file, batch.offset, () => groups.take(batch))
  const logs = new Map(groups.all.map((log) => [log.name, log]))
  for (const { base, last, entries } of logs.values())
    for (let index = base.index + 1; index <= last; index++)
      if (!entries.has(index)) throw new Refused('damaged-storage', 'log', 0)
  return logs
}

function orDamaged<T>(file: string, offset: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable) throw new Refused('damaged-storage', file, offset)
    throw error
  }
}
