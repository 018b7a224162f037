import { describe, expect, test } from 'vitest'
import { claimLimits, claims } from '../src/index.ts'
import { Applied, reasonOf } from './applied.ts'

const ask = { permits: 1, leaseMs: 100, label: '', wait: true, once: false }

function started(): Applied {
  return new Applied(claims)
}

const labels = (all: Applied, name: string): unknown[] =>
  all.query('holders', name).map(({ label }: { label: string }) => label)

describe('a queue', () => {
  test('the first holds, the others follow in the order in which they came, under tokens that grow', () => {
    const all = started()
    expect(all.command('claim', 'lock', 'a', { ...ask, label: 'A' })).toBe(1)
    expect(all.command('claim', 'lock', 'b', { ...ask, label: 'B' })).toBe(0)
    expect(all.command('claim', 'lock', 'c', { ...ask, label: 'C' })).toBe(0)
    expect(all.query('holders', 'lock')).toEqual([{ token: 1, label: 'A' }])
    expect(all.query('waiting', 'lock')).toBe(2)
    expect(all.command('claim', 'other', 'd', ask)).toBe(2)
    expect(all.command('release', 'lock', 'a')).toBe(true)
    expect(all.query('claimed', 'lock', 'a')).toBeNull()
    expect(all.query('claimed', 'lock', 'b')).toBe(3)
    expect(all.query('claimed', 'lock', 'c')).toBe(0)
    expect(all.command('release', 'lock', 'a')).toBe(false)
  })

  test('who must not wait is not put in it', () => {
    const all = started()
    expect(all.command('claim', 'lock', 'a', { ...ask, wait: false })).toBe(1)
    expect(all.command('claim', 'lock', 'b', { ...ask, wait: false })).toBeNull()
    expect(all.query('waiting', 'lock')).toBe(0)
  })

  test('what is claimed twice under one id is claimed once', () => {
    const all = started()
    expect(all.command('claim', 'lock', 'a', ask)).toBe(1)
    expect(all.command('claim', 'lock', 'b', ask)).toBe(0)
    expect(all.command('claim', 'lock', 'a', ask)).toBe(1)
    expect(all.command('claim', 'lock', 'b', { ...ask, wait: false })).toBe(0)
    all.command('release', 'lock', 'a')
    expect(all.command('claim', 'lock', 'b', ask)).toBe(2)
  })

  test('as many hold as there are permits', () => {
    const all = started()
    const three = { ...ask, permits: 2 }
    const tokens = ['a', 'b', 'c', 'd'].map((id) => all.command('claim', 'pool', id, three))
    expect(tokens).toEqual([1, 2, 0, 0])
    all.command('release', 'pool', 'a')
    expect(all.query('claimed', 'pool', 'c')).toBe(3)
    expect(all.query('claimed', 'pool', 'd')).toBe(0)
  })
})

describe('permits', () => {
  const two = { ...ask, permits: 2 }

  test('of one name are the same for all, until nobody claims it any more', () => {
    const all = started()
    all.command('claim', 'pool', 'a', two)
    expect(reasonOf(() => all.command('claim', 'pool', 'b', ask))).toBe('other-permits')
    all.time = 100
    expect(all.command('claim', 'pool', 'b', ask)).toBe(2)
  })

  test('can be more: those who wait come in', () => {
    const all = started()
    for (const id of ['a', 'b', 'c', 'd']) all.command('claim', 'pool', id, two)
    expect(all.command('resize', 'pool', 3)).toBe(true)
    expect(all.query('holders', 'pool')).toHaveLength(3)
    expect(reasonOf(() => all.command('claim', 'pool', 'e', two))).toBe('other-permits')
  })

  test('can be fewer: whoever holds goes on, and nobody comes in before there is room', () => {
    const all = started()
    for (const id of ['a', 'b', 'c']) all.command('claim', 'pool', id, two)
    all.command('resize', 'pool', 1)
    expect(all.query('holders', 'pool')).toHaveLength(2)
    all.command('release', 'pool', 'a')
    expect(all.query('claimed', 'pool', 'c')).toBe(0)
    all.command('release', 'pool', 'b')
    expect(all.query('claimed', 'pool', 'c')).toBe(3)
    expect(all.command('resize', 'nothing', 3)).toBe(false)
  })
})

describe('leases', () => {
  test('end by replicated time, and the next one holds as soon as the time has come', () => {
    const all = started()
    all.command('claim', 'lock', 'a', ask)
    all.command('claim', 'lock', 'b', { ...ask, leaseMs: 500 })
    expect(all.deadline).toBe(100)
    all.timePasses(99)
    expect(all.query('claimed', 'lock', 'a')).toBe(1)
    all.timePasses(100)
    expect(all.query('claimed', 'lock', 'a')).toBeNull()
    expect(all.query('claimed', 'lock', 'b')).toBe(2)
    expect(all.deadline).toBe(500)
    all.timePasses(500)
    expect(all.deadline).toBeNull()
    expect([...all.chunks()]).toHaveLength(1)
  })

  test('begin anew when they are renewed', () => {
    const all = started()
    all.command('claim', 'lock', 'a', ask)
    all.timePasses(60)
    expect(all.command('renew', 'lock', 'a')).toBe(1)
    expect(all.deadline).toBe(160)
    all.timePasses(159)
    expect(labels(all, 'lock')).toEqual([''])
    all.timePasses(160)
    expect(all.command('renew', 'lock', 'a')).toBeNull()
  })

  test('end whoever waits as well: one that has gone holds up nobody', () => {
    const all = started()
    all.command('claim', 'lock', 'a', { ...ask, leaseMs: 1000 })
    all.command('claim', 'lock', 'gone', ask)
    all.command('claim', 'lock', 'c', { ...ask, leaseMs: 1000, label: 'C' })
    all.timePasses(200)
    all.command('release', 'lock', 'a')
    expect(labels(all, 'lock')).toEqual(['C'])
  })

  test('are over by the time alone: no entry has to come between', () => {
    const all = started()
    all.command('claim', 'lock', 'a', ask)
    all.command('claim', 'lock', 'b', { ...ask, leaseMs: 1000 })
    all.time = 100
    expect(labels(all, 'lock')).toEqual([])
    expect(all.query('claimed', 'lock', 'a')).toBeNull()
    expect(all.command('renew', 'lock', 'a')).toBeNull()
    expect(all.command('release', 'lock', 'a')).toBe(false)
    expect(all.command('renew', 'lock', 'b')).toBe(2)
    expect(all.command('claim', 'lock', 'c', { ...ask, wait: false })).toBeNull()
  })

  test('that end together are removed in parts', () => {
    const all = started()
    for (let i = 0; i < 2500; i++) all.command('claim', `lock ${i}`, 'a', ask)
    all.time = 100
    expect([all.command('expire'), all.command('expire'), all.command('expire')]).toEqual([1000, 1000, 500])
    expect(all.command('expire')).toBe(0)
  })
})

describe('a name that is finished', () => {
  test('has its outcome, and no more claims', () => {
    const all = started()
    all.command('claim', 'job', 'a', ask)
    all.command('claim', 'job', 'b', ask)
    expect(all.command('finish', 'job', 'a', 'done')).toBe(true)
    expect(all.query('outcome', 'job')).toEqual({ token: 1, result: 'done' })
    expect(all.query('claimed', 'job', 'b')).toBeNull()
    expect(reasonOf(() => all.command('claim', 'job', 'b', ask))).toBe('finished')
    all.timePasses(1_000_000)
    expect(all.query('outcome', 'job')).toEqual({ token: 1, result: 'done' })
    expect(all.command('forget', 'job')).toBe(true)
    expect(all.command('forget', 'job')).toBe(false)
    expect(all.command('claim', 'job', 'b', ask)).toBe(2)
    expect(all.command('forget', 'job')).toBe(false)
  })

  test('is finished by its holder alone', () => {
    const all = started()
    all.command('claim', 'job', 'a', ask)
    all.command('claim', 'job', 'b', { ...ask, leaseMs: 1000 })
    expect(all.command('finish', 'job', 'b', 'too early')).toBe(false)
    all.time = 100
    expect(all.command('finish', 'job', 'a', 'too late')).toBe(false)
    all.command('expire')
    expect(all.command('finish', 'job', 'b', 'done')).toBe(true)
  })
})

describe('is bounded', () => {
  test('so many claim one name', () => {
    const all = started()
    for (let i = 0; i < claimLimits.claimsOfName; i++) all.command('claim', 'lock', `${i}`, ask)
    expect(reasonOf(() => all.command('claim', 'lock', 'more', ask))).toBe('too-many-claims')
    all.command('release', 'lock', '17')
    expect(all.command('claim', 'lock', 'more', ask)).toBe(0)
  })

  test('and so many all names; what ends makes room', () => {
    const all = started()
    for (let i = 0; i < claimLimits.claims; i++) all.command('claim', `lock ${i}`, 'a', ask)
    expect(reasonOf(() => all.command('claim', 'lock', 'more', ask))).toBe('too-many-claims')
    all.command('release', 'lock 17', 'a')
    expect(all.command('claim', 'lock', 'more', ask)).toBe(claimLimits.claims + 1)
  })

  test('so many names are finished; beyond, no work begins, and what was under way ends', () => {
    const all = started()
    const job = { ...ask, once: true }
    all.command('claim', 'under way', 'a', job)
    for (let i = 0; i < claimLimits.finished; i++) {
      all.command('claim', `job ${i}`, 'a', job)
      all.command('finish', `job ${i}`, 'a', '')
    }
    expect(reasonOf(() => all.command('claim', 'job', 'a', job))).toBe('too-many-finished')
    expect(all.command('finish', 'under way', 'a', '')).toBe(true)
    // Claimed without saying that it is to be finished.
    for (let i = 0; i < 999; i++) {
      all.command('claim', `odd ${i}`, 'a', ask)
      all.command('finish', `odd ${i}`, 'a', '')
    }
    all.command('claim', 'odd', 'a', ask)
    expect(reasonOf(() => all.command('finish', 'odd', 'a', ''))).toBe('too-many-finished')
    for (let i = 0; i < 1001; i++) all.command('forget', `job ${i}`)
    expect(all.command('claim', 'job', 'a', job)).toBeGreaterThan(0)
  })

  test.each([
    ['claim', 7, 'a', ask],
    ['claim', 'x'.repeat(257), 'a', ask],
    ['claim', 'lock', null, ask],
    ['claim', 'lock', 'x'.repeat(65), ask],
    ['claim', 'lock', 'a'],
    ['claim', 'lock', 'a', null],
    ['claim', 'lock', 'a', { ...ask, permits: 0 }],
    ['claim', 'lock', 'a', { ...ask, permits: 1.5 }],
    ['claim', 'lock', 'a', { ...ask, permits: 1001 }],
    ['claim', 'lock', 'a', { ...ask, leaseMs: Number.NaN }],
    ['claim', 'lock', 'a', { ...ask, leaseMs: 1e12 }],
    ['claim', 'lock', 'a', { ...ask, label: 'x'.repeat(1025) }],
    ['claim', 'lock', 'a', { ...ask, wait: 1 }],
    ['claim', 'lock', 'a', { ...ask, once: undefined }],
    ['renew', 'lock', {}],
    ['release', undefined, 'a'],
    ['resize', 'lock', -1],
    ['finish', 'lock', 'a', { not: 'text' }],
    ['finish', 'lock', 'a', 'x'.repeat(16_385)],
  ])('what is no claim is refused: %j %j %j %j', (...command) => {
    expect(reasonOf(() => started().command(...command))).toBe('bad-claim')
  })
})
