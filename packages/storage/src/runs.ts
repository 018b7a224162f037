import { entryBytes, type LogEntry, type OpenedLog } from '@rafted/contracts'

/** Bytes after which a run is cut, so that the bytes of part of one can be estimated by proportion. */
export const RUN_BYTES = 64 * 1024

type Run = OpenedLog['runs'][number]

/** The heads of contiguous entries: a run ends where the term changes and before it would pass 64 KiB. */
export function runsOf(entries: readonly LogEntry[]): Run[] {
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  for (const { index, term, time, payload } of entries) {
    const bytes = entryBytes(payload)
    const run = runs.at(-1)
    if (run !== undefined && run.term === term && run.bytes + bytes <= RUN_BYTES) {
      run.bytes += bytes
      run.time = time
    } else {
      runs.push({ first: index, term, bytes, time })
    }
  }
  return runs
}
