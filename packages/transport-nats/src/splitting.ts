/** A batch as the messages it travels in: one, or parts that each fit in one. */
import { HEAD_BYTES, PART_BYTES, type Place } from './message.ts'

/** Larger messages would only keep others waiting for longer. */
const LARGEST_MESSAGE = 128 * 1024

export interface Piece {
  /** null where the batch is whole. */
  readonly place: Place | null
  readonly bytes: Uint8Array
}

/** Bytes of a batch that go into one message: one at least, so that each piece is progress. @param maxPayload what the server takes now. */
export function roomIn(maxPayload: number): number {
  return Math.max(1, Math.min(maxPayload, LARGEST_MESSAGE) - HEAD_BYTES - PART_BYTES)
}

/**
 * @returns the piece of a batch that begins at `offset`. How much fits may change from piece to piece: so do servers.
 * @param number the batch's.
 */
export function pieceAt(batch: Uint8Array, number: number, offset: number, room: number): Piece {
  const total = batch.byteLength
  // What fits whole travels whole, whatever room there was for those before: only `offset` says whether any has left.
  if (offset === 0 && total <= room) return { place: null, bytes: batch }
  return { place: { batch: number, total, offset }, bytes: batch.subarray(offset, offset + room) }
}
