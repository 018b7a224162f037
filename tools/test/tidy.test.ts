import { describe, expect, test } from 'vitest'
import { formatProblem, openRepository } from '../src/tidy/repository.ts'
import { rules } from '../src/tidy/rules.ts'

describe('this repository is tidy', () => {
  const repository = openRepository()
  test.each(rules)('$name', ({ check }) => {
    expect(check(repository).map(formatProblem)).toEqual([])
  })
})
