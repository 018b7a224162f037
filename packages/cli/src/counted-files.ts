/** A file system that says how much is read, for those who watch. */
import type { FileHandle, FileSystem } from '@rafted/contracts'

/** @param onRead told of each read of a file: how many bytes it gave. */
export function countedFiles(files: FileSystem, onRead: (bytes: number) => void): FileSystem {
  return {
    open: async (path, mode, through) => counted(await files.open(path, mode, through), onRead),
    list: (directory) => files.list(directory),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    exists: (path) => files.exists(path),
    free: (path) => files.free(path),
  }
}

function counted(file: FileHandle, onRead: (bytes: number) => void): FileHandle {
  return {
    write: (parts, position) => file.write(parts, position),
    async read(position, length, into) {
      const bytes = await file.read(position, length, into)
      onRead(bytes.byteLength)
      return bytes
    },
    sync: () => file.sync(),
    truncate: (length) => file.truncate(length),
    size: () => file.size(),
    close: () => file.close(),
  }
}
