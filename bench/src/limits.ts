/**
 * What `files-3p` could be at best: three processes and a client that send each other as many bytes and flush them as often as Rafted must, and do nothing else.
 * The leader passes on what it gets and writes it, as the others do; it answers what two of the three have flushed. No terms, no elections, no
 * checks, no value. All of a turn travels as one write and is flushed as one. This file is both the suite and the program of its processes.
 */
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { answerQuestions } from '@rafted/testing'
import { limitSuite } from './bare/limit-suite.ts'
import { dial, openTrio, serve } from './bare/processes.ts'
import { atEndOfTurn, oneAtATime, openThrough } from './bare/through.ts'
import { twoOfThree } from './bare/two-of-three.ts'
import { moduleHere } from './here.ts'

/** What each command takes of Rafted's batches beside its argument: as a request, as an entry on the wire and on the disk, as an answer. */
export const REQUEST_BYTES = 66
export const ENTRY_BYTES = 24
export const ANSWER_BYTES = 19
/** By which a follower says that one more is flushed. */
const WORD_BYTES = 1

export const bare3p = limitSuite('bare', openLimit)

/** Three processes on files of their own, and a client of them in this one. @param size of a command's argument, bytes. */
export async function openLimit(size: number) {
  const trio = await openTrio(moduleHere('limits'), [String(size)])
  const { socket } = trio
  // Answers come in the order of the commands.
  let waiting: (() => void)[] = []
  let first = 0
  counted(socket, ANSWER_BYTES, (count) => {
    for (const end = first + count; first < end; first++) waiting[first]!()
    if (first < 4096) return
    waiting = waiting.slice(first)
    first = 0
  })
  let unsent = 0
  const flush = (): void => {
    socket.write(Buffer.alloc(unsent * (REQUEST_BYTES + size)))
    unsent = 0
  }
  return {
    command: (_payload: Uint8Array): Promise<void> => {
      if (unsent++ === 0) setImmediate(flush)
      return new Promise((resolve) => waiting.push(resolve))
    },
    pids: trio.pids,
    close: () => trio.close(),
  }
}

/** All pieces on a link have one size, so that nobody has to look into what has come. */
function counted(socket: Socket, size: number, arrived: (count: number) => void): void {
  let left = 0
  const take = atEndOfTurn<number>((lengths) => {
    const bytes = lengths.reduce((sum, length) => sum + length, left)
    left = bytes % size
    if (bytes >= size) arrived(Math.floor(bytes / size))
  })
  socket.on('data', (chunk: Buffer) => take(chunk.length))
}

async function host(path: string, size: number): Promise<void> {
  const entry = ENTRY_BYTES + size
  const file = await openThrough(path)
  let end = 0
  const writer = (flushed: (count: number) => void): ((count: number) => void) =>
    oneAtATime<number>(async (gathered) => {
      const count = gathered.reduce((sum, each) => sum + each)
      end += (await file.write(Buffer.alloc(count * entry), 0, count * entry, end)).bytesWritten
      flushed(count)
    })
  const follow = (): Promise<number> =>
    serve((socket) =>
      counted(
        socket,
        entry,
        writer((count) => socket.write(Buffer.alloc(count * WORD_BYTES))),
      ),
    )
  const lead = async (ports: readonly number[]): Promise<number> => {
    let client: Socket | null = null
    let answered = 0
    const advance = twoOfThree((most) => {
      if (most > answered) client?.write(Buffer.alloc((most - answered) * ANSWER_BYTES))
      answered = most
    })
    const followers = await Promise.all(ports.map(dial))
    for (const [i, follower] of followers.entries())
      counted(follower, WORD_BYTES, (count) => advance(i + 1, count))
    const write = writer((count) => advance(0, count))
    return await serve((socket) => {
      client = socket
      counted(socket, REQUEST_BYTES + size, (count) => {
        const entries = Buffer.alloc(count * entry)
        for (const follower of followers) follower.write(entries)
        write(count)
      })
    })
  }
  answerQuestions((ports) => ((ports as number[]).length === 0 ? follow() : lead(ports as number[])))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await host(process.argv[2]!, Number(process.argv[3]))
