import fc from 'fast-check'
import { test } from 'vitest'
import { run, schedules } from './model-run.ts'

test('F53 F58b F58e F59 F60: whatever is lost, repeated, late or out of order, each command is done once at most, in order, and answered truly', async () => {
  await fc.assert(fc.asyncProperty(schedules(false), run), { numRuns: 150 })
}, 60_000)

test('F51: nor does it happen twice when sessions expire', async () => {
  await fc.assert(fc.asyncProperty(schedules(true), run), { numRuns: 100 })
}, 60_000)
