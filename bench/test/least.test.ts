/** What Rafted is held against does what it is said to: frames come whole however they are cut, and a command is applied once. */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { oneAtATime } from '../src/bare/through.ts'
import { twoOfThree } from '../src/bare/two-of-three.ts'
import { LENGTH_BYTES, readFrames } from '../src/least/frames.ts'
import { ENTRY_HEAD_BYTES, LeastMember, REQUEST_HEAD_BYTES } from '../src/least/member.ts'

function frame(body: Buffer): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES)
  head.writeUInt32LE(body.length)
  return Buffer.concat([head, body])
}

test('frames come whole, however they are cut', () => {
  const bytes = Buffer.concat([0, 1, 300, 5].map((length, i) => frame(Buffer.alloc(length, i))))
  for (let step = 1; step <= bytes.length; step++) {
    const socket = new EventEmitter()
    const bodies: string[] = []
    readFrames(socket as Socket, (whole, ends) => {
      let from = 0
      for (const to of ends) {
        bodies.push(whole.subarray(from + LENGTH_BYTES, to).toString('hex'))
        from = to
      }
    })
    for (let at = 0; at < bytes.length; at += step) socket.emit('data', bytes.subarray(at, at + step))
    expect(bodies).toEqual(['', '01', '02'.repeat(300), '03'.repeat(5)])
  }
})

test('a command takes effect once, and its result is kept until it has been heard of', () => {
  const entryOf = (index: number, sequence: number, acknowledged: number): Buffer => {
    const head = Buffer.alloc(ENTRY_HEAD_BYTES + REQUEST_HEAD_BYTES)
    head.writeUInt32LE(index)
    head.writeUInt32LE(sequence, ENTRY_HEAD_BYTES)
    head.writeUInt32LE(acknowledged, ENTRY_HEAD_BYTES + 4)
    return frame(Buffer.concat([head, valueCodec.encode(['put', new Uint8Array([sequence])])]))
  }
  const member = new LeastMember()
  const entries = [entryOf(1, 1, 0), entryOf(2, 2, 0), entryOf(3, 1, 0), entryOf(4, 3, 2)]
  for (const entry of entries) member.add(entry, 0, entry.length)
  expect(entries.map(() => member.applyNext())).toEqual([1, 2, 1, 3])
  expect(member.value).toEqual(new Uint8Array([3]))
  const results = [1, 2, 3].map((sequence) => member.result(sequence))
  expect(results).toEqual([undefined, undefined, valueCodec.encode(null)])
})

test('what comes while one write is under way goes together with the next', async () => {
  const writes: number[][] = []
  let release = (): void => {}
  const write = oneAtATime<number>(async (gathered) => {
    writes.push([...gathered])
    await new Promise<void>((resolve) => {
      release = resolve
    })
  })
  for (const item of [1, 2, 3]) write(item)
  expect(writes).toEqual([[1]])
  release()
  await new Promise(setImmediate)
  expect(writes).toEqual([[1], [2, 3]])
})

test('done is what two of three have done, never less than before', () => {
  const reached: number[] = []
  const advance = twoOfThree((count) => void reached.push(count))
  advance(1, 3)
  advance(0, 2)
  advance(2, 5)
  advance(0, 9)
  expect(reached).toEqual([0, 2, 3, 5])
})
