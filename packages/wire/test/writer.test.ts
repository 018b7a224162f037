/** Where results stand in memory: whole, apart from each other, and small ones together. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Writer } from '../src/writer.ts'

const SLAB = 16 * 1024

/** A result of so many bytes, all of them `byte`, written in pieces. */
function written(writer: Writer, hint: number, length: number, byte: number): Uint8Array {
  writer.begin(hint)
  for (let left = length; left > 0; left -= 1000) writer.raw(new Uint8Array(Math.min(left, 1000)).fill(byte))
  return writer.finish()
}

test('results of any lengths, however long they were said to get, stay as they are', () => {
  const size = fc.oneof(fc.nat(100), fc.nat(3 * SLAB))
  fc.assert(
    fc.property(fc.array(fc.record({ hint: size, length: size }), { maxLength: 40 }), (sizes) => {
      const writer = new Writer()
      const results = sizes.map(({ hint, length }, i) => written(writer, hint, length, i))
      for (const [i, { length }] of sizes.entries())
        expect(results[i]!.length === length && results[i]!.every((byte) => byte === i)).toBe(true)
    }),
  )
})

test('small results share memory, whatever is written between them', () => {
  const writer = new Writer()
  const first = written(writer, 100, 100, 1)
  for (let i = 0; i < 20; i++) {
    const large = written(writer, 70_000, 70_000, 2)
    const small = written(writer, 512, 40, 3)
    expect(large.buffer.byteLength).toBe(70_000)
    expect(small.buffer).toBe(first.buffer)
  }
})

test('what was given of a result that got longer than it was said to stays as it is', () => {
  const writer = new Writer()
  writer.begin(100)
  writer.raw(new Uint8Array(500).fill(1))
  const given = writer.since(100)
  for (let i = 0; i < SLAB; i += 1000) writer.raw(new Uint8Array(1000).fill(2))
  writer.finish()
  for (let i = 0; i < 40; i++) written(writer, 100, 400, 3)
  expect(given.every((byte) => byte === 1)).toBe(true)
})

test('one that gets longer than it was said to leaves the memory that small ones share', () => {
  const writer = new Writer()
  const first = written(writer, 100, 100, 1)
  const grown = written(writer, 100, SLAB, 2)
  const next = written(writer, 100, 100, 3)
  expect(grown.buffer).not.toBe(first.buffer)
  expect(next.buffer).toBe(first.buffer)
})
