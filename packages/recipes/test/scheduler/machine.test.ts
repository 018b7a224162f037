import type { AnyDefinition } from '@rafted/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { schedules } from '../../src/index.ts'
import { MachineAlone } from '../machine-alone.ts'

/** The wall clocks of its processes show this at replicated time 0. */
const EPOCH = 1_700_000_000_000

class SchedulesAlone extends MachineAlone {
  constructor() {
    super(schedules as unknown as AnyDefinition)
  }

  /** Their clocks are known, and right. */
  with(...processes: string[]): this {
    for (const process of processes) this.command('report', process, EPOCH + this.time)
    return this
  }

  /** @returns the fence, or why not. */
  claim(process: string, occurrence: number, options: object = {}, name = 's'): unknown {
    const claim = { process, by: process, leaseMs: 1000, attempts: 2, overlap: true }
    const wall = EPOCH + this.time
    const claimed = this.command('claim', name, EPOCH + occurrence, { ...claim, wall, ...options })
    if (typeof claimed === 'string') return claimed
    const { fence, refused } = claimed as { fence: number | null; refused: string | null }
    return refused ?? fence
  }

  again(process: string, occurrence: number, attempt: number, name = 's'): unknown {
    return this.command('claimAgain', name, EPOCH + occurrence, attempt, {
      process,
      by: process,
      leaseMs: 1000,
    })
  }

  finish(occurrence: number, fence: unknown, name = 's'): unknown {
    return this.command('finish', name, EPOCH + occurrence, fence, 'done', '')
  }

  history(name = 's'): unknown[] {
    return (this.query('history', name, 100) as Record<string, unknown>[]).map(
      ({ occurrence, attempt, by, outcome }) =>
        `${(occurrence as number) - EPOCH}/${attempt} ${by} ${outcome}`,
    )
  }
}

describe('an occurrence', () => {
  test('is granted once, and none that is older than the last', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    const fence = alone.claim('a', 0)
    expect(fence).toBe(alone.index)
    expect(alone.claim('b', 0)).toBe('older')
    expect(alone.claim('b', 10)).toBe(alone.index)
    expect(alone.claim('a', 5)).toBe('older')
    expect(alone.finish(0, fence)).toBe(null)
    expect(alone.claim('b', 0)).toBe('older')
    expect(alone.claim('b', 0, {}, 'another')).toBe(alone.index)
    expect(alone.history()).toEqual(['10/1 b running', '0/1 a done'])
  })

  test('is granted again to the same process whose answer was lost, with the lease anew', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    const fence = alone.claim('a', 0)
    alone.time = 900
    expect(alone.claim('a', 0)).toBe(fence)
    alone.time = 1800
    expect(alone.finish(0, fence)).toBe(null)
    expect(alone.claim('a', 0)).toBe('older')
  })

  test('whose claimant is not heard of may be claimed again, so often as was said, and is missed then', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    const first = alone.claim('a', 0)
    expect(alone.again('b', 0, 1)).toBe(null)
    alone.time = 1000
    expect(alone.deadline).toBe(1000)
    expect(alone.finish(0, first)).toBe('refused: stale-claim')
    alone.command('settle')
    expect(alone.query('wanted')).toMatchObject({ lapsed: [{ name: 's', occurrence: EPOCH, attempt: 1 }] })
    const second = alone.again('b', 0, 1)
    expect(second).toBe(alone.index)
    expect(alone.again('a', 0, 1)).toBe(null)
    expect(alone.again('b', 0, 1)).toBe(second)
    expect(alone.finish(0, first)).toBe('refused: stale-claim')
    expect(alone.query('wanted')).toMatchObject({ lapsed: [] })
    alone.time = 2000
    alone.command('settle')
    expect(alone.again('a', 0, 2)).toBe(null)
    expect(alone.history()).toEqual(['0/2 b missed', '0/1 a lapsed'])
    expect(alone.deadline).toBe(null)
  })

  test('that nobody claims again in time is missed', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    alone.claim('a', 0)
    alone.time = 1000
    alone.command('settle')
    expect(alone.deadline).toBe(61_000)
    alone.time = 61_000
    alone.command('settle')
    expect(alone.history()).toEqual(['0/1 a missed', '0/1 a lapsed'])
    expect(alone.again('b', 0, 1)).toBe(null)
  })

  test('that must not be begun twice is missed at once', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    alone.claim('a', 0, { attempts: 1 })
    alone.time = 1000
    expect(alone.again('b', 0, 1)).toBe(null)
    expect(alone.history()).toEqual(['0/1 a missed'])
  })

  test('that is renewed lapses later', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    const fence = alone.claim('a', 0)
    alone.time = 900
    expect(alone.command('renew', 's', EPOCH, fence, 1000)).toBe(null)
    alone.time = 1899
    expect(alone.again('b', 0, 1)).toBe(null)
    expect(alone.command('renew', 's', EPOCH, 1, 1000)).toBe('refused: stale-claim')
    expect(alone.finish(0, fence)).toBe(null)
  })

  test('that would overlap is missed where that is not wanted', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    const first = alone.claim('a', 0)
    expect(alone.claim('b', 10, { overlap: false })).toBe('overlap')
    expect(alone.claim('a', 10, { overlap: false })).toBe('older')
    alone.finish(0, first)
    expect(alone.claim('a', 20, { overlap: false })).toBe(alone.index)
    expect(alone.history()).toEqual(['20/1 a running', '10/1 b missed', '0/1 a done'])
  })
})

describe('a clock that is ahead', () => {
  const DAY = 24 * 3600 * 1000
  const ahead = (time: number, ms: number): object => ({ wall: EPOCH + time + ms })

  test('claims nothing while others are known, by ten seconds or more', () => {
    const alone = new SchedulesAlone().with('b', 'c')
    expect(alone.claim('a', DAY, ahead(0, DAY))).toBe('ahead')
    expect(alone.claim('a', 10_001, ahead(0, 10_001))).toBe('ahead')
    expect(alone.claim('a', 20_000)).toBe('ahead')
    expect(alone.claim('b', 0)).toBe(alone.index)
    expect(alone.claim('a', 10_000, ahead(0, 10_000))).toBe(alone.index)
  })

  test('is not believed against one other, and where two are, the third is late', () => {
    const alone = new SchedulesAlone().with('b')
    expect(alone.claim('a', DAY, ahead(0, DAY))).toBe('ahead')
    alone.command('report', 'c', EPOCH + DAY)
    expect(alone.claim('a', DAY, ahead(0, DAY))).toBe(alone.index)
    expect(alone.claim('b', 1)).toBe('older')
  })

  test('where nobody is known, all are asked, in each term; and who is alone is believed a second later', () => {
    const alone = new SchedulesAlone()
    expect(alone.query('wanted')).toMatchObject({ ask: 0 })
    expect(alone.claim('a', 0)).toBe('ask')
    expect(alone.query('wanted')).toMatchObject({ ask: 1 })
    alone.time = 999
    expect(alone.claim('a', 0)).toBe('ask')
    expect(alone.query('wanted')).toMatchObject({ ask: 1 })
    alone.time = 1000
    expect(alone.claim('a', 0)).toBe(alone.index)
    alone.term = 2
    expect(alone.claim('b', 10)).toBe('ask')
    alone.command('report', 'a', EPOCH + 1000)
    expect(alone.claim('b', 10)).toBe(alone.index)
    // What was told ten minutes ago says nothing.
    alone.time += 600_001
    expect(alone.claim('b', 20)).toBe('ask')
  })

  test('after a time without a leader all clocks are further ahead, and none is refused for that', () => {
    const alone = new SchedulesAlone().with('a', 'b', 'c')
    alone.term = 2
    expect(alone.claim('a', DAY, ahead(0, DAY))).toBe('ask')
    expect(alone.claim('b', DAY, ahead(0, DAY))).toBe(alone.index)
  })
})

describe('bounds', () => {
  test('so many runs that have not ended, and so many that have', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    for (let i = 0; i < 50; i++) alone.claim('a', i)
    expect(alone.claim('a', 50)).toBe('too-many')
    for (let i = 51; i < 200; i++) alone.claim('a', i)
    expect(alone.history()).toHaveLength(100)
    expect(alone.query('statuses', 10, null)).toMatchObject([
      { name: 's', latest: { outcome: 'missed', reason: 'too-many' }, running: 50 },
    ])
    alone.time = 1000
    expect(alone.command('settle')).toBe(50)
    expect((alone.query('wanted') as { lapsed: unknown[] }).lapsed).toHaveLength(50)
    expect(alone.command('forget', 's')).toBe(true)
    expect(alone.command('forget', 's')).toBe(false)
    expect(alone.deadline).toBe(null)
    expect(alone.query('granted', 's')).toBe(null)
    expect((alone.query('wanted') as { lapsed: unknown[] }).lapsed).toHaveLength(0)
  })

  test('so many schedules', () => {
    const alone = new SchedulesAlone().with('a', 'b')
    for (let i = 0; i < 10_000; i++) alone.claim('a', 0, {}, `s${i}`)
    expect(alone.claim('a', 0, {}, 'one more')).toBe('refused: full')
    expect(alone.query('statuses', 2, 's9998')).toMatchObject([{ name: 's9999' }])
  })
})

test('what is no argument is refused, and changes nothing', () => {
  const alone = new SchedulesAlone().with('a', 'b')
  const fence = alone.claim('a', 0)
  const claim = { process: 'a', by: 'a', leaseMs: 1000, attempts: 2, overlap: true, wall: EPOCH }
  const { wall: _, ...again } = claim
  const odd = [undefined, null, '', 'x'.repeat(201), {}, [], Number.NaN, -1, 1e16]
  const calls: unknown[][] = [
    ...odd
      .filter((value) => typeof value !== 'number')
      .flatMap((value) => [
        ['claim', value === 'x' ? 1 : value, EPOCH, claim],
        ['claimAgain', value, EPOCH, 1, again],
        ['renew', value, EPOCH, fence, 1],
        ['finish', value, EPOCH, fence, 'done', ''],
        ['forget', value],
        ['report', value, EPOCH],
        ['claim', 's', EPOCH, { ...claim, process: value }],
        ['claim', 's', EPOCH, { ...claim, by: value }],
      ]),
    ...odd
      .filter((value) => value !== -1)
      .flatMap((value) => [
        ['claim', 's', value, claim],
        ['claim', 's', EPOCH, { ...claim, wall: value }],
        ['report', 'a', value],
        ['renew', 's', value, fence, 1],
        ['claimAgain', 's', value, 1, again],
      ]),
    ...odd.flatMap((value) => [
      ['claim', 's', EPOCH, value],
      ['claim', 's', EPOCH, { ...claim, leaseMs: value }],
      ['claim', 's', EPOCH, { ...claim, attempts: value }],
      ['claim', 's', EPOCH, { ...claim, overlap: value }],
      ['claimAgain', 's', EPOCH, value, again],
      ['claimAgain', 's', EPOCH, 1, value],
      ['renew', 's', EPOCH, value, 1],
      ['renew', 's', EPOCH, fence, value],
      ['finish', 's', EPOCH, value, 'done', ''],
      ['finish', 's', EPOCH, fence, value, ''],
    ]),
    ['finish', 's', EPOCH, fence, 'done', 7],
  ]
  const before = [...alone.chunks()]
  for (const [name, ...args] of calls)
    expect(alone.command(name as string, ...args), JSON.stringify([name, ...args])).toBe(
      'refused: invalid-argument',
    )
  expect([...alone.chunks()]).toEqual(before)
})

const process = fc.constantFrom('a', 'b', 'c')
const occurrence = fc.nat(12)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('claim' as const),
    process,
    occurrence,
    overlap: fc.boolean(),
    attempts: fc.integer({ min: 1, max: 3 }),
    leaseMs: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('again' as const),
    process,
    occurrence,
    attempt: fc.integer({ min: 1, max: 3 }),
    leaseMs: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('renew' as const),
    claimed: fc.nat(4),
    leaseMs: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('finish' as const), claimed: fc.nat(4) }),
  fc.record({ kind: fc.constant('restore' as const) }),
)

interface Grant {
  readonly occurrence: number
  readonly attempt: number
  readonly attempts: number
  readonly process: string
  readonly fence: number
  until: number
  isOver: boolean
}

test('each attempt at an occurrence is granted to one process, while nobody else holds it, and a first one never behind another', async () => {
  const steps = fc.array(fc.tuple(fc.nat(30), step), { minLength: 1, maxLength: 100 })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const alone = new SchedulesAlone().with('a', 'b', 'c')
      const grants: Grant[] = []
      let last = -1
      for (const [passed, one] of all) {
        alone.time += passed
        const { time } = alone
        const holds = ({ isOver, until }: Grant): boolean => !isOver && until > time
        if (one.kind === 'restore') await alone.restore()
        else if (one.kind === 'claim') {
          const { process: by, occurrence: at, attempts, leaseMs, overlap } = one
          const own = grants.find((g) => g.occurrence === at && g.process === by && g.attempt === 1)
          const open = grants.filter((g) => !g.isOver)
          const claimed = alone.claim(by, at, { attempts, leaseMs, overlap })
          if (own !== undefined && holds(own)) {
            expect(claimed).toBe(own.fence)
            own.until = time + leaseMs
          } else if (at <= last) expect(claimed).toBe('older')
          else {
            last = at
            // What has lapsed may stand open, for a while.
            if (overlap || open.length === 0) expect(claimed).toBe(alone.index)
            else if (open.some(holds)) expect(claimed).toBe('overlap')
            if (claimed === alone.index)
              grants.push({
                occurrence: at,
                attempt: 1,
                attempts,
                process: by,
                fence: alone.index,
                until: time + leaseMs,
                isOver: false,
              })
          }
        } else if (one.kind === 'again') {
          const { process: by, occurrence: at, attempt, leaseMs } = one
          const before = grants.filter((g) => g.occurrence === at)
          const claimed = alone.command('claimAgain', 's', EPOCH + at, attempt, { process: by, by, leaseMs })
          const own = before.find((g) => g.attempt === attempt + 1 && g.process === by)
          if (own !== undefined && holds(own)) {
            expect(claimed).toBe(own.fence)
            own.until = time + leaseMs
          } else if (claimed !== null) {
            expect(claimed).toBe(alone.index)
            expect(before.some((g) => holds(g) || g.attempt > attempt)).toBe(false)
            const lapsed = before.find((g) => g.attempt === attempt)!
            expect(lapsed.isOver).toBe(false)
            expect(attempt).toBeLessThan(lapsed.attempts)
            lapsed.isOver = true
            grants.push({
              ...lapsed,
              attempt: attempt + 1,
              process: by,
              fence: alone.index,
              until: time + leaseMs,
              isOver: false,
            })
          }
        } else {
          const grant = grants.at(-1 - one.claimed)
          if (grant === undefined) continue
          const answer =
            one.kind === 'finish'
              ? alone.finish(grant.occurrence, grant.fence)
              : alone.command('renew', 's', EPOCH + grant.occurrence, grant.fence, one.leaseMs)
          expect(answer).toBe(holds(grant) ? null : 'refused: stale-claim')
          if (!holds(grant)) continue
          if (one.kind === 'finish') grant.isOver = true
          else grant.until = Math.max(grant.until, time + one.leaseMs)
        }
      }
      const keys = grants.map((g) => `${g.occurrence} ${g.attempt}`)
      expect(new Set(keys).size).toBe(keys.length)
    }),
    { numRuns: 200 },
  )
})
