import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aliveFrame, FrameReader } from '../src/frames.ts'
import { header } from './raw-peer.ts'

const LARGEST = 3_000_000

function frameOf(batch: Uint8Array): Uint8Array {
  return Buffer.concat([header(batch.byteLength), batch])
}

function patterned(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (seed * 31 + i * 7) % 251
  return bytes
}

/** As a socket hands them over: each in a buffer of its own. */
function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.byteLength; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 65_536)
    chunks.push(new Uint8Array(bytes.slice(at, at + size)))
    at += size
  }
  return chunks
}

describe('reading', () => {
  test('batches come out whole and in order, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 8, arbitrary: fc.nat(2000) },
            fc.nat(20),
            fc.constantFrom(262_143, 262_144, 262_145, 600_000),
          ),
          {
            maxLength: 8,
          },
        ),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 900, max: 70_000 })), {
          minLength: 1,
        }),
        (lengths, cuts) => {
          const batches = lengths.map(patterned)
          const stream = Buffer.concat(batches.flatMap((batch) => [frameOf(batch), aliveFrame()]))
          // Small cuts through large streams would only take long.
          const sizes = stream.byteLength > 100_000 ? cuts.map((cut) => cut + 5000) : cuts
          const out: Uint8Array[] = []
          const reader = new FrameReader(LARGEST, (batch) => out.push(batch))
          for (const chunk of chunksOf(stream, sizes)) reader.take(chunk)
          expect(reader.partial).toBeNull()
          expect(out.length).toBe(batches.length)
          for (const [i, batch] of out.entries()) expect(Buffer.compare(batch, batches[i]!)).toBe(0)
          // Each is the receiver's own: none lies over another.
          for (const [i, batch] of out.entries()) batch.fill(i)
          for (const [i, batch] of out.entries())
            expect(Buffer.compare(batch, Buffer.alloc(batch.byteLength, i))).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a large part of what was read is handed over, a small one copied, so that it keeps nothing else', () => {
    const out: Uint8Array[] = []
    const reader = new FrameReader(LARGEST, (batch) => out.push(batch))
    const chunk = new Uint8Array(Buffer.concat([frameOf(patterned(4000, 1)), frameOf(patterned(50, 2))]))
    reader.take(chunk)
    expect(out.map((batch) => batch.buffer === chunk.buffer)).toEqual([true, false])
    expect(out.map((batch) => batch.buffer.byteLength)).toEqual([chunk.byteLength, 50])
  })

  test('F94: a length beyond the limit is refused before anything is made for it', () => {
    for (const length of [LARGEST + 1, 0x7fffffff, 0x80000001, 0xffffffff]) {
      const reader = new FrameReader(LARGEST, () => expect.fail('a batch'))
      expect(() => reader.take(header(length))).toThrow(expect.objectContaining({ code: 'bad-bytes' }))
      expect(reader.partial).toBeNull()
    }
    const reader = new FrameReader(LARGEST, () => expect.fail('a batch'))
    reader.take(header(LARGEST))
    expect(reader.partial).toEqual({ number: 1, bytes: LARGEST })
  })

  test('F94: a length alone allocates little', () => {
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 100 }, () => new FrameReader(2 ** 30, () => {}))
    for (const reader of readers) reader.take(Buffer.concat([header(2 ** 30), new Uint8Array(1)]))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024)
    expect(readers.every((reader) => reader.partial?.bytes === 2 ** 30)).toBe(true)
  })

  test('what is partial is numbered, so that one frame can be told from the next', () => {
    const reader = new FrameReader(LARGEST, () => {})
    reader.take(Uint8Array.of(5))
    expect(reader.partial).toEqual({ number: 1, bytes: 0 })
    reader.take(Uint8Array.of(0, 0, 0, 9))
    expect(reader.partial).toEqual({ number: 1, bytes: 5 })
    reader.take(Uint8Array.of(9, 9, 9, 9, 1))
    expect(reader.partial).toEqual({ number: 2, bytes: 0 })
  })
})
