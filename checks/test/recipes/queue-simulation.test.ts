/** Queues in simulated clusters: what users see is what one copy would have done, and no message is lost. SEEDS=500 runs so many. */
import { queues } from '@rafted/recipes'
import { simulate } from '@rafted/testing'
import { expect, test } from 'vitest'
import { QueueWorkload } from './queue-workload.ts'

const seeds = Array.from({ length: Number(process.env.SEEDS ?? 5) }, (_, at) => at + 1)

test.each(seeds)('seed %i', { timeout: 120_000 }, async (seed) => {
  const result = await simulate({ seed, machine: queues, workload: () => new QueueWorkload() })
  expect(result.violations).toEqual([])
  expect(result.operations).toBeGreaterThan(20)
})
