import { expectTypeOf, test } from 'vitest'
import type { CallOptions, ValueDefinition, ValueHandle } from '../src/index.ts'

interface Queue
  extends ValueDefinition<
    { enqueue: (item: string, at?: number) => number; dequeue: () => string | undefined },
    { length: () => number }
  > {}

test('a handle has the methods of its definition, with the arguments and results of the caller', () => {
  type Handle = ValueHandle<Queue>
  expectTypeOf<Handle['enqueue']>().toEqualTypeOf<(item: string, at?: number) => Promise<number>>()
  expectTypeOf<Handle['dequeue']>().toEqualTypeOf<() => Promise<string | undefined>>()
  expectTypeOf<Handle['length']>().toEqualTypeOf<() => Promise<number>>()
  expectTypeOf<keyof Handle>().toEqualTypeOf<
    'enqueue' | 'dequeue' | 'length' | 'with' | 'watch' | 'watchQuery'
  >()
  expectTypeOf<ReturnType<Handle['with']>>().toEqualTypeOf<Handle>()
})

test("the platform's AbortSignal is what options take", () => {
  expectTypeOf<{ signal: AbortSignal }>().toExtend<CallOptions>()
  expectTypeOf<{ timeoutMs: undefined }>().toExtend<CallOptions>()
})
