/** Reads entries back from where they lie. */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import { damaged } from './log-damage.ts'
import { type Extent, measured } from './log-extents.ts'
import type { Segment } from './log-segment.ts'
import { LogBytes } from './log-walk.ts'

/** Spans of an extent that are read at a time: of a megabyte at most, since each is shorter than 128 KiB. More would not be faster, and others wait for the disk as well. */
const READ_AT_ONCE = 8

/** A part of an extent, as it was at one moment: what is cut off later is read all the same. `spans` may grow meanwhile, behind the entries that are wanted. */
export interface Piece {
  readonly extent: Pick<Extent, 'segment' | 'offset' | 'end' | 'spans' | 'first' | 'term'>
  readonly first: number
  readonly last: number
  /** Those of its newest entries that are in memory. */
  readonly held: readonly LogEntry[] | null
}

/** @returns the part of `extent` between two indexes (inclusive), as it is now. */
export function pieceOf(extent: Extent, first: number, last: number): Piece {
  const { segment, offset, end, spans, term, held } = extent
  return {
    extent: { segment, offset, end, spans, term, first: extent.first },
    first: Math.max(first, extent.first),
    last: Math.min(last, extent.last),
    held,
  }
}

/**
 * Calls `use` with some entries after others, of each piece in turn, until it says that it has enough. The files are kept open meanwhile: what
 * the pieces name may be given up before its turn comes.
 * @throws {RaftedError} `damaged-storage`.
 */
export async function readPieces(
  group: number,
  pieces: readonly Piece[],
  use: (entries: readonly LogEntry[]) => boolean,
): Promise<void> {
  for (const { extent } of pieces) extent.segment.pin()
  try {
    for (const piece of pieces) for await (const entries of entriesOf(group, piece)) if (!use(entries)) return
  } finally {
    await Promise.all(pieces.map(({ extent }) => extent.segment.unpin()))
  }
}

async function* entriesOf(group: number, piece: Piece): AsyncGenerator<readonly LogEntry[]> {
  const { extent, first, last, held } = piece
  const heldFrom = held?.[0]?.index ?? Number.POSITIVE_INFINITY
  if (first < heldFrom) yield* entriesInFile(group, extent, first, Math.min(last, heldFrom - 1))
  const newest = held?.filter(({ index }) => index >= first && index <= last) ?? []
  if (newest.length > 0) yield newest
}

async function* entriesInFile(
  group: number,
  { segment, offset, end, spans, term }: Piece['extent'],
  first: number,
  last: number,
): AsyncGenerator<LogEntry[]> {
  const places = spans?.between(first, last) ?? [{ begin: 0, end: end - offset }]
  let entries = 0
  let place = end
  for (let i = 0; i < places.length; i += READ_AT_ONCE) {
    const some = places.slice(i, i + READ_AT_ONCE)
    const read = await allOf(some.map((span) => segment.read(offset + span.begin, offset + span.end)))
    const found: LogEntry[] = []
    for (const [k, { begin }] of some.entries()) {
      const bytes = read[k]!
      const wanted = { group, term, first: first + entries + found.length, last }
      found.push(...entriesIn(segment, offset + begin, bytes, wanted))
      place = offset + begin + bytes.byteLength
    }
    entries += found.length
    yield found
  }
  if (entries < last - first + 1) throw lost(segment, place)
}

/** Once none is under way any more: the first error, if there is one. */
async function allOf<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(calls)
  return ended.map((call) => {
    if (call.status === 'rejected') throw call.reason
    return call.value
  })
}

interface Wanted {
  readonly group: number
  readonly term: number
  readonly first: number
  readonly last: number
}

/** @param from where the bytes begin in the segment: with a record. */
function entriesIn(
  segment: Segment,
  from: number,
  bytes: Uint8Array,
  { group, term, first, last }: Wanted,
): LogEntry[] {
  const log = new LogBytes(bytes)
  const entries: LogEntry[] = []
  for (let at = 0; at < log.length && first + entries.length <= last; ) {
    // Batches follow each other. As a record, the head of one would be 174 MB long: neither is taken for the other.
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
  return withoutTheRest(entries, bytes)
}

/** Payloads are views, and an entry that is kept would keep all that was read with it. */
function withoutTheRest(entries: LogEntry[], { byteLength }: Uint8Array): LogEntry[] {
  const size = entries.reduce((sum, { payload }) => sum + payload.byteLength, 0)
  if (2 * size >= byteLength) return entries
  const room = new Uint8Array(size)
  let at = 0
  return entries.map((entry) => {
    const payload = room.subarray(at, at + entry.payload.byteLength)
    payload.set(entry.payload)
    at += payload.byteLength
    return { ...entry, payload }
  })
}

function lost(segment: Segment, offset: number): Error {
  return damaged(segment.path, offset, 'an entry that was written there is not there any more')
}

/** Reads what is left of an extent whose ends were cut off, and notes how much that is, unless more has been cut off meanwhile. */
export async function measureCut(group: number, extent: Extent): Promise<void> {
  const { first, last } = extent
  const left = { bytes: 0, time: 0 }
  await readPieces(group, [pieceOf(extent, first, last)], (found) => {
    for (const { payload, time } of found) {
      left.bytes += entryBytes(payload)
      left.time = time
    }
    return true
  })
  if (extent.first === first && extent.last === last) measured(extent, left)
}
