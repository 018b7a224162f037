/** Files in memory, and the machine of a process that uses them. All of it happens at once, and a directory is made in no time from what is in it. */
import { posix } from 'node:path'
import type { FileHandle, FileSystem } from '@rafted/contracts'
import type { Machine } from '@rafted/storage'

interface File {
  /** Replaced, never changed: many directories share it. */
  bytes: Uint8Array
  /** What the disk can't read. */
  readonly bad: readonly Range[]
}

/** Of bytes in a file. */
export interface Range {
  readonly from: number
  readonly to: number
}

export class PlainFiles implements FileSystem {
  readonly #files = new Map<string, File>()
  readonly #directories = new Set<string>(['/'])
  readonly #sockets = new Set<string>()
  readonly machine: Machine

  /** @param files by their absolute paths. @param bad what of them the disk can't read. */
  constructor(
    files: ReadonlyMap<string, Uint8Array> = new Map(),
    bad: ReadonlyMap<string, readonly Range[]> = new Map(),
  ) {
    for (const [path, bytes] of files) {
      this.#files.set(path, { bytes, bad: bad.get(path) ?? [] })
      this.#make(posix.dirname(path))
    }
    this.machine = {
      processId: 1,
      hostName: 'plain',
      bootId: async () => 'boot',
      listen: async (directory, name) => {
        const path = `${directory}/${name}`
        this.#sockets.add(path)
        return { close: async () => void this.#sockets.delete(path) }
      },
      // Whoever listened here before has ended.
      probe: async (directory, name) => (this.#sockets.has(`${directory}/${name}`) ? 'accepted' : 'refused'),
    }
  }

  /** All files by their absolute paths, as they are now. */
  get all(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes]))
  }

  async open(path: string, mode: 'create' | 'write' | 'read'): Promise<FileHandle> {
    const found = this.#files.get(path)
    if (mode === 'create' && found !== undefined) throw failed('EEXIST', path)
    if (mode !== 'create' && found === undefined) throw failed('ENOENT', path)
    const file = found ?? { bytes: new Uint8Array(0), bad: [] }
    this.#files.set(path, file)
    return new PlainFile(file)
  }

  async list(directory: string): Promise<readonly string[]> {
    if (!this.#directories.has(directory)) throw failed('ENOENT', directory)
    const paths = [...this.#files.keys(), ...this.#directories, ...this.#sockets]
    return paths
      .filter((path) => posix.dirname(path) === directory && path !== '/')
      .map((path) => posix.basename(path))
  }

  async makeDirectory(path: string): Promise<void> {
    this.#make(path)
  }

  #make(path: string): void {
    for (let at = path; !this.#directories.has(at); at = posix.dirname(at)) this.#directories.add(at)
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#files.get(from)
    if (file === undefined) throw failed('ENOENT', from)
    this.#files.delete(from)
    this.#files.set(to, file)
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(path)
  }

  async syncDirectory(): Promise<void> {}

  async exists(path: string): Promise<boolean> {
    return this.#files.has(path) || this.#directories.has(path)
  }

  async free(): Promise<null> {
    return null
  }
}

class PlainFile implements FileHandle {
  readonly #file: File

  constructor(file: File) {
    this.#file = file
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const { bytes } = this.#file
    const length = parts.reduce((sum, part) => sum + part.length, position)
    const written = new Uint8Array(Math.max(bytes.length, length))
    written.set(bytes)
    let at = position
    for (const part of parts) {
      written.set(part, at)
      at += part.length
    }
    this.#file.bytes = written
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const { bytes, bad } = this.#file
    if (bad.some(({ from, to }) => from < position + length && to > position))
      throw failed('EIO', 'a bad place')
    return bytes.slice(position, position + length)
  }

  async sync(): Promise<void> {}

  async truncate(length: number): Promise<void> {
    const { bytes } = this.#file
    this.#file.bytes = new Uint8Array(length)
    this.#file.bytes.set(bytes.subarray(0, length))
  }

  async size(): Promise<number> {
    return this.#file.bytes.length
  }

  async close(): Promise<void> {}
}

function failed(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
