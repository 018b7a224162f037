/** A process of `bare-3p`: writes through what it gets, and answers with an empty frame for each one. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { answerQuestions } from '@rafted/testing'
import { connectTo, frame, readFrames } from './bare-frames.ts'

const ANSWER = frame(new Uint8Array(0))

const { O_CREAT, O_DSYNC, O_RDWR } = constants
const file = await open(process.argv[2]!, O_CREAT | O_RDWR | (O_DSYNC ?? 0), 0o600)
let end = 0
let gathered: Buffer[] = []
let frames = 0
let writing = false

/** Resolves nothing: `onFlushed` hears how many frames each flush held. What comes meanwhile gathers for the next. */
function write(count: number, bytes: Buffer, onFlushed: (count: number) => void): void {
  gathered.push(bytes)
  frames += count
  if (writing) return
  writing = true
  void (async () => {
    while (gathered.length > 0) {
      const parts = gathered
      const flushed = frames
      gathered = []
      frames = 0
      const { bytesWritten } = await file.writev(parts, end)
      end += bytesWritten
      onFlushed(flushed)
    }
    writing = false
  })()
}

async function serve(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, onSocket)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

function answers(count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => ANSWER))
}

const follow = (): Promise<number> =>
  serve((socket) =>
    readFrames(socket, (count, bytes) => write(count, bytes, (flushed) => socket.write(answers(flushed)))),
  )

async function lead(ports: readonly number[]): Promise<number> {
  let client: Socket | null = null
  let answered = 0
  // How many frames each of the three has flushed: what two of them have is done.
  const flushed = [0, 0, 0]
  const advance = (who: number, count: number): void => {
    flushed[who]! += count
    const done = [...flushed].sort((a, b) => b - a)[1]!
    if (done > answered) client?.write(answers(done - answered))
    answered = Math.max(answered, done)
  }
  const followers = await Promise.all(ports.map((port, i) => connectTo(port, () => advance(i + 1, 1))))
  return await serve((socket) => {
    client = socket
    readFrames(socket, (count, bytes) => {
      for (const follower of followers) follower.write(bytes)
      write(count, bytes, (own) => advance(0, own))
    })
  })
}

answerQuestions((question) => {
  const asked = question as { readonly lead?: readonly number[] }
  return asked.lead === undefined ? follow() : lead(asked.lead)
})
