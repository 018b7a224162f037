/** All files and directories of one simulated disk, by path, with the errors that a kernel gives. */
import { posix } from 'node:path'
import { RaftedError } from '@rafted/contracts'
import { FileError, type FileOperation } from './file-operation.ts'
import { type EntryOperation, type FileNode, SimulatedDirectory } from './simulated-directory.ts'
import { SimulatedFile } from './simulated-file.ts'

const MAX_NAME_BYTES = 255

/** Paths whose parts are remembered. */
const MAX_KNOWN_PATHS = 1024

interface Place {
  readonly directory: SimulatedDirectory
  /** Empty: the directory is the root. */
  readonly name: string
  readonly node: FileNode | undefined
}

export type NamedFile = readonly [path: string, file: SimulatedFile]

export class FileTree {
  readonly root: SimulatedDirectory
  readonly #parts = new Map<string, readonly string[]>()
  /** Those that take room: named, or still open. */
  readonly #files = new Set<SimulatedFile>()
  #named: readonly NamedFile[] | null = null

  constructor(root: SimulatedDirectory = new SimulatedDirectory()) {
    this.root = root
    this.#adopt(root, new Set())
  }

  /** After a crash names are counted anew. */
  #adopt(directory: SimulatedDirectory, known: Set<FileNode>): void {
    known.add(directory)
    for (const node of directory.seen.values()) {
      if (node instanceof SimulatedFile) {
        node.names++
        this.#files.add(node)
      } else if (!known.has(node)) this.#adopt(node, known)
    }
  }

  /** Bytes that all files take. */
  get used(): number {
    let sum = 0
    for (const file of this.#files) sum += file.used
    return sum
  }

  /** All files with their paths: the same array until one gets or loses a name. */
  get named(): readonly NamedFile[] {
    this.#named ??= namedIn(this.root, '')
    return this.#named
  }

  node(operation: FileOperation): FileNode {
    const { name, node } = this.#place(operation, operation.path)
    if (name === '') return this.root
    if (node === undefined) throw new FileError('ENOENT', operation)
    return node
  }

  create(operation: FileOperation): SimulatedFile {
    const { directory, name, node } = this.#place(operation, operation.path)
    if (name === '' || node !== undefined) throw new FileError('EEXIST', operation)
    const file = new SimulatedFile()
    this.#enter({ kind: 'create', path: operation.path, to: null, open: 0 }, directory, name, file)
    return file
  }

  file(operation: FileOperation): SimulatedFile {
    const node = this.node(operation)
    if (node instanceof SimulatedFile) return node
    throw new FileError('EISDIR', operation)
  }

  directory(operation: FileOperation): SimulatedDirectory {
    const node = this.node(operation)
    if (node instanceof SimulatedDirectory) return node
    throw new FileError('ENOTDIR', operation)
  }

  exists(operation: FileOperation): boolean {
    const parts = this.#partsOf(operation, operation.path)
    let node: FileNode | undefined = this.root
    for (const part of parts) node = node instanceof SimulatedDirectory ? node.seen.get(part) : undefined
    return node !== undefined
  }

  makeDirectory(operation: FileOperation): void {
    let directory = this.root
    let path = ''
    for (const name of this.#partsOf(operation, operation.path)) {
      path += `/${name}`
      let node = directory.seen.get(name)
      if (node === undefined) {
        node = new SimulatedDirectory()
        directory.change({ kind: 'create', path, to: null, open: 0 }, name, node)
      }
      if (node instanceof SimulatedFile) throw new FileError('EEXIST', operation)
      directory = node
    }
  }

  remove(operation: FileOperation): void {
    const { directory, name, node } = this.#place(operation, operation.path)
    if (name === '' || node instanceof SimulatedDirectory) throw new FileError('EISDIR', operation)
    if (node === undefined) return
    this.#enter({ kind: 'remove', path: operation.path, to: null, open: 0 }, directory, name, null)
  }

  rename(operation: FileOperation): void {
    const { path } = operation
    const to = operation.to!
    const source = this.#place(operation, path)
    const target = this.#place(operation, to)
    if (source.name === '' || target.name === '') throw new FileError('EINVAL', operation)
    if (source.node === undefined) throw new FileError('ENOENT', operation)
    if (source.node === target.node) return
    checkReplaced(operation, source.node, target.node)
    if (source.node instanceof SimulatedDirectory && source.directory !== target.directory)
      throw new RaftedError(
        'unsupported',
        `The simulated file system renames a directory within its parent only, not ${path} to ${to}. Move its files.`,
        { outcome: 'not-applied' },
      )
    const change: EntryOperation = { kind: 'rename', path, to, open: 0 }
    this.#enter(change, target.directory, target.name, source.node)
    this.#enter(change, source.directory, source.name, null)
  }

  opened(file: SimulatedFile): void {
    file.handles++
  }

  closed(file: SimulatedFile): void {
    file.handles--
    this.#release(file)
  }

  #enter(
    operation: EntryOperation,
    directory: SimulatedDirectory,
    name: string,
    node: FileNode | null,
  ): void {
    this.#named = null
    const old = directory.seen.get(name)
    directory.change(operation, name, node)
    if (node instanceof SimulatedFile) {
      node.names++
      this.#files.add(node)
    }
    if (old instanceof SimulatedFile) {
      old.names--
      this.#release(old)
    }
  }

  #release(file: SimulatedFile): void {
    if (file.names === 0 && file.handles === 0) this.#files.delete(file)
  }

  #place(operation: FileOperation, path: string): Place {
    const parts = this.#partsOf(operation, path)
    const name = parts.at(-1) ?? ''
    let directory = this.root
    for (let i = 0; i < parts.length - 1; i++) {
      const node = directory.seen.get(parts[i]!)
      if (node === undefined) throw new FileError('ENOENT', operation)
      if (node instanceof SimulatedFile) throw new FileError('ENOTDIR', operation)
      directory = node
    }
    return { directory, name, node: directory.seen.get(name) }
  }

  #partsOf(operation: FileOperation, path: string): readonly string[] {
    let parts = this.#parts.get(path)
    if (parts === undefined) {
      parts = partsOf(operation, path)
      if (this.#parts.size >= MAX_KNOWN_PATHS) this.#parts.clear()
      this.#parts.set(path, parts)
    }
    return parts
  }
}

function namedIn(directory: SimulatedDirectory, path: string): NamedFile[] {
  return [...directory.seen].flatMap(([name, node]) =>
    node instanceof SimulatedFile ? [[`${path}/${name}`, node] as const] : namedIn(node, `${path}/${name}`),
  )
}

function checkReplaced(operation: FileOperation, node: FileNode, replaced: FileNode | undefined): void {
  if (replaced === undefined) return
  if (node instanceof SimulatedFile) {
    if (replaced instanceof SimulatedDirectory) throw new FileError('EISDIR', operation)
  } else if (replaced instanceof SimulatedFile) throw new FileError('ENOTDIR', operation)
  else if (replaced.seen.size > 0) throw new FileError('ENOTEMPTY', operation)
}

function partsOf(operation: FileOperation, path: string): string[] {
  if (!path.startsWith('/'))
    throw new RaftedError('invalid-argument', `Paths are absolute: ${operation.name} got "${path}".`, {
      outcome: 'not-applied',
    })
  const parts = posix.normalize(path).split('/').filter(Boolean)
  for (const part of parts)
    if (Buffer.byteLength(part) > MAX_NAME_BYTES) throw new FileError('ENAMETOOLONG', operation)
  return parts
}
