import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CowMap, type FrozenView } from '../src/index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** A map, a plain one that is to be the same, and views with what each has to show. */
interface Model {
  readonly cow: CowMap<unknown, unknown>
  readonly plain: Map<unknown, unknown>
  readonly views: {
    readonly view: FrozenView<unknown, unknown>
    readonly expected: (readonly [unknown, unknown])[]
  }[]
}

type Step = (model: Model) => void

const key = fc.oneof(fc.nat(20), fc.constantFrom('a', Number.NaN, -0, null, undefined))

/** Looks at the next entry of a view, `count` times. */
function pull({ view, expected }: Model['views'][number], count: number): void {
  for (let i = 0; i < count; i++) {
    const next = view.next()
    expect(next).toEqual({ done: expected.length === 0, value: expected.shift() })
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, fc.nat()).map(
    ([k, v]): Step =>
      ({ cow, plain }) => {
        cow.set(k, v)
        plain.set(k, v)
      },
  ),
  fc.tuple(key, fc.constant(undefined)).map(
    ([k, v]): Step =>
      ({ cow, plain }) => {
        cow.set(k, v)
        plain.set(k, v)
      },
  ),
  key.map(
    (k): Step =>
      ({ cow, plain }) => {
        expect(cow.delete(k)).toBe(plain.delete(k))
      },
  ),
  key.map(
    (k): Step =>
      ({ cow, plain }) => {
        expect(cow.has(k)).toBe(plain.has(k))
        expect(cow.get(k)).toBe(plain.get(k))
      },
  ),
  fc.constant<Step>(({ cow, plain, views }) => {
    const view = cow.freeze()
    expect(view.size).toBe(plain.size)
    views.push({ view, expected: [...plain] })
  }),
  fc.tuple(fc.nat(3), fc.nat(5)).map(
    ([which, count]): Step =>
      ({ views }) => {
        if (which < views.length) pull(views[which]!, count)
      },
  ),
  fc.nat(20).map(
    (which): Step =>
      ({ views }) => {
        if (which < views.length) views.splice(which, 1)[0]!.view.release()
      },
  ),
)
/** Rare, or there would never be much in the map. */
const clear: Step = ({ cow, plain }) => {
  cow.clear()
  plain.clear()
}
const steps = fc.array(
  fc.oneof({ arbitrary: step, weight: 40 }, { arbitrary: fc.constant(clear), weight: 1 }),
  {
    maxLength: 200,
  },
)

test('it is the same as a Map, and its views as copies of one, whatever comes in between', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const model: Model = { cow: new CowMap(), plain: new Map(), views: [] }
      for (const one of all) {
        one(model)
        expect(model.cow.size).toBe(model.plain.size)
      }
      expect([...model.cow]).toEqual([...model.plain])
      for (const each of model.views) pull(each, each.expected.length + 2)
    }),
    { numRuns: 500 },
  )
})

test('changes during an iteration are seen as in a Map, whether or not there are views', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), fc.constantFrom('entries', 'keys', 'values'), (all, frozen, method) => {
      const model: Model = { cow: new CowMap([[1, 1]]), plain: new Map([[1, 1]]), views: [] }
      if (frozen) model.cow.freeze()
      const ours: Iterator<unknown> = model.cow[method]()
      const theirs: Iterator<unknown> = model.plain[method]()
      for (const one of all) {
        one(model)
        expect(ours.next()).toEqual(theirs.next())
      }
    }),
    { numRuns: 300 },
  )
})

test('it begins with the entries it is given, and `set` can be chained', () => {
  const map = new CowMap([
    ['a', 1],
    ['b', 2],
  ])
  expect([...map.set('a', 3).set('c', 4)]).toEqual([
    ['a', 3],
    ['b', 2],
    ['c', 4],
  ])
  expect([...map.keys()]).toEqual(['a', 'b', 'c'])
  expect([...map.values()]).toEqual([3, 2, 4])
})

describe('a view', () => {
  const full = (): CowMap<number, { n: number }> =>
    new CowMap(Array.from({ length: 1000 }, (_, n) => [n, { n }] as const))

  test('is ended by a loop that is left', () => {
    const view = full().freeze()
    for (const [n] of view) if (n === 3) break
    expect(view.next()).toEqual({ done: true, value: undefined })
  })

  test('is ended by `release`, more than once if need be', () => {
    const map = full()
    const view = map.freeze()
    view.next()
    view.release()
    view.release()
    expect(view.next().done).toBe(true)
    map.set(5, { n: -5 })
    expect(map.get(5)).toEqual({ n: -5 })
  })

  test('shows what was cleared', () => {
    const map = full()
    const view = map.freeze()
    view.next()
    map.clear()
    map.set(0, { n: -1 })
    expect([...view]).toHaveLength(999)
    expect([...map]).toEqual([[0, { n: -1 }]])
  })

  /** Values that nobody but a view can hold: replaced or removed after it was made. */
  function abandoned(map: CowMap<number, { n: number }>): WeakRef<object>[] {
    const refs = Array.from({ length: 1000 }, (_, n) => new WeakRef(map.get(n)!))
    for (let n = 0; n < 1000; n++) {
      if (n % 2 === 0) map.set(n, { n: -n })
      else map.delete(n)
    }
    return refs
  }

  /** In a function of its own: its frame would hold the last entry. */
  function readOut(view: Iterable<unknown>): void {
    for (const _ of view);
  }

  const alive = (refs: WeakRef<object>[]): number => {
    collectGarbage()
    return refs.filter((ref) => ref.deref() !== undefined).length
  }

  /** What a `WeakRef` was asked for stays until the next turn. */
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('holds what it has yet to show, and gives all of it back when released', async () => {
    const map = full()
    const view = map.freeze()
    const refs = abandoned(map)
    await nextTurn()
    expect(alive(refs)).toBe(1000)
    view.release()
    await nextTurn()
    expect(alive(refs)).toBe(0)
    expect(view.next().done).toBe(true)
  })

  test('gives back what it has shown as it goes on', async () => {
    const map = full()
    const view = map.freeze()
    const refs = abandoned(map)
    for (let i = 0; i < 600; i++) view.next()
    await nextTurn()
    expect(alive(refs)).toBe(400)
    readOut(view)
    await nextTurn()
    expect(alive(refs)).toBe(0)
  })

  test('keeps nothing of what comes after it, or changes where it has been', async () => {
    const map = full()
    const view = map.freeze()
    for (let i = 0; i < 1000; i++) view.next()
    const refs = abandoned(map)
    map.set(5000, { n: 1 })
    refs.push(new WeakRef(map.get(5000)!))
    map.delete(5000)
    await nextTurn()
    expect(alive(refs)).toBe(0)
    expect(view.next().done).toBe(true)
  })
})
