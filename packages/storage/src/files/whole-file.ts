/** Files that are there as a whole or not at all: written under another name, flushed, and renamed. */
import { join } from 'node:path'
import type { FileSystem } from '@rafted/contracts'

const TEMPORARY = '.tmp'

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

/** Removes what crashes left in a directory. */
export async function removeTemporaries(files: FileSystem, directory: string): Promise<void> {
  for (const name of await files.list(directory))
    if (isTemporary(name)) await files.remove(join(directory, name))
}
