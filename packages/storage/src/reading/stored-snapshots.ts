/** The snapshots in a host's directory, for whoever only reads them. */
import { join } from 'node:path'
import { RaftedError, type SnapshotMeta } from '@rafted/contracts'
import { KEPT } from '../files/file-snapshot-store.ts'
import { damaged } from '../files/snapshot-layout.ts'
import { groupKey, type SnapshotFile, snapshotsByKey } from '../files/snapshot-names.ts'
import { contentOf, inspect } from '../files/snapshot-reader.ts'
import { notRead } from '../files/storage-failed.ts'
import { codeOf } from '../files/text-record.ts'
import { countingNext } from '../recovery/renewed-snapshots.ts'
import type { LogPlaceInDirectory } from './stored-log.ts'

/** A file of a snapshot, or of what was one: then `fault` says what is wrong with it. */
export type StoredSnapshotFile = SoundSnapshot | FaultySnapshot

interface SnapshotFileFacts {
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  /** One of the two newest of its group: a host that opens the directory counts on it. */
  readonly isKept: boolean
}

interface SoundSnapshot extends SnapshotFileFacts {
  readonly group: string
  readonly meta: SnapshotMeta
  readonly fault: null
}

interface FaultySnapshot extends SnapshotFileFacts {
  /** The beginning of the file's name, by which snapshots of one group are known. */
  readonly key: string
  /** `damaged-storage`, `version-mismatch`, or `storage-failed`. */
  readonly fault: RaftedError
}

export interface SnapshotReading extends LogPlaceInDirectory {
  /** Read the content of those that are kept as well, against its checksums. */
  readonly content: boolean
}

/** @returns those of each group together, newest first. @throws what the file system throws when the directory can't be listed. */
export async function readSnapshots(reading: SnapshotReading): Promise<readonly StoredSnapshotFile[]> {
  const directory = join(reading.path, 'snapshots')
  if (!(await reading.fileSystem.exists(directory))) return []
  const found: StoredSnapshotFile[] = []
  const names = await reading.fileSystem.list(directory)
  // A crash in a recovery may have left those that count without their names.
  const counting = await countingNext(reading, names)
  for (const [key, files] of new Map([...snapshotsByKey(names), ...counting]))
    for (const [place, file] of files.entries()) {
      const snapshot = await readOne(reading, directory, key, file, place < KEPT)
      if (snapshot !== null) found.push(snapshot)
    }
  return found
}

/** @returns null if it is not there any more: two newer ones have been saved, or its group was removed. */
async function readOne(
  { fileSystem, content }: SnapshotReading,
  directory: string,
  key: string,
  snapshot: SnapshotFile,
  isKept: boolean,
): Promise<StoredSnapshotFile | null> {
  const path = join(directory, snapshot.name)
  const facts = { file: path, bytes: 0, isKept }
  const file = await fileSystem.open(path, 'read').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    return notRead(path, 0, error)
  })
  if (file === null) return null
  if (file instanceof RaftedError) return { ...facts, key, fault: file }
  try {
    facts.bytes = await file.size()
    const opened = await inspect(file, path, null, snapshot)
    if (groupKey(opened.group) !== key)
      throw damaged(path, 0, `it is of group "${opened.group}", and its name says otherwise`)
    if (content && isKept) for await (const _ of contentOf(opened));
    return { ...facts, group: opened.group, meta: opened.meta, fault: null }
  } catch (error) {
    return { ...facts, key, fault: notRead(path, 0, error) }
  } finally {
    await file.close()
  }
}
