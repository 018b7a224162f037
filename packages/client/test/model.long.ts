import fc from 'fast-check'
import { test } from 'vitest'
import { run, schedules } from './model-run.ts'

test.each([false, true])(
  'many schedules, with expiry: %s',
  async (withExpiry) => {
    await fc.assert(fc.asyncProperty(schedules(withExpiry), run), { numRuns: 5000 })
  },
  3_600_000,
)
