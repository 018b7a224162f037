/** Whether those that would vote after a change can decide anything (F95b). */
import { expect, test } from 'vitest'
import { HeardMajorities } from '../src/heard-majorities.ts'

type Status = Parameters<HeardMajorities['has']>[2]

const heard = (silentMs: Record<string, number>, term = 1): Status =>
  ({
    member: 'a',
    term,
    peers: Object.entries(silentMs).map(([member, ms]) => ({ member, silentMs: ms })),
  }) as unknown as Status

const two = { voters: ['a', 'b'], ifConfigurationAt: 7 }

test('a majority is one that was heard since the change was wanted first, and not only once', () => {
  const majorities = new HeardMajorities()
  const has = (silentMs: number, now: number): boolean =>
    majorities.has('g', two, heard({ b: silentMs, c: 1 }), now)
  expect(has(1, 1000)).toBe(false)
  // It was heard before, and not since.
  expect(has(500, 1400)).toBe(false)
  expect(has(100, 1500)).toBe(false)
  // As a group has it that has just been woken, and then hears nothing.
  for (const passed of [100, 1000, 10_000]) expect(has(100 + passed, 1500 + passed)).toBe(false)
  expect(has(10, 12_000)).toBe(false)
  expect(has(10, 12_100)).toBe(true)
})

test('another change, the same of another configuration, or by another leader, begins anew', () => {
  const other = [
    { wanted: { ...two, voters: ['a', 'c'] }, term: 1 },
    { wanted: { ...two, ifConfigurationAt: 8 }, term: 1 },
    { wanted: two, term: 2 },
  ]
  for (const { wanted, term } of other) {
    const majorities = new HeardMajorities()
    const both = { b: 10, c: 10 }
    for (const now of [1000, 1100, 1200]) expect(majorities.has('g', two, heard(both), now)).toBe(false)
    expect(majorities.has('g', wanted, heard(both, term), 1300)).toBe(false)
    expect(majorities.has('g', wanted, heard(both, term), 1400)).toBe(false)
    expect(majorities.has('h', two, heard(both), 1400)).toBe(false)
  }
})

test('who leads need not hear itself; of four three are needed', () => {
  const majorities = new HeardMajorities()
  expect(majorities.has('g', { voters: ['a'], ifConfigurationAt: 7 }, heard({}), 0)).toBe(true)
  const four = { voters: ['a', 'b', 'c', 'd'], ifConfigurationAt: 7 }
  const has = (silent: Record<string, number>, now: number): boolean =>
    majorities.has('h', four, heard(silent), now)
  for (const now of [0, 100, 200, 300, 400]) expect(has({ b: 10, c: 5000, d: 5000 }, now)).toBe(false)
  for (const now of [500, 600]) expect(has({ b: 10, c: 10, d: 5000 }, now)).toBe(false)
  expect(has({ b: 10, c: 10, d: 5000 }, 700)).toBe(true)
})

test('a group is kept awake until enough are heard, and nobody is where it has no member here (F95c)', () => {
  const majorities = new HeardMajorities()
  const stirred: string[] = []
  const host = (status: Status | null) => ({
    status: () => status,
    stir: (raft: string) => void stirred.push(raft),
  })
  expect(majorities.mayDecide(host(null), 'g', two, 0)).toBe(false)
  expect(stirred).toEqual([])
  for (const now of [1000, 1100, 1200])
    expect(majorities.mayDecide(host(heard({ b: 10 })), 'g', two, now)).toBe(false)
  expect(majorities.mayDecide(host(heard({ b: 10 })), 'g', two, 1300)).toBe(true)
  expect(stirred).toEqual(['g', 'g', 'g'])
})
