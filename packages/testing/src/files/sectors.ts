/**
 * The bytes of a file, by sector. A sector's array ends at the last byte that was written in it: what lies beyond reads as zeros, and so
 * does a sector that isn't there. Arrays are replaced, never changed, so that what is seen, what is durable and what is in between share them.
 */

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512

export type Sectors = Map<number, Uint8Array>

/** @returns each sector that `bytes` at `position` touches, as it looks with them. */
export function imagesOf(
  sectors: ReadonlyMap<number, Uint8Array>,
  position: number,
  bytes: Uint8Array,
): Sectors {
  const images: Sectors = new Map()
  const end = position + bytes.length
  for (let at = position; at < end; ) {
    const index = Math.floor(at / SECTOR_BYTES)
    const from = at - index * SECTOR_BYTES
    const to = Math.min(SECTOR_BYTES, end - index * SECTOR_BYTES)
    const old = sectors.get(index)
    const image = new Uint8Array(Math.max(old?.length ?? 0, to))
    if (old !== undefined) image.set(old)
    image.set(bytes.subarray(at - position, at - position + to - from), from)
    images.set(index, image)
    at += to - from
  }
  return images
}

/** Forgets what lies at `length` and beyond. */
export function cut(sectors: Sectors, length: number): void {
  const last = Math.floor(length / SECTOR_BYTES)
  const rest = length - last * SECTOR_BYTES
  for (const index of [...sectors.keys()])
    if (index > last || (index === last && rest === 0)) sectors.delete(index)
  const image = sectors.get(last)
  if (image !== undefined && image.length > rest) sectors.set(last, image.slice(0, rest))
}

/** @returns the `length` bytes at `position`, zeros where nothing stands. */
export function bytesOf(
  sectors: ReadonlyMap<number, Uint8Array>,
  position: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length)
  const end = position + length
  for (let index = Math.floor(position / SECTOR_BYTES); index * SECTOR_BYTES < end; index++) {
    const image = sectors.get(index)
    if (image === undefined) continue
    const start = index * SECTOR_BYTES
    const from = Math.max(0, position - start)
    const to = Math.min(image.length, end - start)
    if (from < to) bytes.set(image.subarray(from, to), start + from - position)
  }
  return bytes
}

/** How many bytes stand here: what the file takes of the disk. */
export function bytesIn(sectors: ReadonlyMap<number, Uint8Array>): number {
  let sum = 0
  for (const image of sectors.values()) sum += image.length
  return sum
}
