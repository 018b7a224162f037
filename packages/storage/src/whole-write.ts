/** Writing all of something through a call that may write less than it was given. */

/** Arrays that one vectored write may take: IOV_MAX, which is 1024 on Linux and macOS. */
const MAX_PARTS = 1024

/** Writes parts at a position and says how many bytes it wrote: at least one. */
export type WriteParts = (parts: readonly Uint8Array[], position: number) => number | Promise<number>

/**
 * Writes all of `parts` at `position`, in order, with as few calls of `write` as can be.
 * @throws {Error} if a call writes nothing: the write would never end.
 */
export async function writeWhole(
  write: WriteParts,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = parts.filter(({ byteLength }) => byteLength > 0)
  let at = position
  while (rest.length > 0) {
    const written = await write(rest.length > MAX_PARTS ? rest.slice(0, MAX_PARTS) : rest, at)
    if (!(written > 0)) throw new Error(`A write of ${rest.length} parts at byte ${at} wrote nothing.`)
    at += written
    rest = without(rest, written)
  }
}

/** What is left of `parts` behind their first `count` bytes. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count
  let i = 0
  while (i < parts.length && parts[i]!.byteLength <= left) left -= parts[i++]!.byteLength
  const rest = parts.slice(i)
  if (left > 0) rest[0] = rest[0]!.subarray(left)
  return rest
}
