/** Logs and snapshots of a host on files, in a directory of its own. */
import type { Clock, FileSystem, LogStore, Observer, Random, SnapshotStore } from '@rafted/contracts'
import { openDirectory } from './files/directory.ts'
import type { Machine } from './files/machine.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { openStores } from './open-stores.ts'
import type { Storage } from './storage.ts'

/** Whose storage it is, where it stands, and how large it may get. */
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
