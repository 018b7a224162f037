/** Reads entries back from where they lie. */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import { damaged } from './log-damage.ts'
import { type Extent, measured } from './log-extents.ts'
import type { Segment } from './log-segment.ts'
import { LogBytes } from './log-walk.ts'

/** Parts of an extent. */
const READ_AT_ONCE = 64

/** A part of an extent, as it was at one moment: what is cut off later is read all the same. Of its places, those of what came later are not read. */
export interface Piece {
  readonly extent: Pick<Extent, 'segment' | 'offset' | 'end' | 'parts' | 'first' | 'term'>
  readonly first: number
  readonly last: number
  /** Those of its newest entries that are in memory. */
  readonly held: readonly LogEntry[] | null
}

/** @returns the part of `extent` between two indexes (inclusive), as it is now. */
export function pieceOf(extent: Extent, first: number, last: number): Piece {
  const { segment, offset, end, parts, term, held } = extent
  return {
    extent: { segment, offset, end, parts, term, first: extent.first },
    first: Math.max(first, extent.first),
    last: Math.min(last, extent.last),
    held,
  }
}

/**
 * Calls `use` with the entries of each piece in turn, until it says that it has enough. The files are kept open meanwhile: what
 * the pieces name may be given up before its turn comes.
 * @throws {RaftedError} `damaged-storage`.
 */
export async function readPieces(
  group: number,
  pieces: readonly Piece[],
  use: (entries: readonly LogEntry[]) => boolean | Promise<boolean>,
): Promise<void> {
  for (const { extent } of pieces) extent.segment.pin()
  try {
    for (const piece of pieces) if (!(await use(await readPiece(group, piece)))) return
  } finally {
    await Promise.all(pieces.map(({ extent }) => extent.segment.unpin()))
  }
}

async function readPiece(group: number, piece: Piece): Promise<LogEntry[]> {
  const { first, last, held } = piece
  const heldFrom = held?.[0]?.index ?? Number.POSITIVE_INFINITY
  const entries = first < heldFrom ? await readFromFile(group, piece, Math.min(last, heldFrom - 1)) : []
  for (const entry of held ?? []) if (entry.index >= first && entry.index <= last) entries.push(entry)
  return entries
}

async function readFromFile(group: number, { extent, first }: Piece, last: number): Promise<LogEntry[]> {
  const { segment, offset, end, parts } = extent
  const places = parts?.between(first, last) ?? [{ begin: 0, end: end - offset }]
  const wanted = { group, term: extent.term, first, last }
  const entries: LogEntry[] = []
  for (let i = 0; i < places.length; i += READ_AT_ONCE) {
    const some = places.slice(i, i + READ_AT_ONCE)
    const read = await Promise.all(some.map(({ begin, end }) => segment.read(offset + begin, offset + end)))
    for (const [k, { begin }] of some.entries()) take(segment, offset + begin, read[k]!, wanted, entries)
  }
  if (entries.length < last - first + 1) throw lost(segment, end)
  return entries
}

interface Wanted {
  readonly group: number
  readonly term: number
  readonly first: number
  readonly last: number
}

/** @param from where the bytes begin in the segment: with a record. */
function take(
  segment: Segment,
  from: number,
  bytes: Uint8Array,
  { group, term, first, last }: Wanted,
  entries: LogEntry[],
): void {
  const log = new LogBytes(bytes)
  for (let at = 0; at < log.length && first + entries.length <= last; ) {
    // Batches follow each other. As a record, the head of one would be 174 MB long.
    const batch = log.batchAt(at, segment.salt)
    if (batch !== null) {
      at = batch.from
      continue
    }
    const end = log.recordEnd(at, log.length)
    if (end === null) throw lost(segment, from + at)
    if (log.groupOf(at) === group && log.isEntry(at, end)) {
      const index = log.index(at)
      if (index >= first && index <= last) {
        // The pair of index and term names the entry (paper §5.3): another one here is not what was written.
        if (index !== first + entries.length || log.term(at) !== term) throw lost(segment, from + at)
        const payload = log.payload(at, end)
        entries.push({ index, term, kind: log.entryKind(at), time: log.time(at), payload })
      }
    }
    at = end
  }
}

function lost(segment: Segment, offset: number): Error {
  return damaged(segment.path, offset, 'an entry that was written there is not there any more')
}

/** Reads what is left of an extent whose ends were cut off, and notes how much that is, unless more has been cut off meanwhile. */
export async function measureCut(group: number, extent: Extent): Promise<void> {
  const { first, last } = extent
  await readPieces(group, [pieceOf(extent, first, last)], (found) => {
    if (extent.first === first && extent.last === last) measured(extent, measure(found))
    return true
  })
}

/** Bytes and last time of entries. */
function measure(entries: readonly LogEntry[]): { bytes: number; time: number } {
  let bytes = 0
  for (const { payload } of entries) bytes += entryBytes(payload)
  return { bytes, time: entries.at(-1)?.time ?? 0 }
}
