/** Packed entries against a plain list of them. */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PackedEntries } from '../src/packed-entries.ts'

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      push: fc.integer({ min: 1, max: 300 }),
      bytes: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 130 }) }, fc.nat(6000)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ truncate: fc.nat(100).map((part) => part / 100) }) },
  { weight: 2, arbitrary: fc.record({ drop: fc.nat(100).map((part) => part / 100) }) },
)

function entryAt(index: number, bytes: number): LogEntry {
  const payload = new Uint8Array(bytes).fill(index)
  return { index, term: 2 ** 52 + index, kind: 3, time: index * 2 ** 31, payload }
}

function isSame(one: LogEntry, other: LogEntry): boolean {
  const { index, term, kind, time, payload } = one
  return (
    index === other.index &&
    term === other.term &&
    kind === other.kind &&
    time === other.time &&
    Buffer.compare(payload, other.payload) === 0
  )
}

/** Every entry of the list, and nothing else, is there. */
function expectSame(packed: PackedEntries, list: readonly LogEntry[], base: number): void {
  expect(packed.last).toBe(base + list.length)
  expect(packed.bytes).toBe(list.reduce((sum, { payload }) => sum + entryBytes(payload), 0))
  const wrong = list.filter((entry) => !isSame(entry, packed.get(entry.index)))
  expect(wrong).toEqual([])
  expect(list.every(({ index, term }) => packed.termOf(index) === term)).toBe(true)
}

test('packed entries are what a list of them would be, whatever is put, cut and dropped', () => {
  fc.assert(
    fc.property(fc.nat(10), fc.array(step, { maxLength: 12 }), (start, steps) => {
      let base = start
      let list: LogEntry[] = []
      const packed = new PackedEntries(base)
      for (const change of steps) {
        if ('push' in change) {
          for (let left = change.push; left > 0; left--) {
            const entry = entryAt(base + list.length + 1, change.bytes)
            list.push(entry)
            packed.push(entry)
          }
        } else if ('truncate' in change) {
          const keep = Math.floor(change.truncate * list.length)
          list = list.slice(0, keep)
          packed.truncate(base + keep + 1)
        } else if (list.length > 0) {
          const gone = Math.max(1, Math.ceil(change.drop * list.length))
          list = list.slice(gone)
          base += gone
          packed.drop(base)
        }
        expectSame(packed, list, base)
      }
    }),
    { numRuns: 100 },
  )
})
