/** A host's directory for whoever only looks: tools, people, whoever must choose among survivors. */
import { resolve } from 'node:path'
import { type Clock, type FileSystem, isRaftedError, RaftedError } from '@rafted/contracts'
import { type Marker, readMarker } from '../files/directory-marker.ts'
import type { Machine } from '../files/machine.ts'
import { storageFailed } from '../files/storage-failed.ts'
import { codeOf } from '../files/text-record.ts'
import { nodeFileSystem } from '../node-file-system.ts'
import { nodeMachine } from '../node-machine.ts'
import { findHolder, type Holder } from './holder.ts'
import { openStoredLog } from './log-reader.ts'
import { lookTwice } from './looks.ts'
import { readOnlyFiles } from './read-only-files.ts'
import { checkStorage, type StorageCheck } from './storage-check.ts'
import { bytesOf } from './stored-files.ts'
import type { StoredLog } from './stored-log.ts'
import { readSnapshots, type StoredSnapshotFile } from './stored-snapshots.ts'

/** Which directory is looked at. */
export interface ReadStorageOptions {
  /** A host's directory. */
  readonly path: string
  /** Told of each read of a file: how many bytes it gave. */
  readonly onRead?: (bytes: number) => void
  /** Default: the real one. */
  readonly fileSystem?: FileSystem
  /** Default: the one this process runs on. */
  readonly machine?: Machine
}

/** All methods look anew. */
export interface StoredDirectory {
  /** Absolute. */
  readonly path: string
  readonly cluster: string
  readonly host: string
  /** 32 hexadecimal digits, drawn when the directory was formatted. */
  readonly id: string
  /** Bytes of all files of the log and of snapshots. @throws {RaftedError} `storage-failed`. */
  bytes(): Promise<number>
  /**
   * Who holds the directory, or null. After a reboot, or where another machine may hold it, that takes three intervals of its lock by this clock
   * (three seconds, unless its owner set another one): only silence tells.
   * @throws {RaftedError} `storage-failed`, `version-mismatch`.
   */
  holder(clock: Clock): Promise<Holder | null>
  /**
   * The log; null if none was begun. Reads all that is needed of it, up to two segments at a time in memory; keeps its files open until it is closed.
   * @throws {RaftedError} `damaged-storage` (with file and offset), `version-mismatch`, `wrong-directory`, `storage-failed`.
   */
  log(): Promise<StoredLog | null>
  /** All files of snapshots, those of each group together, newest first; their content is not read. @throws {RaftedError} `storage-failed`. */
  snapshots(): Promise<readonly StoredSnapshotFile[]>
  /** Reads everything that counts, against every checksum. @throws {RaftedError} `storage-failed` if it can't look. */
  check(): Promise<StorageCheck>
}

/**
 * Opens a host's directory to look at it: takes no lock, writes nothing, and disturbs nobody who holds it. If somebody goes on writing there, what is
 * read is what stood there at one moment since it was asked for.
 *
 * @throws {RaftedError} `wrong-directory` if there is none, or none of Rafted's; `damaged-storage` if its marker is damaged or lost;
 * `version-mismatch` if a newer build wrote it; `storage-failed` on an I/O error.
 */
export async function readStorage(options: ReadStorageOptions): Promise<StoredDirectory> {
  const { fileSystem = nodeFileSystem(), machine = nodeMachine(), onRead = () => {} } = options
  const path = resolve(options.path)
  const files = readOnlyFiles(fileSystem, onRead)
  const look = <T>(run: () => Promise<T>): Promise<T> => naming(path, () => lookTwice(run))
  const marker = await look(() => markerOf(files, path))
  const { cluster, host, id } = marker
  const place = { fileSystem: files, path, id }
  return {
    path,
    cluster,
    host,
    id,
    bytes: () => look(() => bytesOf(files, path)),
    holder: (clock) =>
      look(() => findHolder({ directory: path, fileSystem: files, clock, machine, interval: 1000 })),
    // It looks twice by itself.
    log: () => naming(path, () => openStoredLog(place)),
    snapshots: () => look(() => readSnapshots({ ...place, content: false })),
    check: () => look(() => checkStorage(place)),
  }
}

async function markerOf(files: FileSystem, path: string): Promise<Marker> {
  try {
    const marker = await readMarker(files, path)
    if (marker !== null) return marker
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw wrong(path, `There is no directory ${path}.`)
    if (codeOf(error) === 'ENOTDIR') throw wrong(path, `${path} is no directory.`)
    if (!isRaftedError(error, 'wrong-directory')) throw error
    const found = (error.details.found as readonly string[]).map((name) => JSON.stringify(name)).join(', ')
    throw wrong(path, `${path} is no directory of a host: it holds ${found}.`)
  }
  throw wrong(path, `The directory ${path} is empty: no host has used it yet.`)
}

function wrong(path: string, what: string): RaftedError {
  const details = { directory: path }
  return new RaftedError('wrong-directory', `${what} Name the directory of a host.`, {
    outcome: 'not-applied',
    details,
  })
}

async function naming<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw storageFailed('The directory', path, error)
  }
}
