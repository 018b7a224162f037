/** Reads the log in a host's directory: what stands there at one moment, whoever writes meanwhile. */
import { type LogStore, RaftedError } from '@rafted/contracts'
import { BEGUN } from '../files/directory-marker.ts'
import { damaged } from '../files/log-damage.ts'
import type { GroupLog } from '../files/log-group.ts'
import { openedLog, readEntries } from '../files/log-opened.ts'
import { type LogFiles, lookAtNewest, type ReadLog, readLog } from '../files/log-read.ts'
import { segmentName } from '../files/log-segment.ts'
import type { UnusedSegment } from '../files/log-tail.ts'
import { HeldSegments } from './held-segments.ts'
import { lookForDoubts } from './looks.ts'
import type { LogPlaceInDirectory, StoredLog, StoredSegment } from './stored-log.ts'

/**
 * @returns null if none was begun.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, `wrong-directory`, `storage-failed`.
 */
export async function openStoredLog(place: LogPlaceInDirectory): Promise<StoredLog | null> {
  const { log } = await lookForDoubts(
    async () => {
      const log = await openOnce(place)
      return { log, doubt: log === null || log.damages.length === 0 ? null : JSON.stringify(log.damages) }
    },
    async ({ log }) => await log?.close(),
  )
  return log
}

async function openOnce(place: LogPlaceInDirectory): Promise<StoredLog | null> {
  const held = await holdLog(place)
  if (held === null) return null
  try {
    return await storedLog(held)
  } catch (error) {
    await held.segments.close()
    throw error
  }
}

export interface HeldLog {
  readonly files: LogFiles
  readonly segments: HeldSegments
}

/** @returns the files of the log, open; null if none was begun. @throws {RaftedError} `damaged-storage` if they are lost. */
export async function holdLog({ fileSystem, path, id }: LogPlaceInDirectory): Promise<HeldLog | null> {
  const log = `${path}/log`
  // Asked first: where it is, there are files from then on.
  const begun = await fileSystem.exists(`${path}/${BEGUN}`)
  if (!(await fileSystem.exists(log))) {
    if (begun) throw damaged(log, 0, 'the directory is missing')
    return null
  }
  const segments = await HeldSegments.open(fileSystem, log)
  if (segments.numbers.length === 0) {
    if (begun) throw damaged(log, 0, 'its files are missing')
    return null
  }
  const open: LogFiles['open'] = async (number) => segments.open(number)
  return { files: { path: log, directory: id, begun, open }, segments }
}

/** @returns the segment that was begun and has not been used, or null. @throws {RaftedError} `damaged-storage`. */
export async function unusedOf(files: LogFiles, numbers: readonly number[]): Promise<UnusedSegment | null> {
  return (await lookAtNewest(files, numbers))?.unused ?? null
}

async function storedLog({ files, segments: held }: HeldLog): Promise<StoredLog> {
  const unused = await unusedOf(files, held.numbers)
  const used = held.numbers.filter((number) => number !== unused?.number)
  const log = await readLog(files, used, unused)
  const segments: StoredSegment[] = []
  for (const number of held.numbers) {
    const bytes = await held.open(number).size()
    segments.push(describe({ log, unused: unused?.number ?? null, path: files.path }, number, bytes))
  }
  return new LogReader(log, segments, held)
}

function describe(
  { log, unused, path }: { log: ReadLog; unused: number | null; path: string },
  number: number,
  size: number,
): StoredSegment {
  const common = { number, file: `${path}/${segmentName(number)}` }
  const { newest } = log
  if (newest?.segment.number === number) {
    // It may have grown since it was read.
    const bytes = newest.bytes.length
    return { ...common, bytes, state: 'needed', end: newest.segment.end, entries: entriesIn(log, number) }
  }
  const state =
    number === unused
      ? 'unused'
      : log.segments.some((segment) => segment.number === number)
        ? 'needed'
        : 'left-over'
  const end = state === 'unused' ? 0 : size
  return { ...common, bytes: size, state, end, entries: entriesIn(log, number) }
}

function entriesIn({ groups }: ReadLog, number: number): StoredSegment['entries'] {
  const found: { group: string; first: number; last: number }[] = []
  for (const group of groups.values())
    for (const { segment, first, last } of group.extents.list) {
      if (segment.number !== number) continue
      const before = found.at(-1)
      if (before?.group === group.name && before.last === first - 1) before.last = last
      else found.push({ group: group.name, first, last })
    }
  return found
}

class LogReader implements StoredLog {
  readonly damages: StoredLog['damages']
  readonly segments: readonly StoredSegment[]
  readonly #groups: ReadonlyMap<string, GroupLog>
  readonly #held: HeldSegments
  #closed = false

  constructor({ groups, damages }: ReadLog, segments: readonly StoredSegment[], held: HeldSegments) {
    this.damages = damages
    this.segments = segments
    this.#groups = new Map([...groups.values()].map((group) => [group.name, group]))
    this.#held = held
  }

  async groups(): Promise<readonly string[]> {
    this.#check()
    return [...this.#groups.keys()]
  }

  async open(group: string): ReturnType<LogStore['open']> {
    this.#check()
    const log = this.#groups.get(group)
    return log === undefined ? null : await openedLog(log)
  }

  async read(group: string, from: number, count: number, maxBytes: number): ReturnType<LogStore['read']> {
    this.#check()
    const log = this.#groups.get(group)
    if (log === undefined)
      throw new RaftedError('no-such-group', `Group "${group}" has no log here.`, { outcome: 'not-applied' })
    return await readEntries(log, from, count, maxBytes)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#held.close()
  }

  #check(): void {
    if (this.#closed)
      throw new RaftedError('closed', 'This look at the log is closed.', { outcome: 'not-applied' })
  }
}
