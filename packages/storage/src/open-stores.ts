/** Logs and snapshots in a directory that this process holds already. */
import type { RaftedEvent, SnapshotStore } from '@rafted/contracts'
import type { FileStorageOptions } from './file-storage.ts'
import type { OpenDirectory } from './files/directory.ts'
import { openFileLogStore, type RenewableLogs } from './files/file-log-store.ts'
import { openFileSnapshotStore } from './files/file-snapshot-store.ts'
import { SharedFailure } from './files/shared-failure.ts'
import { storageFailed } from './files/storage-failed.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { settleRenewed } from './recovery/renewed-snapshots.ts'

/** Few enough that recovery reads little that is no longer needed, and many enough that a new file is rare. */
const SEGMENT_BYTES = 64 * 1024 * 1024

/** What `openStores` needs beside the directory. */
export type StoresOptions = Pick<
  FileStorageOptions,
  'clock' | 'random' | 'observer' | 'segmentBytes' | 'quotaBytes' | 'fileSystem'
>

/** Both stores in a directory that this process holds. Close both before it. @throws as `openFileStorage`. */
export async function openStores(
  directory: OpenDirectory,
  options: StoresOptions,
): Promise<{ readonly logs: RenewableLogs; readonly snapshots: SnapshotStore }> {
  const {
    fileSystem = nodeFileSystem(),
    segmentBytes = SEGMENT_BYTES,
    quotaBytes = Infinity,
    clock,
    random,
    observer,
  } = options
  const event = (what: RaftedEvent): void => {
    try {
      observer?.event?.(what)
    } catch {
      // What an observer throws is dropped.
    }
  }
  const { path, id, lock } = directory
  let snapshots: SnapshotStore | null = null
  const failure = new SharedFailure()
  try {
    const settleNext = (): Promise<void> => settleRenewed({ fileSystem, path, id })
    snapshots = await openFileSnapshotStore({ directory, fileSystem, failure, settleNext })
    const common = { fileSystem, clock, random, lock, path, directory: id }
    const logs = await openFileLogStore({ ...common, segmentBytes, quotaBytes, failure, event })
    return { logs, snapshots }
  } catch (error) {
    await snapshots?.close()
    throw storageFailed('The log in', path, error)
  }
}
