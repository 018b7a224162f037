/** Copies what is needed of a segment, and can be read, to the newest one, a little at a time, so that what is urgent never waits for long. */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import type { Extent } from './log-extents.ts'
import type { GroupLog } from './log-group.ts'
import { pieceOf, readPieces } from './log-reading.ts'
import type { Segment } from './log-segment.ts'
import type { CopyJob, LogWriter } from './log-writer.ts'

/**
 * Entries of all groups are copied together, about this many bytes with each flush. Copying a third of what is written is always enough: it stays
 * behind only while three times as much comes with each flush, without a pause.
 */
const COPY_BYTES = 1024 * 1024

/** @throws {RaftedError} `damaged-storage` or `storage-failed` if an entry can't be read; and when the log is closed or has failed. */
export async function copyForward(
  { writer, groups }: { readonly writer: LogWriter; groups(): Iterable<GroupLog> },
  segment: Segment,
): Promise<void> {
  let jobs: (CopyJob & { readonly entries: LogEntry[] })[] = []
  let bytes = 0
  // What is known to be damaged is never written as if it were sound: it stays, and counts as damaged.
  const isWanted = (extent: Extent): boolean => extent.segment === segment && extent.damage === null
  const copy = async (): Promise<void> => {
    const copied = jobs
    jobs = []
    bytes = 0
    // What is asked for in one turn goes into one batch.
    await Promise.all(copied.map((job) => writer.copy(job)))
  }
  for (const group of groups())
    for (const extent of group.extents.list) {
      if (!isWanted(extent)) continue
      const entries = await readExtent(group, extent)
      const last = jobs.at(-1)
      // What was in many places is then in one.
      if (last?.group === group) last.entries.push(...entries)
      else jobs.push({ group, entries, isWanted })
      for (const { payload } of entries) bytes += entryBytes(payload)
      if (bytes >= COPY_BYTES) await copy()
    }
  if (jobs.length > 0) await copy()
}

async function readExtent({ number }: GroupLog, extent: Extent): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  await readPieces(number, [pieceOf(extent, extent.first, extent.last)], (found) => {
    entries.push(...found)
    return true
  })
  return entries
}
