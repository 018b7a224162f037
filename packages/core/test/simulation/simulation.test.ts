import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'

// To replay a failure, simulate the seed it names.
test('nothing false happens in 150 groups, and each of them is whole in the end', () => {
  let committed = 0
  for (let seed = 1; seed <= 150; seed++) committed += simulate(seed, 2000).ledger.committed.length
  expect(committed).toBeGreaterThan(150 * 20)
})
