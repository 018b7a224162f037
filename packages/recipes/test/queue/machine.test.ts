import type { AnyDefinition } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { queues } from '../../src/index.ts'
import type { TakenMessage } from '../../src/queue/message.ts'
import { MachineAlone } from '../machine-alone.ts'

class QueuesAlone extends MachineAlone {
  constructor() {
    super(queues as unknown as AnyDefinition)
  }

  push(...bodies: unknown[]): number[] {
    return this.command('push', 'q', bodies, 0) as number[]
  }

  take(max = 1, visibilityMs = 1000): TakenMessage[] {
    return this.command('take', 'q', visibilityMs, max) as TakenMessage[]
  }

  takenBodies(max = 1000): unknown[] {
    return this.take(max).map(({ body }) => body)
  }

  counts(): unknown {
    return this.query('counts', 'q')
  }
}

describe('order', () => {
  test('what was put in first is given first, and queues don’t know of each other', () => {
    const alone = new QueuesAlone()
    expect(alone.push('a', 'b')).toEqual([1, 2])
    expect(alone.command('push', 'other', ['x'], 0)).toEqual([3])
    alone.push('c')
    expect(alone.takenBodies(2)).toEqual(['a', 'b'])
    expect(alone.takenBodies(2)).toEqual(['c'])
    expect(alone.takenBodies(2)).toEqual([])
    expect(alone.query('names', 10, null)).toEqual(['other', 'q'])
    expect(alone.query('names', 10, 'other')).toEqual(['q'])
  })

  test('what was given back, whose visibility is over, or whose delay is, stands where it was put in', () => {
    const alone = new QueuesAlone()
    alone.command('push', 'q', ['delayed'], 500)
    alone.push('a', 'b', 'c')
    const [a, b] = alone.take(2, 400)
    alone.command('nack', 'q', b!.receipt, 0, '')
    expect(alone.takenBodies(1)).toEqual(['b'])
    alone.time = 400
    expect(a!.attempt).toBe(1)
    expect(alone.take(1)).toMatchObject([{ body: 'a', attempt: 2, receipt: { fence: alone.index } }])
    alone.time = 500
    expect(alone.takenBodies()).toEqual(['delayed', 'c'])
  })
})

describe('a receipt', () => {
  test('is good until the visibility is over, whether or not anybody has seen to that', () => {
    const alone = new QueuesAlone()
    alone.push('a', 'b')
    const [a, b] = alone.take(2, 1000)
    alone.time = 999
    expect(alone.command('ack', 'q', a!.receipt)).toBe(null)
    alone.time = 1000
    for (const [name, ...args] of [['ack'], ['nack', 0, ''], ['extend', 1000]])
      expect(alone.command(name as string, 'q', b!.receipt, ...args)).toBe('refused: stale-receipt')
    expect(alone.takenBodies()).toEqual(['b'])
    expect(alone.command('ack', 'q', b!.receipt)).toBe('refused: stale-receipt')
  })

  test('is of one message of one queue, once', () => {
    const alone = new QueuesAlone()
    alone.push('a', 'b')
    const [a, b] = alone.take(2)
    expect(alone.command('ack', 'other', a!.receipt)).toBe('refused: stale-receipt')
    expect(alone.command('ack', 'q', { id: a!.id, fence: a!.receipt.fence + 1 })).toBe(
      'refused: stale-receipt',
    )
    expect(alone.command('ack', 'q', a!.receipt)).toBe(null)
    expect(alone.command('ack', 'q', a!.receipt)).toBe('refused: stale-receipt')
    expect(alone.command('nack', 'q', b!.receipt, 10, 'later')).toBe('delayed')
    expect(alone.command('ack', 'q', b!.receipt)).toBe('refused: stale-receipt')
  })

  test('that is extended is good for longer, and never for less', () => {
    const alone = new QueuesAlone()
    alone.push('a')
    const [a] = alone.take(1, 1000)
    alone.time = 600
    expect(alone.command('extend', 'q', a!.receipt, 1000)).toBe(null)
    expect(alone.command('extend', 'q', a!.receipt, 1)).toBe(null)
    alone.time = 1599
    expect(alone.takenBodies()).toEqual([])
    expect(alone.command('ack', 'q', a!.receipt)).toBe(null)
  })
})

describe('dead letters', () => {
  test('are what was given too often, with the reason; they are listed, put back and removed', () => {
    const alone = new QueuesAlone()
    expect(alone.command('configure', 'q', { maxAttempts: 2 })).toMatchObject({
      maxAttempts: 2,
      maxMessages: 100_000,
    })
    alone.push('a', 'b', 'c')
    const standings = [1, 2].flatMap(() =>
      alone.take(2).map(({ receipt }) => alone.command('nack', 'q', receipt, 0, `no ${receipt.id}`)),
    )
    expect(standings).toEqual(['ready', 'ready', 'dead', 'dead'])
    alone.take(1, 100)
    alone.time = 100
    alone.take(1, 100)
    alone.time = 200
    alone.command('settle')
    expect(alone.query('deadLetters', 'q', 2, 0)).toEqual([
      { id: 1, body: 'a', attempts: 2, reason: 'no 1' },
      { id: 2, body: 'b', attempts: 2, reason: 'no 2' },
    ])
    expect(alone.query('deadLetters', 'q', 2, 2)).toEqual([
      { id: 3, body: 'c', attempts: 2, reason: 'timeout' },
    ])
    expect(alone.command('redrive', 'q', [2, 2, 77])).toEqual([2])
    expect(alone.take(5)).toMatchObject([{ id: 2, attempt: 1 }])
    expect(alone.command('remove', 'q', [1, 2])).toEqual([1])
    expect(alone.command('purge', 'q', 'dead', null)).toEqual({ removed: 1, upTo: 3, isMore: false })
    expect(alone.counts()).toEqual({ ready: 0, delayed: 0, taken: 1, dead: 0, bytes: 9 })
  })

  test('all of a queue is removed in steps, and not what has come since', () => {
    const alone = new QueuesAlone()
    for (let i = 0; i < 3; i++) alone.push(...Array.from({ length: 500 }, (_, at) => at))
    alone.take(700)
    const { isMore, removed, upTo } = alone.command('purge', 'q', 'all', null) as Record<string, unknown>
    expect([removed, isMore, upTo]).toEqual([1000, true, 1500])
    alone.push('new')
    expect(alone.command('purge', 'q', 'all', 1500)).toEqual({ removed: 500, upTo: 1500, isMore: false })
    expect(alone.counts()).toMatchObject({ ready: 1, taken: 0 })
  })
})

describe('bounds', () => {
  test('messages: those with workers and dead letters count; a push is done whole or not at all', () => {
    const alone = new QueuesAlone()
    alone.command('configure', 'q', { maxMessages: 3 })
    alone.push('a', 'b')
    alone.take(1)
    expect(alone.push('c', 'd')).toBe('refused: full')
    expect(alone.push('c')).toEqual([3])
    expect(alone.push('d')).toBe('refused: full')
    expect(alone.counts()).toMatchObject({ ready: 2, taken: 1 })
    // As full as it is, it gives.
    expect(alone.takenBodies()).toEqual(['b', 'c'])
  })

  test('bytes of texts, of bytes and of what holds them', () => {
    const alone = new QueuesAlone()
    alone.command('configure', 'q', { maxBytes: 103 })
    expect(alone.push('x'.repeat(96))).toBe('refused: full')
    alone.push(new Uint8Array(20))
    expect(alone.counts()).toMatchObject({ bytes: 28 })
    alone.push({ a: ['b', 1] })
    expect(alone.counts()).toMatchObject({ bytes: 70 })
    alone.push(new Map([['a', new Set([null])]]))
    expect(alone.counts()).toMatchObject({ bytes: 103 })
  })

  test('a take of large messages gives less than it was asked for, and one at least', () => {
    const alone = new QueuesAlone()
    for (let i = 0; i < 4; i++) alone.push(new Uint8Array(600 * 1024))
    expect(alone.take(10)).toHaveLength(2)
    expect(alone.take(10)).toHaveLength(2)
  })

  test('an empty queue is forgotten, unless it has limits of its own', () => {
    const alone = new QueuesAlone()
    const empty = [...alone.chunks()]
    alone.push('a')
    alone.command('ack', 'q', alone.take()[0]!.receipt)
    expect(alone.query('names', 10, null)).toEqual([])
    alone.command('configure', 'q', { maxAttempts: 9 })
    expect(alone.query('limits', 'q')).toMatchObject({ maxAttempts: 9 })
    expect(alone.query('names', 10, null)).toEqual(['q'])
    alone.command('configure', 'q', {})
    expect(alone.query('names', 10, null)).toEqual([])
    expect([...alone.chunks()]).toHaveLength(empty.length)
  })

  test('so many queues, and no more', () => {
    const alone = new QueuesAlone()
    for (let i = 0; i < 10_000; i++) alone.command('push', `q${i}`, [i], 0)
    expect(alone.command('push', 'one more', ['x'], 0)).toBe('refused: full')
    expect(alone.command('configure', 'one more', {})).toBe('refused: full')
    expect(alone.command('push', 'q1', ['x'], 0)).toEqual([10_001])
  })

  test('where very many are due at once, each command sees to some, and the deadline stays', () => {
    const alone = new QueuesAlone()
    for (let i = 0; i < 3; i++) alone.command('push', 'q', Array(900).fill(i), 10)
    expect(alone.deadline).toBe(10)
    alone.time = 10
    expect(alone.command('settle')).toBe(1000)
    expect(alone.counts()).toMatchObject({ ready: 1000, delayed: 1700 })
    expect(alone.deadline).toBe(10)
    expect([1, 2].map(() => alone.command('settle'))).toEqual([1000, 700])
    expect(alone.deadline).toBe(null)
  })
})

test('arrivals: another one whenever something has become ready, 0 while nothing is', () => {
  const alone = new QueuesAlone()
  const arrival = (): unknown => alone.query('arrival', 'q')
  expect(arrival()).toBe(0)
  alone.push('a')
  expect(arrival()).toBe(1)
  alone.push('b')
  expect(arrival()).toBe(2)
  alone.take(2, 100)
  expect(arrival()).toBe(0)
  alone.time = 100
  alone.command('settle')
  expect(arrival()).toBe(4)
})

test('what is no argument is refused, and changes nothing', async () => {
  const alone = new QueuesAlone()
  alone.push('a')
  const [{ receipt }] = alone.take() as [TakenMessage]
  const names = [undefined, null, 1, '', 'x'.repeat(201), {}, ['q']]
  const numbers = [undefined, null, '1', Number.NaN, -1, Number.POSITIVE_INFINITY, 1e15, {}]
  const many = [undefined, null, 'a', [], Array(1001).fill(1), { length: 1 }]
  const receipts = [undefined, null, 1, 'a', {}, { id: 1 }, { id: '1', fence: 2 }, [], { id: 1, fence: 0.5 }]
  const calls: unknown[][] = [
    ...names.flatMap((name) => [
      ['push', name, ['a'], 0],
      ['take', name, 1000, 1],
      ['ack', name, receipt],
      ['nack', name, receipt, 0, ''],
      ['extend', name, receipt, 1],
      ['configure', name, {}],
      ['redrive', name, [1]],
      ['remove', name, [1]],
      ['purge', name, 'dead', null],
    ]),
    ...numbers.flatMap((number) => [
      ['push', 'q', ['a'], number],
      ['take', 'q', number, 1],
      ['take', 'q', 1000, number],
      ['nack', 'q', receipt, number, ''],
      ['extend', 'q', receipt, number],
      ...(number === undefined || number === null ? [] : [['configure', 'q', { maxBytes: number }]]),
      ...(number === 1e15
        ? []
        : [
            ['redrive', 'q', [number]],
            ['remove', 'q', [number]],
          ]),
      ...(number === null || number === 1e15 ? [] : [['purge', 'q', 'dead', number]]),
    ]),
    ...many.flatMap((all) => [
      ['push', 'q', all, 0],
      ['redrive', 'q', all],
      ['remove', 'q', all],
    ]),
    ...receipts.flatMap((one) => [
      ['ack', 'q', one],
      ['nack', 'q', one, 0, ''],
      ['extend', 'q', one, 1],
    ]),
    ['nack', 'q', receipt, 0, 7],
    ['configure', 'q', null],
    ['configure', 'q', 'maxBytes'],
    ['configure', 'q', { maxAttempts: 0 }],
    ['purge', 'q', 'some', null],
    ['take', 'q', 0, 1],
    ['take', 'q', 1000, 0],
    ['take', 'q', 1000, 1001],
  ]
  const before = [...alone.chunks()]
  for (const [name, ...args] of calls)
    expect(alone.command(name as string, ...args), JSON.stringify([name, ...args])).toBe(
      'refused: invalid-argument',
    )
  expect([...alone.chunks()]).toEqual(before)
})
