import { expectTypeOf, test } from 'vitest'
import { CowMap, defineValue, type ValueHandle } from '../src/index.ts'

const queue = defineValue({
  init: () => [] as readonly string[],
  commands: { enqueue: (q, item: string) => [q.length, [...q, item]], dequeue: (q) => [q[0], q.slice(1)] },
  queries: { length: (q) => q.length },
})

test('a definition is read back as its author wrote it', () => {
  type Handle = ValueHandle<typeof queue>
  expectTypeOf<Handle['enqueue']>().toEqualTypeOf<(item: string) => Promise<number>>()
  expectTypeOf<Handle['dequeue']>().toEqualTypeOf<() => Promise<string | undefined>>()
  expectTypeOf<Handle['length']>().toEqualTypeOf<() => Promise<number>>()
  expectTypeOf<keyof Handle>().toEqualTypeOf<
    'enqueue' | 'dequeue' | 'length' | 'with' | 'watch' | 'watchQuery'
  >()
})

test('wrong arguments, and operations that are not there, are type errors', () => {
  const calls = (handle: ValueHandle<typeof queue>): unknown[] => [
    // @ts-expect-error an item is a string
    handle.enqueue(1),
    // @ts-expect-error an item is missing
    handle.enqueue(),
    // @ts-expect-error dequeue takes nothing
    handle.dequeue('a'),
    // @ts-expect-error no such operation
    handle.clear(),
    // @ts-expect-error no such option
    handle.with({ timeout: 1 }),
  ]
  expectTypeOf(calls).toBeFunction()
})

test('optional, default and rest arguments stay what they are', () => {
  const counter = defineValue({
    init: () => 0,
    commands: {
      add: (n, by: number, unit: 'one' | 'dozen' = 'one') => [null, n + by * (unit === 'one' ? 1 : 12)],
      addAll: (n, ...all: number[]) => [null, all.reduce((sum, one) => sum + one, n)],
    },
    queries: { above: (n, limit?: number) => n > (limit ?? 0) },
  })
  type Handle = ValueHandle<typeof counter>
  expectTypeOf<Handle['add']>().toEqualTypeOf<(by: number, unit?: 'one' | 'dozen') => Promise<null>>()
  expectTypeOf<Handle['addAll']>().toEqualTypeOf<(...all: number[]) => Promise<null>>()
  expectTypeOf<Handle['above']>().toEqualTypeOf<(limit?: number) => Promise<boolean>>()
})

test('operations may be functions of their own, and methods that use the context', () => {
  interface Locks {
    readonly until: number
  }
  const none: Locks = { until: 0 }
  const release = (_: Locks): [boolean, Locks] => [true, none]
  const locks = defineValue({
    init: () => none,
    commands: {
      release,
      acquire(lock, forMs: number) {
        expectTypeOf(this.time).toEqualTypeOf<number>()
        return [lock.until <= this.time, { until: this.time + forMs }]
      },
    },
    queries: { until: ({ until }: Locks) => until },
    deadline: (lock) => lock.until,
  })
  type Handle = ValueHandle<typeof locks>
  expectTypeOf<Handle['acquire']>().toEqualTypeOf<(forMs: number) => Promise<boolean>>()
  expectTypeOf<Handle['release']>().toEqualTypeOf<() => Promise<boolean>>()
})

test('an in-place definition is told from a pure one', () => {
  const scores = defineValue({
    create: () => ({ byName: new CowMap<string, number>() }),
    commands: {
      put: (state, name: string, score: number) => {
        const before = state.byName.get(name)
        state.byName.set(name, score)
        return before ?? null
      },
    },
    queries: { get: (state, name: string) => state.byName.get(name) },
    snapshot: (state) => state.byName.freeze(),
    restore: (state, [name, score]) => {
      expectTypeOf(name).toEqualTypeOf<string>()
      expectTypeOf(score).toEqualTypeOf<number>()
      state.byName.set(name, score)
    },
  })
  type Handle = ValueHandle<typeof scores>
  expectTypeOf<Handle['put']>().toEqualTypeOf<(name: string, score: number) => Promise<number | null>>()
  expectTypeOf<Handle['get']>().toEqualTypeOf<(name: string) => Promise<number | undefined>>()
})

test('what is no definition is a type error', () => {
  const wrong = [
    () =>
      defineValue({
        init: () => 0,
        commands: {
          // @ts-expect-error reserved
          with: (n, by: number) => [null, n + by],
        },
        queries: {},
      }),
    () =>
      defineValue({
        init: () => 0,
        commands: {},
        queries: {
          // @ts-expect-error reserved
          watch: (n) => n,
        },
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error a pure command returns [result, next value]
        commands: { add: (n, by: number) => n + by },
        queries: {},
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error the next value must be one
        commands: { add: (n, by: number) => [n + by, `${n}`] },
        queries: {},
      }),
    () =>
      defineValue({
        // @ts-expect-error what restores an item is given the state it goes into, and makes none
        create: () => new Map<string, number>(),
        commands: {},
        queries: {},
        restore: (item: number) => new Map<string, number>([['a', item]]),
        snapshot: (state: Map<string, number>) => state,
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error one way or the other
        create: () => 0,
        commands: {},
        queries: {},
      }),
  ]
  expectTypeOf(wrong).toBeArray()
})
