/**
 * Snapshots of a group that is about to have another incarnation. They are whole beside those that count, under names that end in `.next`, before the log
 * changes; whether they count is decided by the log, when the directory is opened next. So log and snapshots change in one step, though they are in
 * different files.
 */
import { join } from 'node:path'
import type { FileSystem, SnapshotMeta } from '@rafted/contracts'
import { encodeTail } from '../files/snapshot-layout.ts'
import { groupKey, NEXT, type SnapshotFile, snapshotName, snapshotsByKey } from '../files/snapshot-names.ts'
import { contentOf, inspect } from '../files/snapshot-reader.ts'
import { SnapshotWriter } from '../files/snapshot-writer.ts'
import { temporaryName } from '../files/whole-file.ts'
import { openStoredLog } from '../reading/log-reader.ts'
import type { LogPlaceInDirectory } from '../reading/stored-log.ts'

export interface SnapshotToRenew {
  readonly group: string
  readonly file: string
  readonly meta: SnapshotMeta
}

/** Writes them once more for another incarnation, beside themselves. Durable when resolved. @throws {RaftedError} `damaged-storage`. */
export async function renewSnapshots(
  fileSystem: FileSystem,
  directory: string,
  found: readonly SnapshotToRenew[],
  incarnation: string,
): Promise<void> {
  for (const { group, file, meta } of found) {
    const { index, term } = meta
    const name = snapshotName(groupKey(group), index, term)
    const next = join(directory, `${name}${NEXT}`)
    const aside = temporaryName(next)
    await fileSystem.remove(aside)
    await copy(fileSystem, group, { path: file, name, index, term }, aside, incarnation)
    await fileSystem.rename(aside, next)
  }
  if (found.length > 0) await fileSystem.syncDirectory(directory)
}

async function copy(
  fileSystem: FileSystem,
  group: string,
  from: SnapshotFile & { readonly path: string },
  to: string,
  incarnation: string,
): Promise<void> {
  const source = await fileSystem.open(from.path, 'read')
  try {
    const opened = await inspect(source, from.path, group, from)
    const target = await fileSystem.open(to, 'create')
    try {
      const writer = new SnapshotWriter(target)
      await writer.head(group)
      for await (const chunk of contentOf(opened)) await writer.content(chunk)
      await writer.tail(encodeTail({ ...opened.meta, incarnation }))
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/**
 * Those whose incarnation the log has now take the place of the group's snapshots; others are removed, as their log has never changed. To be called before
 * anything else looks at the snapshots of a directory that is locked.
 * @throws {RaftedError} `damaged-storage` and others, as of the log; and what the file system throws.
 */
export async function settleRenewed(place: LogPlaceInDirectory): Promise<void> {
  const { fileSystem, path } = place
  const directory = join(path, 'snapshots')
  if (!(await fileSystem.exists(directory))) return
  const names = await fileSystem.list(directory)
  const counting = await countingNext(place, names)
  const kept = new Set([...counting.values()].flat().map(({ name }) => name))
  for (const name of names)
    if (name.endsWith(NEXT) && !kept.has(name)) await fileSystem.remove(join(directory, name))
  for (const [key, renewed] of counting) await replace(fileSystem, directory, key, renewed)
  await fileSystem.syncDirectory(directory)
}

/**
 * Those that take the place of the snapshots of their groups, though they don't have their names yet, newest first, by the keys of the groups.
 * @param names of all files in the directory of the snapshots.
 */
export async function countingNext(
  place: LogPlaceInDirectory,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly SnapshotFile[]>> {
  const counting = new Map<string, SnapshotFile[]>()
  const waiting = snapshotsByKey(names.filter((name) => name.endsWith(NEXT)).map(withoutNext))
  if (waiting.size === 0) return counting
  const incarnations = await incarnationsByKey(place)
  for (const [key, files] of waiting)
    for (const { index, term, ...file } of files) {
      const next = { name: `${file.name}${NEXT}`, index, term }
      const path = join(place.path, 'snapshots', next.name)
      if ((await incarnationOf(place.fileSystem, path, next)) !== incarnations.get(key)) continue
      counting.set(key, [...(counting.get(key) ?? []), next])
    }
  return counting
}

/** As long as one of the new ones waits, it is done again after a crash: the old ones go first. */
async function replace(
  fileSystem: FileSystem,
  directory: string,
  key: string,
  renewed: readonly SnapshotFile[],
): Promise<void> {
  const kept = new Set(renewed.map(({ name }) => withoutNext(name)))
  for (const { name } of snapshotsByKey(await fileSystem.list(directory)).get(key) ?? [])
    if (!kept.has(name)) await fileSystem.remove(join(directory, name))
  await fileSystem.syncDirectory(directory)
  for (const { name } of renewed)
    await fileSystem.rename(join(directory, name), join(directory, withoutNext(name)))
}

async function incarnationsByKey(place: LogPlaceInDirectory): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const log = await openStoredLog(place)
  if (log === null) return found
  try {
    for (const group of await log.groups()) found.set(groupKey(group), (await log.open(group))!.incarnation)
    return found
  } finally {
    await log.close()
  }
}

async function incarnationOf(fileSystem: FileSystem, path: string, file: SnapshotFile): Promise<string> {
  const handle = await fileSystem.open(path, 'read')
  try {
    return (await inspect(handle, path, null, file)).meta.incarnation
  } finally {
    await handle.close()
  }
}

function withoutNext(name: string): string {
  return name.slice(0, -NEXT.length)
}
