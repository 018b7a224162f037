/** Bytes with their length before them, one after another, on a link and in a file. */
import type { Socket } from 'node:net'

export const LENGTH_BYTES = 4

/** @param arrived what has come whole, frame behind frame, and where each ends. */
export function readFrames(socket: Socket, arrived: (bytes: Buffer, ends: readonly number[]) => void): void {
  let rest: Buffer | null = null
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
    const ends: number[] = []
    let at = 0
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      ends.push(end)
      at = end
    }
    rest = at === bytes.length ? null : bytes.subarray(at)
    if (at > 0) arrived(bytes.subarray(0, at), ends)
  })
}
