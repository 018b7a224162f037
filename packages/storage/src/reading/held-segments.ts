/** The files of a log, all open at the same time: what is removed after that can still be read. */
import type { FileHandle, FileSystem } from '@rafted/contracts'
import { segmentNumbers } from '../files/log-read.ts'
import { segmentName } from '../files/log-segment.ts'
import { notRead } from '../files/storage-failed.ts'
import { sharedFile } from './read-only-files.ts'

export class HeldSegments {
  /** Ascending. */
  readonly numbers: readonly number[]
  readonly #files: ReadonlyMap<number, FileHandle>

  private constructor(files: ReadonlyMap<number, FileHandle>) {
    this.#files = files
    this.numbers = [...files.keys()]
  }

  /** @throws {RaftedError} `storage-failed`, also if one of them is removed meanwhile. */
  static async open(fileSystem: FileSystem, directory: string): Promise<HeldSegments> {
    const files = new Map<number, FileHandle>()
    try {
      for (const number of segmentNumbers(await fileSystem.list(directory))) {
        const path = `${directory}/${segmentName(number)}`
        const file = await fileSystem.open(path, 'read').catch((error: unknown) => {
          throw notRead(path, 0, error)
        })
        files.set(number, file)
      }
      return new HeldSegments(files)
    } catch (error) {
      await closeAll(files)
      throw error
    }
  }

  /** One of `numbers`. It stays open, whoever closes it. */
  open(number: number): FileHandle {
    return sharedFile(this.#files.get(number)!)
  }

  close(): Promise<void> {
    return closeAll(this.#files)
  }
}

async function closeAll(files: ReadonlyMap<number, FileHandle>): Promise<void> {
  await Promise.allSettled([...files.values()].map((file) => file.close()))
}
