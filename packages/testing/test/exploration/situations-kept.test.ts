/** What the search keeps of situations: the hashes of all, the words of those that wait. */
import { describe, expect, test } from 'vitest'
import { Frontier } from '../../src/exploration/frontier.ts'
import { hashText } from '../../src/exploration/hash-lanes.ts'
import { renamed, renamingsOf } from '../../src/exploration/renaming.ts'
import { StateSet } from '../../src/exploration/state-set.ts'

describe('the set of situations', () => {
  test('tells new ones from those it has, over many times its first size, and finds the way back', () => {
    const set = new StateSet()
    const count = 300_000
    const hash = (number: number) => hashText(`situation ${number}`)
    let added = 0
    for (let number = 0; number < count; number++) {
      const [first, second] = hash(number)
      if (set.add(first, second, number === 0 ? -1 : number >> 1)) added++
    }
    expect(added).toBe(count)
    for (let number = 0; number < count; number += 1001) {
      const [first, second] = hash(number)
      expect(set.add(first, second, 0)).toBe(false)
      expect(set.isAt(number, first, second)).toBe(true)
      expect(set.isAt(number, first, second + 1)).toBe(false)
    }
    expect(set.size).toBe(count)
    expect(set.pathTo(13)).toEqual([0, 1, 3, 6, 13])
    expect(set.bytesPerState).toBeLessThan(50)
  })

  test('tells apart what differs in one lane only', () => {
    const set = new StateSet()
    expect([set.add(1, 2, -1), set.add(1, 3, 0), set.add(2, 2, 0), set.add(1, 2, 0)]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})

test('what waits comes out as it went in, and takes no room afterwards', () => {
  const frontier = new Frontier()
  const words = new Int32Array(1000)
  const empty = frontier.bytes
  let put = 0
  let taken = 0
  // Rounds that put more than they take, then the reverse: the oldest and the newest are chunks apart for most of the time.
  for (let round = 0; round < 4000; round++) {
    for (let i = 0; i < (round < 2000 ? 3 : 0); i++, put++) {
      const length = 1 + ((put * 7919) % 900)
      words.fill(put, 0, length)
      frontier.push(words, length)
    }
    for (let i = 0; i < (round < 2000 ? 1 : 2); i++, taken++) {
      const length = frontier.shift(words)
      expect([length, words[0], words[length - 1]]).toEqual([1 + ((taken * 7919) % 900), taken, taken])
    }
  }
  expect([put, taken, frontier.size]).toEqual([6000, 6000, 0])
  expect(frontier.bytes).toBeLessThanOrEqual(2 * empty)
})

describe('a renaming', () => {
  test('gives each member another name and moves what is listed by member', () => {
    const saved = {
      id: 'a',
      vote: 'c',
      votes: [1, 2, 3],
      peers: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      log: [1, 2],
      role: 'leader',
    }
    expect(renamed(saved, ['a', 'b', 'c'], [1, 2, 0])).toEqual({
      ...{ id: 'b', vote: 'a', votes: [3, 1, 2], peers: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] },
      ...{ log: [1, 2], role: 'leader' },
    })
  })

  test('is one of all there are, the first without effect', () => {
    const all = renamingsOf(4)
    expect(all).toHaveLength(24)
    expect(new Set(all.map(String)).size).toBe(24)
    expect(all[0]).toEqual([0, 1, 2, 3])
  })
})
