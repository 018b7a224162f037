import { expect, test } from 'vitest'
import { pump } from '../src/pump.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('calls begin in order, no more than asked for are under way, results keep the order', async () => {
  const begun: number[] = []
  let under = 0
  let most = 0
  const results = await pump(50, 8, async (i) => {
    begun.push(i)
    most = Math.max(most, ++under)
    for (let turns = 0; turns <= i % 5; turns++) await turn()
    under--
    return i * 2
  })
  expect(begun).toEqual(Array.from({ length: 50 }, (_, i) => i))
  expect(most).toBe(8)
  expect(results).toEqual(begun.map((i) => i * 2))
})

test('a call waits for what is due before it, and so do those behind it', async () => {
  const log: string[] = []
  const before = async (): Promise<void> => {
    await turn()
    log.push('before 2')
  }
  await pump(
    4,
    4,
    async (i) => void log.push(`call ${i}`),
    (i) => (i === 2 ? before() : undefined),
  )
  expect(log).toEqual(['call 0', 'call 1', 'before 2', 'call 2', 'call 3'])
})

test('the first failure ends it, after what is under way', async () => {
  let finished = 0
  const call = async (i: number): Promise<void> => {
    await turn()
    finished++
    if (i === 3) throw new Error('number three')
  }
  await expect(pump(1000, 4, call)).rejects.toThrow('number three')
  expect(finished).toBeLessThan(20)
})
