/** Reads everything in a host's directory that counts, and says what of it can't be believed. */
import { join } from 'node:path'
import { type OpenedLog, RaftedError } from '@rafted/contracts'
import { neededSegments } from '../files/log-catalogue.ts'
import { damaged, type LogDamage } from '../files/log-damage.ts'
import { lackOf, readAsNewest, readNeeded } from '../files/log-read.ts'
import { groupKey, snapshotName } from '../files/snapshot-names.ts'
import { type HeldLog, holdLog, openStoredLog, unusedOf } from './log-reader.ts'
import { lookTwice } from './looks.ts'
import { temporaries } from './stored-files.ts'
import type { LogPlaceInDirectory, StoredLog } from './stored-log.ts'
import { readSnapshots, type StoredSnapshotFile } from './stored-snapshots.ts'

/** What does no harm: the next host that opens the directory cuts it off or removes it. */
export interface Harmless {
  /**
   * `torn`: bytes behind the last whole batch of the log, from a crash or still being written. `unused`: a file of the log that was begun and in which
   * nothing counts. `left-over`: a file that was given up. `unfinished`: a file that is not whole yet, and does not count.
   */
  readonly what: 'torn' | 'unused' | 'left-over' | 'unfinished'
  readonly file: string
  readonly offset: number
  /** From the offset to the end of the file. */
  readonly bytes: number
}

/** What a look at everything has found. A host opens the directory if there are no `faults`. */
export interface StorageCheck {
  /** Groups that have a log; null if the log can't be believed or was never begun. */
  readonly groups: readonly string[] | null
  /** Files that count and were read. */
  readonly files: number
  readonly harmless: readonly Harmless[]
  /** Places in the log that could not be read as they were written, and that a host gets over: with what other members have, or alone. */
  readonly damages: readonly LogDamage[]
  /**
   * Why a host would not open the directory, or a group in it: `damaged-storage`; `version-mismatch` or `wrong-directory` for a file of another build or
   * directory; `storage-failed` for one that can't be read. `details` have `file` and `offset`, where there is one place.
   */
  readonly faults: readonly RaftedError[]
}

/** @throws what the file system throws where it can't look. */
export async function checkStorage(place: LogPlaceInDirectory): Promise<StorageCheck> {
  const faults: RaftedError[] = []
  const harmless: Harmless[] = []
  const log = await checkLog(place, faults)
  const snapshots = await readSnapshots({ ...place, content: true })
  for (const snapshot of snapshots)
    if (snapshot.isKept && snapshot.fault !== null) faults.push(snapshot.fault)
  // A host needs them together; where one is damaged already that is said.
  if (log !== null && faults.length === 0) await checkBases(place, faults)
  for (const { state, file, bytes, end } of log?.segments ?? []) {
    if (state !== 'needed') harmless.push({ what: state, file, offset: 0, bytes })
    else if (end < bytes) harmless.push({ what: 'torn', file, offset: end, bytes: bytes - end })
  }
  for (const { isKept, file, bytes } of snapshots)
    if (!isKept) harmless.push({ what: 'left-over', file, offset: 0, bytes })
  for (const { file, bytes } of await temporaries(place.fileSystem, place.path))
    harmless.push({ what: 'unfinished', file, offset: 0, bytes })
  const segments = log?.segments.filter(({ state }) => state === 'needed').length ?? 0
  const files = segments + snapshots.filter(({ isKept }) => isKept).length
  return { groups: log?.groups ?? null, files, harmless, damages: log?.damages ?? [], faults }
}

/** @returns null if there is none or it can't be believed; then all that can be found wrong with it is among the faults. */
async function checkLog(
  place: LogPlaceInDirectory,
  faults: RaftedError[],
): Promise<(Pick<StoredLog, 'segments' | 'damages'> & { groups: readonly string[] }) | null> {
  try {
    const log = await openStoredLog(place)
    if (log === null) return null
    try {
      return { groups: await log.groups(), segments: log.segments, damages: log.damages }
    } finally {
      await log.close()
    }
  } catch (error) {
    if (!(error instanceof RaftedError)) throw error
    faults.push(error)
    for (const other of await faultsByFile(place)) if (!isSame(error, other)) faults.push(other)
    return null
  }
}

/** The first fault of each segment that must be there. */
async function faultsByFile(place: LogPlaceInDirectory): Promise<RaftedError[]> {
  const held = await lookTwice(() => holdLog(place)).catch(() => null)
  if (held === null) return []
  try {
    return await faultsOf(held)
  } finally {
    await held.segments.close()
  }
}

async function faultsOf({ files, segments: { numbers } }: HeldLog): Promise<RaftedError[]> {
  const faults: RaftedError[] = []
  const seen = async <T>(read: Promise<T>): Promise<T | null> => {
    try {
      return await read
    } catch (error) {
      if (!(error instanceof RaftedError)) throw error
      faults.push(error)
      return null
    }
  }
  const unused = await seen(unusedOf(files, numbers))
  const used = numbers.filter((number) => number !== unused?.number)
  const newest = used.length === 0 ? null : await seen(readAsNewest(files, used.at(-1)!, unused))
  const lack = newest === null ? null : lackOf(newest)
  if (lack !== null) faults.push(lack)
  // Of what would have been got over, had nothing else been damaged, all is told as well.
  const tell = ({ damage, file, offset, why }: LogDamage): void => {
    const isTold = lack?.details.file === file && lack.details.offset === offset
    if (damage !== 'harmless' && !isTold) faults.push(damaged(file, offset, why))
  }
  newest?.damages.forEach(tell)
  for (const older of newest === null ? [] : neededSegments(newest)) {
    const read = await seen(readNeeded(files, older, used, 0))
    if (read !== null) for (const damage of 'damage' in read ? [read] : read.damages) tell(damage)
  }
  return faults
}

function isSame(one: RaftedError, other: RaftedError): boolean {
  return one.message === other.message
}

/** Each log that does not begin with the first entry needs the snapshot that holds what was before. */
async function checkBases(place: LogPlaceInDirectory, faults: RaftedError[]): Promise<void> {
  try {
    await lookTwice(async () => {
      const missing = await missingSnapshots(place)
      if (missing.length > 0) throw new AggregateError(missing, missing.map(String).join('\n'))
    })
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error
    faults.push(...error.errors)
  }
}

async function missingSnapshots(place: LogPlaceInDirectory): Promise<RaftedError[]> {
  const log = await openStoredLog(place)
  if (log === null) return []
  try {
    // Looked for behind the log: what a log begins with was saved before it was cut there.
    const snapshots = await readSnapshots({ ...place, content: false })
    const missing: RaftedError[] = []
    for (const group of await log.groups()) {
      const opened = (await log.open(group))!
      if (!hasBase(group, opened, snapshots)) missing.push(noSnapshot(place, group, opened.base))
    }
    return missing
  } finally {
    await log.close()
  }
}

function hasBase(
  group: string,
  { base, incarnation, removedAt }: OpenedLog,
  snapshots: readonly StoredSnapshotFile[],
): boolean {
  if (base.index === 0 || removedAt !== null) return true
  // Those of a group stand together, the newest first.
  const newest = snapshots.find(
    (each) => each.fault === null && each.group === group && each.meta.incarnation === incarnation,
  )
  if (newest === undefined || newest.fault !== null) return false
  const { index, term } = newest.meta
  return index > base.index || (index === base.index && term === base.term)
}

function noSnapshot(
  { path }: LogPlaceInDirectory,
  group: string,
  { index, term }: OpenedLog['base'],
): RaftedError {
  const file = join(path, 'snapshots', snapshotName(groupKey(group), index, term))
  return new RaftedError(
    'damaged-storage',
    `The log of group "${group}" begins after entry ${index}, and the snapshot that holds what was before it is missing: ${file}, or a newer one. ` +
      'Bring it back from a copy, or remove this member from its group and let an empty host join in its place.',
    { outcome: 'not-applied', details: { file, offset: 0 } },
  )
}
