/** Operations with more said of them: what their functions and their callers get follows from the schemas, without a cast. */
import { expectTypeOf, test } from 'vitest'
import {
  type CommandCallsOf,
  CommandError,
  CowMap,
  defineValue,
  type StandardSchema,
  type ValueHandle,
} from '../src/index.ts'

// Types alone: nothing here is validated.
const text = {} as StandardSchema<string>
const count = {} as StandardSchema<string, number>
const limit = {} as StandardSchema<number | undefined, number>

const define = () =>
  defineValue({
    version: 2,
    oldestVersion: 1,
    init: () => [] as readonly string[],
    commands: {
      enqueue: {
        input: text,
        run: (q, item) => {
          expectTypeOf(q).toEqualTypeOf<readonly string[]>()
          expectTypeOf(item).toEqualTypeOf<string>()
          return [q.length, [...q, item]]
        },
      },
      fill: {
        input: [text, count, limit],
        run(q, item, times, most) {
          expectTypeOf(this.time).toEqualTypeOf<number>()
          expectTypeOf(item).toEqualTypeOf<string>()
          expectTypeOf(times).toEqualTypeOf<number>()
          expectTypeOf(most).toEqualTypeOf<number>()
          return [null, [...q, ...new Array<string>(Math.min(times, most)).fill(item)]]
        },
      },
      drop: { since: 2, run: (q, howMany: number) => [q.slice(0, howMany), q.slice(howMany)] },
      take: {
        since: 2,
        input: text,
        run: (q, item) => {
          if (!q.includes(item)) throw new CommandError('not-there', 'It is not there.')
          return [item, q.filter((other) => other !== item)]
        },
      },
      dequeue: (q) => [q[0], q.slice(1)],
    },
    queries: {
      length: (q) => q.length,
      at: { input: count, run: (q, place) => q[place] },
    },
  })

test('a handle takes what the schemas take, and the function gets what they make of it', () => {
  type Handle = ValueHandle<ReturnType<typeof define>>
  expectTypeOf<Handle['enqueue']>().toEqualTypeOf<(item: string) => Promise<number>>()
  expectTypeOf<Handle['take']>().toEqualTypeOf<(item: string) => Promise<string>>()
  expectTypeOf<Handle['at']>().toEqualTypeOf<(place: string) => Promise<string | undefined>>()
  expectTypeOf<Handle['dequeue']>().toEqualTypeOf<() => Promise<string | undefined>>()
  expectTypeOf<Handle['drop']>().toEqualTypeOf<(howMany: number) => Promise<string[]>>()
})

test('what may be undefined may be left out, at the end', () => {
  type Handle = ValueHandle<ReturnType<typeof define>>
  expectTypeOf<Handle['fill']>().toEqualTypeOf<
    (item: string, times: string, most?: number | undefined) => Promise<null>
  >()
  const between = () =>
    defineValue({
      init: () => 0,
      commands: { add: { input: [limit, text], run: (n) => [null, n] } },
      queries: {},
    })
  expectTypeOf<ValueHandle<ReturnType<typeof between>>['add']>().toEqualTypeOf<
    (most: number | undefined, item: string) => Promise<null>
  >()
})

test('a watcher is told what the function got', () => {
  type Definition = ReturnType<typeof define>
  type Told = Extract<CommandCallsOf<Definition>, readonly ['fill', ...unknown[]]>
  expectTypeOf<Told>().toEqualTypeOf<readonly [name: 'fill', item: string, times: number, most: number]>()
})

test('the same for a state that is changed in place', () => {
  const stock = () =>
    defineValue({
      create: () => new CowMap<string, number>(),
      commands: {
        put: {
          input: [text, count],
          run: (items, name, left) => {
            expectTypeOf(items).toEqualTypeOf<CowMap<string, number>>()
            expectTypeOf(left).toEqualTypeOf<number>()
            return items.set(name, left).size
          },
        },
        remove: (items, name: string) => items.delete(name),
      },
      queries: { left: { input: text, run: (items, name) => items.get(name) } },
    })
  type Handle = ValueHandle<ReturnType<typeof stock>>
  expectTypeOf<Handle['put']>().toEqualTypeOf<(name: string, left: string) => Promise<number>>()
  expectTypeOf<Handle['remove']>().toEqualTypeOf<(name: string) => Promise<boolean>>()
  expectTypeOf<Handle['left']>().toEqualTypeOf<(name: string) => Promise<number | undefined>>()
})

test('what is wrong is a type error where it stands', () => {
  const wrong = [
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error the next value is a number
        commands: { set: { input: text, run: (_, next) => [null, next] } },
        queries: {},
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error no schema
        commands: { add: { input: 5, run: (n) => [null, n] } },
        queries: {},
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error a version is a number
        commands: { add: { since: '2', run: (n) => [null, n] } },
        queries: {},
      }),
    () =>
      defineValue({
        init: () => 0,
        commands: {},
        // @ts-expect-error a query has no version: what it answers is of its host alone
        queries: { get: { since: 2, input: text, run: (n) => n } },
      }),
    () =>
      defineValue({
        init: () => 0,
        // @ts-expect-error reserved, in this form as well
        commands: { with: { input: text, run: (n) => [null, n] } },
        queries: {},
      }),
    (queue: ValueHandle<ReturnType<typeof define>>) => [
      // @ts-expect-error an item is a string
      queue.enqueue(1),
      // @ts-expect-error an item is missing
      queue.enqueue(),
      // @ts-expect-error one too many
      queue.at('1', '2'),
    ],
  ]
  expectTypeOf(wrong).toBeArray()
})
