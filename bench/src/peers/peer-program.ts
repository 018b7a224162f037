/** The client of one peer, in a process of its own: opens the peer, and measures it as it is asked. */
import { answerQuestions } from '@rafted/testing'
import { closedLoop, type Durations, type Figures } from '../measure.ts'
import { countFlushes, type FlushCounts } from './flushes.ts'
import { PAYLOAD_BYTES } from './peer.ts'
import { peers } from './peers.ts'

export type PeerQuestion =
  | 'open'
  | 'close'
  | { readonly measure: number; readonly durations: Durations }
  /** So many commands, with so many under way. */
  | { readonly flushes: number; readonly commands: number }

/** Of one command and the next the peer's own trees and logs are warm: that takes some under way. */
const WARM_UP = 64

// Servers go with whoever started them, and that is when it exits.
process.once('SIGTERM', () => process.exit())

const peer = peers.find(({ name }) => name === process.argv[2])!
const opened = peer.open()
// Told to whoever asks.
opened.catch(() => {})
const payload = new Uint8Array(PAYLOAD_BYTES).fill(0x61)

answerQuestions(async (asked): Promise<Figures | FlushCounts | null> => {
  const question = asked as PeerQuestion
  const target = await opened
  const call = (): Promise<unknown> => target.command(payload)
  if (question === 'open') return null
  if (question === 'close') {
    await target.close()
    return null
  }
  if ('measure' in question) {
    const { measure: concurrency, durations } = question
    const { warmUpMs } = durations
    await closedLoop(call, Math.max(WARM_UP, concurrency), { warmUpMs: 0, measureMs: warmUpMs })
    return await closedLoop(call, concurrency, { ...durations, warmUpMs: 100 })
  }
  let left = question.commands
  const loop = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  return await countFlushes(target.pids, async () => {
    await Promise.all(Array.from({ length: question.flushes }, loop))
  })
})
