import { describe, expect, test } from 'vitest'
import { AppendAudit } from '../../src/endure/append-audit.ts'
import { hashed, type Page } from '../../src/endure/ledger.ts'

/** The page of a list from a place on. */
function page(list: readonly number[], from = 0): Page {
  return { from, items: list.slice(from), length: list.length, hash: list.reduce(hashed, 0) }
}

/** An audit of which `count` items were called, in one era. */
function called(count: number): AppendAudit {
  const audit = new AppendAudit('w')
  for (let i = 0; i < count; i++) audit.called(1)
  return audit
}

/** Ends the audit with this list. */
function finished(audit: AppendAudit, list: readonly number[]): AppendAudit {
  audit.finish(page(list, audit.next), audit.least)
  return audit
}

describe('what is as callers were told', () => {
  test('acknowledged, read before and after the answer, refused, and left open both ways', () => {
    const audit = called(6)
    audit.acknowledged(1, 0)
    audit.read(page([1, 2]), audit.least)
    audit.acknowledged(2, 1)
    audit.refused(3)
    audit.leftOpen(4)
    audit.leftOpen(5)
    audit.acknowledged(6, 3)
    finished(audit, [1, 2, 5, 6])
    expect(audit.problems).toEqual([])
    expect(audit.sums).toEqual({ acknowledged: 3, lost: 0, duplicated: 0, unknown: 2, unknownApplied: 1 })
  })

  test('what is read is forgotten, and the rest goes from one process to the next', () => {
    const audit = called(4)
    audit.acknowledged(1, 0)
    audit.acknowledged(2, 1)
    audit.leftOpen(3)
    audit.read(page([1]), audit.least)
    expect(audit.state.unsettled.map(([item]) => item)).toEqual([2, 3, 4])
    const next = AppendAudit.from(structuredClone(audit.state))
    next.acknowledged(4, 2)
    finished(next, [1, 2, 4])
    expect(next.problems).toEqual([])
    expect(next.sums.acknowledged).toBe(3)
  })

  test('it holds little, however much was left open', () => {
    const audit = new AppendAudit('w')
    for (let item = 1; item <= 50_000; item++) audit.leftOpen(audit.called(1))
    expect(audit.state.unsettled.length).toBeLessThanOrEqual(20_000)
    expect(audit.state.unsettled.at(-1)![0]).toBe(50_000)
  })

  test('calls of different eras may change places', () => {
    const audit = new AppendAudit('w')
    audit.called(1)
    audit.called(2)
    audit.acknowledged(2, 0)
    audit.acknowledged(1, 1)
    expect(finished(audit, [2, 1]).problems).toEqual([])
  })
})

describe('what is not', () => {
  const wrong: readonly [name: string, run: () => AppendAudit, lost: number, duplicated: number][] = [
    [
      'an acknowledged item is not there',
      () => {
        const audit = called(2)
        audit.acknowledged(1, 0)
        audit.acknowledged(2, 1)
        return finished(audit, [1])
      },
      1,
      0,
    ],
    [
      'another one stands in its place',
      () => {
        const audit = called(2)
        audit.acknowledged(1, 0)
        audit.leftOpen(2)
        return finished(audit, [2])
      },
      1,
      0,
    ],
    [
      'it was acknowledged for a place that was read already',
      () => {
        const audit = called(2)
        audit.acknowledged(1, 0)
        audit.read(page([1]), audit.least)
        audit.acknowledged(2, 0)
        return finished(audit, [1])
      },
      1,
      0,
    ],
    [
      'two were told the same place',
      () => {
        const audit = called(2)
        audit.acknowledged(1, 0)
        audit.acknowledged(2, 0)
        return finished(audit, [2])
      },
      1,
      0,
    ],
    [
      'an acknowledged item stands twice',
      () => {
        const audit = called(1)
        audit.acknowledged(1, 0)
        return finished(audit, [1, 1])
      },
      0,
      1,
    ],
    [
      'an item stands twice before it is answered',
      () => {
        const audit = called(1)
        audit.read(page([1, 1]), 0)
        audit.acknowledged(1, 0)
        return finished(audit, [1, 1])
      },
      0,
      1,
    ],
    [
      'an item that was left open stands twice',
      () => {
        const audit = called(1)
        audit.leftOpen(1)
        return finished(audit, [1, 1])
      },
      0,
      1,
    ],
    [
      'a refused item stands there',
      () => {
        const audit = called(1)
        audit.refused(1)
        return finished(audit, [1])
      },
      0,
      1,
    ],
    ['an item stands there that nobody called', () => finished(called(0), [1]), 0, 1],
    [
      'a refused item was read before',
      () => {
        const audit = called(1)
        audit.read(page([1]), 0)
        audit.refused(1)
        return finished(audit, [1])
      },
      0,
      0,
    ],
    [
      'the caller was told another place',
      () => {
        const audit = called(1)
        audit.read(page([1]), 0)
        audit.acknowledged(1, 1)
        return finished(audit, [1])
      },
      0,
      0,
    ],
    [
      'calls of one era changed places',
      () => {
        const audit = called(2)
        audit.acknowledged(2, 0)
        audit.acknowledged(1, 1)
        return finished(audit, [2, 1])
      },
      0,
      0,
    ],
    [
      'a read shows less than an earlier one',
      () => {
        const audit = called(2)
        audit.read(page([1, 2]), 0)
        audit.leftOpen(1)
        audit.leftOpen(2)
        audit.read(page([1], 1), audit.least)
        return audit
      },
      0,
      0,
    ],
    [
      'items were cut unread',
      () => {
        const audit = called(2)
        audit.leftOpen(1)
        audit.leftOpen(2)
        audit.finish(page([1, 2], 1), 0)
        return audit
      },
      0,
      0,
    ],
    [
      'what was cut had been something else',
      () => {
        const audit = called(1)
        audit.acknowledged(1, 0)
        audit.read(page([1]), audit.least)
        audit.finish({ ...page([1], 1), hash: 7 }, audit.least)
        return audit
      },
      0,
      0,
    ],
  ]
  for (const [name, run, lost, duplicated] of wrong)
    test(name, () => {
      const audit = run()
      expect(audit.problems.length, audit.problems.join('\n')).toBeGreaterThan(0)
      expect(audit.sums).toMatchObject({ lost, duplicated })
    })
})
