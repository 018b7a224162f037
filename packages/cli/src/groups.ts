/** What a directory holds of each group, as it is printed. */
import type { OpenedLog } from '@rafted/contracts'
import { EntryKind, type Position } from '@rafted/core'
import type { StoredLog, StoredSnapshotFile } from '@rafted/storage'
import { decodeConfiguration } from '@rafted/wire'
import { type ConfigurationReport, configurationReport } from './configurations.ts'
import { within } from './faults.ts'

export interface SnapshotReport {
  readonly file: string
  readonly bytes: number
  readonly incarnation: string
  readonly index: number
  readonly term: number
  /** Replicated time, milliseconds. */
  readonly time: number
  /** Bytes of the content. */
  readonly size: number
  readonly format: number
  readonly machineVersion: number
  /** In effect at its end. */
  readonly configuration: ConfigurationReport
  /** One of the two newest. Older ones are about to be removed. */
  readonly kept: boolean
}

export interface GroupReport {
  readonly group: string
  readonly incarnation: string
  readonly member: string
  /** Index of the entry that removed the member from its group, or null. */
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  /** The log begins after this place. */
  readonly base: Position
  /** Index of the first entry; null if there is none. */
  readonly first: number | null
  /** The last entry; the base if there is none. */
  readonly last: Position
  /** Entries that can't be read, by index (inclusive). */
  readonly damaged: OpenedLog['damaged']
  /** Up to this index the log has held entries that are lost; null if none are. */
  readonly lostTo: number | null
  /** Replicated time of the last entry, milliseconds. */
  readonly lastTime: number
  /** Of all entries, with 32 for each. */
  readonly bytes: number
  /** The newest one that is known. */
  readonly configuration: ConfigurationReport | null
  readonly snapshots: readonly SnapshotReport[]
}

type Sound = Extract<StoredSnapshotFile, { fault: null }>

export function soundSnapshots(snapshots: readonly StoredSnapshotFile[]): readonly Sound[] {
  return snapshots.filter((snapshot) => snapshot.fault === null)
}

/** By name. */
export async function groupReports(
  directory: string,
  log: StoredLog,
  snapshots: readonly StoredSnapshotFile[],
): Promise<readonly GroupReport[]> {
  const reports: GroupReport[] = []
  for (const group of [...(await log.groups())].sort()) {
    const own = soundSnapshots(snapshots).filter((snapshot) => snapshot.group === group)
    reports.push(groupReport(directory, group, (await log.open(group))!, own))
  }
  return reports
}

function groupReport(
  directory: string,
  group: string,
  log: OpenedLog,
  snapshots: readonly Sound[],
): GroupReport {
  const { incarnation, member, removedAt, term, vote, base, runs, last, lastTime, damaged, lostTo } = log
  return {
    group,
    incarnation,
    member,
    removedAt,
    term,
    vote,
    base,
    first: last > base.index ? base.index + 1 : null,
    last: { index: last, term: runs.at(-1)?.term ?? base.term },
    damaged,
    lostTo,
    lastTime,
    bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
    configuration: newestConfiguration(log, snapshots),
    snapshots: snapshots.map((snapshot) => snapshotReport(directory, snapshot)),
  }
}

export function snapshotReport(directory: string, { file, bytes, meta, isKept }: Sound): SnapshotReport {
  const { incarnation, index, term, time, size, format, machineVersion, configuration } = meta
  return {
    file: within(directory, file),
    bytes,
    incarnation,
    index,
    term,
    time,
    size,
    format,
    machineVersion,
    configuration: configurationReport(configuration),
    kept: isKept,
  }
}

function newestConfiguration(
  { special, incarnation }: OpenedLog,
  snapshots: readonly Sound[],
): ConfigurationReport | null {
  const entry = special.findLast(({ kind }) => kind === EntryKind.configuration)
  const meta = snapshots.find((snapshot) => snapshot.meta.incarnation === incarnation)?.meta
  if (entry !== undefined && entry.index >= (meta?.configuration.index ?? 0))
    return configurationReport({ index: entry.index, configuration: decodeConfiguration(entry.payload) })
  return meta === undefined ? null : configurationReport(meta.configuration)
}

/**
 * The last entry that the member knows when its host opens the directory: that of its newest snapshot, if its log doesn't hold that one and ends
 * or differs before it.
 */
export function lastKnown(log: OpenedLog, snapshots: readonly StoredSnapshotFile[], group: string): Position {
  const last = { index: log.last, term: log.runs.at(-1)?.term ?? log.base.term }
  const newest = soundSnapshots(snapshots).find(
    (snapshot) => snapshot.group === group && snapshot.meta.incarnation === log.incarnation,
  )?.meta
  if (newest === undefined || log.removedAt !== null || newest.index <= log.base.index) return last
  const { index, term } = newest
  const there = log.runs.findLast((run) => run.first <= index)?.term
  return index <= log.last && there === term ? last : { index, term }
}
