/** What one directory that is left knows of a group: how far its member goes, and whether that can be proven. */
import type { LogEntry, OpenedLog, RaftedError, SnapshotMeta } from '@rafted/contracts'
import { decodeConfiguration } from '@rafted/wire'
import { damaged } from '../files/log-damage.ts'
import { groupKey } from '../files/snapshot-names.ts'
import type { StoredLog } from '../reading/stored-log.ts'
import type { StoredSnapshotFile } from '../reading/stored-snapshots.ts'

export type Position = OpenedLog['base']
export type ConfigurationEntry = SnapshotMeta['configuration']
export type Configuration = ConfigurationEntry['configuration']
export type Member = Configuration['voters'][number]

const CONFIGURATION: LogEntry['kind'] = 1

type Sound = Extract<StoredSnapshotFile, { fault: null }>

/** A directory that is left, opened to be read. */
export interface SurvivingDirectory {
  readonly path: string
  readonly host: string
  readonly log: StoredLog
  /** Of all groups; the content of those that are kept has been read. */
  readonly snapshots: readonly StoredSnapshotFile[]
}

export interface Survivor {
  readonly directory: SurvivingDirectory
  readonly log: OpenedLog
  /** Those that can be read and are this member's, newest first. */
  readonly snapshots: readonly Sound[]
  /** The last entry that it knows: of its log, or of its newest snapshot where the log doesn't reach that. */
  readonly last: Position
  /** Replicated time there, milliseconds. */
  readonly lastTime: number
  /** The log holds nothing that counts: all is in the newest snapshot. */
  readonly isSnapshotAlone: boolean
  /** The newest that it knows, committed or not; null if it knows none. */
  readonly configuration: ConfigurationEntry | null
  /** Indexes (inclusive) of entries that are needed and can't be read. */
  readonly unreadable: OpenedLog['damaged']
  /** Why what it holds can't be proven, or null. */
  readonly fault: RaftedError | null
}

/** @returns null if there is no member of the group, or none any more. */
export async function survivorOf(directory: SurvivingDirectory, group: string): Promise<Survivor | null> {
  const log = await directory.log.open(group)
  if (log === null || log.removedAt !== null) return null
  const key = groupKey(group)
  const snapshots = directory.snapshots.filter(
    (each): each is Sound =>
      each.fault === null && each.group === group && each.meta.incarnation === log.incarnation,
  )
  const newest = snapshots[0]?.meta
  const isSnapshotAlone =
    newest !== undefined && newest.index > log.base.index && termAt(log, newest.index) !== newest.term
  const isWhole = newest === undefined ? log.base.index === 0 : isSnapshotAlone || isHeld(log, newest)
  const broken = directory.snapshots.find(({ fault, isKept, ...each }) => {
    return fault !== null && isKept && 'key' in each && each.key === key
  })
  const known = isSnapshotAlone ? newest : null
  return {
    directory,
    log,
    snapshots: isSnapshotAlone ? snapshots.slice(0, 1) : snapshots.filter(({ meta }) => isHeld(log, meta)),
    last: known ?? { index: log.last, term: termAt(log, log.last)! },
    lastTime: known?.time ?? (log.last > log.base.index ? log.lastTime : (newest?.time ?? 0)),
    isSnapshotAlone,
    configuration: configurationOf(log, known ?? null, newest),
    unreadable: isSnapshotAlone ? [] : cutTo(log.damaged, newest?.index ?? 0),
    fault: isWhole ? null : (broken?.fault ?? noSnapshot(directory.path, group, log)),
  }
}

/** The term of an entry of the log, or of its base; undefined where there is none. */
export function termAt({ base, runs, last }: OpenedLog, index: number): number | undefined {
  if (index === base.index) return base.term
  if (index < base.index || index > last) return undefined
  return runs.findLast(({ first }) => first <= index)?.term
}

function isHeld(log: OpenedLog, { index, term }: Position): boolean {
  return termAt(log, index) === term
}

function cutTo(ranges: OpenedLog['damaged'], index: number): OpenedLog['damaged'] {
  return ranges
    .filter(({ to }) => to > index)
    .map(({ from, to }) => ({ from: Math.max(from, index + 1), to }))
}

function configurationOf(
  { special }: OpenedLog,
  alone: SnapshotMeta | null,
  newest: SnapshotMeta | undefined,
): ConfigurationEntry | null {
  if (alone !== null) return alone.configuration
  const entry = special.findLast(({ kind }) => kind === CONFIGURATION)
  if (entry !== undefined && entry.index >= (newest?.configuration.index ?? 0))
    return { index: entry.index, configuration: decodeConfiguration(entry.payload) }
  return newest?.configuration ?? null
}

function noSnapshot(path: string, group: string, { base }: OpenedLog): RaftedError {
  const why = `the log of group "${group}" begins after entry ${base.index}, and the snapshot that holds what was before it is missing`
  return damaged(`${path}/snapshots`, 0, why)
}
