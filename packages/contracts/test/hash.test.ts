/** Hashes are those of their inventors, so that any build and any language comes to the same. */
import { expect, test } from 'vitest'
import { fnv1a, mixed } from '../src/hash.ts'

test('FNV-1a of 32 bits', () => {
  const of = (text: string): number => fnv1a(text, 0x811c9dc5) >>> 0
  expect(['', 'a', 'foobar'].map(of)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968])
})

test('the last mixing of MurmurHash3', () => {
  expect([0, 1, -1].map((hash) => mixed(hash) >>> 0)).toEqual([0, 0x514e28b7, 0x81f16f39])
})
