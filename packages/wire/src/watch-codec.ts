/** What a watcher asks, and what it is answered. */
import { cannotEncode } from './bad-bytes.ts'
import type { Reader } from './reader.ts'
import type { Change, ChangesResponse, ValuePiece, WantedPiece, WatchRequest } from './request.ts'
import type { Writer } from './writer.ts'

/** Bytes of the smallest change: index, term and time in a byte each, and an empty block. */
const LEAST_CHANGE_BYTES = 4

const FIRST_COMES_UNASKED = 'the first piece comes unasked'

type Watch = Pick<WatchRequest, 'after' | 'waitMs' | 'maxBytes' | 'piece'>

export function writeWatch(w: Writer, { after, waitMs, maxBytes, piece }: Watch): void {
  // One more than the index, so that 0 is free to say that there is none.
  w.uint(after === null ? 0 : after + 1)
  w.float(waitMs)
  w.uint(maxBytes)
  writeWanted(w, piece)
}

export function readWatch(r: Reader): Watch {
  const next = r.uint()
  const waitMs = r.float()
  const maxBytes = r.uint()
  return { after: next === 0 ? null : next - 1, waitMs, maxBytes, piece: readWanted(r) }
}

export function writeWanted(w: Writer, piece: WantedPiece | null): void {
  w.bool(piece !== null)
  if (piece === null) return
  if (piece.number === 0) cannotEncode(FIRST_COMES_UNASKED)
  w.uint(piece.transfer)
  w.uint(piece.number)
}

export function readWanted(r: Reader): WantedPiece | null {
  if (!r.bool()) return null
  const piece = { transfer: r.uint(), number: r.uint() }
  if (piece.number === 0) r.fail(FIRST_COMES_UNASKED)
  return piece
}

export function writeChanges(w: Writer, { upTo, changes, piece }: ChangesResponse): void {
  w.uint(upTo)
  w.uint(changes.length)
  for (const change of changes) {
    w.uint(change.index)
    w.uint(change.term)
    w.uint(change.time)
    w.block(change.command)
  }
  w.bool(piece !== null)
  if (piece !== null) writePiece(w, piece)
}

export function readChanges(r: Reader): Omit<ChangesResponse, 'kind' | 'id'> {
  const upTo = r.uint()
  const count = r.count(Number.MAX_SAFE_INTEGER, LEAST_CHANGE_BYTES, 'changes')
  const changes: Change[] = []
  for (let i = 0; i < count; i++)
    changes.push({ index: r.uint(), term: r.uint(), time: r.uint(), command: r.block() })
  return { upTo, changes, piece: r.bool() ? readPiece(r) : null }
}

function writePiece(w: Writer, piece: ValuePiece): void {
  w.uint(piece.transfer)
  w.uint(piece.number)
  w.bool(piece.isLast)
  w.uint(piece.index)
  w.uint(piece.term)
  w.uint(piece.time)
  w.uint(piece.version)
  w.block(piece.bytes)
}

function readPiece(r: Reader): ValuePiece {
  return {
    transfer: r.uint(),
    number: r.uint(),
    isLast: r.bool(),
    index: r.uint(),
    term: r.uint(),
    time: r.uint(),
    version: r.uint(),
    bytes: r.block(),
  }
}
