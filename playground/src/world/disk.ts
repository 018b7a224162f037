/** What a member's disk holds: what its finished writes have put there, and nothing else. */
import {
  type Configuration,
  type ConfigurationEntry,
  emptyLog,
  type SnapshotPosition,
  type Stored,
  type Write,
} from '@rafted/core'

/** An entry without its payload. */
export interface DiskEntry {
  readonly term: number
  readonly bytes: number
  readonly time: number
  readonly configuration: Configuration | null
}

/** Plain data. It is replaced, never changed, so that whoever has kept one has it as it was. */
export interface Disk {
  readonly term: number
  readonly vote: string | null
  /** The log begins after the last entry of this snapshot; null if it begins at 1. */
  readonly base: SnapshotPosition | null
  /** The entries from `base` on. */
  readonly entries: readonly DiskEntry[]
  readonly snapshot: SnapshotPosition | null
}

export const emptyDisk: Disk = { term: 0, vote: null, base: null, entries: [], snapshot: null }

/** The disk of a member that begins its group: the configuration is entry 1. */
export function foundedDisk(configuration: Configuration): Disk {
  return { ...emptyDisk, term: 1, entries: [{ term: 1, bytes: ENTRY_BYTES, time: 0, configuration }] }
}

/** What an entry takes, here. */
export const ENTRY_BYTES = 100

const baseIndex = (disk: Disk): number => disk.base?.index ?? 0

/** Index of the last entry. */
export function lastIndexOf(disk: Disk): number {
  return baseIndex(disk) + disk.entries.length
}

/** The disk after this write. */
export function written(disk: Disk, write: Write): Disk {
  let { base, snapshot } = disk
  let entries = disk.entries
  if (write.reset !== null) {
    base = write.reset
    snapshot = write.reset
    entries = []
  }
  const first = base?.index ?? 0
  if (write.truncateFrom !== null) entries = entries.slice(0, write.truncateFrom - first - 1)
  if (write.entries !== null) entries = [...entries, ...entriesOf(write.entries)]
  return { term: write.term, vote: write.vote, base, entries, snapshot }
}

function entriesOf({ runs, last, configurations }: NonNullable<Write['entries']>): DiskEntry[] {
  return runs.flatMap(({ first, term, bytes, time }, at) => {
    const end = (runs[at + 1]?.first ?? last + 1) - 1
    const count = end - first + 1
    return Array.from({ length: count }, (_, i) => {
      const brought = configurations.find(({ index }) => index === first + i)
      return { term, bytes: bytes / count, time, configuration: brought?.configuration ?? null }
    })
  })
}

/** Where a snapshot up to `index` ends, which this disk holds; null if it doesn't, or knows no members there. */
export function snapshotAt(disk: Disk, index: number): SnapshotPosition | null {
  const held = disk.entries.slice(0, Math.max(0, index - baseIndex(disk)))
  const last = held.at(-1)
  if (last === undefined || baseIndex(disk) + held.length !== index) return null
  let configuration: ConfigurationEntry | null = disk.base?.configuration ?? null
  for (const [at, entry] of held.entries())
    if (entry.configuration !== null)
      configuration = { index: baseIndex(disk) + at + 1, configuration: entry.configuration }
  return configuration === null ? null : { index, term: last.term, time: last.time, configuration }
}

/** The log up to `index` goes, which the snapshot covers. */
export function compacted(disk: Disk, snapshot: SnapshotPosition): Disk {
  const gone = snapshot.index - baseIndex(disk)
  if (gone <= 0) return { ...disk, snapshot }
  return { ...disk, base: snapshot, entries: disk.entries.slice(gone), snapshot }
}

/** What a member starts from. */
export function storedOf(disk: Disk): Stored {
  const { term, vote, base, entries, snapshot } = disk
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  const configurations: ConfigurationEntry[] = []
  for (const [at, entry] of entries.entries()) {
    const index = baseIndex(disk) + at + 1
    const run = runs.at(-1)
    if (run?.term === entry.term) {
      run.bytes += entry.bytes
      run.time = entry.time
    } else runs.push({ first: index, term: entry.term, bytes: entry.bytes, time: entry.time })
    if (entry.configuration !== null) configurations.push({ index, configuration: entry.configuration })
  }
  return {
    ...emptyLog(),
    term,
    vote,
    base: base === null ? { index: 0, term: 0 } : { index: base.index, term: base.term },
    baseTime: base?.time ?? 0,
    baseConfiguration: base?.configuration ?? null,
    commit: Math.max(baseIndex(disk), snapshot?.index ?? 0),
    heads: runs.length === 0 ? null : { runs, last: lastIndexOf(disk), configurations },
  }
}
