import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deepFreeze } from '../src/deep-freeze.ts'
import { arbitraryValue, sizeOf } from './arbitrary-value.ts'
import { testCodec } from './test-codec.ts'

/** Everything in a value that can be changed, and how. */
function changesOf(value: unknown): (() => unknown)[] {
  const changes: (() => unknown)[] = []
  const seen = new Set<unknown>()
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null || seen.has(next) || ArrayBuffer.isView(next)) continue
    seen.add(next)
    if (next instanceof Map) {
      changes.push(
        () => next.set('new', 1),
        () => next.clear(),
        () => next.delete([...next.keys()][0]),
      )
      for (const [key, child] of next) waiting.push(key, child)
    } else if (next instanceof Set) {
      changes.push(
        () => next.add('new'),
        () => next.clear(),
        () => next.delete([...next][0]),
      )
      for (const child of next) waiting.push(child)
    }
    changes.push(() => Object.assign(next, { new: 1 }))
    if (Array.isArray(next)) changes.push(() => next.push(1))
    for (const key of Object.keys(next)) waiting.push((next as Record<string, unknown>)[key])
  }
  return changes
}

test('nothing in a frozen value can be changed, and it is what it was', () => {
  fc.assert(
    fc.property(arbitraryValue, (value) => {
      fc.pre(sizeOf(value, 1000) < 1000)
      const copy = testCodec.decode(testCodec.encode(value))
      deepFreeze(copy, new WeakSet())
      for (const change of changesOf(copy)) expect(change).toThrow(TypeError)
      expect(isDeepStrictEqual(testCodec.decode(testCodec.encode(copy)), value)).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('what was frozen is not walked through again', () => {
  let visits = 0
  const shared = Object.defineProperty({}, 'n', {
    enumerable: true,
    get: () => {
      visits += 1
      return 1
    },
  })
  const frozen = new WeakSet()
  deepFreeze([shared, shared], frozen)
  deepFreeze({ shared }, frozen)
  expect(visits).toBe(1)
})

test('a value that was frozen on the surface is frozen within; cycles and depth do no harm', () => {
  const inner = [1]
  deepFreeze(Object.freeze([inner]), new WeakSet())
  expect(() => inner.push(2)).toThrow(TypeError)
  const cycle: unknown[] = []
  cycle.push(cycle, new Map([[cycle, cycle]]))
  deepFreeze(cycle, new WeakSet())
  let deep: unknown[] = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  deepFreeze(deep, new WeakSet())
  expect(() => deep.push(1)).toThrow(TypeError)
})
