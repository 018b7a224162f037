import { expect, test } from 'vitest'
import { drawId, type Random } from '../src/index.ts'
import { realRandom } from '../src/node.ts'

function giving(bytes: readonly number[]): Random {
  return { number: () => 0, bytes: (count) => Uint8Array.from({ length: count }, (_, i) => bytes[i]!) }
}

test('an id is 16 bytes of chance, each as two hexadecimal digits', () => {
  expect(drawId(giving(Array<number>(16).fill(0)))).toBe('0'.repeat(32))
  expect(drawId(giving([1, 2, 15, 16, 254, 255, 7, 8, 9, 10, 11, 12, 13, 14, 128, 127]))).toBe(
    '01020f10feff0708090a0b0c0d0e807f',
  )
})

test('real ones differ', () => {
  const ids = Array.from({ length: 1000 }, () => drawId(realRandom))
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
})
