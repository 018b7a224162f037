/** A file as the lines it consists of. */

const newline = 0x0a

/**
 * @returns the lines of `bytes`, each with the newline that ends it, so that put together they are `bytes` again: empty
 * lines, carriage returns, invalid UTF-8 and a missing last newline included. No bytes are no lines.
 */
export function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(newline, start)
    const next = end === -1 ? bytes.length : end + 1
    lines.push(bytes.subarray(start, next))
    start = next
  }
  return lines
}
