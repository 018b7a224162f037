import { describe, expect, test } from 'vitest'
import { occurrencesOf, type When } from '../../src/scheduler/occurrences.ts'

const at = (text: string): number => Date.parse(text)

function following(when: When, timeZone: string, from: string, count: number): string[] {
  const occurrences = occurrencesOf(when, timeZone)
  const found: string[] = []
  for (let time: number | null = at(from); found.length < count; ) {
    time = occurrences.after(time!)
    found.push(new Date(time!).toISOString().replace('.000Z', 'Z'))
  }
  return found
}

test('cron expressions, in the past and the future, by the given moment alone', () => {
  expect(following('0 9 * * MON-FRI', 'Europe/Berlin', '2001-03-02T08:00:00Z', 2)).toEqual([
    '2001-03-05T08:00:00Z',
    '2001-03-06T08:00:00Z',
  ])
  expect(following('*/20 * * * * *', 'UTC', '2101-01-01T00:00:00.001Z', 2)).toEqual([
    '2101-01-01T00:00:20Z',
    '2101-01-01T00:00:40Z',
  ])
})

test('where clocks are put forward, what falls into the gap comes behind it; where they are put back, a daily one comes once', () => {
  expect(following('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual([
    '2026-03-28T01:30:00Z',
    '2026-03-29T01:00:00Z',
    '2026-03-30T00:30:00Z',
  ])
  expect(following('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00Z',
    '2026-10-26T01:30:00Z',
  ])
})

describe('after and up to', () => {
  test.each([
    ['* * * * * *', 'UTC', 1000],
    ['0 3 * * *', 'America/New_York', 24 * 3600_000],
    [{ everyMs: 250 }, 'UTC', 250],
  ] as const)('%j: a moment belongs to the one that it is', (when, timeZone, step) => {
    const occurrences = occurrencesOf(when, timeZone)
    const first = occurrences.after(at('2026-01-05T10:00:00Z'))!
    const second = occurrences.after(first)!
    expect(second - first).toBe(step)
    expect(occurrences.upTo(first)).toBe(first)
    expect(occurrences.upTo(second - 0.5)).toBe(first)
    expect(occurrences.upTo(second)).toBe(second)
    expect(occurrences.after(first - 0.5)).toBe(first)
  })
})

test('one that never comes, or comes no more', () => {
  const never = occurrencesOf('0 0 30 2 *', 'UTC')
  expect([never.after(0), never.upTo(0)]).toEqual([null, null])
})

test.each([
  ['nonsense', 'UTC'],
  ['* * *', 'UTC'],
  ['* * * * *', 'Mars/Base'],
  [{ everyMs: 0 }, 'UTC'],
  [{ everyMs: 1.5 }, 'UTC'],
  [{}, 'UTC'],
  [undefined, 'UTC'],
  [null, 'UTC'],
])('%j in %s is refused', (when, timeZone) => {
  expect(() => occurrencesOf(when as never, timeZone)).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
})
