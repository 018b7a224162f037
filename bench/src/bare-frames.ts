/** Frames of four bytes of length and so many bytes, over sockets. */
import { connect, type Socket } from 'node:net'

export function frame(bytes: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(4 + bytes.length)
  framed.writeUInt32LE(bytes.length)
  framed.set(bytes, 4)
  return framed
}

/** Calls `onFrames` with the whole frames of each chunk that arrives: how many, and their bytes. */
export function readFrames(socket: Socket, onFrames: (count: number, bytes: Buffer) => void): void {
  let left = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    const bytes = left.length === 0 ? chunk : Buffer.concat([left, chunk])
    let at = 0
    let count = 0
    while (at + 4 <= bytes.length && at + 4 + bytes.readUInt32LE(at) <= bytes.length) {
      at += 4 + bytes.readUInt32LE(at)
      count++
    }
    left = bytes.subarray(at)
    if (count > 0) onFrames(count, bytes.subarray(0, at))
  })
}

/** @param onFrame called once for each frame that comes back. */
export async function connectTo(port: number, onFrame: () => void): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve) => socket.once('connect', resolve))
  readFrames(socket, (count) => {
    for (let i = 0; i < count; i++) onFrame()
  })
  return socket
}
