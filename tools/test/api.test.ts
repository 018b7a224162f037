import { describe, expect, test } from 'vitest'
import { currentReports, driftOf, undocumented, writtenPages } from '../src/api/pages.ts'
import { formatProblem } from '../src/tidy/repository.ts'
// All in one file: whichever uses the compiler waits for it to load.
import './api-docstrings.ts'
import './api-reference.ts'
import './api-reports.ts'

describe('the public interface of this repository', () => {
  const reports = currentReports()

  test('stands in docs/api as it is', () => {
    expect(driftOf(reports, writtenPages()).map(formatProblem).join('\n\n')).toBe('')
  })

  test('has a docstring for everything', () => {
    expect(undocumented(reports).map(formatProblem)).toEqual([])
  })
})
