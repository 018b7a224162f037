/**
 * What a host's directory holds, read by the document of the disk format alone: it shares no code with the storage, so that both can be
 * wrong in the same way only where the document is.
 */
import { type Files, type LogReading, NOTHING, readLog } from './log.ts'
import type { Refusal } from './refusal.ts'
import {
  groupPartOf,
  readSnapshot,
  type SnapshotName,
  type SnapshotReading,
  snapshotNameOf,
} from './snapshot.ts'
import { readTextRecord } from './text-record.ts'

const MARKER = 'rafted-directory'
/** Snapshots of a group that count. */
const KEPT = 2
const OF_RAFTED = /^(log\/.*|log\.begun|snapshots\/.*)$/
const OF_LOCKS = /^lock-|\.tmp$/

export interface DirectoryReading {
  /** Drawn when it was formatted; null for one that is not yet. */
  readonly id: string | null
  readonly log: LogReading | Refusal
  /** The snapshots of a group, newest first. */
  readonly snapshotsOf: (group: string) => readonly NamedSnapshot[]
}

export type NamedSnapshot = { readonly file: string; readonly name: SnapshotName } & SnapshotReading

/** @returns why the directory can't be opened, or what is in it. */
export function readDirectory(
  files: Files,
  owner: { readonly cluster: string; readonly host: string },
): DirectoryReading | Refusal {
  const id = readMarker(files, owner)
  if (id !== null && typeof id !== 'string') return id
  return {
    id,
    log: id === null ? NOTHING : readLog(files, id),
    snapshotsOf: (group) => snapshotsOf(files, group),
  }
}

function readMarker(
  files: Files,
  { cluster, host }: { readonly cluster: string; readonly host: string },
): string | null | Refusal {
  const refused = (code: Refusal['code']): Refusal => ({ code, file: MARKER, offset: 0 })
  const marker = files.get(MARKER)
  if (marker === undefined) {
    const others = [...files.keys()].filter(
      (name) => !OF_LOCKS.test(name) && !/^lost\+found(\/|$)/.test(name),
    )
    if (others.length === 0) return null
    return refused(others.every((name) => OF_RAFTED.test(name)) ? 'damaged-storage' : 'wrong-directory')
  }
  const record = readTextRecord(marker, 'rafted directory')
  if (record === null) return refused('damaged-storage')
  if (record.version > 1) return refused('version-mismatch')
  const { fields } = record
  const id = fields.get('id')
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return refused('damaged-storage')
  if (fields.get('cluster') !== cluster || fields.get('host') !== host) return refused('wrong-directory')
  return id
}

function snapshotsOf(files: Files, group: string): NamedSnapshot[] {
  const part = groupPartOf(group)
  return [...files]
    .flatMap(([file, bytes]) => {
      const name = snapshotNameOf(file)
      if (name?.group !== part) return []
      // While it gets its name once more it has another one, or for a moment both.
      if (file.endsWith('.aside') && files.has(file.slice(0, -'.aside'.length))) return []
      return [{ file, name, ...readSnapshot(group, name, bytes) }]
    })
    .sort((a, b) => b.name.index - a.name.index)
    .slice(0, KEPT)
}
