import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decodeBatch, encodeBatch } from '../src/batch.ts'
import { MAX_TEXT_BYTES } from '../src/limits.ts'
import { cutToBytes, hasLoneSurrogate, readText, TextCache, utf8Length, writeUtf8 } from '../src/utf8.ts'
import { head, responses } from './samples.ts'

/** Any units of UTF-16, halves of pairs included. */
const units = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0xd7f0, max: 0xe00f }),
      fc.constantFrom(0xfeff, 0xfffd, 0x7f, 0x80, 0x7ff, 0x800),
    ),
    { maxLength: 80 },
  )
  .map((some) => String.fromCharCode(...some))
const whole = units.map((text) => Buffer.from(text).toString())

test('lengths are those of UTF-8', () => {
  fc.assert(
    fc.property(units, (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text))
    }),
  )
})

test('a text that comes back from UTF-8 as it was has no half of a pair alone', () => {
  fc.assert(
    fc.property(units, (text) => {
      expect(hasLoneSurrogate(text)).toBe(Buffer.from(text).toString() !== text)
    }),
  )
})

describe('what is written is read', () => {
  test('by all readers alike, and from anywhere', () => {
    const cache = new TextCache()
    fc.assert(
      fc.property(whole, fc.nat(5), (text, at) => {
        const bytes = new Uint8Array(at + 3 * text.length).fill(0x61)
        const length = writeUtf8(text, bytes, at)
        expect(Buffer.from(bytes.subarray(at, at + length)).toString()).toBe(text)
        expect(readText(bytes, at, length)).toBe(text)
        expect(cache.read(bytes, at, length)).toBe(text)
        expect(cache.read(bytes, at, length)).toBe(text)
      }),
    )
  })

  test('and what is not UTF-8 is null', () => {
    const cache = new TextCache()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from(bytes).toString()
        const expected = Buffer.compare(Buffer.from(text), bytes) === 0 ? text : null
        expect(readText(bytes, 0, bytes.length)).toBe(expected)
        expect(cache.read(bytes, 0, bytes.length)).toBe(expected)
      }),
    )
  })

  test('texts of one place in the cache are told apart', () => {
    const cache = new TextCache()
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 5000; i++) {
        // The ends, by which the place is found, are the same.
        const text = `abcd${i}wxyz`
        expect(cache.read(Buffer.from(text), 0, text.length)).toBe(text)
      }
  })
})

describe('texts that repeat', () => {
  test('are the same object each time, those of thousands of groups as well', () => {
    const cache = new TextCache()
    const ids = Array.from({ length: 6000 }, (_, i) => Buffer.from(`${(i * 2654435761) % 4294967296}-${i}`))
    const read = (): (string | null)[] => ids.map((bytes) => cache.read(bytes, 0, bytes.length))
    for (let round = 0; round < 16; round++) read()
    const made = countDecoded(read)
    expect(made).toBeLessThan(ids.length / 8)
  })

  test('are not found by bytes that are no UTF-8, though each of them is a unit of the text', () => {
    const cache = new TextCache()
    for (let i = 0; i < 20_000; i++) {
      const text = `${i}\u00e9`
      const [sound, not] = [Buffer.from(text, 'utf8'), Buffer.from(text, 'latin1')]
      expect(cache.read(sound, 0, sound.length)).toBe(text)
      if (cache.read(not, 0, not.length) !== null) expect.fail(`${not.toString('hex')} was taken for a text`)
    }
  })

  test('take a place each up to a bound, whatever arrives', () => {
    const cache = new TextCache()
    for (let i = 0; i < 300_000; i++) {
      const text = `${(i * 2654435761) % 4294967296}-${i}`
      cache.read(Buffer.from(text), 0, text.length)
    }
    const { texts } = cache as unknown as { readonly texts: readonly unknown[] }
    expect(texts).toHaveLength(64 * 1024)
  })
})

/** How often the engine's decoder makes a text meanwhile. */
function countDecoded(run: () => unknown): number {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode')
  run()
  const { length } = decode.mock.calls
  decode.mockRestore()
  return length
}

describe('a text that is cut', () => {
  test('is as much of it as fits, in whole characters', () => {
    fc.assert(
      fc.property(units, fc.nat(100), (text, max) => {
        const cut = cutToBytes(text, max)
        const whole = Buffer.from(text).toString()
        const length = Buffer.byteLength(cut)
        expect(hasLoneSurrogate(cut)).toBe(false)
        expect(whole.startsWith(cut)).toBe(true)
        expect(length).toBeLessThanOrEqual(max)
        const next = String.fromCodePoint(whole.codePointAt(cut.length) ?? 0x61)
        if (cut !== whole) expect(length + Buffer.byteLength(next)).toBeGreaterThan(max)
      }),
    )
  })

  test('is that of an error which would not fit', () => {
    const error = responses.error!
    for (const message of ['x'.repeat(MAX_TEXT_BYTES + 1), 'ä'.repeat(4000), 'half \ud800', 'fits']) {
      const batch = encodeBatch(head, [{ kind: 'response', response: { ...error, message } as typeof error }])
      const [item] = decodeBatch(batch).items
      expect(item).toMatchObject({ response: { message: cutToBytes(message, MAX_TEXT_BYTES) } })
    }
  })
})
