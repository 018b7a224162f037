import { expect, test } from 'vitest'
import { formatTally, parseTally, tallyVitest } from '../src/tally.ts'

test('a tally reads as it is written', () => {
  for (const tally of [
    { passed: 3, failed: 0, skipped: 0 },
    { passed: 3, failed: 2, skipped: 1 },
  ]) {
    expect(parseTally(`some output\n${formatTally(tally)}\n`)).toEqual(tally)
  }
  expect(formatTally({ passed: 3, failed: 2, skipped: 0 })).toBe('3 passed, 2 failed')
  expect(parseTally('3 passed, 2 failed\nand then it crashed\n')).toBeNull()
})

test('a test file that could not be loaded counts as a failure', () => {
  const report = {
    testResults: [
      {
        status: 'passed',
        assertionResults: [{ status: 'passed' }, { status: 'pending' }, { status: 'todo' }],
      },
      { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
      { status: 'failed', assertionResults: [] },
    ],
  }
  expect(tallyVitest(report)).toEqual({ passed: 2, failed: 2, skipped: 2 })
})
