/** They do what a map and a set do. */
import { expect, test } from 'vitest'
import { SeldomMap, SeldomSet } from '../src/seldom.ts'

test('a map that is seldom needed is a map', () => {
  const map = new SeldomMap<string, number>()
  expect([map.size, map.get('a'), map.has('a'), map.delete('a'), [...map], [...map.keys()]]).toEqual([
    0,
    undefined,
    false,
    false,
    [],
    [],
  ])
  map.clear()
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  expect([...map]).toEqual([
    ['a', 3],
    ['b', 2],
  ])
  expect([map.size, map.get('a'), map.has('b'), [...map.keys()], [...map.values()]]).toEqual([
    2,
    3,
    true,
    ['a', 'b'],
    [3, 2],
  ])
  // As it is gone through it may lose what it has.
  for (const [key] of map) map.delete(key)
  expect([...map.values()]).toEqual([])
  expect([...new SeldomMap([['c', 1]])]).toEqual([['c', 1]])
})

test('a set that is seldom needed is a set', () => {
  const set = new SeldomSet<string>()
  expect([set.size, set.has('a'), set.delete('a'), [...set]]).toEqual([0, false, false, []])
  set.add('a')
  set.add('a')
  set.add('b')
  expect([set.size, set.has('a'), [...set], set.delete('a'), [...set]]).toEqual([
    2,
    true,
    ['a', 'b'],
    true,
    ['b'],
  ])
  set.clear()
  expect(set.size).toBe(0)
})
