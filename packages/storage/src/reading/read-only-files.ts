/** A file system as somebody sees it who only looks: whatever is done through it, nothing changes. */
import { type FileHandle, type FileSystem, RaftedError } from '@rafted/contracts'

/** @param onRead told of each read: how many bytes it gave. */
export function readOnlyFiles(files: FileSystem, onRead: (bytes: number) => void): FileSystem {
  return {
    async open(path, mode) {
      if (mode !== 'read') throw refused(path)
      return readOnlyFile(await files.open(path, 'read'), path, onRead)
    },
    list: (directory) => files.list(directory),
    exists: (path) => files.exists(path),
    free: (path) => files.free(path),
    makeDirectory: async (path) => refuse(path),
    rename: async (from) => refuse(from),
    remove: async (path) => refuse(path),
    syncDirectory: async (path) => refuse(path),
  }
}

function readOnlyFile(file: FileHandle, path: string, onRead: (bytes: number) => void): FileHandle {
  return {
    async read(position, length, into) {
      const bytes = await file.read(position, length, into)
      onRead(bytes.byteLength)
      return bytes
    },
    size: () => file.size(),
    close: () => file.close(),
    write: async () => refuse(path),
    truncate: async () => refuse(path),
    sync: async () => refuse(path),
  }
}

/** A file that others use as well: it stays open when one of them closes it. */
export function sharedFile(file: FileHandle): FileHandle {
  return {
    read: (position, length, into) => file.read(position, length, into),
    size: () => file.size(),
    write: (parts, position) => file.write(parts, position),
    truncate: (length) => file.truncate(length),
    sync: () => file.sync(),
    close: async () => {},
  }
}

function refuse(path: string): never {
  throw refused(path)
}

function refused(path: string): RaftedError {
  return new RaftedError('unsupported', `${path} is only looked at: nothing is changed here.`, {
    outcome: 'not-applied',
    details: { path },
  })
}
