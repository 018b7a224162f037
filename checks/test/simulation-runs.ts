/** Seeds of the simulator as tests: each run long, busy and troubled enough to mean something, and without a violation. */
import { type SimulationResult, simulate } from '@rafted/testing'
import { describe, expect, test } from 'vitest'

/** Seeds per test: a failure names the seed, so a test of its own for each would only cost time. */
const PER_TEST = 15

/** Declares tests for `count` seeds from `from` on. */
export function simulateSeeds(from: number, count: number): void {
  const results: SimulationResult[] = []
  describe(`seeds ${from} to ${from + count - 1}`, () => {
    for (let first = from; first < from + count; first += PER_TEST)
      test(`${first} to ${first + PER_TEST - 1} break no promise`, { timeout: 240_000 }, async () => {
        for (let seed = first; seed < first + PER_TEST; seed++) {
          const result = await simulate({ seed })
          results.push(result)
          expect(result.violations, `seed ${seed}: npm run simulate -- --seed ${seed} --trace`).toEqual([])
          expect(result.virtualMs, `seed ${seed}`).toBeGreaterThanOrEqual(60_000)
          expect(result.operations, `seed ${seed}`).toBeGreaterThanOrEqual(100)
          expect(result.faults, `seed ${seed}`).toBeGreaterThanOrEqual(10)
        }
      })

    test('half of them met 30 faults or more, and of the kills a tenth at least fell into a write', () => {
      const sum = (of: (result: SimulationResult) => number) => results.reduce((all, one) => all + of(one), 0)
      expect(results).toHaveLength(count)
      const faults = results.map((result) => result.faults).sort((a, b) => a - b)
      expect(faults[Math.floor(count / 2)]).toBeGreaterThanOrEqual(30)
      expect(sum(({ kills }) => kills)).toBeGreaterThan(count)
      expect(sum(({ killsInWrite }) => killsInWrite) / sum(({ kills }) => kills)).toBeGreaterThan(1 / 10)
    })
  })
}
