/** The program of the three processes: one leads, two follow. */
import type { Socket } from 'node:net'
import { crc32 } from 'node:zlib'
import { answerQuestions } from '@rafted/testing'
import { dial, serve } from '../bare/processes.ts'
import { atEndOfTurn, oneAtATime, openThrough } from '../bare/through.ts'
import { twoOfThree } from '../bare/two-of-three.ts'
import { LENGTH_BYTES, readFrames } from './frames.ts'
import { ENTRY_HEAD_BYTES, LeastMember } from './member.ts'

/** Before a batch of entries, as an empty frame: their sum. */
const SUM_BYTES = LENGTH_BYTES + 4

const file = await openThrough(process.argv[2]!)
const member = new LeastMember()
let end = 0

interface Batch {
  readonly bytes: Buffer
  readonly entries: number
}

function joined(batches: readonly Batch[]): Batch {
  if (batches.length === 1) return batches[0]!
  return {
    bytes: Buffer.concat(batches.map(({ bytes }) => bytes)),
    entries: batches.reduce((sum, { entries }) => sum + entries, 0),
  }
}

/** What is written together is flushed together. */
function writer(flushed: (entries: number) => void): (batch: Batch) => void {
  return oneAtATime<Batch>(async (gathered) => {
    const { bytes, entries } = joined(gathered)
    end += (await file.write(bytes, 0, bytes.length, end)).bytesWritten
    flushed(entries)
  })
}

/** Requests as entries, with the sum of them before them. */
function batchOf(requests: Buffer, ends: readonly number[], first: number, now: number): Buffer {
  const batch = Buffer.allocUnsafe(SUM_BYTES + requests.length + ends.length * ENTRY_HEAD_BYTES)
  let from = 0
  let at = SUM_BYTES
  for (const [i, to] of ends.entries()) {
    const body = from + LENGTH_BYTES
    batch.writeUInt32LE(to - body + ENTRY_HEAD_BYTES, at)
    batch.writeUInt32LE(first + i, at + 4)
    batch.writeUInt32LE(0, at + 8)
    batch.writeDoubleLE(now, at + 12)
    batch.set(requests.subarray(body, to), at + LENGTH_BYTES + ENTRY_HEAD_BYTES)
    at += to - from + ENTRY_HEAD_BYTES
    from = to
  }
  batch.writeUInt32LE(4, 0)
  batch.writeUInt32LE(crc32(batch.subarray(SUM_BYTES)), LENGTH_BYTES)
  return batch
}

/** Keeps the entries of whole batches. @returns how many there are. */
function keep(bytes: Buffer, ends: readonly number[]): number {
  let from = 0
  let entries = 0
  for (const to of ends) {
    if (to - from > SUM_BYTES) {
      member.add(bytes, from, to)
      entries++
    }
    from = to
  }
  return entries
}

/** Answers to the next `count` commands, which are applied for that. */
function answers(count: number): Buffer {
  const sequences: number[] = []
  let length = 0
  for (let i = 0; i < count; i++) {
    const sequence = member.applyNext()
    sequences.push(sequence)
    length += LENGTH_BYTES + 4 + member.result(sequence).length
  }
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const sequence of sequences) {
    const result = member.result(sequence)
    at = bytes.writeUInt32LE(4 + result.length, at)
    at = bytes.writeUInt32LE(sequence, at)
    bytes.set(result, at)
    at += result.length
  }
  return bytes
}

function follow(): Promise<number> {
  return serve((socket) => {
    const write = writer((entries) => {
      const word = Buffer.allocUnsafe(LENGTH_BYTES + 4)
      word.writeUInt32LE(4, 0)
      word.writeUInt32LE(entries, LENGTH_BYTES)
      socket.write(word)
      for (let i = 0; i < entries; i++) member.applyNext()
    })
    const take = atEndOfTurn<Batch>((batches) => write(joined(batches)))
    readFrames(socket, (bytes, ends) => {
      // As whoever leads has it: one sum for all that came together is looked at.
      crc32(bytes)
      take({ bytes, entries: keep(bytes, ends) })
    })
  })
}

async function lead(ports: readonly number[]): Promise<number> {
  let client: Socket | null = null
  let index = 0
  const advance = twoOfThree((most) => {
    if (most > member.applied) client?.write(answers(most - member.applied))
  })
  const followers = await Promise.all(ports.map(dial))
  for (const [i, follower] of followers.entries())
    readFrames(follower, (words) => {
      for (let at = LENGTH_BYTES; at < words.length; at += LENGTH_BYTES + 4)
        advance(i + 1, words.readUInt32LE(at))
    })
  const write = writer((entries) => advance(0, entries))
  const pass = atEndOfTurn<Batch>((batches) => {
    const batch = joined(batches)
    for (const follower of followers) follower.write(batch.bytes)
    write(batch)
  })
  return await serve((socket) => {
    client = socket
    readFrames(socket, (requests, ends) => {
      const bytes = batchOf(requests, ends, index + 1, performance.now())
      index += ends.length
      readBack(bytes)
      pass({ bytes, entries: ends.length })
    })
  })
}

/** The leader keeps its own entries, too. */
function readBack(batch: Buffer): void {
  for (let at = SUM_BYTES; at < batch.length; ) {
    const to = at + LENGTH_BYTES + batch.readUInt32LE(at)
    member.add(batch, at, to)
    at = to
  }
}

answerQuestions((ports) => ((ports as number[]).length === 0 ? follow() : lead(ports as number[])))
