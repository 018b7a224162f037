/** `rafted inspect`: what is in a directory, and whose it is. */
import { RaftedError } from '@rafted/contracts'
import type { Holder, LogDamage, StoredDirectory, StoredLog, StoredSnapshotFile } from '@rafted/storage'
import { type Call, type Command, directoryOperand, type Status } from '../command.ts'
import { type FaultReport, faultReport, statusOf, within } from '../faults.ts'
import {
  type GroupReport,
  groupReports,
  type SnapshotReport,
  snapshotReport,
  soundSnapshots,
} from '../groups.ts'
import { jsonLine } from '../json.ts'
import { looking } from '../looking.ts'
import { shownDirectory } from './inspect-text.ts'

export const inspect: Command = {
  name: 'inspect',
  section: 'directories',
  summary: 'whose directory it is, and what it holds: groups, log files, snapshots',
  text: `Reads the log, since nothing else says what stands in it; of snapshots it reads the end, not the content ("rafted verify" does). Whether somebody
holds the directory is told at once on the machine and the boot of the holder; else that takes three seconds.`,
  operands: [directoryOperand],
  options: [],
  examples: [
    ['data/a', 'one host'],
    ['data/a --json', 'for a program'],
  ],
  run,
}

export interface SegmentReport {
  readonly file: string
  readonly bytes: number
  readonly state: 'needed' | 'unused' | 'left-over'
  /** Bytes behind the last whole batch: they don't count. */
  readonly torn: number
  readonly entries: StoredLog['segments'][number]['entries']
}

export interface DirectoryReport {
  readonly directory: string
  readonly cluster: string
  readonly host: string
  readonly id: string
  /** Null if nobody holds it, or if that can't be told: then that is among the faults. */
  readonly holder: Holder | null
  /** Null if the log can't be read. */
  readonly groups: readonly GroupReport[] | null
  readonly segments: readonly SegmentReport[] | null
  /** Those of groups that have no log here. */
  readonly otherSnapshots: readonly (SnapshotReport & { readonly group: string })[]
  /** Places in the log that could not be read as they were written, though it can be opened. */
  readonly damages: readonly LogDamage[]
  readonly faults: readonly FaultReport[]
}

async function run(call: Call): Promise<Status> {
  const { terminal, json, directory } = call
  return await looking(call, async ({ stored, progress }) => {
    const report = await reportOf(call, stored)
    progress.clear()
    await terminal.print(json ? jsonLine(report) : shownDirectory(terminal, directory, report))
    return statusOf(report.faults, report.damages)
  })
}

/** What can't be read is left out, and told among the faults. */
async function reportOf({ terminal }: Call, stored: StoredDirectory): Promise<DirectoryReport> {
  const { path, cluster, host, id } = stored
  const faults: FaultReport[] = []
  const unlessFaulty = async <T>(read: Promise<T>): Promise<T | null> => {
    try {
      return await read
    } catch (error) {
      if (!(error instanceof RaftedError)) throw error
      faults.push(faultReport(error, path))
      return null
    }
  }
  const holder = await unlessFaulty(stored.holder(terminal.clock))
  const log = await unlessFaulty(logReport(stored))
  const snapshots = log?.snapshots ?? (await stored.snapshots())
  for (const { isKept, fault } of snapshots)
    if (isKept && fault !== null) faults.push(faultReport(fault, path))
  const named = new Set(log?.groups.map(({ group }) => group))
  const otherSnapshots = soundSnapshots(snapshots)
    .filter(({ group }) => !named.has(group))
    .map((snapshot) => ({ group: snapshot.group, ...snapshotReport(path, snapshot) }))
  const { groups = null, segments = null, damages = [] } = log ?? {}
  return { directory: path, cluster, host, id, holder, groups, segments, otherSnapshots, damages, faults }
}

interface LogReport {
  readonly groups: readonly GroupReport[]
  readonly segments: readonly SegmentReport[]
  readonly damages: readonly LogDamage[]
  readonly snapshots: readonly StoredSnapshotFile[]
}

async function logReport(stored: StoredDirectory): Promise<LogReport> {
  const log = await stored.log()
  try {
    // Behind the log, so that what it begins with is there, whoever saves another one meanwhile.
    const snapshots = await stored.snapshots()
    if (log === null) return { groups: [], segments: [], damages: [], snapshots }
    const groups = await groupReports(stored.path, log, snapshots)
    const segments = log.segments.map(({ file, bytes, state, end, entries }) => {
      const torn = state === 'needed' ? bytes - end : 0
      return { file: within(stored.path, file), bytes, state, torn, entries }
    })
    const damages = log.damages.map((each) => ({ ...each, file: within(stored.path, each.file) }))
    return { groups, segments, damages, snapshots }
  } finally {
    await log?.close()
  }
}
