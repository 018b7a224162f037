/** A file system in memory, without faults: files are plain bytes that a test may look at and change. */
import type { FileHandle, FileSystem } from '@rafted/contracts'

export class MemoryFileSystem implements FileSystem {
  files = new Map<string, Uint8Array>()
  /** What is removed can be read by whoever has it open. */
  readonly removed = new Map<string, Uint8Array>()
  readonly directories = new Set<string>()
  /** Of `sync`, in all. */
  syncs = 0
  /** Holds back each `sync` while it is set. */
  hold: Promise<void> | null = null
  /** Holds back each `read` while it is set. */
  holdReads: Promise<void> | null = null
  /** Makes each `sync` fail while it is set. */
  failure: Error | null = null
  freeBytes: number | null = null
  /** What of a file the disk can't read. */
  unreadable: { readonly path: string; readonly from: number; readonly to: number } | null = null

  /** The same files again, to be changed apart from these. */
  copy(): MemoryFileSystem {
    const other = new MemoryFileSystem()
    for (const [path, bytes] of this.files) other.files.set(path, bytes.slice())
    for (const path of this.directories) other.directories.add(path)
    return other
  }

  async open(path: string, mode: 'create' | 'write' | 'read', through = false): Promise<FileHandle> {
    const exists = this.files.has(path)
    if (mode === 'create' && exists) throw coded('EEXIST', path)
    if (mode !== 'create' && !exists) throw coded('ENOENT', path)
    if (mode === 'create') this.files.set(path, new Uint8Array(0))
    return new MemoryFileHandle(this, path, through)
  }

  async list(directory: string): Promise<readonly string[]> {
    const names = [...this.files.keys()].filter((path) => path.startsWith(`${directory}/`))
    return names.map((path) => path.slice(directory.length + 1)).filter((name) => !name.includes('/'))
  }

  async makeDirectory(path: string): Promise<void> {
    this.directories.add(path)
  }

  async rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.files.get(from)!)
    this.files.delete(from)
  }

  async remove(path: string): Promise<void> {
    this.removed.set(path, this.files.get(path) ?? new Uint8Array(0))
    this.files.delete(path)
  }

  async syncDirectory(): Promise<void> {}

  async exists(path: string): Promise<boolean> {
    return this.files.has(path) || this.directories.has(path)
  }

  async free(): Promise<number | null> {
    return this.freeBytes
  }
}

class MemoryFileHandle implements FileHandle {
  readonly #system: MemoryFileSystem
  readonly #path: string
  readonly #through: boolean

  constructor(system: MemoryFileSystem, path: string, through: boolean) {
    this.#through = through
    this.#system = system
    this.#path = path
  }

  #closed = false

  get #bytes(): Uint8Array {
    if (this.#closed) throw coded('EBADF', this.#path)
    const { files, removed } = this.#system
    return files.get(this.#path) ?? removed.get(this.#path)!
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.byteLength, position)
    const bytes = new Uint8Array(Math.max(length, this.#bytes.length))
    bytes.set(this.#bytes)
    let at = position
    for (const part of parts) {
      bytes.set(part, at)
      at += part.byteLength
    }
    this.#system.files.set(this.#path, bytes)
    if (this.#through) await this.sync()
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    await this.#system.holdReads
    const { unreadable } = this.#system
    if (unreadable?.path === this.#path && position < unreadable.to && position + length > unreadable.from)
      throw coded('EIO', this.#path)
    return this.#bytes.slice(position, position + length)
  }

  async sync(): Promise<void> {
    this.#system.syncs++
    await this.#system.hold
    if (this.#system.failure !== null) throw this.#system.failure
  }

  async truncate(length: number): Promise<void> {
    this.#system.files.set(this.#path, this.#bytes.slice(0, length))
  }

  async size(): Promise<number> {
    return this.#bytes.length
  }

  async close(): Promise<void> {
    if (this.#closed) throw coded('EBADF', this.#path)
    this.#closed = true
  }
}

function coded(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
