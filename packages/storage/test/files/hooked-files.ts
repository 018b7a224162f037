/** The real file system, with a word before each call: to note it, to hold it, or to make it fail. */
import type { FileHandle, FileSystem } from '@rafted/contracts'
import { nodeFileSystem } from '../../src/index.ts'

export type Call = keyof FileSystem | keyof FileHandle

/** What it throws is the failure of the call; while it waits, so does the call. `path` is the second one of a rename. */
export type Hook = (call: Call, path: string) => void | Promise<void>

export function hookedFiles(hook: Hook): FileSystem {
  const real = nodeFileSystem()
  const after = async <T>(call: Call, path: string, run: () => Promise<T>): Promise<T> => {
    await hook(call, path)
    return await run()
  }
  const handle = (file: FileHandle, path: string): FileHandle => ({
    write: (parts, position) => after('write', path, () => file.write(parts, position)),
    read: (position, length, into) => after('read', path, () => file.read(position, length, into)),
    sync: () => after('sync', path, () => file.sync()),
    truncate: (length) => after('truncate', path, () => file.truncate(length)),
    size: () => after('size', path, () => file.size()),
    close: () => after('close', path, () => file.close()),
  })
  return {
    open: (path, mode, through) =>
      after('open', path, async () => handle(await real.open(path, mode, through), path)),
    list: (path) => after('list', path, () => real.list(path)),
    makeDirectory: (path) => after('makeDirectory', path, () => real.makeDirectory(path)),
    rename: (from, to) => after('rename', to, () => real.rename(from, to)),
    remove: (path) => after('remove', path, () => real.remove(path)),
    syncDirectory: (path) => after('syncDirectory', path, () => real.syncDirectory(path)),
    exists: (path) => after('exists', path, () => real.exists(path)),
    free: (path) => after('free', path, () => real.free(path)),
  }
}
