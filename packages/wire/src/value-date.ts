/** Dates in values: MessagePack's three forms of a time stamp, each for the times the shorter ones have no room for. */

/** Beyond this no `Date` exists (ECMAScript, time values). */
const MAX_SECONDS = 8.64e12
const view = new DataView(new ArrayBuffer(12))

/** @returns the date in these bytes, or null if no date has this form. An invalid date is the one byte 0xff. */
export function readDate(bytes: Uint8Array, at: number, length: number): Date | null {
  if (length === 1) return bytes[at] === 0xff ? new Date(Number.NaN) : null
  if (length !== 4 && length !== 8 && length !== 12) return null
  for (let i = 0; i < length; i++) view.setUint8(i, bytes[at + i]!)
  if (length === 4) return new Date(view.getUint32(0) * 1000)
  if (length === 8) return dateOf(view.getUint32(0) / 4, view.getUint32(4), 1)
  const seconds = Number(view.getBigInt64(4))
  // From 1970 to 2106 the shorter forms have room.
  if (seconds >= 0 && seconds <= 0xffffffff) return null
  return Math.abs(seconds) <= MAX_SECONDS ? dateOf(view.getUint32(0), seconds, 0) : null
}

/** @param minMs the milliseconds this form is needed for. */
function dateOf(nanoseconds: number, seconds: number, minMs: number): Date | null {
  const ms = nanoseconds / 1e6
  if (!Number.isInteger(ms) || ms < minMs || ms > 999) return null
  const date = new Date(seconds * 1000 + ms)
  return Number.isNaN(date.getTime()) ? null : date
}
