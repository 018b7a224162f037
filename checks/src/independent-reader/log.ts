/** All of a directory's log: which segments count, where the newest is cut off, what stands in it, and what is damaged. */
import { Unreadable } from './bytes.ts'
import { GroupLogs, neededSegments, type ReadLog, saidGroups } from './group-log.ts'
import { type Refusal, Refused } from './refusal.ts'
import { type ReadBatch, Untrue } from './said.ts'
import { neverUsed, newestSegment, olderSegment, placeBefore, type Segment } from './segment.ts'

/** Files by their path in the directory, with `/`. */
export type Files = ReadonlyMap<string, Uint8Array>

export interface LogReading {
  /** By the name of the group. */
  readonly logs: ReadonlyMap<string, ReadLog>
  /** What of the newest segment is cut off: from where on, or null for nothing. */
  readonly torn: { readonly file: string; readonly offset: number } | null
  /** Something else is not as it was written, whether anything is lost by it or not. */
  readonly isDamaged: boolean
  /** The file of the newest segment; null if there is none. */
  readonly newest: string | null
  /** Records of the newest segment that are no entries: what they say stands nowhere else. */
  readonly facts: readonly { readonly file: string; readonly offset: number; readonly end: number }[]
}

const SEGMENT_NAME = /^log\/(\d{16})\.log$/
const BEGUN = 'log.begun'
export const NOTHING: LogReading = {
  logs: new Map(),
  torn: null,
  isDamaged: false,
  newest: null,
  facts: [],
}

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
  const followed = isFollowed ? durableBefore(files, directory, numbers) : null
  if (number === undefined) {
    if (files.has(BEGUN)) throw new Refused('damaged-storage', 'log', 0)
    return NOTHING
  }
  const file = nameOf(number)
  const bytes = files.get(file)!
  const newest = newestSegment({ file, bytes, number, directory }, followed)
  const older = olderSegments(files, directory, newest)
  const isDamaged = newest.isDamaged || older.some((segment) => segment === null || segment.isDamaged)
  return {
    logs: replayed([...older, newest], isDamaged),
    torn: bytes.length > newest.end ? { file, offset: newest.end } : null,
    isDamaged,
    newest: file,
    facts: newest.batches.flatMap((batch) => factsOf(file, batch)),
  }
}

function factsOf(file: string, batch: ReadBatch | null): LogReading['facts'] {
  return (batch?.said ?? []).flatMap((what) =>
    'offset' in what && what.kind > 2 ? [{ file, offset: what.offset, end: what.end }] : [],
  )
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

/** @returns up to where the segment before the first one was durable by what that one says. @throws {Refused} if that one is not there. */
function durableBefore(files: Files, directory: string, [first, before]: readonly number[]): number {
  const place = placeBefore(files.get(nameOf(first!))!, first!, directory)
  if (place === null) return 0
  if (place.segment > (before ?? 0)) throw new Refused('damaged-storage', nameOf(place.segment), 0)
  return place.segment === before ? place.offset : 0
}

/** @returns those that are needed, in their order; null for one that is missing. */
function olderSegments(files: Files, directory: string, { file, batches }: Segment): (Segment | null)[] {
  const said = batches.filter((batch) => batch !== null)
  const needed = [...orDamaged(file, () => neededSegments(said))].sort(([a], [b]) => a - b)
  let sequence = 0
  return needed.map(([number, end]) => {
    const name = nameOf(number)
    const bytes = files.get(name)
    const segment =
      bytes === undefined ? null : olderSegment({ file: name, bytes, number, directory }, end, sequence)
    sequence = segment?.sequence ?? sequence
    return segment
  })
}

function replayed(segments: readonly (Segment | null)[], isDamaged: boolean): ReadonlyMap<string, ReadLog> {
  const newest = segments.at(-1)?.batches ?? []
  const groups = new GroupLogs(saidGroups(newest.filter((batch) => batch !== null)))
  for (const segment of segments)
    if (segment === null) groups.gap()
    else for (const batch of segment.batches) orDamaged(segment.file, () => carryOut(groups, batch))
  try {
    return new Map(groups.logs(isDamaged).map((log) => [log.name, log]))
  } catch (error) {
    if (error instanceof Unreadable) throw new Refused('damaged-storage', 'log', 0)
    throw error
  }
}

function carryOut(groups: GroupLogs, batch: ReadBatch | null): void {
  if (batch === null) groups.gap()
  else groups.take(batch)
}

function orDamaged<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Untrue) throw new Refused('damaged-storage', file, error.offset)
    throw error
  }
}
