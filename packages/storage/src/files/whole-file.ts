/** Files that are there as a whole or not at all: written under another name, flushed, and renamed. */
import { join } from 'node:path'
import type { FileSystem } from '@rafted/contracts'

const TEMPORARY = '.tmp'
/** What gets its name once more is called so in between. */
export const ASIDE = '.aside'

export function temporaryName(name: string): string {
  return `${name}${TEMPORARY}`
}

/** Whether a file of this name is what a crash left of an attempt to write one. */
export function isTemporary(name: string): boolean {
  return name.endsWith(TEMPORARY)
}

/** Durable when resolved: the file's data, its name and the end of what it replaces. */
export async function writeDurably(
  files: FileSystem,
  directory: string,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const aside = join(directory, temporaryName(name))
  await files.remove(aside)
  const file = await files.open(aside, 'create')
  try {
    await file.write(parts, 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(aside, join(directory, name))
  await files.syncDirectory(directory)
}

/**
 * A directory that is durable when resolved; made if there is none. If it is there, the flush that should have made it durable may have
 * failed, and the kernel takes what that should have written for clean (F78): so it gets its name once more.
 */
export async function settleDirectory(files: FileSystem, parent: string, name: string): Promise<void> {
  const path = join(parent, name)
  const aside = `${path}${ASIDE}`
  if (await files.exists(path)) await files.rename(path, aside)
  if (await files.exists(aside)) await files.rename(aside, path)
  else await files.makeDirectory(path)
  await files.syncDirectory(parent)
}

/** A file that is there gets its name once more, as directories do, and has it for good after a flush of the directory. */
export async function settleFile(files: FileSystem, path: string): Promise<void> {
  await files.rename(path, `${path}${ASIDE}`)
  await files.rename(`${path}${ASIDE}`, path)
}

/** Removes what crashes left in a directory. */
export async function removeTemporaries(files: FileSystem, directory: string): Promise<void> {
  for (const name of await files.list(directory))
    if (isTemporary(name)) await files.remove(join(directory, name))
}
