/** A day of it, in each of three clusters. */
import { expect, test } from 'vitest'
import { comeAndGo } from './come-and-go.ts'

const DAY_MS = 24 * 3_600_000

test.each([11, 12, 13])(
  'a day of hosts that go and come back, seed %s (F3b)',
  async (seed) => {
    const counts = await comeAndGo(seed, DAY_MS)
    expect(counts.virtualMs).toBeGreaterThanOrEqual(DAY_MS)
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`)
  },
  3_600_000,
)
