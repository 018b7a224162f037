/** Batches in parts: what arrives is what was sent, whatever is lost, repeated, reordered or mixed on the way; in bounded memory. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Assemblies } from '../src/assemblies.ts'
import { MessageWriter, readMessage } from '../src/message.ts'
import { pieceAt, roomIn } from '../src/splitting.ts'

const LIMITS = { maxBatchBytes: 5000, maxPartialBytes: 12_000, partialMs: 1000 }

/** A batch whose bytes tell it from all others. */
function batchOf(seed: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (seed * 31 + i * 7 + (i >> 8)) % 251)
}

interface Sent {
  readonly lane: string
  readonly message: Uint8Array
}

/** @returns the messages of a batch. @param rooms what fits, from piece to piece: it may change on the way. */
function messagesOf(
  lane: string,
  writer: MessageWriter,
  batch: Uint8Array,
  number: number,
  rooms: number[],
): Sent[] {
  const messages: Sent[] = []
  for (let offset = 0, i = 0; offset < batch.byteLength || messages.length === 0; i++) {
    const { place, bytes } = pieceAt(batch, number, offset, rooms[i % rooms.length]!)
    messages.push({ lane, message: writer.write(place === null ? 'whole' : 'part', null, bytes, place) })
    offset += bytes.byteLength
  }
  return messages
}

/** What comes out of these messages, by lane. */
function received(messages: readonly Sent[], assemblies: Assemblies): [string, Uint8Array][] {
  return messages.flatMap(({ lane, message }) => {
    const { place, bytes, sender } = readMessage(message)!
    const batch = place === null ? bytes : assemblies.take(lane, sender, place, bytes, 0)
    return batch === null ? [] : [[lane, new Uint8Array(batch)] as [string, Uint8Array]]
  })
}

const anyRooms = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 })
const anySizes = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 6 })

describe('a batch in parts', () => {
  test('in order and all there, each batch arrives once, as it was', () => {
    fc.assert(
      fc.property(anySizes, anyRooms, (sizes, rooms) => {
        const writer = new MessageWriter('00000000000000a1')
        const batches = sizes.map((size, i) => batchOf(i, size))
        const messages = batches.flatMap((batch, i) => messagesOf('lane', writer, batch, i, rooms))
        const assemblies = new Assemblies(LIMITS, () => expect.unreachable('a batch was given up'))
        expect(received(messages, assemblies).map(([, batch]) => batch)).toEqual(batches)
        expect(assemblies.heldBytes).toBe(0)
      }),
    )
  })

  test('F94e: parts lost, repeated, reordered and mixed with those of others: each that arrives is one that was sent, of its sender', () => {
    // Two lanes, and on each of them two lives of one sender.
    const senders = ['x', 'y'].flatMap((lane) =>
      ['00000000000000a1', '00000000000000a2'].map((life) => ({ lane, life })),
    )
    // Few sizes, so that batches of one number are often of one size, too.
    const fewSizes = fc.array(fc.constantFrom(0, 300, 1000, 5000), { minLength: 1, maxLength: 6 })
    const fewRooms = fc.array(fc.constantFrom(250, 500), { minLength: 1, maxLength: 2 })
    const anySending = fc.record({ first: fc.integer({ min: 0, max: 2 }), sizes: fewSizes, rooms: fewRooms })
    const anyFate = fc.tuple(fc.constantFrom('keep', 'keep', 'keep', 'lose', 'repeat', 'swap'), fc.nat())
    fc.assert(
      fc.property(
        fc.tuple(anySending, anySending, anySending, anySending),
        fc.array(anyFate, { minLength: 1 }),
        (sendings, fates) => {
          const sent: Record<string, Uint8Array[]> = { x: [], y: [] }
          const queues = sendings.map(({ first, sizes, rooms }, s) => {
            const { lane, life } = senders[s]!
            const batches = sizes.map((size, i) => batchOf(s * 100 + i, size))
            sent[lane]!.push(...batches)
            const writer = new MessageWriter(life)
            return batches.flatMap((batch, i) => messagesOf(lane, writer, batch, first + i, rooms))
          })
          const assemblies = new Assemblies(LIMITS, () => {})
          for (const [lane, batch] of received(mixed(queues, fates), assemblies))
            expect(sent[lane]!.some((one) => Buffer.compare(one, batch) === 0)).toBe(true)
          expect(assemblies.heldBytes).toBeLessThanOrEqual(LIMITS.maxPartialBytes)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a part of a later life does not continue a batch of the former one, whatever they are numbered', () => {
    const [former, later] = ['00000000000000a1', '00000000000000a2'].map((life, i) =>
      messagesOf('lane', new MessageWriter(life), batchOf(i, 1000), 7, [500]),
    )
    const assemblies = new Assemblies(LIMITS, () => {})
    expect(received([former![0]!, later![1]!], assemblies)).toEqual([])
  })

  test('F94e: a part that says it is of a large batch makes nobody allocate that, and what comes is whole all the same', () => {
    const large = 16 * 1024 * 1024
    const limits = { maxBatchBytes: large, maxPartialBytes: 64 * large, partialMs: 1000 }
    const assemblies = new Assemblies(limits, () => expect.unreachable('a batch was given up'))
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 32; i++) {
      const place = { batch: 1, total: large, offset: 0 }
      expect(assemblies.take(`lane ${i}`, '00000000000000a1', place, new Uint8Array(1), 0)).toBeNull()
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * large)
    const batch = batchOf(3, 5_000_000)
    const messages = messagesOf('another', new MessageWriter('00000000000000a2'), batch, 7, [128 * 1024])
    const [[lane, arrived]] = received(messages, assemblies) as [[string, Uint8Array]]
    expect([lane, Buffer.compare(arrived, batch)]).toEqual(['another', 0])
  })

  test('a lost part loses its batch and no other', () => {
    const writer = new MessageWriter('00000000000000a1')
    const [first, second] = [batchOf(1, 1000), batchOf(2, 1000)]
    for (let lost = 0; lost < 4; lost++) {
      let given = 0
      const assemblies = new Assemblies(LIMITS, () => given++)
      const messages = messagesOf('lane', writer, first, 7, [250]).toSpliced(lost, 1)
      messages.push(...messagesOf('lane', writer, second, 8, [250]))
      expect(received(messages, assemblies).map(([, batch]) => batch)).toEqual([second])
      // Of one whose beginning is lost nothing is ever held.
      expect(given).toBe(lost === 0 ? 0 : 1)
    }
  })
})

/** The messages of all, those of each in order but for what befalls them. */
function mixed(queues: Sent[][], fates: [string, number][]): Sent[] {
  const messages: Sent[] = []
  for (let i = 0; queues.some((queue) => queue.length > 0); i++) {
    const [fate, choice] = fates[i % fates.length]!
    const full = queues.filter((queue) => queue.length > 0)
    const queue = full[(choice + i) % full.length]!
    const [message, next] = [queue.shift()!, queue[0]]
    if (fate === 'lose') continue
    if (fate === 'swap' && next !== undefined) messages.push(queue.shift()!)
    messages.push(message)
    if (fate === 'repeat') messages.push(message)
  }
  return messages
}

describe('memory', () => {
  const part = (total: number, offset = 0, batch = 1) => ({ batch, total, offset })
  const byte = Uint8Array.of(1)

  test('a batch that is said to be larger than any is refused before anything is made for it', () => {
    let given = 0
    const assemblies = new Assemblies(LIMITS, () => given++)
    expect(assemblies.take('lane', 'a', part(5001), byte, 0)).toBeNull()
    expect(assemblies.take('lane', 'a', part(2 ** 32 - 1), byte, 0)).toBeNull()
    expect([assemblies.heldBytes, given]).toEqual([0, 2])
  })

  test('many that begin and never end hold no more than the bound', () => {
    const assemblies = new Assemblies(LIMITS, () => {})
    for (let i = 0; i < 1000; i++) assemblies.take(`lane ${i}`, 'a', part(5000), byte, 0)
    expect(assemblies.heldBytes).toBe(10_000)
  })

  test('one that nobody continues is given up, and its room is free', () => {
    let given = 0
    const assemblies = new Assemblies(LIMITS, () => given++)
    assemblies.take('x', 'a', part(5000), byte, 0)
    assemblies.take('y', 'a', part(5000), byte, 0)
    assemblies.take('y', 'a', part(5000, 1), byte, 600)
    assemblies.expire(1000)
    expect([assemblies.heldBytes, given]).toEqual([5000, 1])
    assemblies.expire(1600)
    expect([assemblies.heldBytes, given]).toEqual([0, 2])
    // What comes too late begins nothing.
    expect(assemblies.take('y', 'a', part(5000, 2), byte, 1700)).toBeNull()
    expect(assemblies.heldBytes).toBe(0)
  })

  test('whoever begins another batch gives up the former one', () => {
    const assemblies = new Assemblies(LIMITS, () => {})
    for (let batch = 0; batch < 10; batch++) assemblies.take('x', 'a', part(5000, 0, batch), byte, 0)
    expect(assemblies.heldBytes).toBe(5000)
  })
})

test('what fits into a message leaves room for the head, whatever the server takes', () => {
  for (const maxPayload of [1024 + 33, 64 * 1024, 1024 * 1024, 8 * 1024 * 1024]) {
    const { place, bytes } = pieceAt(new Uint8Array(20 * 1024 * 1024), 0, 0, roomIn(maxPayload))
    expect(
      new MessageWriter('00000000000000a1').write('part', null, bytes, place).byteLength,
    ).toBeLessThanOrEqual(maxPayload)
  }
})
