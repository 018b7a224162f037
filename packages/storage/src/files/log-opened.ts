/** What the store says of a group's log: its heads, and its entries wherever they are. */
import { entryBytes, type LogEntry, type OpenedLog } from '@rafted/contracts'
import { RUN_BYTES } from '../runs.ts'
import type { GroupLog } from './log-group.ts'
import { measureCut, type Piece, pieceOf, readPieces } from './log-reading.ts'

/** As `LogStore.open` gives it. */
export async function openedLog(log: GroupLog): Promise<OpenedLog> {
  await measureCuts(log)
  const { incarnation, member, removedAt, term, vote, base, last, special, lostTo } = log
  const runs = runsOf(log)
  const lastTime = log.tail.at(-1)?.time ?? runs.at(-1)?.time ?? 0
  return {
    incarnation,
    member,
    removedAt,
    term,
    vote,
    base,
    runs,
    last,
    special: special.list(),
    lastTime,
    damaged: damagedIn(log),
    lostTo,
  }
}

/** As `LogStore.read` gives them. */
export async function readEntries(
  log: GroupLog,
  from: number,
  count: number,
  maxBytes: number,
): Promise<readonly LogEntry[]> {
  if (from <= log.base.index) return []
  const { pieces, isBlocked } = piecesOf(log, from, from + count - 1, maxBytes)
  const tail = log.tail.slice(Math.max(0, from - log.last + log.tail.length - 1))
  const entries: LogEntry[] = []
  let bytes = 0
  const take = (entry: LogEntry): boolean => {
    bytes += entryBytes(entry.payload)
    if (entries.length >= count || (bytes > maxBytes && entries.length > 0)) return false
    entries.push(entry)
    return true
  }
  let isFull = false
  await readPieces(log.number, pieces, (found) => {
    isFull = !found.every(take)
    return !isFull
  })
  if (!isFull && !isBlocked) tail.every(take)
  return entries
}

/** What `open` says must be exact: what is left of extents whose ends were cut off is read once. */
async function measureCuts(log: GroupLog): Promise<void> {
  for (let cut = nextCut(log); cut !== undefined; cut = nextCut(log)) await measureCut(log.number, cut)
}

function nextCut(log: GroupLog): GroupLog['extents']['list'][number] | undefined {
  return log.extents.list.find(({ isCut }) => isCut)
}

/** Extents as the core wants them: those of one term together, up to 64 KiB. */
function runsOf({ extents, tail }: GroupLog): OpenedLog['runs'] {
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  const add = (first: number, term: number, bytes: number, time: number): void => {
    const run = runs.at(-1)
    if (run !== undefined && run.term === term && run.bytes + bytes <= RUN_BYTES) {
      run.bytes += bytes
      run.time = time
    } else runs.push({ first, term, bytes, time })
  }
  for (const { first, term, bytes, time } of extents.list) add(first, term, bytes, time)
  for (const { index, term, time, payload } of tail) add(index, term, entryBytes(payload), time)
  return runs
}

/** What to read for entries `from … to`, but not much more than `maxBytes` of them. @returns also whether one that can't be read stands in the way. */
function piecesOf(
  { extents }: GroupLog,
  from: number,
  to: number,
  maxBytes: number,
): { pieces: Piece[]; isBlocked: boolean } {
  const pieces: Piece[] = []
  const first = extents.placeOf(from)
  if (first === -1) return { pieces, isBlocked: false }
  let bytes = 0
  for (const extent of extents.list.slice(first)) {
    if (extent.damage !== null) return { pieces, isBlocked: true }
    if (extent.first > to || bytes > maxBytes) break
    pieces.push(pieceOf(extent, from, to))
    // How much of the first is wanted, and what is left of one that was cut, is not known.
    if (pieces.length > 1 && !extent.isCut) bytes += extent.bytes
  }
  return { pieces, isBlocked: false }
}

function damagedIn({ extents }: GroupLog): OpenedLog['damaged'] {
  const ranges: { from: number; to: number }[] = []
  for (const { first, last, damage } of extents.list) {
    if (damage === null) continue
    const before = ranges.at(-1)
    if (before?.to === first - 1) before.to = last
    else ranges.push({ from: first, to: last })
  }
  return ranges
}
