import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketLimits, buckets } from '../src/index.ts'
import { Applied, reasonOf } from './applied.ts'

const rate = { tokens: 10, perMs: 1000 }

describe('a bucket', () => {
  test('is full at first, is taken from, and fills by replicated time', () => {
    const all = new Applied(buckets)
    expect(all.query('remaining', 'api', rate)).toBe(10)
    expect(all.command('take', 'api', 7, rate, 0)).toEqual({ ok: true, remaining: 3, retryAfterMs: 0 })
    expect(all.command('take', 'api', 4, rate, 0)).toEqual({ ok: false, remaining: 3, retryAfterMs: 100 })
    all.time = 99
    expect(all.command('take', 'api', 4, rate, 0)).toEqual({ ok: false, remaining: 3, retryAfterMs: 1 })
    all.time = 100
    expect(all.command('take', 'api', 4, rate, 0)).toEqual({ ok: true, remaining: 0, retryAfterMs: 0 })
    all.time = 600
    expect(all.query('remaining', 'api', rate)).toBe(5)
    all.time = 1e15
    expect(all.query('remaining', 'api', rate)).toBe(10)
    expect(all.query('remaining', 'other', rate)).toBe(10)
  })

  test('is taken from ahead of time, by as much as comes in the time that one waits; who asks first is first', () => {
    const all = new Applied(buckets)
    all.command('take', 'api', 10, rate, 0)
    expect(all.command('take', 'api', 5, rate, 500)).toEqual({ ok: true, remaining: 0, retryAfterMs: 500 })
    expect(all.command('take', 'api', 1, rate, 599)).toEqual({ ok: false, remaining: 0, retryAfterMs: 600 })
    expect(all.command('take', 'api', 1, rate, 600)).toEqual({ ok: true, remaining: 0, retryAfterMs: 600 })
    all.time = 500
    expect(all.command('take', 'api', 1, rate, 0)).toEqual({ ok: false, remaining: 0, retryAfterMs: 200 })
    expect(all.command('giveBack', 'api', 1, rate)).toBe(0)
    expect(all.command('take', 'api', 1, rate, 0)).toEqual({ ok: false, remaining: 0, retryAfterMs: 100 })
  })

  test('of which tokens are given back is never more than full', () => {
    const all = new Applied(buckets)
    all.command('take', 'api', 3, rate, 0)
    expect(all.command('giveBack', 'api', 2, rate)).toBe(9)
    expect(all.command('giveBack', 'api', 10, rate)).toBe(10)
    expect(all.command('giveBack', 'none', 10, rate)).toBe(10)
    expect(all.query('remaining', 'api', rate)).toBe(10)
  })

  test('that gets another rate keeps what was taken', () => {
    const all = new Applied(buckets)
    all.command('take', 'api', 8, rate, 0)
    expect(all.query('remaining', 'api', { tokens: 20, perMs: 500 })).toBe(12)
    expect(all.query('remaining', 'api', { tokens: 9, perMs: 60_000 })).toBe(1)
    expect(all.query('remaining', 'api', { tokens: 5, perMs: 1000 })).toBe(0)
    expect(all.command('take', 'api', 5, { tokens: 5, perMs: 1000 }, 0)).toMatchObject({ retryAfterMs: 1600 })
    const quick = { tokens: 1_000_000, perMs: 1 }
    all.command('take', 'deep', 1_000_000, quick, 0)
    for (let i = 0; i < 100; i++) all.command('take', 'deep', 1_000_000, quick, bucketLimits.waitMs)
    const slow = { tokens: 1, perMs: bucketLimits.perMs }
    const { retryAfterMs } = all.command('take', 'deep', 1, slow, 0)
    expect(retryAfterMs).toBeLessThanOrEqual(bucketLimits.waitMs + bucketLimits.perMs)
  })
})

test('what comes in many small steps is what comes at once, to the part', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: bucketLimits.perMs }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 50 })), {
        maxLength: 40,
      }),
      (tokens, perMs, steps) => {
        const all = new Applied(buckets)
        const own = { tokens, perMs }
        // By exact integers: what was taken, and what has come since the bucket was full.
        let parts = BigInt(tokens) * BigInt(perMs)
        const most = parts
        for (const [ms, wanted] of steps) {
          const count = Math.min(wanted, tokens)
          all.time += ms
          parts += BigInt(ms) * BigInt(tokens)
          if (parts > most) parts = most
          const { ok, remaining, retryAfterMs } = all.command('take', 'x', count, own, 0)
          const cost = BigInt(count) * BigInt(perMs)
          expect(ok).toBe(parts >= cost)
          if (ok) parts -= cost
          else expect(BigInt(retryAfterMs)).toBe((cost - parts + BigInt(tokens) - 1n) / BigInt(tokens))
          expect(BigInt(remaining)).toBe(parts / BigInt(perMs))
        }
      },
    ),
    { numRuns: 200, seed: 3 },
  )
})

test('in any span of time no more is taken than a full bucket and what comes in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 10 })), {
        maxLength: 60,
      }),
      (steps) => {
        const all = new Applied(buckets)
        const taken: { at: number; count: number }[] = []
        for (const [ms, count] of steps) {
          all.time += ms
          if (all.command('take', 'x', count, rate, 0).ok) taken.push({ at: all.time, count })
        }
        for (const [i, { at: from }] of taken.entries()) {
          let sum = 0
          for (const { at, count } of taken.slice(i)) {
            sum += count
            expect(sum).toBeLessThanOrEqual(10 + ((at - from) * 10) / 1000)
          }
        }
      },
    ),
    { numRuns: 100, seed: 4 },
  )
})

describe('is bounded', () => {
  test('what is full is forgotten, and a restored machine knows the rest', async () => {
    const all = new Applied(buckets)
    for (let i = 0; i < 100; i++) all.command('take', `name ${i}`, 10, rate, 0)
    await all.restore()
    expect(all.query('remaining', 'name 7', rate)).toBe(0)
    all.time = 1000
    for (let i = 0; i < 60; i++) all.command('take', 'other', 1, rate, 1000)
    const size = [...all.chunks()].reduce((sum, chunk) => sum + chunk.length, 0)
    const fresh = new Applied(buckets)
    fresh.time = 1000
    for (let i = 0; i < 60; i++) fresh.command('take', 'other', 1, rate, 1000)
    expect(size).toBe([...fresh.chunks()].reduce((sum, chunk) => sum + chunk.length, 0))
  })

  test('so many names are remembered; those that are full make room', () => {
    const all = new Applied(buckets)
    for (let i = 0; i < bucketLimits.names; i++) all.command('take', `${i}`, 1, rate, 0)
    expect(reasonOf(() => all.command('take', 'more', 1, rate, 0))).toBe('too-many-names')
    expect(all.command('take', '17', 1, rate, 0)).toMatchObject({ ok: true })
    all.time = 100
    expect(all.command('take', 'more', 1, rate, 0)).toMatchObject({ ok: true })
  })

  test.each([
    ['take', 7, 1, rate, 0],
    ['take', 'x'.repeat(257), 1, rate, 0],
    ['take', 'x', 0, rate, 0],
    ['take', 'x', 11, rate, 0],
    ['take', 'x', 1.5, rate, 0],
    ['take', 'x', 1, undefined, 0],
    ['take', 'x', 1, null, 0],
    ['take', 'x', 1, { tokens: 0, perMs: 1 }, 0],
    ['take', 'x', 1, { tokens: 1, perMs: 1e12 }, 0],
    ['take', 'x', 1, rate, -1],
    ['take', 'x', 1, rate, 1e9],
    ['take', 'x', 1, rate],
    ['giveBack', 'x', 11, rate],
    ['giveBack', {}, 1, rate],
  ])('what can’t be is refused: %j %j %j %j', (...command) => {
    expect(reasonOf(() => new Applied(buckets).command(...command))).toBe('bad-rate')
  })
})
