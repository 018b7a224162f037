import assert from 'node:assert/strict'
import type { FileHandle, FileSystem } from '@rafted/contracts'

/** Where one file system is tried: an empty directory. */
export interface FileSystemPlace {
  /** Absolute. It exists, it is empty, and everything happens in it. */
  readonly directory: string
  /** The file system: at first, and after a crash. */
  open(): Promise<FileSystem>
  /** Loses what is not durable, and ends whatever is open. */
  crash?(): Promise<void>
  /** Takes down what stands here. */
  dispose(): Promise<void>
}

export async function crash(place: FileSystemPlace): Promise<FileSystem> {
  assert.ok(place.crash, 'this place has no crash: leave it out with { without: ["crash"] }')
  await place.crash()
  return await place.open()
}

/** @returns `length` bytes, none of them 0, that differ from those of another `seed`. */
export function sample(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = 1 + ((i * 31 + seed * 97 + (i >> 8)) % 255)
  return bytes
}

/** Creates a file that holds `bytes`, and leaves it open. */
export async function created(
  files: FileSystem,
  path: string,
  bytes: Uint8Array = sample(100),
): Promise<FileHandle> {
  const file = await files.open(path, 'create')
  await file.write([bytes], 0)
  return file
}

/** Creates files that hold `bytes`, synced. Their directory is not. */
export async function keep(files: FileSystem, path: string, bytes: Uint8Array = sample(100)): Promise<void> {
  const file = await created(files, path, bytes)
  await file.sync()
  await file.close()
}

export async function contentOf(files: FileSystem, path: string): Promise<Uint8Array> {
  const file = await files.open(path, 'read')
  const bytes = await file.read(0, await file.size())
  await file.close()
  return bytes
}

export async function checkContent(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  checkBytes(await contentOf(files, path), bytes, path)
}

/** Not by a diff of arrays: for long ones that takes gigabytes. */
export function checkBytes(found: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(found.length, expected.length, `length of ${what}`)
  if (Buffer.compare(found, expected) === 0) return
  const at = found.findIndex((byte, i) => byte !== expected[i])
  assert.fail(`${what} has ${found[at]} at ${at}, not ${expected[at]}`)
}

export async function checkNames(
  files: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<void> {
  assert.deepEqual([...(await files.list(directory))].sort(), [...names].sort(), `names in ${directory}`)
}

/** It rejects, with this `code` if one is named. */
export async function fails(promise: Promise<unknown>, code: string | null, what: string): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason as { code?: unknown },
  )
  assert.ok(error !== null, `${what} does not reject`)
  if (code !== null) assert.equal(error.code, code, `${what} rejects with ${String(error)}`)
}

/** The place, but that it closes what a claim has left open. */
export function closingPlace(place: FileSystemPlace): FileSystemPlace {
  let opened: FileHandle[] = []
  const { crash: crashPlace } = place
  return {
    directory: place.directory,
    open: async () => {
      const files = await place.open()
      return {
        open: async (path, mode, through) => {
          const file = await files.open(path, mode, through)
          opened.push(file)
          return file
        },
        list: (directory) => files.list(directory),
        makeDirectory: (path) => files.makeDirectory(path),
        rename: (from, to) => files.rename(from, to),
        remove: (path) => files.remove(path),
        syncDirectory: (path) => files.syncDirectory(path),
        exists: (path) => files.exists(path),
        free: (path) => files.free(path),
      }
    },
    ...(crashPlace && {
      crash: async () => {
        // What is open in a crash can't be closed any more.
        opened = []
        await crashPlace.call(place)
      },
    }),
    dispose: async () => {
      await Promise.allSettled(opened.map((file) => file.close()))
      await place.dispose()
    },
  }
}
