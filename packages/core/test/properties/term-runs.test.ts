/** The runs of terms against the plain array that they stand for: one element per entry. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Run } from '../../src/index.ts'
import {
  appendEntries,
  appendRuns,
  bytesBetween,
  compactTo,
  firstDifference,
  fitting,
  highestNotAbove,
  lastTerm,
  lastTime,
  newTermRuns,
  RUN_BYTES,
  runsBetween,
  type TermRuns,
  termAt,
  truncateFrom,
} from '../../src/term-runs.ts'

interface Entry {
  term: number
  time: number
  bytes: number
}

/** The model: entry `i` of `entries` has index `base + 1 + i`. */
class Plain {
  base = 0
  baseTerm = 0
  baseTime = 0
  entries: Entry[] = []

  get last(): number {
    return this.base + this.entries.length
  }

  at(index: number): Entry | undefined {
    return this.entries[index - this.base - 1]
  }

  termAt(index: number): number | undefined {
    return index === this.base ? this.baseTerm : this.at(index)?.term
  }
}

type Action =
  | { kind: 'append'; rise: number; count: number; bytes: number }
  | { kind: 'append-runs'; keep: number; drop: number }
  | { kind: 'truncate'; share: number }
  | { kind: 'compact'; share: number }

const share = fc.nat(100).map((percent) => percent / 100)
const append = fc.record({
  kind: fc.constant('append' as const),
  rise: fc.constantFrom(0, 0, 0, 1, 3),
  count: fc.integer({ min: 1, max: 40 }),
  bytes: fc.integer({ min: 0, max: 50_000 }),
})
const cuts = [
  fc.record({ kind: fc.constant('append-runs' as const), keep: share, drop: share }),
  fc.record({ kind: fc.constant('truncate' as const), share }),
  fc.record({ kind: fc.constant('compact' as const), share }),
]
const anyActions = fc.array(fc.oneof({ weight: 4, arbitrary: append }, ...cuts), {
  maxLength: 40,
  size: 'max',
})

function apply(log: TermRuns, plain: Plain, action: Action, time: number): void {
  const upTo = (share: number) => plain.base + Math.floor(share * plain.entries.length)
  switch (action.kind) {
    case 'append': {
      const term = lastTerm(log) + action.rise
      appendEntries(log, term, action.count, action.bytes, time)
      for (let i = 0; i < action.count; i++)
        plain.entries.push({ term, time, bytes: action.bytes / action.count })
      return
    }
    case 'append-runs': {
      // As when a message arrives: its runs begin before the end of the log, and what is new of them is appended.
      const from = upTo(action.keep) + 1
      if (from > plain.last) return
      const runs = runsBetween(log, from, plain.last)
      const end = plain.last
      const cut = Math.max(from, upTo(action.drop))
      truncateFrom(log, cut)
      appendRuns(log, runs, end, cut)
      return
    }
    case 'truncate': {
      const from = upTo(action.share) + 1
      truncateFrom(log, from)
      plain.entries.length = Math.min(plain.entries.length, from - 1 - plain.base)
      return
    }
    case 'compact': {
      const to = upTo(action.share)
      compactTo(log, to)
      if (to === plain.base) return
      const entry = plain.at(to)!
      plain.entries.splice(0, to - plain.base)
      Object.assign(plain, { base: to, baseTerm: entry.term, baseTime: entry.time })
    }
  }
}

function both(actions: readonly Action[]): { log: TermRuns; plain: Plain } {
  const log = newTermRuns({ index: 0, term: 0 }, 0)
  const plain = new Plain()
  for (const [at, action] of actions.entries()) apply(log, plain, action, at * 10)
  return { log, plain }
}

/** The terms of the entries `runs[0].first … last`. */
function expand(runs: readonly Run[], last: number): number[] {
  return runs.flatMap((run, at) =>
    Array<number>((runs[at + 1]?.first ?? last + 1) - run.first).fill(run.term),
  )
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('term runs', () => {
  test('know the term of every entry, and of no other', () => {
    fc.assert(
      fc.property(anyActions, (actions) => {
        const { log, plain } = both(actions)
        expect([log.baseIndex, log.last]).toEqual([plain.base, plain.last])
        for (const index of range(plain.base - 2, plain.last + 2))
          expect(termAt(log, index), `${index}`).toBe(plain.termAt(index))
        expect(lastTerm(log)).toBe(plain.termAt(plain.last))
      }),
    )
  })

  test('are ordered, without gaps or overlaps, and no longer than their limit allows', () => {
    fc.assert(
      fc.property(anyActions, (actions) => {
        const { log, plain } = both(actions)
        expect(expand(log.runs, log.last)).toEqual(plain.entries.map(({ term }) => term))
        for (const [at, run] of log.runs.entries()) {
          const before = log.runs[at - 1]
          expect(run.first).toBeGreaterThan(before?.first ?? plain.base)
          expect(run.term).toBeGreaterThanOrEqual(before?.term ?? 0)
          expect(run.bytes).toBeLessThanOrEqual(RUN_BYTES)
        }
        if (plain.entries.length === 0) expect(log.runs).toEqual([])
        else expect(log.runs[0]!.first).toBe(plain.base + 1)
      }),
    )
  })

  test('know the time of the last entry, while nothing is cut off', () => {
    fc.assert(
      fc.property(fc.array(append, { maxLength: 40, size: 'max' }), (actions) => {
        const { log, plain } = both(actions)
        expect(lastTime(log)).toBe(plain.entries.at(-1)?.time ?? 0)
      }),
    )
  })

  test('give any part of themselves as runs that stand for the same entries', () => {
    fc.assert(
      fc.property(anyActions, share, share, (actions, a, b) => {
        const { log, plain } = both(actions)
        if (plain.entries.length === 0) return
        const place = (x: number) => plain.base + 1 + Math.floor(x * (plain.entries.length - 1))
        const [from, to] = [Math.min(place(a), place(b)), Math.max(place(a), place(b))]
        const runs = runsBetween(log, from, to)
        expect(runs[0]!.first).toBe(from)
        expect(expand(runs, to)).toEqual(
          plain.entries.slice(from - plain.base - 1, to - plain.base).map((e) => e.term),
        )
        // What is handed out stays as it is when the log goes on.
        const text = JSON.stringify(runs)
        truncateFrom(log, from)
        appendEntries(log, lastTerm(log) + 1, 1, 9, 9)
        expect(JSON.stringify(runs)).toBe(text)
      }),
    )
  })

  test('appended elsewhere they stand for the same entries', () => {
    fc.assert(
      fc.property(anyActions, share, (actions, a) => {
        const { log, plain } = both(actions)
        if (plain.entries.length === 0) return
        const from = plain.base + 1 + Math.floor(a * (plain.entries.length - 1))
        const other = newTermRuns({ index: from - 1, term: termAt(log, from - 1)! }, 0)
        appendRuns(other, runsBetween(log, from, plain.last), plain.last, from)
        expect(expand(other.runs, other.last)).toEqual(expand(runsBetween(log, from, plain.last), plain.last))
        const bytes = bytesBetween(log, from, plain.last)
        expect(Math.abs(bytesBetween(other, from, plain.last) - bytes)).toBeLessThanOrEqual(
          log.runs.length + 1,
        )
      }),
    )
  })

  test('know bytes exactly where entries are of one size', () => {
    const sized = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: append.map((a) => ({ ...a, bytes: a.count * 100 })) },
        ...cuts.slice(1),
      ),
      { maxLength: 40, size: 'max' },
    )
    fc.assert(
      fc.property(sized, share, share, (actions, a, b) => {
        const { log, plain } = both(actions)
        const [from, to] = [a, b].map((x) => plain.base + Math.floor(x * (plain.entries.length + 1))) as [
          number,
          number,
        ]
        const low = Math.max(from, plain.base + 1)
        expect(bytesBetween(log, from, to)).toBe(100 * Math.max(0, Math.min(to, plain.last) - low + 1))
      }),
    )
  })

  test('know them to a byte per step when parts of runs were appended', () => {
    const one = append.map((a) => ({ ...a, bytes: a.count * 100 }))
    const sized = fc.array(fc.oneof({ weight: 3, arbitrary: one }, ...cuts), { maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(sized, (actions) => {
        const { log, plain } = both(actions)
        const bytes = bytesBetween(log, plain.base + 1, plain.last)
        expect(Math.abs(bytes - 100 * plain.entries.length)).toBeLessThanOrEqual(actions.length)
      }),
    )
  })

  test('know bytes to within one run at each end, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(append, { maxLength: 40, size: 'max' }), share, share, (actions, a, b) => {
        const { log, plain } = both(actions)
        const [from, to] = [a, b].map((x) => plain.base + 1 + Math.floor(x * plain.entries.length)) as [
          number,
          number,
        ]
        const real = plain.entries
          .slice(from - 1, Math.max(from - 1, to))
          .reduce((sum, { bytes }) => sum + bytes, 0)
        expect(Math.abs(bytesBetween(log, from, to) - real)).toBeLessThanOrEqual(2 * RUN_BYTES)
        const all = plain.entries.reduce((sum, { bytes }) => sum + bytes, 0)
        expect(bytesBetween(log, 1, plain.last)).toBeCloseTo(all, 0)
      }),
    )
  })

  test('fit as many entries into a size as there is room for, and one at least', () => {
    fc.assert(
      fc.property(anyActions, share, fc.integer({ min: 1, max: 200_000 }), (actions, a, max) => {
        const { log, plain } = both(actions)
        if (plain.entries.length === 0) return
        const from = plain.base + 1 + Math.floor(a * (plain.entries.length - 1))
        const last = fitting(log, from, max)
        expect(last).toBeGreaterThanOrEqual(from)
        expect(last).toBeLessThanOrEqual(plain.last)
        if (last > from) expect(bytesBetween(log, from, last)).toBeLessThanOrEqual(max + 1)
        if (last < plain.last) expect(bytesBetween(log, from, last + 1)).toBeGreaterThanOrEqual(max)
      }),
    )
  })

  test('find the highest place whose term is not above another', () => {
    fc.assert(
      fc.property(anyActions, fc.nat(1700), fc.nat(80), (actions, index, term) => {
        const { log, plain } = both(actions)
        const expected = range(plain.base, Math.min(index, plain.last)).findLast(
          (at) => plain.termAt(at)! <= term,
        )
        expect(highestNotAbove(log, index, term)).toEqual({
          index: expected ?? plain.base,
          term: plain.termAt(expected ?? plain.base),
        })
      }),
    )
  })

  test('find the first difference from a message', () => {
    const terms = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 })
      .map((list) => list.sort())
    fc.assert(
      fc.property(terms, terms, fc.nat(5), fc.nat(12), (own, theirs, base, after) => {
        const log = newTermRuns({ index: 0, term: 0 }, 0)
        for (const term of own) appendEntries(log, term, 1, 1, 0)
        compactTo(log, Math.min(base, own.length))
        const runs = theirs.map((term, at) => ({ first: after + 1 + at, term, bytes: 1, time: 0 }))
        const last = after + theirs.length
        // Below the base everything agrees: it is committed.
        const differs = (index: number) =>
          index > log.baseIndex && own[index - 1] !== theirs[index - after - 1]
        expect(firstDifference(log, runs, last)).toBe(range(after + 1, last).find(differs) ?? last + 1)
      }),
    )
  })
})

describe('what term runs refuse', () => {
  const some = () => both([{ kind: 'append', rise: 3, count: 5, bytes: 50 }]).log

  test('a term that falls (invariant 1)', () => {
    expect(() => appendEntries(some(), 2, 1, 1, 0)).toThrow('invariant 1 ')
  })

  test('a gap, an overlap, a place outside (invariant 2)', () => {
    const run = { first: 5, term: 9, bytes: 1, time: 0 }
    for (const from of [5, 7]) expect(() => appendRuns(some(), [run], 9, from)).toThrow('invariant 2 ')
    expect(() => truncateFrom(some(), 0)).toThrow('invariant 2 ')
    expect(() => runsBetween(some(), 6, 6)).toThrow('invariant 2 ')
    expect(() => compactTo(some(), 6)).toThrow('invariant 2 ')
  })
})
