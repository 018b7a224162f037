/**
 * What a replicated value takes at least in three processes: as `bare`, and each command is looked at. It is encoded from values and decoded again, kept as an entry
 * by three, applied by each of them once, by the session it was sent in, and answered with its result. No terms, no elections, no groups, no
 * snapshots, no limits, and no order but that of one link.
 */
import { valueCodec } from '@rafted/wire'
import { limitSuite } from '../bare/limit-suite.ts'
import { openTrio } from '../bare/processes.ts'
import { moduleHere } from '../here.ts'
import { LENGTH_BYTES, readFrames } from './frames.ts'
import { REQUEST_HEAD_BYTES } from './member.ts'

export const least3p = limitSuite('least', openLeast)

interface Waiting {
  readonly sequence: number
  readonly command: Uint8Array
  resolve(result: unknown): void
}

export async function openLeast() {
  const { socket, pids, close } = await openTrio(moduleHere('least/host'), [])
  const waiting = new Map<number, Waiting>()
  let unsent: Waiting[] = []
  let sequence = 0
  let acknowledged = 0
  readFrames(socket, (bytes, ends) => {
    let from = 0
    for (const to of ends) {
      const answered = bytes.readUInt32LE(from + LENGTH_BYTES)
      const result = valueCodec.decode(bytes.subarray(from + LENGTH_BYTES + 4, to))
      waiting.get(answered)!.resolve(result)
      waiting.delete(answered)
      // They come in the order of the commands.
      acknowledged = answered
      from = to
    }
  })
  const flush = (): void => {
    const sent = unsent
    unsent = []
    const head = LENGTH_BYTES + REQUEST_HEAD_BYTES
    const bytes = Buffer.allocUnsafe(sent.reduce((sum, { command }) => sum + head + command.length, 0))
    let at = 0
    for (const each of sent) {
      at = bytes.writeUInt32LE(REQUEST_HEAD_BYTES + each.command.length, at)
      at = bytes.writeUInt32LE(each.sequence, at)
      at = bytes.writeUInt32LE(acknowledged, at)
      bytes.set(each.command, at)
      at += each.command.length
    }
    socket.write(bytes)
  }
  return {
    command: (payload: Uint8Array): Promise<unknown> =>
      new Promise((resolve) => {
        const each = { sequence: ++sequence, command: valueCodec.encode(['put', payload]), resolve }
        waiting.set(each.sequence, each)
        if (unsent.push(each) === 1) setImmediate(flush)
      }),
    pids,
    close,
  }
}
