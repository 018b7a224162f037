/** That the audit of a mixed cluster would notice. */
import { expect, test } from 'vitest'
import { Load } from '../src/cluster/load.ts'

/** What is said of that list, where `x` was told 0, `y` 1, and of `z` nobody knows. */
function said(...list: string[]): string[] {
  const load = new Load([])
  load.outcomes.push({ item: 'x', place: 0 }, { item: 'y', place: 1 })
  load.outcomes.push({ item: 'z', code: 'timeout', outcome: 'unknown', message: '' })
  load.outcomes.push({ item: 'w', code: 'overloaded', outcome: 'not-applied', message: '' })
  return load.problemsOf(list)
}

test('a list that holds what was acknowledged, where it was told, and perhaps what nobody knows, is in order', () => {
  expect(said('x', 'y')).toEqual([])
  expect(said('x', 'y', 'z')).toEqual([])
})

test('what is lost, doubled, elsewhere, there though it was said not to be, or nobody’s is named', () => {
  expect(said('x')).toEqual(['y was told 1, and stands at undefined'])
  expect(said('y', 'x')).toHaveLength(2)
  expect(said('x', 'y', 'z', 'z')).toEqual(['z stands there twice'])
  expect(said('x', 'y', 'w')).toEqual(['w was said not to be there (overloaded), and is'])
  expect(said('x', 'y', 'v')).toEqual(['v was asked for by nobody'])
})
