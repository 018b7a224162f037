/** The files in a host's directory, as they are listed. */
import { join } from 'node:path'
import type { FileSystem } from '@rafted/contracts'
import { segmentNumber } from '../files/log-segment.ts'
import { snapshotsByKey } from '../files/snapshot-names.ts'
import { codeOf } from '../files/text-record.ts'
import { isTemporary } from '../files/whole-file.ts'

/** Bytes of all segments and snapshots. */
export async function bytesOf(files: FileSystem, path: string): Promise<number> {
  let bytes = 0
  const log = await namesIn(files, join(path, 'log'))
  for (const name of log)
    if (segmentNumber(name) !== null) bytes += (await sizeOf(files, join(path, 'log', name))) ?? 0
  for (const snapshots of snapshotsByKey(await namesIn(files, join(path, 'snapshots'))).values())
    for (const { name } of snapshots) bytes += (await sizeOf(files, join(path, 'snapshots', name))) ?? 0
  return bytes
}

/** Files that are not whole yet: a crash has left them, or they are being written. */
export async function temporaries(
  files: FileSystem,
  path: string,
): Promise<{ file: string; bytes: number }[]> {
  const found: { file: string; bytes: number }[] = []
  for (const directory of [path, join(path, 'log'), join(path, 'snapshots')])
    for (const name of await namesIn(files, directory)) {
      if (!isTemporary(name)) continue
      const file = join(directory, name)
      const bytes = await sizeOf(files, file)
      if (bytes !== null) found.push({ file, bytes })
    }
  return found
}

/** None if there is no such directory. */
async function namesIn(files: FileSystem, directory: string): Promise<readonly string[]> {
  return (await files.exists(directory)) ? await files.list(directory) : []
}

/** Null if the file is gone meanwhile. */
async function sizeOf(files: FileSystem, path: string): Promise<number | null> {
  const file = await files.open(path, 'read').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (file === null) return null
  try {
    return await file.size()
  } finally {
    await file.close()
  }
}
