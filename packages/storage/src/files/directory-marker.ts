/** The file that says what a directory is: Rafted's, of which cluster and host. Written once, when the directory is formatted. */
import { join } from 'node:path'
import { type FileSystem, RaftedError } from '@rafted/contracts'
import { isOfLocks } from './lock-claim.ts'
import { decodeRecord, encodeRecord, type RecordKind, readSmallFile } from './text-record.ts'
import { temporaryName, writeDurably } from './whole-file.ts'

const KIND: RecordKind = { what: 'directory', version: 1 }

/** The marker's name. */
export const MARKER = 'rafted-directory'

/**
 * A file that says that a log was begun: from then on, a log that is not there has been lost. It is made last, so where it is, all the rest is
 * known to be durable.
 */
export const BEGUN = 'log.begun'

/** Names of what Rafted keeps beside the marker. Without a marker they show that it is lost. */
const OWN_NAMES = new Set(['snapshots', 'log', 'snapshots.aside', 'log.aside', BEGUN])

export interface Marker {
  readonly cluster: string
  readonly host: string
  /** 32 hexadecimal digits, drawn when the directory was formatted. */
  readonly id: string
}

/**
 * @returns the marker, or null if the directory is empty, so that it may be formatted. Changes nothing.
 * @throws {RaftedError} `damaged-storage`, `version-mismatch`, or `wrong-directory` if it holds something else.
 */
export async function readMarker(files: FileSystem, directory: string): Promise<Marker | null> {
  const path = join(directory, MARKER)
  const bytes = await readSmallFile(files, path)
  if (bytes === null) {
    const names = await files.list(directory)
    // Another process has formatted it since.
    if (names.includes(MARKER)) return await readMarker(files, directory)
    refuseForeign(directory, names)
    return null
  }
  const fields = decodeRecord(KIND, bytes, path)
  if (fields === null || !/^[0-9a-f]{32}$/.test(String(fields.id)))
    throw new RaftedError(
      'damaged-storage',
      `The file ${path} is damaged, so it can't be told whose directory this is. Put the file back from a copy of this directory, or give this host an empty directory.`,
      { outcome: 'not-applied', details: { file: path, offset: 0 } },
    )
  return { cluster: String(fields.cluster), host: String(fields.host), id: String(fields.id) }
}

/** What may be in a directory that was never used: an attempt to format it, locks, what file systems make of themselves. */
function refuseForeign(directory: string, names: readonly string[]): void {
  const expected = [temporaryName(MARKER), 'lost+found']
  const found = names.filter((name) => !isOfLocks(name) && !expected.includes(name))
  if (found.length === 0) return
  const some = found
    .slice(0, 3)
    .map((name) => JSON.stringify(name))
    .join(', ')
  const details = { directory, found: found.slice(0, 3) }
  if (found.some((name) => OWN_NAMES.has(name)))
    throw new RaftedError(
      'damaged-storage',
      `The directory ${directory} has lost its file ${MARKER} but still holds ${some}. It is not formatted over that. Put the file back from a copy of this directory, or give this host an empty directory.`,
      { outcome: 'not-applied', details: { ...details, file: join(directory, MARKER), offset: 0 } },
    )
  throw new RaftedError(
    'wrong-directory',
    `The directory ${directory} is none of Rafted's: it holds ${some}. Give this host an empty directory, or one that does not exist yet.`,
    { outcome: 'not-applied', details },
  )
}

/** Durable when resolved. */
export async function writeMarker(files: FileSystem, directory: string, marker: Marker): Promise<void> {
  const { cluster, host, id } = marker
  await writeDurably(files, directory, MARKER, [encodeRecord(KIND, { cluster, host, id })])
}

/** @throws {RaftedError} `wrong-directory` if it belongs to another host or cluster. */
export function checkOwner(directory: string, found: Marker, cluster: string, host: string): void {
  if (found.cluster === cluster && found.host === host) return
  throw new RaftedError(
    'wrong-directory',
    `The directory ${directory} belongs to host "${found.host}" of cluster "${found.cluster}", and was opened as host "${host}" of cluster "${cluster}". Give each host its own directory; one that is moved to another machine keeps its host's id.`,
    {
      outcome: 'not-applied',
      details: { directory, found: { cluster: found.cluster, host: found.host }, asked: { cluster, host } },
    },
  )
}
