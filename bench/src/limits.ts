/**
 * What `files-3p` could be at best: three processes and a client that send each other as many bytes and flush them as often as Rafted must, and do nothing else.
 * The leader passes on what it gets and writes it, as the others do; it answers what two of the three have flushed. No terms, no elections, no
 * checks, no value. All of a turn travels as one write and is flushed as one. This file is both the suite and the program of its processes.
 */
import { constants } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerQuestions, ChildHost } from '@rafted/testing'
import { moduleHere } from './here.ts'
import type { Suite } from './suite.ts'

/** What each command takes of Rafted's batches beside its argument: as a request, as an entry on the wire and on the disk, as an answer. */
const REQUEST_BYTES = 66
const ENTRY_BYTES = 24
const ANSWER_BYTES = 19
/** By which a follower says that one more is flushed. */
const WORD_BYTES = 1

export const bare3p: Suite = {
  system: 'bare',
  config: 'files-3p',
  onDisk: true,
  reads: [],
  async open({ size }) {
    const { command, close } = await openLimit(size)
    return { command, query: () => Promise.reject(new Error('there is no value')), close }
  },
}

/** Three processes on files of their own, and a client of them in this one. @param size of a command's argument, bytes. */
export async function openLimit(size: number) {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const start = (role: string): ChildHost =>
    new ChildHost({ program: moduleHere('limits'), args: [join(directory, role), String(size)] })
  const [leader, ...followers] = [start('leader'), start('follower-1'), start('follower-2')] as const
  const ports = await Promise.all(followers.map((follower) => follower.ask([])))
  const socket = await dial((await leader.ask(ports)) as number)
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
    pids: [leader, ...followers].map(({ pid }) => pid),
    close: async (): Promise<void> => {
      socket.destroy()
      await Promise.all([leader, ...followers].map((child) => child.kill()))
      await rm(directory, { recursive: true })
    },
  }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** All pieces on a link have one size, so that nobody has to look into what has come. */
function counted(socket: Socket, size: number, arrived: (count: number) => void): void {
  let left = 0
  socket.on('data', (chunk: Buffer) => {
    const count = Math.floor((left + chunk.length) / size)
    left = (left + chunk.length) % size
    if (count > 0) arrived(count)
  })
}

async function host(path: string, size: number): Promise<void> {
  const entry = ENTRY_BYTES + size
  const { O_CREAT, O_DSYNC, O_RDWR } = constants
  const file = await open(path, O_CREAT | O_RDWR | (O_DSYNC ?? 0), 0o600)
  let end = 0
  let gathered = 0
  let writing = false
  /** What comes while one flush is under way gathers for the next. */
  const write = (count: number, flushed: (count: number) => void): void => {
    gathered += count
    if (writing) return
    writing = true
    void (async () => {
      while (gathered > 0) {
        const now = gathered
        gathered = 0
        end += (await file.write(Buffer.alloc(now * entry), 0, now * entry, end)).bytesWritten
        flushed(now)
      }
      writing = false
    })()
  }
  const serve = async (serveOne: (socket: Socket) => void): Promise<number> => {
    const server = createServer({ noDelay: true }, serveOne)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
  const follow = (): Promise<number> =>
    serve((socket) =>
      counted(socket, entry, (count) =>
        write(count, (flushed) => socket.write(Buffer.alloc(flushed * WORD_BYTES))),
      ),
    )
  const lead = async (ports: readonly number[]): Promise<number> => {
    let client: Socket | null = null
    let answered = 0
    // How many each of the three has flushed: what two of them have is done.
    const done = [0, 0, 0]
    const advance = (who: number, count: number): void => {
      done[who]! += count
      const most = [...done].sort((a, b) => b - a)[1]!
      if (most > answered) client?.write(Buffer.alloc((most - answered) * ANSWER_BYTES))
      answered = Math.max(answered, most)
    }
    const followers = await Promise.all(ports.map(dial))
    for (const [i, follower] of followers.entries())
      counted(follower, WORD_BYTES, (count) => advance(i + 1, count))
    return await serve((socket) => {
      client = socket
      counted(socket, REQUEST_BYTES + size, (count) => {
        const entries = Buffer.alloc(count * entry)
        for (const follower of followers) follower.write(entries)
        write(count, (flushed) => advance(0, flushed))
      })
    })
  }
  answerQuestions((ports) => ((ports as number[]).length === 0 ? follow() : lead(ports as number[])))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await host(process.argv[2]!, Number(process.argv[3]))
