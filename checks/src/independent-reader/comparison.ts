/** What an open storage holds, beside what the independent reader found in its directory. */
import { isDeepStrictEqual } from 'node:util'
import {
  isRaftedError,
  type LogEntry,
  type LogStore,
  type OpenedLog,
  type SnapshotStore,
} from '@rafted/contracts'
import type { Storage } from '@rafted/storage'
import type { ReadLog } from './group-log.ts'
import type { DirectoryReading, NamedSnapshot } from './read-directory.ts'

interface Compared {
  readonly storage: Storage
  /** The path of the directory. */
  readonly path: string
  readonly reading: DirectoryReading
  readonly logs: ReadonlyMap<string, ReadLog>
  /** Groups whose snapshots are compared. */
  readonly groups: readonly string[]
}

/** @returns what differs, or null. */
export async function differenceFrom({
  storage,
  path,
  reading,
  logs,
  groups,
}: Compared): Promise<string | null> {
  const inLogs = await differenceOfLogs(storage.logs, logs)
  if (inLogs !== null) return inLogs
  for (const group of groups) {
    const difference = await differenceOfSnapshots(storage.snapshots, path, group, reading.snapshotsOf(group))
    if (difference !== null) return `the snapshots of "${group}": ${difference}`
  }
  return null
}

/** @returns what of the logs differs, or null. */
export async function differenceOfLogs(
  store: LogStore,
  logs: ReadonlyMap<string, ReadLog>,
): Promise<string | null> {
  const names = await store.groups()
  if (!isDeepStrictEqual([...names].sort(), [...logs.keys()].sort()))
    return `groups ${names.join(', ')} instead of ${[...logs.keys()].join(', ')}`
  for (const log of logs.values()) {
    const difference = await differenceOfLog(store, log)
    if (difference !== null) return `the log of "${log.name}": ${difference}`
  }
  return null
}

async function differenceOfLog(store: LogStore, log: ReadLog): Promise<string | null> {
  const { name, base, entries } = log
  const opened = await store.open(name)
  if (opened === null) return 'none'
  for (const field of ['incarnation', 'member', 'removedAt', 'term', 'vote', 'last', 'lostTo'] as const)
    if (opened[field] !== log[field]) return `${field} ${opened[field]} instead of ${log[field]}`
  if (!isDeepStrictEqual(opened.base, base)) return `base ${opened.base.index} instead of ${base.index}`
  const damaged = rangesOf([...log.damaged.keys()])
  if (!isDeepStrictEqual(opened.damaged, damaged))
    return `damaged ${JSON.stringify(opened.damaged)} instead of ${JSON.stringify(damaged)}`
  const special = [...entries.values()].filter(({ kind }) => kind === 1 || kind === 2)
  if (
    opened.special.length !== special.length ||
    !special.every((entry, i) => isSame(opened.special[i]!, entry))
  )
    return 'its configurations and settings'
  return differenceOfTerms(opened, log) ?? (await differenceOfEntries(store, log))
}

/** @returns indexes that follow each other together. */
function rangesOf(indexes: readonly number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const index of indexes) {
    const range = ranges.at(-1)
    if (range?.to === index - 1) range.to = index
    else ranges.push({ from: index, to: index })
  }
  return ranges
}

/** Also those that can't be read have their term. */
function differenceOfTerms({ runs }: OpenedLog, { base, last, entries, damaged }: ReadLog): string | null {
  let run = -1
  for (let index = base.index + 1; index <= last; index++) {
    if (runs[run + 1]?.first === index) run++
    const term = entries.get(index)?.term ?? damaged.get(index)
    if (runs[run]?.term !== term) return `entry ${index} of term ${runs[run]?.term} instead of ${term}`
  }
  return run === runs.length - 1 ? null : `a run from ${runs[run + 1]!.first}`
}

/** Reading stops before what can't be read, and goes on behind it. */
async function differenceOfEntries(store: LogStore, log: ReadLog): Promise<string | null> {
  const { name, base, last, entries } = log
  for (let index = base.index + 1; index <= last; index++) {
    const found = await store.read(name, index, last - index + 1, Number.MAX_SAFE_INTEGER)
    for (const entry of found) {
      const expected = entries.get(index)
      if (expected === undefined || !isSame(entry, expected)) return `entry ${index}`
      index++
    }
    if (index <= last && entries.has(index)) return `entry ${index}, which is not given`
  }
  return null
}

function isSame(a: LogEntry, b: Omit<LogEntry, 'kind'> & { readonly kind: number }): boolean {
  if (a.index !== b.index || a.term !== b.term || a.kind !== b.kind || a.time !== b.time) return false
  return Buffer.compare(a.payload, b.payload) === 0
}

async function differenceOfSnapshots(
  store: SnapshotStore,
  path: string,
  group: string,
  expected: readonly NamedSnapshot[],
): Promise<string | null> {
  const broken = expected.find((snapshot) => !('meta' in snapshot))
  const metas = await outcomeOf(() => store.list(group))
  const listed =
    broken === undefined ? expected.map((each) => 'meta' in each && each.meta) : refusalOf(path, broken)
  if (!isDeepStrictEqual(metas, listed))
    return `listed as ${JSON.stringify(metas)}, not ${JSON.stringify(listed)}`
  const newest = expected[0]
  if (newest === undefined) return null
  const content = await outcomeOf(() => contentOf(store, group))
  if (content instanceof Uint8Array && 'meta' in newest && newest.content.damaged === null)
    return Buffer.compare(content, newest.content.bytes) === 0 ? null : 'another content'
  const refusal = refusalOf(path, newest)
  return isDeepStrictEqual(content, refusal)
    ? null
    : `${JSON.stringify(content)} instead of ${JSON.stringify(refusal)}`
}

async function contentOf(store: SnapshotStore, group: string): Promise<Uint8Array | null> {
  const latest = await store.latest(group)
  if (latest === null) return null
  const chunks: Uint8Array[] = []
  for await (const chunk of latest.chunks) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** How a call was refused. */
export interface Refused {
  readonly code: string
  readonly file: unknown
  readonly offset: unknown
}

async function outcomeOf<T>(call: () => Promise<T>): Promise<T | Refused> {
  try {
    return await call()
  } catch (error) {
    return refusedBy(error)
  }
}

/** @returns how an error refuses a directory, or a part of it. */
export function refusedBy(error: unknown): Refused {
  if (!isRaftedError(error)) return { code: String(error), file: undefined, offset: undefined }
  return { code: error.code, file: error.details.file, offset: error.details.offset }
}

function refusalOf(path: string, { file, ...snapshot }: NamedSnapshot): Refused | null {
  const refused = (offset: number): Refused => ({ code: 'damaged-storage', file: `${path}/${file}`, offset })
  if ('damaged' in snapshot) return refused(snapshot.damaged)
  if ('newer' in snapshot) return { code: 'version-mismatch', file: `${path}/${file}`, offset: undefined }
  return snapshot.content.damaged === null ? null : refused(snapshot.content.damaged)
}
