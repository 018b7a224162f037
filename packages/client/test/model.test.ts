import fc from 'fast-check'
import { test } from 'vitest'
import { run, schedules } from './model-run.ts'

test('F53 F58b F58e F59 F60: whatever is lost, repeated, late or out of order, each command is done once at most, in order, and answered truly', async () => {
  await fc.assert(fc.asyncProperty(schedules(false), run), { numRuns: 150 })
}, 60_000)

test('F51: nor does it happen twice when sessions expire', async () => {
  await fc.assert(fc.asyncProperty(schedules(true), run), { numRuns: 100 })
}, 60_000)

test('what is behind a command that was withdrawn moves to another session, and happens there', async () => {
  const faults = { loseRequest: 0, loseAnswer: 0, repeat: 0, stepDown: 0, overload: 0, delayMs: 3, lateMs: 0 }
  await run({
    seed: 307_814_354,
    faults,
    steps: [
      { do: 'call', times: 2, timeoutMs: 1_000_000, refuse: false },
      { do: 'wait', ms: 5 },
      { do: 'elect', leader: null, known: false },
      { do: 'wait', ms: 39 },
      { do: 'abort', which: 0 },
      { do: 'call', times: 1, timeoutMs: 1, refuse: false },
      { do: 'wait', ms: 0 },
      { do: 'resolve' },
      { do: 'wait', ms: 0 },
    ],
  })
})
