/** A write goes on until all of it is written, however little each call takes. */
import { expect, test } from 'vitest'
import { writeWhole } from '../src/whole-write.ts'

/** A file that takes at most `most` bytes and 1024 parts a call. */
function reluctant(most: number) {
  const bytes: number[] = []
  const calls: number[] = []
  const write = (parts: readonly Uint8Array[], position: number): number => {
    if (parts.length > 1024) throw new Error('EINVAL: more parts than a call takes')
    const taken = parts.flatMap((part) => [...part]).slice(0, most)
    for (const [i, byte] of taken.entries()) bytes[position + i] = byte
    calls.push(taken.length)
    return taken.length
  }
  return { bytes, calls, write }
}

test('short writes are continued where they stopped', async () => {
  const parts = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]].map((part) => new Uint8Array(part))
  for (let most = 1; most <= 10; most++) {
    const file = reluctant(most)
    await writeWhole(file.write, parts, 2)
    expect(file.bytes.slice(2)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(file.calls.length).toBe(Math.ceil(9 / most))
  }
})

test('more parts than one call takes go in several', async () => {
  const file = reluctant(1_000_000)
  const parts = Array.from({ length: 2050 }, (_, i) => new Uint8Array([i % 256]))
  await writeWhole(file.write, parts, 0)
  expect(file.bytes).toEqual(parts.map(([byte]) => byte))
  expect(file.calls).toEqual([1024, 1024, 2])
})

test('a call that writes nothing is an error, not a loop', async () => {
  await expect(writeWhole(() => 0, [new Uint8Array(1)], 0)).rejects.toThrow('wrote nothing')
})
