import { expect, test } from 'vitest'
import { copyOf } from '../src/copies.ts'

test('copies are apart from what they are copies of and from each other, whatever their sizes', () => {
  // From an empty slab on: one that is left a byte short, one that is filled to the last byte, and large ones.
  const sizes = [
    ...Array<number>(15).fill(1024),
    1023,
    2,
    ...Array<number>(15).fill(1024),
    1022,
    1,
    0,
    1025,
    40_000,
  ]
  const originals = sizes.map((size, i) => new Uint8Array(size).fill(i + 1))
  const copies = originals.map(copyOf)
  for (const original of originals) original.fill(0)
  for (const [i, copy] of copies.entries()) {
    expect(copy.byteLength).toBe(sizes[i])
    expect(copy.every((byte) => byte === i + 1)).toBe(true)
    copy.fill(0xff)
  }
})
