/**
 * The newest entries in memory, against a plain table. The pair of index and term identifies an entry (paper §5.3): a payload never
 * gets another head (F21, F24), and the bytes that are counted are those that are held.
 */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areThose, LogTail } from '../src/tail.ts'
import { entriesFrom, entryOf, headsOf } from './log-entries.ts'

/** The same, without a thought for speed. */
class TailModel {
  first: number
  readonly entries = new Map<number, LogEntry>()

  constructor(last: number) {
    this.first = last + 1
  }

  get end(): number {
    return Math.max(this.first, ...[...this.entries.keys()].map((index) => index + 1))
  }

  get bytes(): number {
    return [...this.entries.values()].reduce((sum, { payload }) => sum + entryBytes(payload), 0)
  }

  truncate(from: number): void {
    if (from < this.first) this.first = from
    for (const index of [...this.entries.keys()]) if (index >= from) this.entries.delete(index)
  }

  evict(upTo: number, maxBytes: number): void {
    while (this.bytes > maxBytes && this.first <= upTo && this.entries.delete(this.first)) this.first++
  }

  /** The entries that these name, or null if one is not here as named. */
  entriesOf(named: readonly LogEntry[]): LogEntry[] | null {
    const found = named.map(({ index, term }) => {
      const entry = this.entries.get(index)
      return entry?.term === term ? entry : undefined
    })
    return found.includes(undefined) ? null : (found as LogEntry[])
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('append' as const), skip: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('fill' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('replace' as const),
      back: fc.nat(6),
      known: fc.nat(3),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('truncate' as const), back: fc.integer({ min: -2, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reset' as const), last: fc.nat(40) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('evict' as const),
      back: fc.integer({ min: -1, max: 5 }),
      maxBytes: fc.nat(250),
    }),
  },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Carries one step out on both. Terms only grow, so that an entry that is written anew is another one. */
function run(tail: LogTail, model: TailModel, { ...s }: Step, term: number): void {
  const put = (entry: LogEntry): void => {
    model.entries.set(entry.index, entry)
    tail.put(entry)
  }
  switch (s.op) {
    case 'append':
      put(entryOf(model.end + s.skip, term))
      break
    case 'fill':
      for (let index = model.first; index < model.end; index++)
        if (!model.entries.has(index)) {
          put(entryOf(index, term))
          return
        }
      break
    case 'replace': {
      const from = Math.max(1, model.end - s.back)
      const entries = entriesFrom(Math.max(1, from - s.known), from + s.count - 1, term)
      model.truncate(from)
      for (const entry of entries) if (entry.index >= from) model.entries.set(entry.index, entry)
      tail.replace(from, entries)
      break
    }
    case 'truncate': {
      const from = Math.max(1, model.end - s.back)
      model.truncate(from)
      tail.truncate(from)
      break
    }
    case 'reset':
      model.entries.clear()
      model.first = s.last + 1
      tail.reset(s.last)
      break
    case 'evict':
      model.evict(model.end - 1 - s.back, s.maxBytes)
      tail.evict(model.end - 1 - s.back, s.maxBytes)
  }
}

function expectSame(tail: LogTail, model: TailModel): void {
  expect({ first: tail.first, bytes: tail.bytes }).toEqual({ first: model.first, bytes: model.bytes })
  const wrong: number[] = []
  for (let index = Math.max(0, model.first - 2); index < model.end + 2; index++)
    if (tail.get(index) !== model.entries.get(index)) wrong.push(index)
  expect(wrong).toEqual([])
}

describe('the tail of a log', () => {
  test('holds what a plain table would hold, and counts its bytes right', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(step, { maxLength: 60 }), (last, steps) => {
        const tail = new LogTail(last)
        const model = new TailModel(last)
        for (const [i, one] of steps.entries()) {
          run(tail, model, one, i + 1)
          expectSame(tail, model)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('gives the entries that are named, all of them under their terms, or none', () => {
    const named = fc.record({
      from: fc.nat(8),
      count: fc.integer({ min: 1, max: 8 }),
      wrong: fc.option(fc.nat(7)),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), fc.array(named), (steps, asks) => {
        const tail = new LogTail(0)
        const model = new TailModel(0)
        for (const [i, one] of steps.entries()) run(tail, model, one, i + 1)
        for (const { from, count, wrong } of asks) {
          const first = Math.max(1, model.first - 2 + from)
          const heads = Array.from({ length: count }, (_, i) => {
            const entry = model.entries.get(first + i) ?? entryOf(first + i, 9999)
            return i === wrong ? entryOf(first + i, entry.term + 1) : entry
          })
          expect(tail.entriesOf(headsOf(heads))).toEqual(model.entriesOf(heads))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('gives up the oldest first, stops at what has not been handed to the store, and at a gap', () => {
    const tail = new LogTail(0)
    for (const index of [1, 2, 3, 5]) tail.put(entryOf(index, 1, new Uint8Array(68)))
    tail.evict(1, 0)
    expect([tail.first, tail.bytes]).toEqual([2, 300])
    tail.evict(5, 250)
    expect([tail.first, tail.bytes]).toEqual([3, 200])
    tail.evict(5, 0)
    expect([tail.first, tail.bytes, tail.get(5)?.index]).toEqual([4, 100, 5])
  })

  test('is still right after a hundred thousand entries have come and gone', () => {
    const tail = new LogTail(0)
    for (let index = 1; index <= 100_000; index++) {
      tail.put(entryOf(index))
      if (index % 100 === 0) tail.evict(index, 1000)
    }
    expect(tail.bytes).toBeLessThanOrEqual(1000)
    expect(tail.get(tail.first)?.index).toBe(tail.first)
    expect(tail.get(100_000)?.index).toBe(100_000)
    expect(tail.get(tail.first - 1)).toBe(undefined)
    expect(tail.entriesOf(headsOf([entryOf(99_999), entryOf(100_000)]))?.map(({ index }) => index)).toEqual([
      99_999, 100_000,
    ])
  })
})

describe('while nothing happens (F131c)', () => {
  const bytes = (entries: readonly LogEntry[]): number =>
    entries.reduce((sum, { payload }) => sum + entryBytes(payload), 0)

  test('the newest that fit stay, and those behind what is applied', () => {
    const tail = new LogTail(0)
    const entries = entriesFrom(1, 10, 1)
    for (const entry of entries) tail.put(entry)
    tail.restLightly(10, bytes(entries.slice(7)))
    expect([tail.first, tail.bytes]).toEqual([8, bytes(entries.slice(7))])
    expect([7, 8, 9, 10, 11].map((index) => tail.get(index)?.index)).toEqual([undefined, 8, 9, 10, undefined])
    // The log goes on where it was.
    tail.put(entryOf(11, 2))
    expect(tail.get(11)).toEqual(entryOf(11, 2))
    tail.restLightly(9, 0)
    expect([tail.first, tail.get(10)?.index, tail.get(11)?.index]).toEqual([10, 10, 11])
  })

  test('all go where nobody lacks any', () => {
    const tail = new LogTail(0)
    for (const entry of entriesFrom(1, 10, 1)) tail.put(entry)
    tail.restLightly(10, 0)
    expect([tail.first, tail.bytes, tail.get(10)]).toEqual([11, 0, undefined])
    tail.restLightly(10, 4096)
    tail.put(entryOf(11, 2))
    expect(tail.get(11)).toEqual(entryOf(11, 2))
  })
})

describe('what is read back from the store', () => {
  const three = [entryOf(4, 1), entryOf(5, 2), entryOf(6, 2)]

  test('is what was named: the same indexes under the same terms', () => {
    expect(areThose(headsOf(three), three)).toBe(true)
    expect(areThose(headsOf(three), entriesFrom(4, 6, 2))).toBe(false)
    expect(areThose(headsOf(three), [entryOf(4, 1), entryOf(5, 1), entryOf(6, 2)])).toBe(false)
  })

  test('is not it when there is less, more, or something else', () => {
    expect(areThose(headsOf(three), three.slice(0, 2))).toBe(false)
    expect(areThose(headsOf(three), [])).toBe(false)
    expect(areThose(headsOf(three), [...three, entryOf(7, 2)])).toBe(false)
    expect(areThose(headsOf(three), [entryOf(5, 1), entryOf(6, 2), entryOf(7, 2)])).toBe(false)
  })

  test('is told by its terms however they change', () => {
    const terms = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(terms, terms, (a, b) => {
        const log = (of: number[]) => [...of].sort().map((term, i) => entryOf(10 + i, term))
        expect(areThose(headsOf(log(a)), log(b))).toBe(`${[...a].sort()}` === `${[...b].sort()}`)
      }),
    )
  })
})
