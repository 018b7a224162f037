/** Logs and snapshots of a host on files, in a directory of its own. */
import type {
  Clock,
  FileSystem,
  LogStore,
  Observer,
  RaftedEvent,
  Random,
  SnapshotStore,
} from '@rafted/contracts'
import { type OpenDirectory, openDirectory } from './files/directory.ts'
import { openFileLogStore, type RenewableLogs } from './files/file-log-store.ts'
import { openFileSnapshotStore } from './files/file-snapshot-store.ts'
import type { Machine } from './files/machine.ts'
import { SharedFailure } from './files/shared-failure.ts'
import { storageFailed } from './files/storage-failed.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { settleRenewed } from './recovery/renewed-snapshots.ts'
import type { Storage } from './storage.ts'

/** Few enough that recovery reads little that is no longer needed, and many enough that a new file is rare. */
const SEGMENT_BYTES = 64 * 1024 * 1024

export interface FileStorageOptions {
  /** The host's directory, no other host's. Made if it is missing. */
  readonly path: string
  /** The cluster's name: at most 255 bytes. */
  readonly cluster: string
  /** The host's id: at most 64 bytes. */
  readonly host: string
  readonly clock: Clock
  readonly random: Random
  /**
   * Is told how far a long opening has come (`log-opening`), of repairs (`log-repaired`), of what can't be read any more (`log-unreadable`), and of the end
   * of the storage (`storage-failed`).
   */
  readonly observer?: Observer
  /** Bytes after which a file of the log is followed by the next. Default 64 MiB. */
  readonly segmentBytes?: number
  /** Bytes of log files at which `room` says `full`, `low` from nine tenths on. Default: what the disk has. */
  readonly quotaBytes?: number
  /** Default: the real one. */
  readonly fileSystem?: FileSystem
  /** Default: the one this process runs on. */
  readonly machine?: Machine
}

/**
 * Opens the storage in a directory; formats it if it is empty. It is this process's until both stores are closed.
 *
 * @throws {RaftedError} `directory-in-use`, `wrong-directory`, `damaged-storage` (with file and offset), `version-mismatch`,
 * `unsupported`, `storage-failed`, `invalid-argument`.
 */
export async function openFileStorage(options: FileStorageOptions): Promise<Storage> {
  const { fileSystem = nodeFileSystem() } = options
  const directory = await openDirectory({ ...options, fileSystem })
  try {
    const { logs, snapshots } = await openStores(directory, options)
    return closingLast(logs, snapshots, () => directory.close())
  } catch (error) {
    await directory.close()
    throw error
  }
}

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

/** The directory is given back when both stores are closed, however that goes. */
function closingLast(logs: LogStore, snapshots: SnapshotStore, closeDirectory: () => Promise<void>): Storage {
  let open = 2
  const closing = (close: () => Promise<void>): (() => Promise<void>) => {
    let closed: Promise<void> | null = null
    const both = async (): Promise<void> => {
      try {
        await close()
      } finally {
        if (--open === 0) await closeDirectory()
      }
    }
    return () => {
      closed ??= both()
      return closed
    }
  }
  logs.close = closing(logs.close.bind(logs))
  snapshots.close = closing(snapshots.close.bind(snapshots))
  return { logs, snapshots }
}
