/** A host's directory: formatted when it is first opened, bound to cluster and host, held by one process at a time. */
import { dirname, join, resolve } from 'node:path'
import {
  type Clock,
  drawId,
  type FileSystem,
  type Observer,
  RaftedError,
  type Random,
} from '@rafted/contracts'
import { hasLoneSurrogate, MAX_ID_BYTES, MAX_NAME_BYTES, utf8Length } from '@rafted/wire'
import { nodeMachine } from '../node-machine.ts'
import { type DirectoryLock, takeDirectoryLock } from './directory-lock.ts'
import { BEGUN, checkOwner, type Marker, readMarker, writeMarker } from './directory-marker.ts'
import { MAX_INTERVAL_MS, MIN_INTERVAL_MS } from './lock-claim.ts'
import type { Machine } from './machine.ts'
import { storageFailed } from './storage-failed.ts'
import { codeOf } from './text-record.ts'
import { removeTemporaries } from './whole-file.ts'

/** Where a host's directory is, and whose. */
export interface DirectoryOptions {
  /** Where it is. Made, with those above it, if it does not exist. */
  readonly path: string
  /** The cluster's name: at most 255 bytes. */
  readonly cluster: string
  /** The host's id: at most 64 bytes. */
  readonly host: string
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  /** Told with `storage-failed` if the directory turns out to be taken by another process. */
  readonly observer?: Observer
  /** Default: the one this process runs on. A file system that is not this machine's needs another one. */
  readonly machine?: Machine
  /**
   * How often an owner gives a sign of life at least, in milliseconds. On another machine, or after a reboot, a new owner waits
   * three of them. Default 1000; from 10 to 60,000.
   */
  readonly lockInterval?: number
}

/** A host's directory that this process holds, until it is closed. */
export interface OpenDirectory {
  /** Absolute. */
  readonly path: string
  /** 32 hexadecimal digits, drawn when the directory was formatted. */
  readonly id: string
  readonly lock: DirectoryLock
  /** Gives it back. Nothing may be written in it after that. */
  close(): Promise<void>
}

/**
 * Opens a directory, and formats it if it is empty or missing: a marker names cluster and host, and no other ones open it.
 *
 * @throws {RaftedError} `directory-in-use`, naming who has it; `wrong-directory` if it belongs to another cluster or host, or
 * holds something else; `damaged-storage` if its marker is damaged or lost; `version-mismatch` if a newer build wrote it;
 * `unsupported` if it can hold no socket; `storage-failed` on an I/O error; `invalid-argument`.
 */
export async function openDirectory(options: DirectoryOptions): Promise<OpenDirectory> {
  checkOptions(options)
  const path = resolve(options.path)
  try {
    return await open(path, options)
  } catch (error) {
    throw storageFailed('The directory', path, error)
  }
}

async function open(path: string, options: DirectoryOptions): Promise<OpenDirectory> {
  const { fileSystem, clock, random, cluster, host, observer } = options
  const made = await makeDirectories(fileSystem, path)
  // A directory that is not ours is left as it is: looked at before the lock writes into it.
  const before = await readMarker(fileSystem, path)
  if (before !== null) checkOwner(path, before, cluster, host)
  const setting = {
    directory: path,
    fileSystem,
    clock,
    random,
    machine: options.machine ?? nodeMachine(),
    interval: options.lockInterval ?? 1000,
  }
  const lock = await takeDirectoryLock(setting, (error) => {
    try {
      observer?.event?.({ kind: 'storage-failed', level: 'error', error })
    } catch {
      // What an observer throws is dropped.
    }
  })
  try {
    await removeTemporaries(fileSystem, path)
    const found = await readMarker(fileSystem, path)
    if (found !== null) checkOwner(path, found, cluster, host)
    const marker = found ?? (await format(path, made, options))
    // The flush that should have made it durable may have failed; what is written anew is flushed in earnest (F78).
    if (found !== null && !(await fileSystem.exists(join(path, BEGUN))))
      await writeMarker(fileSystem, path, found)
    // What a former run did in it may not be durable yet (F80).
    await fileSystem.syncDirectory(path)
    return { path, id: marker.id, lock, close: () => lock.release() }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function format(path: string, made: readonly string[], options: DirectoryOptions): Promise<Marker> {
  const { fileSystem, random, cluster, host } = options
  const marker = { cluster, host, id: drawId(random) }
  // The directory itself is an entry of the one above it. A run that made it may have ended before this, so all are flushed; and before there is a
  // marker, since whoever finds one takes them for durable.
  for (let below = path; dirname(below) !== below; below = dirname(below))
    await fileSystem.syncDirectory(dirname(below)).catch((error: unknown) => {
      if (made.includes(below) || !/^(EACCES|EPERM)$/.test(codeOf(error) ?? '')) throw error
    })
  await writeMarker(fileSystem, path, marker)
  return marker
}

/** @returns the directories that did not exist. */
async function makeDirectories(fileSystem: FileSystem, path: string): Promise<readonly string[]> {
  const missing: string[] = []
  let at = path
  while (dirname(at) !== at && !(await fileSystem.exists(at))) {
    missing.push(at)
    at = dirname(at)
  }
  if (missing.length > 0) await fileSystem.makeDirectory(path)
  return missing
}

function checkOptions({ path, cluster, host, lockInterval = 1000 }: DirectoryOptions): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) refuse('The directory has no path.')
  checkName('cluster', cluster, MAX_NAME_BYTES)
  checkName('host', host, MAX_ID_BYTES)
  if (!(lockInterval >= MIN_INTERVAL_MS && lockInterval <= MAX_INTERVAL_MS))
    refuse(`A lock interval of ${lockInterval} ms is not from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS} ms.`)
}

function checkName(what: string, name: string, max: number): void {
  if (typeof name !== 'string' || name === '' || hasLoneSurrogate(name) || utf8Length(name) > max)
    refuse(`The name of the ${what} must have from 1 to ${max} bytes of UTF-8.`)
}

function refuse(message: string): never {
  throw new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
