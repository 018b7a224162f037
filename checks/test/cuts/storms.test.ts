import { SeededRandom } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { type Storm, Storms } from '../../src/cuts/storms.ts'

const HOSTS = 3
const drawn = (seed: number, count = 30): Storm[] => {
  const storms = new Storms(new SeededRandom(seed), HOSTS)
  return Array.from({ length: count }, () => storms.next(1))
}

describe('storms', () => {
  test('are those of the seed', () => {
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(drawn(2))
  })

  test('come in every kind before one comes again', () => {
    for (let seed = 0; seed < 20; seed++)
      expect(new Set(drawn(seed, 10).map(({ kind }) => kind)).size, `seed ${seed}`).toBe(10)
  })

  test('leave a majority that hears each other, where it is said to be able to serve', () => {
    for (let seed = 0; seed < 100; seed++)
      for (const { serves, weather, kind } of drawn(seed)) {
        const apart = (a: number, b: number): boolean =>
          weather.cuts.some(({ from, to }) => (from === a && to === b) || (from === b && to === a))
        const majorities = [
          [0, 1],
          [0, 2],
          [1, 2],
        ].filter(([a, b]) => !apart(a!, b!) && !apart(a!, HOSTS) && !apart(b!, HOSTS))
        if (serves) expect(majorities, `seed ${seed}, ${kind}`).not.toEqual([])
        if (kind === 'scattered') expect(majorities, `seed ${seed}`).toEqual([])
      }
  })
})
