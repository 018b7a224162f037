/** A simulated file system in the hands of one process. */
import { type FileHandle, type FileSystem, RaftedError } from '@rafted/contracts'
import { FileError, type FileOperation, type FileOperationName } from './file-operation.ts'
import type { FileTree } from './file-tree.ts'
import type { SimulatedFile } from './simulated-file.ts'

export type Request = Omit<FileOperation, 'number'>

/** What an operation does. All of it takes no time: the time passes between `start` and `finish`. */
export interface Act<T> {
  /** When the process asks. */
  start?(operation: FileOperation, tree: FileTree): void
  /** When it is done. */
  finish(operation: FileOperation, tree: FileTree): T
  /** Instead of `finish`, where it fails. */
  fail?(operation: FileOperation, tree: FileTree): void
  /** Instead of `finish`, where the process is killed meanwhile. */
  interrupt?(): void
}

/** What carries out the operations of a process. */
export interface Kernel {
  perform<T>(request: Request, act: Act<T>): Promise<T>
  /** @returns how many bytes of a write that breaks off are there, 0 to `length`, by chance. */
  brokenOff(length: number): number
  /** Bytes that may still be taken. */
  room(): number
}

const none = { to: null, position: 0, bytes: 0 } as const

export class MountedFiles implements FileSystem {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  open(path: string, mode: 'create' | 'write' | 'read', through = false): Promise<FileHandle> {
    return this.#perform('open', path, (operation, tree) => {
      const file = mode === 'create' ? tree.create(operation) : tree.file(operation)
      tree.opened(file)
      return new MountedFile(this.#kernel, path, file, mode !== 'read', through)
    })
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#perform('list', directory, (operation, tree) => [...tree.directory(operation).seen.keys()])
  }

  makeDirectory(path: string): Promise<void> {
    return this.#perform('makeDirectory', path, (operation, tree) => tree.makeDirectory(operation))
  }

  rename(from: string, to: string): Promise<void> {
    const request: Request = { ...none, name: 'rename', path: from, to }
    return this.#kernel.perform(request, { finish: (operation, tree) => tree.rename(operation) })
  }

  remove(path: string): Promise<void> {
    return this.#perform('remove', path, (operation, tree) => tree.remove(operation))
  }

  syncDirectory(path: string): Promise<void> {
    let mark = 0
    return this.#kernel.perform<void>(
      { ...none, name: 'syncDirectory', path },
      {
        start: (operation, tree) => {
          mark = tree.directory(operation).mark()
        },
        finish: (operation, tree) => tree.directory(operation).synced(mark),
        fail: (operation, tree) => tree.directory(operation).dropped(mark),
      },
    )
  }

  exists(path: string): Promise<boolean> {
    return this.#perform('exists', path, (operation, tree) => tree.exists(operation))
  }

  free(path: string): Promise<number | null> {
    return this.#perform('free', path, (operation, tree) => {
      tree.node(operation)
      const room = this.#kernel.room()
      return room === Number.POSITIVE_INFINITY ? null : room
    })
  }

  #perform<T>(name: FileOperationName, path: string, finish: Act<T>['finish']): Promise<T> {
    return this.#kernel.perform({ ...none, name, path }, { finish })
  }
}

class MountedFile implements FileHandle {
  readonly #kernel: Kernel
  readonly #path: string
  readonly #file: SimulatedFile
  readonly #mayWrite: boolean
  readonly #through: boolean
  #closed = false
  /** A close waits for them: what they write to must not be another file by then. */
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(kernel: Kernel, path: string, file: SimulatedFile, mayWrite: boolean, through: boolean) {
    this.#kernel = kernel
    this.#path = path
    this.#file = file
    this.#mayWrite = mayWrite
    this.#through = through
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    await this.#write(parts, position)
    if (this.#through) await this.sync()
  }

  #write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const file = this.#file
    const writeUpTo = (count: number): void =>
      file.write(position, Buffer.concat(parts, length).subarray(0, count))
    const fitting = (): number => file.fitting(position, length, this.#kernel.room())
    const breakOff = (): void => writeUpTo(Math.min(this.#kernel.brokenOff(length), fitting()))
    return this.#perform<void>('write', position, length, {
      start: (operation) => this.#checkMayWrite(operation, 'EBADF'),
      finish: (operation) => {
        const written = fitting()
        writeUpTo(written)
        if (written < length) throw new FileError('ENOSPC', operation)
      },
      fail: breakOff,
      interrupt: breakOff,
    })
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#perform('read', position, length, { finish: () => this.#file.read(position, length) })
  }

  sync(): Promise<void> {
    let mark = 0
    return this.#perform<void>('sync', 0, 0, {
      start: () => {
        mark = this.#file.mark()
      },
      finish: () => this.#file.synced(mark),
      fail: () => this.#file.dropped(mark),
    })
  }

  truncate(length: number): Promise<void> {
    return this.#perform<void>('truncate', length, 0, {
      start: (operation) => this.#checkMayWrite(operation, 'EINVAL'),
      finish: () => this.#file.truncate(length),
    })
  }

  size(): Promise<number> {
    return this.#perform('size', 0, 0, { finish: () => this.#file.length })
  }

  async close(): Promise<void> {
    const again = this.#closed
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    const request: Request = { ...none, name: 'close', path: this.#path }
    await this.#kernel.perform<void>(request, {
      finish: (_, tree) => {
        if (!again) tree.closed(this.#file)
      },
    })
  }

  async #perform<T>(name: FileOperationName, position: number, bytes: number, act: Act<T>): Promise<T> {
    const call = this.#kernel.perform<T>(
      { name, path: this.#path, to: null, position, bytes },
      {
        ...act,
        start: (operation, tree) => {
          this.#checkUse(operation)
          act.start?.(operation, tree)
        },
      },
    )
    this.#underWay.add(call)
    try {
      return await call
    } finally {
      this.#underWay.delete(call)
    }
  }

  #checkUse(operation: FileOperation): void {
    if (this.#closed) throw new FileError('EBADF', operation)
    for (const value of [operation.position, operation.bytes])
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RaftedError(
          'invalid-argument',
          `${operation.name} of ${this.#path} got ${value}: give bytes, from 0.`,
          { outcome: 'not-applied' },
        )
  }

  #checkMayWrite(operation: FileOperation, code: 'EBADF' | 'EINVAL'): void {
    if (!this.#mayWrite) throw new FileError(code, operation)
  }
}
