/** The bytes of messages, and those that are none. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANY_INSTANCE, HEAD_BYTES, MessageWriter, PART_BYTES, readMessage } from '../src/message.ts'

const own = '0123456789abcdef'
const other = 'fedcba9876543210'
const writer = new MessageWriter(own)

test('a message is read as it was written', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(readMessage(writer.write('whole', null, bytes))).toEqual({
    kind: 'whole',
    sender: own,
    receiver: ANY_INSTANCE,
    place: null,
    bytes: Buffer.from(bytes),
  })
  const place = { batch: 2 ** 32 - 1, total: 1000, offset: 997 }
  expect(readMessage(writer.write('part', other, bytes, place))).toMatchObject({
    kind: 'part',
    receiver: other,
    place,
  })
  for (const kind of ['beat', 'bye', 'claim', 'held'] as const)
    expect(readMessage(writer.write(kind, null))).toMatchObject({ kind, bytes: new Uint8Array(0) })
})

test('one byte, cut off or changed in the head, makes it none or another; nothing throws', () => {
  const part = writer.write('part', null, Uint8Array.of(9), { batch: 1, total: 10, offset: 9 })
  for (let length = 0; length < part.byteLength; length++)
    expect(readMessage(part.subarray(0, length))).toBeNull()
  for (let i = 0; i < 5; i++) {
    const changed = Buffer.from(part)
    changed[i]! ^= 0xff
    expect(readMessage(changed)).toBeNull()
  }
})

test('a part beyond its own end is none', () => {
  const beyond = writer.write('part', null, Uint8Array.of(1, 2), { batch: 1, total: 10, offset: 9 })
  expect(readMessage(beyond)).toBeNull()
})

test('what carries nothing has no bytes after its head', () => {
  expect(readMessage(Buffer.concat([writer.write('beat', null), Uint8Array.of(0)]))).toBeNull()
})

test('any bytes at all: read or refused, never an exception', () => {
  const head = writer.write('part', null, new Uint8Array(0), { batch: 0, total: 0, offset: 0 })
  const anyTail = fc.uint8Array({ maxLength: 60 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readMessage(bytes)))
  fc.assert(
    fc.property(fc.integer({ min: 4, max: HEAD_BYTES + PART_BYTES }), anyTail, (kept, tail) => {
      const message = readMessage(Buffer.concat([head.subarray(0, kept), tail]))
      if (message?.place)
        expect(message.place.offset + message.bytes.byteLength).toBeLessThanOrEqual(message.place.total)
    }),
  )
})
