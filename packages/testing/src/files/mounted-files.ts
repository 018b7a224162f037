/** A simulated file system in the hands of one process. */
import { type FileHandle, type FileSystem, RaftedError } from '@rafted/contracts'
import { FileError, type FileOperation, type FileOperationName } from './file-operation.ts'
import type { FileTree } from './file-tree.ts'
import type { SimulatedFile } from './simulated-file.ts'

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
  /** Of a sync: whether there is nothing to be made durable. */
  isIdle?(operation: FileOperation, tree: FileTree): boolean
  /** After all these, and before whoever asked hears of it. */
  end?(): void
}

/** What carries out the operations of a process. */
export interface Kernel {
  perform<T>(
    name: FileOperationName,
    path: string,
    to: string | null,
    position: number,
    bytes: number,
    act: Act<T>,
  ): Promise<T>
  /** @returns how many bytes of a write that breaks off are there, 0 to `length`, by chance. */
  brokenOff(length: number): number
  /** Bytes that may still be taken. */
  room(): number
  /** A write has found too little room. */
  full(): void
  /** Whether one thing of a sync that fails has got to the disk, by chance. */
  readonly arrives: () => boolean
}

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
    return this.#kernel.perform('rename', from, to, 0, 0, {
      finish: (operation, tree) => tree.rename(operation),
    })
  }

  remove(path: string): Promise<void> {
    return this.#perform('remove', path, (operation, tree) => tree.remove(operation))
  }

  syncDirectory(path: string): Promise<void> {
    let mark = 0
    return this.#kernel.perform<void>('syncDirectory', path, null, 0, 0, {
      start: (operation, tree) => {
        mark = tree.directory(operation).mark()
      },
      finish: (operation, tree) => tree.directory(operation).synced(mark),
      fail: (operation, tree) => tree.directory(operation).dropped(mark, this.#kernel.arrives),
      isIdle: (operation, tree) => !tree.directory(operation).isDirty,
    })
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
    return this.#kernel.perform(name, path, null, 0, 0, { finish })
  }
}

function placed(bytes: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  if (into === undefined || into.length < bytes.length) return bytes
  into.set(bytes)
  return into.subarray(0, bytes.length)
}

class MountedFile implements FileHandle {
  readonly #kernel: Kernel
  readonly #path: string
  readonly #file: SimulatedFile
  readonly #mayWrite: boolean
  readonly #through: boolean
  #closed = false
  /** How many calls wait for their time to pass. A close waits for them: what they write to must not be another file by then. */
  #underWay = 0
  #idle: (() => void)[] = []

  constructor(kernel: Kernel, path: string, file: SimulatedFile, mayWrite: boolean, through: boolean) {
    this.#kernel = kernel
    this.#path = path
    this.#file = file
    this.#mayWrite = mayWrite
    this.#through = through
  }

  write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const written = this.#write(parts, position)
    return this.#through ? written.then(() => this.sync()) : written
  }

  #write(parts: readonly Uint8Array[], position: number): Promise<void> {
    let length = 0
    for (const part of parts) length += part.length
    const file = this.#file
    const writeUpTo = (count: number): void => {
      const bytes = joined(parts, length)
      file.write(position, count === length ? bytes : bytes.subarray(0, count))
    }
    const fitting = (): number => file.fitting(position, length, this.#kernel.room())
    const breakOff = (): void => writeUpTo(Math.min(this.#kernel.brokenOff(length), fitting()))
    return this.#perform<void>('write', position, length, {
      start: (operation) => this.#start(operation, 'EBADF'),
      finish: (operation) => {
        const written = fitting()
        writeUpTo(written)
        if (written === length) return
        this.#kernel.full()
        throw new FileError('ENOSPC', operation)
      },
      fail: breakOff,
      interrupt: breakOff,
      end: this.#end,
    })
  }

  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    // Whoever still needs what was there learns it at once.
    into?.fill(0xa5)
    return this.#perform('read', position, length, {
      start: (operation) => this.#start(operation),
      finish: () => placed(this.#file.read(position, length), into),
      end: this.#end,
    })
  }

  sync(): Promise<void> {
    let mark = 0
    return this.#perform<void>('sync', 0, 0, {
      start: (operation) => {
        this.#start(operation)
        mark = this.#file.mark()
      },
      finish: () => this.#file.synced(mark),
      fail: () => this.#file.dropped(mark, this.#kernel.arrives),
      isIdle: () => !this.#file.isDirty,
      end: this.#end,
    })
  }

  truncate(length: number): Promise<void> {
    return this.#perform<void>('truncate', length, 0, {
      start: (operation) => this.#start(operation, 'EINVAL'),
      finish: () => this.#file.truncate(length),
      end: this.#end,
    })
  }

  size(): Promise<number> {
    return this.#perform('size', 0, 0, {
      start: (operation) => this.#start(operation),
      finish: () => this.#file.length,
      end: this.#end,
    })
  }

  async close(): Promise<void> {
    const again = this.#closed
    this.#closed = true
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.#perform<void>('close', 0, 0, {
      finish: (_, tree) => {
        if (!again) tree.closed(this.#file)
      },
    })
  }

  #perform<T>(name: FileOperationName, position: number, bytes: number, act: Act<T>): Promise<T> {
    return this.#kernel.perform<T>(name, this.#path, null, position, bytes, act)
  }

  /** @param unlessWritten the error of a file that was opened to read, if that is one. */
  #start(operation: FileOperation, unlessWritten: 'EBADF' | 'EINVAL' | null = null): void {
    if (this.#closed) throw new FileError('EBADF', operation)
    for (const value of [operation.position, operation.bytes])
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RaftedError(
          'invalid-argument',
          `${operation.name} of ${this.#path} got ${value}: give bytes, from 0.`,
          { outcome: 'not-applied' },
        )
    if (unlessWritten !== null && !this.#mayWrite) throw new FileError(unlessWritten, operation)
    this.#underWay++
  }

  readonly #end = (): void => {
    this.#underWay--
    if (this.#underWay > 0) return
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}

/** A copy of its own: whoever gave the parts may change them. */
function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
