/**
 * CRC-32 of a stretch of a larger array, as zlib has it. Most records of a log are small: for these a call into native code, and the view it
 * has to be given, take several times as long as the sum itself.
 */
import { crc32 } from 'node:zlib'

/** Up to here the tables are faster. */
const SMALL = 256
const POLYNOMIAL = 0xedb88320

/** Table `t` at `256 * t`: what a byte adds to the sum if `t` bytes follow it (slicing by eight). */
const tables = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0)
  tables[byte] = sum
}
for (let at = 256; at < tables.length; at++) {
  const before = tables[at - 256]!
  tables[at] = (before >>> 8) ^ tables[before & 0xff]!
}

/** The sum of `bytes` from `from` until before `end`. */
export function sumOf(bytes: Uint8Array, from: number, end: number): number {
  if (end - from > SMALL) return crc32(bytes.subarray(from, end))
  let sum = -1
  let at = from
  for (; at + 8 <= end; at += 8) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    sum =
      tables[0x700 + (sum & 0xff)]! ^
      tables[0x600 + ((sum >>> 8) & 0xff)]! ^
      tables[0x500 + ((sum >>> 16) & 0xff)]! ^
      tables[0x400 + (sum >>> 24)]! ^
      tables[0x300 + bytes[at + 4]!]! ^
      tables[0x200 + bytes[at + 5]!]! ^
      tables[0x100 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!
  }
  for (; at < end; at++) sum = (sum >>> 8) ^ tables[(sum ^ bytes[at]!) & 0xff]!
  return ~sum >>> 0
}
