/** The real file system: the one place that touches Node's. */
import { constants, writevSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import type { FileHandle, FileSystem } from '@rafted/contracts'
import { ensureDir } from 'fs-extra/esm'
import { writeWhole } from './whole-write.ts'

/** Nobody but the owner reads or writes what a host keeps. */
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

/** Writes of at most this many bytes don't go to the thread pool. */
const SMALL_WRITE_BYTES = 64 * 1024

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_RDWR } = constants
const flags = { create: O_RDWR | O_CREAT | O_EXCL, write: O_RDWR, read: O_RDONLY }

/**
 * The file system of this machine. Directories are made with mode 0700, files with 0600. Errors are Node's own, with their
 * `code` (`ENOENT`, `ENOSPC`, …).
 */
export function nodeFileSystem(): FileSystem {
  return fileSystem
}

const fileSystem: FileSystem = {
  async open(path, mode, through = false) {
    // O_DSYNC: one way to the thread pool and back for write and flush together. Where there is none, a flush follows.
    const direct = through ? (O_DSYNC ?? 0) : 0
    const file = await fs.open(path, flags[mode] | direct, FILE_MODE)
    return through ? new WriteThroughHandle(file, direct !== 0) : new NodeFileHandle(file)
  },
  list: (directory) => fs.readdir(directory),
  makeDirectory: (path) => ensureDir(path, { mode: DIRECTORY_MODE }),
  rename: (from, to) => fs.rename(from, to),
  remove: (path) => fs.unlink(path).catch((error: unknown) => unless(error, ['ENOENT'])),
  syncDirectory,
  exists: (path) =>
    fs.access(path).then(
      () => true,
      // Any other failure, as of a right that lacks, must not pass for "there is nothing".
      (error: unknown) => unless(error, ['ENOENT', 'ENOTDIR']) ?? false,
    ),
  async free(path) {
    const stats = await fs.statfs(path).catch((error: unknown) => unless(error, ['ENOSYS', 'ENOTSUP']))
    return stats === undefined ? null : stats.bavail * stats.bsize
  },
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await fs.open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

class NodeFileHandle implements FileHandle {
  readonly #file: fs.FileHandle

  constructor(file: fs.FileHandle) {
    this.#file = file
  }

  /**
   * A small write only copies into the page cache, which takes less time than the way to the thread pool and back; what
   * makes it durable, and takes long, is `sync`, and that never blocks the loop. A closed file has the descriptor −1, so it can't
   * be another file that is written.
   */
  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const small = parts.reduce((sum, { byteLength }) => sum + byteLength, 0) <= SMALL_WRITE_BYTES
    await writeWhole(small ? this.#writeNow : this.writeAside, parts, position)
  }

  readonly #writeNow = (parts: readonly Uint8Array[], position: number): number =>
    writevSync(this.#file.fd, parts, position)

  protected readonly writeAside = async (parts: readonly Uint8Array[], position: number): Promise<number> =>
    (await this.#file.writev(parts, position)).bytesWritten

  async read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    const fits = into !== undefined && into.byteLength >= length
    const bytes = fits ? into.subarray(0, length) : new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.#file.read(bytes, filled, length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  }

  /** Of metadata it flushes what reading the data back needs, the length among it. On macOS it reaches the disk itself (F_FULLFSYNC). */
  async sync(): Promise<void> {
    await this.#file.datasync()
  }

  async truncate(length: number): Promise<void> {
    await this.#file.truncate(length)
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size
  }

  /** Waits for calls under way on this handle: their descriptor must not become another file's. Flushes nothing. */
  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** Of a file whose every write is flushed: that takes long, so none is done at once. */
class WriteThroughHandle extends NodeFileHandle {
  readonly #isDirect: boolean

  /** @param isDirect the system flushes each write by itself. */
  constructor(file: fs.FileHandle, isDirect: boolean) {
    super(file)
    this.#isDirect = isDirect
  }

  override async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    await writeWhole(this.writeAside, parts, position)
    if (!this.#isDirect) await this.sync()
  }
}

/** Nothing, if the error has one of these codes. */
function unless(error: unknown, codes: readonly string[]): undefined {
  if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
  throw error
}
