/** What a process asks of the file system, and the error that it gets. */

/** What is asked: a method of `FileSystem`, of its handles or of `Machine`, by its name. */
export type FileOperationName =
  | 'open'
  | 'write'
  | 'read'
  | 'sync'
  | 'truncate'
  | 'size'
  | 'close'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'exists'
  | 'free'
  | 'listen'
  | 'probe'

/** What a process asks of the file system, as `onOperation` and the deciders of faults see it. */
export interface FileOperation {
  /** From 1, over all processes. */
  readonly number: number
  readonly name: FileOperationName
  /** Of the file, as it was opened, of the socket, or of the directory. */
  readonly path: string
  /** The new path of a rename. */
  readonly to: string | null
  /** Of a write or a read: where. Of a truncate: the new length. Else 0. */
  readonly position: number
  /** Of a write or a read: how many. Else 0. */
  readonly bytes: number
}

const texts = {
  EADDRINUSE: 'address already in use',
  EBADF: 'bad file descriptor',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENAMETOOLONG: 'name too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
} as const

/** The errors that the simulated file system gives, as Node.js names them. */
export type FileErrorCode = keyof typeof texts

/** Looks like the errors of Node's own `fs`: a `code`, the `syscall` (here the operation) and the `path`. */
export class FileError extends Error {
  /** As Node.js has it: `ENOSPC`. */
  readonly code: FileErrorCode
  /** The operation that failed. */
  readonly syscall: string
  /** What it was asked of. */
  readonly path: string

  constructor(code: FileErrorCode, { name, path }: Pick<FileOperation, 'name' | 'path'>) {
    super(`${code}: ${texts[code]}, ${name} '${path}'`)
    this.code = code
    this.syscall = name
    this.path = path
  }
}
