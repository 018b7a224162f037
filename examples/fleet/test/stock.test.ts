/** What the commands of a shop do, on the machine alone. */
import { expect, test } from 'vitest'
import { stock } from '../src/stock.ts'

const copy = stock.create(stock.codec!)
let index = 0
const apply = (...command: unknown[]): unknown =>
  copy.apply(command, { index: ++index, term: 1, time: 0, version: 1 })
const refused = (...command: unknown[]): unknown => {
  try {
    return apply(...command)
  } catch (error) {
    return (error as { reason: string }).reason
  }
}

test('what comes in is there until it is sold, and no more is sold than is there', () => {
  expect(apply('receive', 'pears', 3)).toBe(3)
  expect(apply('receive', 'pears', 2)).toBe(5)
  expect(apply('sell', 'pears', 4)).toBe(1)
  expect(refused('sell', 'pears', 2)).toBe('sold-out')
  expect(refused('sell', 'plums', 1)).toBe('sold-out')
  for (const count of [0, -1, 1.5, 'x']) expect(refused('receive', 'pears', count)).toBe('bad-count')
  expect(copy.query(['of', 'pears'], { time: 0, version: 1 })).toBe(1)
})

test('a shop has only so many articles', () => {
  for (let i = 0; i < 999; i++) apply('receive', `${i}`, 1)
  expect(refused('receive', 'one more', 1)).toBe('too-many-articles')
  expect(apply('receive', 'pears', 1)).toBe(2)
})
