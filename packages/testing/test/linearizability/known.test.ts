/** Histories of which everybody can see whether they are linearizable. */
import { describe, expect, test } from 'vitest'
import { checkLinearizable, type Operation, type SequentialModel } from '../../src/index.ts'
import { call, cas, read, write } from './calls.ts'
import { hasOrder } from './every-order.ts'
import {
  type CounterInput,
  counter,
  type Keyed,
  keyed,
  type ListInput,
  list,
  type QueueInput,
  queue,
  register,
  type SetInput,
  set,
  unkeyed,
} from './models.ts'

/** The places of the operations that contradict each other; empty for a linearizable history. */
function contradiction<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): readonly number[] {
  const verdict = checkLinearizable(model, operations)
  expect(verdict.linearizable).toBe(hasOrder(model, operations))
  if (verdict.linearizable !== false) return []
  const contradicting = verdict.counterExample.operations.filter(({ contradicts }) => contradicts)
  return contradicting.map(({ index }) => index)
}

const inRegister = (
  ...calls: Parameters<typeof contradiction<number, never, never>>[1] | readonly unknown[]
) => contradiction(register, calls as ReturnType<typeof write>[])

describe('a register: linearizable is', () => {
  test.each([
    ['nothing at all', []],
    ['one after the other', [write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7)]],
    ['a read during a write that sees it', [write(1, 0, 10), read(1, 1, 2), read(1, 3, 4)]],
    ['a read during a write that does not see it', [write(1, 0, 10), read(0, 1, 2), read(1, 3, 4)]],
    [
      'writes in the other order than that of their calls',
      [write(1, 0, 10), write(2, 1, 10), read(1, 11, 12)],
    ],
    [
      'writes of the same value, of which the later is needed',
      [write(3, 0, 9), write(3, 0, 1), write(1, 2, 3), read(3, 4, 5)],
    ],
    ['what is called at the moment of an answer', [write(1, 0, 5), read(0, 5, 6)]],
    ['an unknown write that is never seen', [write(1, 0), read(0, 5, 6)]],
    ['an unknown write that is seen late', [write(1, 0), read(0, 5, 6), write(2, 7, 8), read(1, 9, 10)]],
    ['an unknown write before another one', [write(1, 0), write(2, 0), read(1, 1, 2), read(2, 3, 4)]],
    ['compare-and-set that finds what it wants', [write(1, 0, 1), cas([1, 2], true, 2, 3), read(2, 4, 5)]],
    ['compare-and-set that comes too late', [write(1, 0, 1), cas([0, 2], false, 2, 3), read(1, 4, 5)]],
    [
      'the order of compare-and-sets, whatever that of the calls',
      [cas([1, 2], true, 0, 9), cas([0, 1], true, 0, 9)],
    ],
  ])('%s', (_, calls) => {
    expect(inRegister(...calls)).toEqual([])
  })
})

describe('a register: not linearizable is', () => {
  test.each<[string, ReturnType<typeof write>[], number[]]>([
    ['a stale read', [write(1, 0, 1), write(2, 2, 3), read(2, 4, 5), read(1, 6, 7)], [0, 1, 3]],
    ['a lost write', [write(1, 0, 1), read(0, 2, 3)], [0, 1]],
    ['time that runs backwards', [write(1, 0, 10), read(1, 1, 2), read(0, 3, 4)], [1, 2]],
    ['a value from nowhere', [write(1, 0, 1), read(7, 2, 3)], [1]],
    ['a value from the future', [read(1, 0, 1), write(1, 2, 3)], [0]],
    ['an unknown write that vanishes again', [write(1, 0), read(1, 1, 2), read(0, 3, 4)], [1, 2]],
    [
      'an unknown write that happens twice',
      [write(1, 0), read(1, 1, 2), write(2, 3, 4), read(2, 5, 6), read(1, 7, 8)],
      [1, 2, 4],
    ],
    [
      'two that see two writes in different orders',
      [write(1, 0, 9), write(2, 0, 9), read(1, 1, 2), read(2, 3, 4), read(1, 5, 6)],
      [2, 3, 4],
    ],
    ['a lost update', [cas([0, 1], true, 0, 5), cas([0, 2], true, 1, 6)], [0, 1]],
    ['compare-and-set that refuses what it wants', [write(1, 0, 1), cas([1, 2], false, 2, 3)], [0, 1]],
  ])('%s', (_, calls, contradicting) => {
    expect(inRegister(...calls)).toEqual(contradicting)
  })
})

describe('a queue', () => {
  const enqueue = (item: number, from: number, until?: number, size = 1) =>
    call<QueueInput, number | null>(
      { op: 'enqueue', item },
      until === undefined ? [from] : [from, until, size],
    )
  const dequeue = (item: number | null, from: number, until: number) =>
    call<QueueInput, number | null>({ op: 'dequeue' }, [from, until, item])
  const inQueue = (...calls: ReturnType<typeof enqueue>[]) => contradiction(queue.model, calls)

  test('gives what came first, and an unknown item or not', () => {
    expect(inQueue(enqueue(1, 0, 1), enqueue(2, 2, 3, 2), dequeue(1, 4, 5), dequeue(2, 6, 7))).toEqual([])
    expect(inQueue(enqueue(1, 0), enqueue(2, 2, 3), dequeue(2, 4, 5), dequeue(1, 6, 7))).toEqual([])
    expect(inQueue(enqueue(1, 0), dequeue(null, 4, 5), dequeue(null, 6, 7))).toEqual([])
  })

  test('does not give in another order, twice, or nothing where there is something', () => {
    expect(inQueue(enqueue(1, 0, 1), enqueue(2, 2, 3, 2), dequeue(2, 4, 5))).toEqual([1, 2])
    expect(inQueue(enqueue(1, 0, 1), dequeue(1, 2, 3), dequeue(1, 4, 5))).toEqual([1, 2])
    expect(inQueue(enqueue(1, 0, 1), dequeue(null, 2, 3))).toEqual([0, 1])
    expect(inQueue(enqueue(1, 0), dequeue(1, 2, 3), dequeue(1, 4, 5))).toEqual([1, 2])
  })
})

describe('a list', () => {
  const append = (item: number, from: number, until?: number) =>
    call<ListInput, readonly number[] | null>(
      { op: 'append', item },
      until === undefined ? [from] : [from, until, null],
    )
  const listed = (items: readonly number[], from: number, until: number) =>
    call<ListInput, readonly number[] | null>({ op: 'list' }, [from, until, items])
  const inList = (...calls: ReturnType<typeof append>[]) => contradiction(list.model, calls)

  test('shows an unknown item before or behind what followed, but not both', () => {
    expect(inList(append(1, 0), append(2, 1, 2), listed([1, 2], 3, 4))).toEqual([])
    expect(inList(append(1, 0), append(2, 1, 2), listed([2], 3, 4), listed([2, 1], 5, 6))).toEqual([])
    expect(inList(append(1, 0), append(2, 1, 2), listed([1, 2], 3, 4), listed([2, 1], 5, 6))).toEqual([2, 3])
  })
})

describe('a set', () => {
  const inSet = (...calls: Operation<SetInput, boolean>[]) => contradiction(set.model, calls)
  const one = (op: SetInput['op'], was: boolean, from: number, until: number) =>
    call<SetInput, boolean>({ op, item: 1 }, [from, until, was])

  test('of two that add the same, one is the first', () => {
    expect(inSet(one('add', false, 0, 5), one('add', true, 0, 4), one('has', true, 6, 7))).toEqual([])
    expect(inSet(one('add', false, 0, 5), one('add', false, 0, 4))).toEqual([0, 1])
  })

  test('what was removed is gone', () => {
    expect(inSet(one('add', false, 0, 1), one('remove', true, 2, 3), one('has', true, 4, 5))).toEqual([1, 2])
  })
})

describe('a counter', () => {
  const add = (become: number, from: number, until: number) =>
    call<CounterInput, number>({ op: 'add', by: 1 }, [from, until, become])
  const unknown = (from: number) => call<CounterInput, number>({ op: 'add', by: 1 }, [from])
  const inCounter = (...calls: ReturnType<typeof add>[]) => contradiction(counter.model, calls)

  test('counts each once, and unknown ones once or not at all', () => {
    expect(inCounter(add(2, 0, 5), add(1, 1, 6), add(3, 7, 8))).toEqual([])
    expect(inCounter(unknown(0), unknown(0), add(3, 1, 2), add(4, 3, 4))).toEqual([])
  })

  test('does not count one twice, nor lose one', () => {
    expect(inCounter(add(1, 0, 1), add(3, 2, 3))).toEqual([1])
    expect(inCounter(unknown(0), add(3, 1, 2))).toEqual([1])
    expect(inCounter(add(1, 0, 1), add(1, 2, 3))).toEqual([0, 1])
  })
})

describe('keys', () => {
  const at = (key: string, operation: ReturnType<typeof write>) => ({
    ...operation,
    input: { ...operation.input, key },
  })

  test('are checked apart: what is wrong with one says which, and the others do not matter', () => {
    const good = [
      at('x', write(1, 0, 1)),
      at('y', write(2, 0, 5)),
      at('x', read(1, 2, 3)),
      at('y', read(2, 2, 3)),
    ]
    expect(checkLinearizable(keyed.model, good).linearizable).toBe(true)
    const bad = [...good, at('y', read(0, 4, 5))]
    expect(hasOrder(unkeyed, bad)).toBe(false)
    const verdict = checkLinearizable(keyed.model, bad)
    if (verdict.linearizable !== false) throw new Error('not noticed')
    expect(verdict.counterExample.key).toBe('y')
    expect(verdict.counterExample.operations.map(({ index }) => index)).toEqual([1, 3, 4])
  })

  test('never make a verdict another one', () => {
    const calls: Operation<Keyed, number | boolean | null>[] = [
      at('x', write(1, 0, 1)),
      at('y', read(1, 2, 3)),
    ]
    expect(hasOrder(unkeyed, calls)).toBe(false)
    expect(checkLinearizable(keyed.model, calls).linearizable).toBe(false)
    expect(checkLinearizable(unkeyed, calls).linearizable).toBe(false)
  })
})
