import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sumOf } from '../../src/files/record-sum.ts'

test('is what zlib makes of the same bytes, wherever they stand and however many they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(600), fc.nat(600), (bytes, one, other) => {
      const [from, end] = [Math.min(one, other), Math.max(one, other)].map((at) => Math.min(at, bytes.length))
      expect(sumOf(bytes, from!, end!)).toBe(crc32(bytes.subarray(from, end)))
    }),
    { numRuns: 1000 },
  )
  const all = Uint8Array.from({ length: 600 }, (_, i) => (i * 167) ^ 0xff)
  for (let end = 0; end <= all.length; end++) expect(sumOf(all, 0, end)).toBe(crc32(all.subarray(0, end)))
})
