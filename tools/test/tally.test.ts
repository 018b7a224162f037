import { expect, test } from 'vitest'
import { failuresOf, formatTally, parseTally, tallyVitest } from '../src/tally.ts'

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

const of = (status: string, fullName: string, ...failureMessages: string[]) => ({
  status,
  fullName,
  failureMessages,
})

const report = {
  testResults: [
    {
      name: '/x/fine.test.ts',
      status: 'passed',
      assertionResults: [of('passed', 'a'), of('pending', 'b'), of('todo', 'c')],
    },
    {
      name: '/x/bad.test.ts',
      status: 'failed',
      assertionResults: [
        of('passed', 'd'),
        of('failed', ' e f', `Error: four\n${'  at some place\n'.repeat(30)}`),
      ],
    },
    { name: '/x/broken.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
  ],
}

test('a test file that could not be loaded counts as a failure', () => {
  expect(tallyVitest(report)).toEqual({ passed: 2, failed: 2, skipped: 2 })
})

test('what failed is named, with the beginning of why', () => {
  const [bad, broken, ...more] = failuresOf(report)
  expect(bad).toMatchObject({ file: '/x/bad.test.ts', test: 'e f' })
  expect(bad!.why.split('\n')).toHaveLength(12)
  expect(bad!.why).toMatch(/^Error: four\n {2}at some place\n/)
  expect(broken).toEqual({ file: '/x/broken.test.ts', test: 'the file itself', why: 'no such module' })
  expect(more).toEqual([])
})
