/** The key-value store in the simulator: what users are told is linearizable, whatever happens to hosts, disks, clocks and the network. */
import { kvStore } from '@rafted/recipes'
import { simulate } from '@rafted/testing'
import { expect, test } from 'vitest'
import { KvWorkload } from '../../src/recipes/kv-workload.ts'

/** SEEDS=500 runs so many. FIRST=n begins there. */
const first = Number(process.env.FIRST ?? 1)
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 5) }, (_, i) => first + i)

test('nobody sees a store that one copy could not have been', {
  timeout: 60_000 + 20_000 * seeds.length,
}, async () => {
  let operations = 0
  const found: string[] = []
  for (const seed of seeds) {
    const result = await simulate({ seed, machine: kvStore, workload: () => new KvWorkload() })
    operations += result.operations
    for (const violation of result.violations) found.push(`seed ${seed}: ${violation}`)
  }
  expect(found).toEqual([])
  expect(operations).toBeGreaterThan(300 * seeds.length)
})
