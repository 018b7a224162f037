import { SeededRandom } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { FAULT_EVERY_MS, type Fault, LEADER_SHARE, nextFault, pauseBefore } from '../../src/endure/faults.ts'
import { Gaps } from '../../src/endure/gaps.ts'
import type { HostStatus } from '../../src/endure/host-program.ts'
import { Standings } from '../../src/endure/standings.ts'
import { Tally } from '../../src/endure/tally.ts'

describe('faults', () => {
  test('are those of the seed', () => {
    const drawn = (seed: number): Fault[] => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 20 }, () => nextFault(random, { kills: 3, ofLeader: 1 }))
    }
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(drawn(2))
  })

  test('of the kills of any run a third meets the leader, and every kind comes', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed)
      const kinds = new Set<string>()
      let [kills, ofLeader] = [0, 0]
      for (let i = 0; i < 200; i++) {
        expect(pauseBefore(random)).toBeLessThan(FAULT_EVERY_MS)
        const fault = nextFault(random, { kills, ofLeader })
        kinds.add(`${fault.kind} ${fault.target}`)
        if (fault.kind === 'stop') continue
        kills += fault.againAt === null ? 1 : 2
        // At worst nobody led when all were killed.
        if (fault.target === 'leader') ofLeader++
      }
      expect(kinds.size, `seed ${seed}`).toBe(6)
      expect(ofLeader / kills, `seed ${seed}`).toBeGreaterThanOrEqual(LEADER_SHARE)
    }
  })
})

test('the tally counts whom kills met, and what', () => {
  const tally = new Tally()
  const moment = (inFlight: number, sinceMs = 0) => ({ inFlight, acknowledged: 0, sinceMs })
  tally.killed('leader', true, moment(40))
  tally.killed('all', true, moment(16))
  tally.killed('all', false, moment(15, 1000))
  tally.killed('starting', false, moment(20))
  tally.stops.all++
  expect(tally).toMatchObject({ killsInAll: 4, killsOfLeader: 2, faults: 5, whileServing: 3 })
  expect(tally.inFlight).toEqual({ min: 15, median: 20, share: 0.75 })
})

test('a silence counts in all, and apart while a majority runs', () => {
  let now = 0
  const gaps = new Gaps(() => now)
  gaps.setHealthy(true)
  now = 100
  gaps.acknowledged()
  now = 400
  gaps.setHealthy(false)
  now = 2000
  gaps.setHealthy(true)
  now = 2200
  expect(gaps.longestHealthy).toBe(300)
  now = 2500
  expect(gaps.longestHealthy).toBe(500)
  gaps.acknowledged()
  now = 2600
  expect(gaps).toMatchObject({ longest: 2400, longestHealthy: 500, current: 100 })
})

describe('what members say of themselves', () => {
  const well = {
    member: 'm',
    incarnation: 'i',
    term: 5,
    role: 'follower',
    appliedIndex: 8,
    commitIndex: 9,
    lastIndex: 10,
    stopped: null,
  }

  function heard(...told: (readonly [host: string, life: number, status: object | null])[]): string[] {
    const problems: string[] = []
    const standings = new Standings((problem) => problems.push(problem))
    for (const [host, life, status] of told)
      standings.heard(host, life, {
        status: status === null ? null : { ...well, ...status },
        errors: [],
      } as unknown as HostStatus)
    return problems
  }

  test('is in order', () => {
    const leads = { role: 'leader' }
    expect(
      heard(
        ['a', 1, null],
        ['a', 1, leads],
        ['b', 1, { member: 'n' }],
        // A restart knows no more than what is on the disk.
        ['a', 2, { commitIndex: 0, appliedIndex: 0 }],
        ['b', 1, { member: 'n', term: 6, ...leads }],
      ),
    ).toEqual([])
  })

  const wrong: readonly [string, Parameters<typeof heard>][] = [
    [
      'a term that goes back over a restart',
      [
        ['a', 1, {}],
        ['a', 2, { term: 4 }],
      ],
    ],
    [
      'another member than before',
      [
        ['a', 1, {}],
        ['a', 2, { member: 'n' }],
      ],
    ],
    [
      'no member where one was',
      [
        ['a', 1, {}],
        ['a', 2, null],
      ],
    ],
    [
      'another group',
      [
        ['a', 1, {}],
        ['b', 1, { incarnation: 'j' }],
      ],
    ],
    [
      'applied entries that are applied no more',
      [
        ['a', 1, {}],
        ['a', 1, { appliedIndex: 7 }],
      ],
    ],
    ['more applied than committed', [['a', 1, { appliedIndex: 10 }]]],
    ['more committed than there is', [['a', 1, { commitIndex: 11 }]]],
    ['a member that has stopped', [['a', 1, { stopped: 'invariant 3' }]]],
    [
      'two leaders of a term',
      [
        ['a', 1, { role: 'leader' }],
        ['b', 1, { member: 'n', role: 'leader' }],
      ],
    ],
  ]
  for (const [name, told] of wrong) test(name, () => expect(heard(...told)).toHaveLength(1))

  test('what a host reports as an error', () => {
    const problems: string[] = []
    new Standings((problem) => problems.push(problem)).heard('a', 1, { status: null, errors: ['it broke'] })
    expect(problems).toEqual(['a reports it broke'])
  })
})
