/** Reads a whole file, as far as the disk can. */
import type { FileHandle } from '@rafted/contracts'
import { codeOf } from './text-record.ts'

/** What the disk can't read is found in pieces of this size: a page, below which the kernel reads nothing by itself. */
export const PIECE_BYTES = 4096

/** @returns the bytes, with zeros in the place of those that the disk can't read: their checksums tell. @throws any other error. */
export async function readAll(file: FileHandle): Promise<Uint8Array> {
  const size = await file.size()
  try {
    return await file.read(0, size)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  const bytes = new Uint8Array(size)
  await fill(file, bytes, 0, size)
  return bytes
}

/** Halves what can't be read, so that a large file with one bad place is not read in small pieces. */
async function fill(file: FileHandle, bytes: Uint8Array, from: number, to: number): Promise<void> {
  try {
    bytes.set(await file.read(from, to - from), from)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    const pieces = Math.ceil((to - from) / PIECE_BYTES)
    if (pieces <= 1) return
    const middle = from + Math.ceil(pieces / 2) * PIECE_BYTES
    await fill(file, bytes, from, middle)
    await fill(file, bytes, middle, to)
  }
}

function isUnreadable(error: unknown): boolean {
  return codeOf(error) === 'EIO'
}
