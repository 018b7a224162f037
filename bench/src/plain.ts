/**
 * The limit as it is written at first: `limits.ts` with each command looked at. A command is a frame with its number, the leader makes an entry of it and notes whom to answer, and
 * each is answered by a frame; what has come is written by one call and flushed by another. This file is both the suite and the program of its processes.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { answerQuestions } from '@rafted/testing'
import { limitSuite } from './bare/limit-suite.ts'
import { dial, openTrio, serve } from './bare/processes.ts'
import { oneAtATime } from './bare/through.ts'
import { twoOfThree } from './bare/two-of-three.ts'
import { moduleHere } from './here.ts'
import { LENGTH_BYTES, readFrames } from './least/frames.ts'
import { ANSWER_BYTES, ENTRY_BYTES, REQUEST_BYTES } from './limits.ts'

/** Where the number of a command stands in its frame, as a request, as an entry, as an answer. */
const NUMBER_AT = LENGTH_BYTES
const WORD_BYTES = LENGTH_BYTES + 4

export const plain3p = limitSuite('plain', openPlain)

/** Three processes on files of their own, and a client of them in this one. @param size of a command's argument, bytes. */
export async function openPlain(size: number) {
  const trio = await openTrio(moduleHere('plain'), [])
  const { socket } = trio
  const waiting = new Map<number, () => void>()
  eachOf(socket, (bytes, at) => {
    const number = bytes.readUInt32LE(at + NUMBER_AT)
    const answered = waiting.get(number)!
    waiting.delete(number)
    answered()
  })
  let unsent: Buffer[] = []
  let last = 0
  const flush = (): void => {
    socket.write(Buffer.concat(unsent))
    unsent = []
  }
  return {
    command: (_payload: Uint8Array): Promise<void> => {
      const number = ++last
      if (unsent.push(frameOf(REQUEST_BYTES + size, number)) === 1) setImmediate(flush)
      return new Promise((resolve) => waiting.set(number, resolve))
    },
    pids: trio.pids,
    close: () => trio.close(),
  }
}

function frameOf(length: number, number: number): Buffer {
  const frame = Buffer.allocUnsafe(length)
  frame.writeUInt32LE(length - LENGTH_BYTES, 0)
  frame.writeUInt32LE(number, NUMBER_AT)
  return frame
}

function eachOf(
  socket: Socket,
  take: (bytes: Buffer, at: number, end: number) => void,
  taken = (): void => {},
): void {
  readFrames(socket, (bytes, ends) => {
    let at = 0
    for (const end of ends) {
      take(bytes, at, end)
      at = end
    }
    taken()
  })
}

/** One call writes, another one flushes; what comes meanwhile gathers. */
function writerTo(file: FileHandle, flushed: (count: number) => void): (entries: readonly Buffer[]) => void {
  let end = 0
  return oneAtATime<readonly Buffer[]>(async (gathered) => {
    const entries = gathered.flat()
    const bytes = Buffer.concat(entries)
    end += (await file.write(bytes, 0, bytes.length, end)).bytesWritten
    await file.datasync()
    flushed(entries.length)
  })
}

function follow(file: FileHandle): Promise<number> {
  return serve((socket) => {
    const write = writerTo(file, (count) => socket.write(frameOf(WORD_BYTES, count)))
    let entries: Buffer[] = []
    const take = (bytes: Buffer, at: number, end: number): void => void entries.push(bytes.subarray(at, end))
    eachOf(socket, take, () => {
      write(entries)
      entries = []
    })
  })
}

async function lead(file: FileHandle, ports: readonly number[]): Promise<number> {
  let client: Socket | null = null
  let unanswered: number[] = []
  let answered = 0
  const advance = twoOfThree((most) => {
    const count = most - answered
    if (count <= 0) return
    answered = most
    client?.write(Buffer.concat(unanswered.slice(0, count).map((number) => frameOf(ANSWER_BYTES, number))))
    unanswered = unanswered.slice(count)
  })
  const followers = await Promise.all(ports.map(dial))
  for (const [i, follower] of followers.entries())
    eachOf(follower, (bytes, at) => advance(i + 1, bytes.readUInt32LE(at + NUMBER_AT)))
  const write = writerTo(file, (count) => advance(0, count))
  return await serve((socket) => {
    client = socket
    let entries: Buffer[] = []
    const take = (bytes: Buffer, at: number, end: number): void => {
      const number = bytes.readUInt32LE(at + NUMBER_AT)
      unanswered.push(number)
      const argument = bytes.subarray(at + REQUEST_BYTES, end)
      const entry = frameOf(ENTRY_BYTES + argument.length, number)
      entry.set(argument, ENTRY_BYTES)
      entries.push(entry)
    }
    eachOf(socket, take, () => {
      const bytes = Buffer.concat(entries)
      for (const follower of followers) follower.write(bytes)
      write(entries)
      entries = []
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = await open(process.argv[2]!, 'w')
  answerQuestions((asked) => {
    const ports = asked as number[]
    return ports.length === 0 ? follow(file) : lead(file, ports)
  })
}
