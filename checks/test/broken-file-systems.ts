/** File systems with one fault each, and a claim of the suite that finds it. */
import type { FileHandle, FileSystem } from '@rafted/contracts'
import { type FileSystemPlace, loseAll } from '@rafted/testing'
import type { Broken } from './conformance-breaks.ts'
import { simulatedFiles } from './conformance-places.ts'

type Make = () => Promise<FileSystemPlace>
type Mode = Parameters<FileSystem['open']>[1]

/** The simulated one, in crashes of which all that is not durable is lost, with these methods in the place of its own. */
function withChanges(changes: (files: FileSystem, place: FileSystemPlace) => Partial<FileSystem>): Make {
  return async () => {
    const place = await simulatedFiles(loseAll)
    return {
      ...place,
      open: async () => {
        const files = await place.open()
        return delegatedFiles(files, changes(files, place))
      },
    }
  }
}

/** With these methods of every file it opens. */
function withHandles(
  changes: (handle: FileHandle, mode: Mode, path: string, files: FileSystem) => Partial<FileHandle>,
): Make {
  return withChanges((files) => ({
    open: async (path, mode, through) => {
      const handle = await files.open(path, mode, through)
      return delegatedHandle(handle, changes(handle, mode, path, files))
    },
  }))
}

function delegatedFiles(files: FileSystem, changes: Partial<FileSystem>): FileSystem {
  return {
    open: (path, mode, through) => files.open(path, mode, through),
    list: (directory) => files.list(directory),
    makeDirectory: (path) => files.makeDirectory(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    exists: (path) => files.exists(path),
    free: (path) => files.free(path),
    ...changes,
  }
}

function delegatedHandle(handle: FileHandle, changes: Partial<FileHandle>): FileHandle {
  return {
    write: (parts, position) => handle.write(parts, position),
    read: (position, length) => handle.read(position, length),
    sync: () => handle.sync(),
    truncate: (length) => handle.truncate(length),
    size: () => handle.size(),
    close: () => handle.close(),
    ...changes,
  }
}

/** Copies a file, by reading and writing it. */
async function copy(files: FileSystem, from: string, to: string): Promise<void> {
  const source = await files.open(from, 'read')
  const target = await files.open(to, (await files.exists(to)) ? 'write' : 'create')
  await target.truncate(0)
  await target.write([await source.read(0, await source.size())], 0)
}

const brokenOpening: readonly Broken<Make>[] = [
  {
    fault: 'a new file is not to be read',
    claim: 'open: create makes an empty file, to write and read',
    make: withHandles((_, mode) =>
      mode === 'create' ? { read: () => Promise.reject(new Error('only to write')) } : {},
    ),
  },
  {
    fault: 'create empties a file that exists',
    claim: 'open: create is an error if the file exists, and leaves it as it is',
    make: withChanges((files) => ({
      open: async (path, mode) => {
        if (mode !== 'create' || !(await files.exists(path))) return await files.open(path, mode)
        const handle = await files.open(path, 'write')
        await handle.truncate(0)
        return handle
      },
    })),
  },
  {
    fault: 'write empties the file',
    claim: 'open: write gives an existing file as it is, to write and read',
    make: withChanges((files) => ({
      open: async (path, mode) => {
        const handle = await files.open(path, mode)
        if (mode === 'write') await handle.truncate(0)
        return handle
      },
    })),
  },
  {
    fault: 'write creates what is not there',
    claim: 'open: write and read are errors without the file, create without its directory',
    make: withChanges((files) => ({
      open: async (path, mode) =>
        await files.open(path, mode === 'write' && !(await files.exists(path)) ? 'create' : mode),
    })),
  },
  {
    fault: 'everything is opened to write',
    claim: 'open: what was opened to read can not be written',
    make: withChanges((files) => ({
      open: (path, mode) => files.open(path, mode === 'read' ? 'write' : mode),
    })),
  },
  {
    fault: 'close closes nothing',
    claim: 'close: every call on the file rejects afterwards',
    make: withHandles(() => ({ close: async () => {} })),
  },
  {
    fault: 'close does not wait',
    claim: 'close: waits for the writes under way',
    make: withHandles((handle) => ({
      // They take a while, so that there is something to wait for.
      write: async (parts, position) => {
        await new Promise(setImmediate)
        await handle.write(parts, position)
      },
      close: async () => {},
    })),
  },
]

const brokenWriting: readonly Broken<Make>[] = [
  {
    fault: 'every part is written at the same position',
    claim: 'write: all parts, in order, at the position',
    make: withHandles((handle) => ({
      write: async (parts, position) => {
        for (const part of parts) await handle.write([part], position)
      },
    })),
  },
  {
    fault: 'no more than 1024 parts are written',
    claim: 'write: any number of parts, and many bytes',
    make: withHandles((handle) => ({
      write: (parts, position) => handle.write(parts.slice(0, 1024), position),
    })),
  },
  {
    fault: 'what is beyond the end is appended',
    claim: 'write: beyond the end leaves zeros between',
    make: withHandles((handle) => ({
      write: async (parts, position) => handle.write(parts, Math.min(position, await handle.size())),
    })),
  },
  {
    fault: 'an empty write makes the file longer',
    claim: 'write: nothing at all changes nothing',
    make: withHandles((handle) => ({
      write: async (parts, position) => {
        await handle.write(parts, position)
        if (position > (await handle.size())) await handle.truncate(position)
      },
    })),
  },
  {
    fault: 'bytes are kept for later as they are',
    claim: 'write: the bytes may be used for something else afterwards',
    make: withHandles((handle) => {
      let flush = async (): Promise<void> => {}
      return {
        write: async (parts, position) => {
          flush = () => handle.write(parts, position)
        },
        read: async (position, length) => {
          await flush()
          return await handle.read(position, length)
        },
      }
    }),
  },
  {
    fault: 'of several writes at once all go where the first goes',
    claim: 'write: several at once, each at its place',
    make: withHandles((handle) => {
      let first: number | null = null
      return {
        write: async (parts, position) => {
          first ??= position
          await handle.write(parts, first)
          first = null
        },
      }
    }),
  },
  {
    fault: 'a write is seen by others only after a sync',
    claim: 'write: seen by whoever has the file open',
    make: withHandles((handle) => {
      let flush = async (): Promise<void> => {}
      return {
        write: async (parts, position) => {
          flush = () => handle.write(parts, position)
        },
        sync: () => flush(),
      }
    }),
  },
]

const brokenReading: readonly Broken<Make>[] = [
  {
    fault: 'a read gives 64 KiB at most',
    claim: 'read: fewer bytes only at the end of the file',
    make: withHandles((handle) => ({
      read: (position, length) => handle.read(position, Math.min(length, 64 * 1024)),
    })),
  },
  {
    fault: 'reads share a buffer',
    claim: 'read: the bytes are the caller’s own',
    make: withHandles((handle) => {
      let read: Uint8Array | null = null
      return {
        read: async (position, length) => {
          read ??= await handle.read(position, length)
          return read
        },
      }
    }),
  },
  {
    fault: 'the size is where the last write ended',
    claim: 'size: the bytes to the last one written, or as truncated',
    make: withHandles((handle) => {
      let end = 0
      return {
        write: async (parts, position) => {
          await handle.write(parts, position)
          end = position + Buffer.concat(parts).length
        },
        size: async () => end,
      }
    }),
  },
  {
    fault: 'truncate only makes longer',
    claim: 'truncate: cuts the file',
    make: withHandles((handle) => ({
      truncate: async (length) => handle.truncate(Math.max(length, await handle.size())),
    })),
  },
  {
    fault: 'what was cut comes back',
    claim: 'truncate: makes the file longer with zeros, even where it was cut before',
    make: withHandles((handle) => {
      let lost = new Uint8Array(0)
      return {
        truncate: async (length) => {
          const size = await handle.size()
          if (length < size) lost = new Uint8Array(await handle.read(length, size - length))
          await handle.truncate(length)
          if (length > size) await handle.write([lost], size)
        },
      }
    }),
  },
]

const brokenNaming: readonly Broken<Make>[] = [
  {
    fault: 'list leaves out directories',
    claim: 'list: the names of files and directories in it, and of nothing below',
    make: withChanges((files) => ({
      list: async (directory) => (await files.list(directory)).filter((name) => name !== 'inner'),
    })),
  },
  {
    fault: 'hidden files are hidden',
    claim: 'names: spaces, dots and letters of any script are names like others',
    make: withChanges((files) => ({
      list: async (directory) => (await files.list(directory)).filter((name) => !name.startsWith('.')),
    })),
  },
  {
    fault: 'makeDirectory needs the one above',
    claim: 'makeDirectory: with those above it',
    make: withChanges((files) => ({
      makeDirectory: async (path) => {
        await files.list(path.slice(0, path.lastIndexOf('/')))
        await files.makeDirectory(path)
      },
    })),
  },
  {
    fault: 'makeDirectory refuses one that exists',
    claim: 'makeDirectory: no error if it exists, and what is in it stays',
    make: withChanges((files) => ({
      makeDirectory: async (path) => {
        if (await files.exists(path)) throw new Error('exists')
        await files.makeDirectory(path)
      },
    })),
  },
  {
    fault: 'makeDirectory takes a file for a directory',
    claim: 'makeDirectory: an error where a file stands',
    make: withChanges((files) => ({
      makeDirectory: async (path) => {
        if (!(await files.exists(path))) await files.makeDirectory(path)
      },
    })),
  },
  {
    fault: 'rename leaves the old name',
    claim: 'rename: the file has the new name only',
    make: withChanges((files) => ({ rename: (from, to) => copy(files, from, to) })),
  },
  {
    fault: 'rename keeps what it should replace',
    claim: 'rename: replaces what has the new name',
    make: withChanges((files) => ({
      rename: async (from, to) => {
        if (!(await files.exists(to))) await files.rename(from, to)
      },
    })),
  },
  {
    fault: 'rename removes what it should replace before it looks',
    claim: 'rename: an error without the file, and nothing changes',
    make: withChanges((files) => ({
      rename: async (from, to) => {
        await files.remove(to)
        await files.rename(from, to)
      },
    })),
  },
  {
    fault: 'rename makes a copy',
    claim: 'rename: whoever has the file open goes on with it',
    make: withChanges((files) => ({
      rename: async (from, to) => {
        await copy(files, from, to)
        await files.remove(from)
      },
    })),
  },
  {
    fault: 'remove only empties the file',
    claim: 'remove: the file is gone, and one of the same name is a new one',
    make: withChanges((files) => ({
      remove: async (path) => (await files.open(path, 'write')).truncate(0),
    })),
  },
  {
    fault: 'remove insists on a file',
    claim: 'remove: no error without the file',
    make: withChanges((files) => ({
      remove: async (path) => {
        await files.open(path, 'read')
        await files.remove(path)
      },
    })),
  },
  {
    fault: 'exists is asked of the directory above',
    claim: 'exists: of files and directories',
    make: withChanges((files) => ({ exists: (path) => files.exists(path.slice(0, path.lastIndexOf('/'))) })),
  },
  {
    fault: 'syncDirectory never looks',
    claim: 'syncDirectory: an error without the directory',
    make: withChanges(() => ({ syncDirectory: async () => {} })),
  },
  {
    fault: 'free knows nothing and says so by NaN',
    claim: 'free: bytes, or null',
    make: withChanges(() => ({ free: async () => Number.NaN })),
  },
]

const brokenLasting: readonly Broken<Make>[] = [
  {
    fault: 'sync does nothing',
    claim: 'sync: what was written and truncated before it survives a crash',
    make: withHandles(() => ({ sync: async () => {} })),
  },
  {
    fault: 'nothing is written through',
    claim: 'open: through: what was written survives a crash, in a new file and in one that is there',
    make: withChanges((files) => ({ open: (path, mode) => files.open(path, mode) })),
  },
  {
    fault: 'a write makes a file of its own of what stood there',
    claim: 'sync: what comes after it takes nothing of what was there',
    make: withHandles((handle, _, path, files) => ({
      write: async (parts, position) => {
        if (position > 0) {
          await files.remove(path)
          await files.syncDirectory(path.slice(0, path.lastIndexOf('/')))
          await files.open(path, 'create')
        }
        await handle.write(parts, position)
      },
    })),
  },
  {
    fault: 'sync is only for what its own handle wrote',
    claim: 'sync: of one handle, for writes of another',
    make: withHandles((handle) => {
      let wrote = false
      return {
        write: async (parts, position) => {
          wrote = true
          await handle.write(parts, position)
        },
        sync: async () => {
          if (wrote) await handle.sync()
        },
      }
    }),
  },
  {
    fault: 'a directory is synced only where it holds no other',
    claim: 'syncDirectory: files and directories created in it survive a crash',
    make: withChanges((files) => ({
      syncDirectory: async (path) => {
        if (!(await files.list(path)).includes('inner')) await files.syncDirectory(path)
      },
    })),
  },
  {
    fault: 'syncDirectory does nothing',
    claim: 'syncDirectory: renames and removals in it survive a crash',
    make: withChanges(() => ({ syncDirectory: async () => {} })),
  },
  {
    fault: 'rename removes what it replaces first',
    claim: 'rename: after a crash the new name stands for the old file or the new one, whole',
    make: withChanges((files, { directory }) => ({
      rename: async (from, to) => {
        await files.remove(to)
        await files.syncDirectory(directory)
        await files.rename(from, to)
      },
    })),
  },
]

export const brokenFileSystems: readonly Broken<Make>[] = [
  ...brokenOpening,
  ...brokenWriting,
  ...brokenReading,
  ...brokenNaming,
  ...brokenLasting,
]
