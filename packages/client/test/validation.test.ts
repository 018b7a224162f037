/** What callers give is validated by the schemas of the definition before anything is sent (F94u). */
import { type CallOptions, defineValue, type StandardResult, type StandardSchema } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { located, said } from './scripted-link.ts'
import { leaderAt, setting, watched } from './setting.ts'

function ready() {
  const set = setting()
  set.link.script = leaderAt('a')
  const sent = (kind: 'command' | 'query' = 'command'): unknown[] =>
    set.link.requests(kind).map(({ request }) => said(request))
  return { ...set, sent }
}

const refused = (message: RegExp) => ({
  code: 'invalid-argument',
  outcome: 'not-applied',
  message: expect.stringMatching(message),
})

type Validate = (value: unknown) => StandardResult<string> | Promise<StandardResult<string>>
const by = (validate: Validate): StandardSchema<string> => ({
  '~standard': { version: 1, vendor: 'test', validate },
})

/** A value with one command and one query, both with this schema. */
const withSchema = (schema: StandardSchema<string>) =>
  defineValue({
    init: () => '',
    commands: { put: { input: schema, run: (_, text) => [null, text] }, plain: (text) => [null, text] },
    queries: { same: { input: schema, run: (held, text) => held === text } },
  })

describe('by zod', () => {
  const jobs = defineValue({
    init: () => [] as readonly { name: string; due: number }[],
    commands: {
      add: {
        input: z.object({
          name: z.string().min(1),
          due: z.coerce.number<string>(),
          tags: z.array(z.string()).default([]),
        }),
        run: (all, job) => {
          expectTypeOf(job).toEqualTypeOf<{ name: string; due: number; tags: string[] }>()
          return [all.length, [...all, job]]
        },
      },
      rename: {
        input: [z.int(), z.string().trim(), z.boolean().optional()],
        run: (all, at, name) => [name, all.map((job, i) => (i === at ? { ...job, name } : job))],
      },
    },
    queries: { job: { input: z.int().nonnegative(), run: (all, at) => all[at] ?? null } },
  })

  test('what it makes of the arguments is sent', async () => {
    const { client, sent } = ready()
    const value = client.value('jobs', jobs)
    expectTypeOf(value.add).parameters.toEqualTypeOf<
      [{ name: string; due: string; tags?: string[] | undefined }]
    >()
    expectTypeOf(value.rename).parameters.toEqualTypeOf<
      [at: number, name: string, shout?: boolean | undefined]
    >()
    expectTypeOf(value.add).returns.toEqualTypeOf<Promise<number>>()
    await value.add({ name: 'sweep', due: '17' })
    await value.rename(0, ' mop ')
    await value.job(0)
    expect(sent()).toEqual([
      ['add', { name: 'sweep', due: 17, tags: [] }],
      ['rename', 0, 'mop', undefined],
    ])
    expect(sent('query')).toEqual([['job', 0]])
  })

  test('what it refuses is not sent, and the error says where and why', async () => {
    const { client, link } = ready()
    const value = client.value('jobs', jobs)
    const wrong = { name: '', due: '17', tags: ['a', 5] } as never
    const error = await value.add(wrong).catch((reason: unknown) => reason)
    expect(error).toMatchObject(
      refused(
        /^add of "jobs" is refused before it is sent: args\[0\]\.name: Too small.*; args\[0\]\.tags\[1\]: Invalid/,
      ),
    )
    expect(error).toMatchObject({
      details: { issues: [{ path: [0, 'name'] }, { path: [0, 'tags', 1] }] },
    })
    await expect(value.rename(0.5, 'x')).rejects.toMatchObject(refused(/args\[0\]: /))
    await expect(value.job(-1)).rejects.toMatchObject(refused(/^job of "jobs"/))
    expect(link.sent).toEqual([])
  })
})

describe('by valibot', () => {
  const stock = defineValue({
    init: () => 0,
    commands: {
      put: {
        input: [v.pipe(v.string(), v.minLength(2)), v.optional(v.number(), 1)],
        run: (left, name, count) => {
          expectTypeOf(count).toEqualTypeOf<number>()
          return [name, left + count]
        },
      },
    },
    queries: {},
  })

  test('the same', async () => {
    const { client, sent } = ready()
    const value = client.value('stock', stock)
    expectTypeOf(value.put).parameters.toEqualTypeOf<[name: string, count?: number | undefined]>()
    await value.put('nuts')
    await expect(value.put('x', 'y' as never)).rejects.toMatchObject({
      ...refused(/args\[0\]: Invalid length.*; args\[1\]: Invalid type/),
      details: { issues: [{ path: [0] }, { path: [1] }] },
    })
    expect(sent()).toEqual([['put', 'nuts', 1]])
  })
})

describe('a validator that takes its time', () => {
  function slow() {
    const waiting: ((result: StandardResult<string>) => void)[] = []
    const set = ready()
    const value = set.client.value(
      'queue',
      withSchema(by(() => new Promise((resolve) => waiting.push(resolve)))),
    )
    return { ...set, value, answer: (result: StandardResult<string>) => waiting.shift()!(result) }
  }

  test('is waited for', async () => {
    const { value, answer, sent, link } = slow()
    const put = value.put('a')
    const query = value.same('b')
    expect(link.sent).toEqual([])
    answer({ value: 'A' })
    answer({ value: 'B' })
    expect([await put, await query]).toEqual([
      ['put', 'A'],
      ['same', 'B'],
    ])
    expect(sent()).toEqual([['put', 'A']])
  })

  test('does not hold up the commands behind it', async () => {
    const { value, answer, sent } = slow()
    const put = value.put('a')
    await value.plain()
    answer({ value: 'A' })
    await put
    expect(sent()).toEqual([['plain'], ['put', 'A']])
  })

  test('its refusal is told the same way', async () => {
    const { value, answer, link } = slow()
    const put = watched(value.put('a'))
    answer({ issues: [{ message: 'taken', path: [{ key: 'name' }, 0] }] })
    await expect(put.promise).rejects.toMatchObject(refused(/args\[0\]\.name\[0\]: taken$/))
    expect(link.sent).toEqual([])
  })

  test.each(['put', 'same'] as const)('is part of the time that the call %s may take', async (name) => {
    const { clock, value, answer, link } = slow()
    const call = watched(value.with({ timeoutMs: 50 })[name]('a'))
    await clock.advance(49)
    expect(call.state).toBe('waits')
    await clock.advance(1)
    expect(call.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
    // Too late: nobody waits for it, and nothing is sent.
    answer({ value: 'A' })
    await clock.advance(1)
    expect(link.sent).toEqual([])
  })

  test('leaves what it did not take of that time to the command', async () => {
    const { clock, value, answer, link } = slow()
    link.script = () => 'hold'
    const call = watched(value.with({ timeoutMs: 50 }).put('a'))
    await clock.advance(40)
    answer({ value: 'A' })
    await clock.advance(9)
    expect(link.sent.length).toBeGreaterThan(0)
    expect(call.state).toBe('waits')
    await clock.advance(1)
    expect(call.error).toMatchObject({ code: 'timeout', message: expect.stringContaining('within') })
  })

  test('does not outlive the signal, nor the client', async () => {
    const { clock, client, value, link } = slow()
    const control = new AbortController()
    const aborted = watched(value.with({ signal: control.signal }).put('a'))
    const closed = [watched(value.put('a')), watched(value.same('a'))]
    control.abort()
    await clock.advance(1)
    expect(aborted.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
    await client.close()
    await clock.advance(1)
    for (const call of closed) expect(call.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
    expect(link.sent).toEqual([])
  })

  test('so many at a time may be waited for, and no more', async () => {
    const { clock, client, value } = slow()
    const calls = Array.from({ length: 16_385 }, () => watched(value.put('a')))
    await clock.advance(1)
    expect(calls.at(-1)!.error).toMatchObject({ code: 'overloaded', outcome: 'not-applied' })
    expect(calls.filter(({ state }) => state === 'waits')).toHaveLength(16_384)
    await client.close()
    await clock.advance(1)
    expect(calls.every(({ state }) => state === 'rejected')).toBe(true)
  })
})

describe('a validator that does not keep to its interface', () => {
  const broken: [string, Validate, RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('bug')
      },
      /^The validator of args\[0\] of put of "queue" failed/,
    ],
    ['rejects', () => Promise.reject(new Error('bug')), /^A validator of put of "queue" failed/],
    ['gives nothing', () => undefined as never, /args\[0\] of put of "queue" gave no result/],
    ['gives nothing later', async () => null as never, /failed|gave no result/],
    ['refuses without an issue', () => ({ issues: [] }), /args\[0\]: It is refused\.$/],
  ]
  test.each(broken)('and %s', async (_, validate, message) => {
    const { client, link } = ready()
    const value = client.value('queue', withSchema(by(validate)))
    await expect(value.put('a')).rejects.toMatchObject(refused(message))
    await expect(value.same('a')).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(link.sent).toEqual([])
  })

  test('one that rejects behind one that has thrown is nobody’s unhandled rejection', async () => {
    const { client } = ready()
    const late = by(() => Promise.reject(new Error('late')))
    const thrower = by(() => {
      throw new Error('at once')
    })
    const definition = defineValue({
      init: () => 0,
      commands: { both: { input: [late, thrower], run: (n) => [null, n] } },
      queries: {},
    })
    await expect(client.value('queue', definition).both('a', 'b')).rejects.toMatchObject(refused(/args\[1\]/))
    // An unhandled rejection fails the run.
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('of very many issues a few are told', async () => {
    const { client } = ready()
    const issues = Array.from({ length: 10_000 }, (_, i) => ({ message: 'x'.repeat(1000), path: [i] }))
    const error = await client
      .value('queue', withSchema(by(() => ({ issues }))))
      .put('a')
      .catch((reason) => reason)
    expect(error).toMatchObject(refused(/args\[0\]\[2\].*\(and 9997 more\)$/))
    expect(error.details.issues).toHaveLength(20)
    expect(error.message.length).toBeLessThan(1000)
  })
})

describe('a query that is watched', () => {
  test('is validated when it is asked for', () => {
    const { client, link } = ready()
    const value = client.value('queue', withSchema(by(() => ({ issues: [{ message: 'no' }] }))))
    expect(() => value.watchQuery('same', 'a')).toThrow(
      expect.objectContaining(refused(/^same of "queue" is refused before it is sent: args\[0\]: no$/)),
    )
    expect(link.sent).toEqual([])
  })

  test('ends where a validator that takes its time refuses it, and with its signal where that never answers', async () => {
    const { clock, client } = ready()
    const late = client.value('queue', withSchema(by(async () => ({ issues: [{ message: 'no' }] }))))
    const next = watched(late.watchQuery('same', 'a')[Symbol.asyncIterator]().next())
    await clock.advance(1)
    expect(next.error).toMatchObject(refused(/args\[0\]: no$/))
    const never = client.value('queue', withSchema(by(() => new Promise(() => {}))))
    const control = new AbortController()
    const reader = never.with({ signal: control.signal }).watchQuery('same', 'a')[Symbol.asyncIterator]()
    const waits = watched(reader.next())
    await clock.advance(1)
    expect(waits.state).toBe('waits')
    control.abort()
    await clock.advance(1)
    expect(waits.state).not.toBe('waits')
  })
})

test('the queries of a watched snapshot validate as the handle does, as far as that is done at once', async () => {
  const upper = by((text) => ({ value: String(text).toUpperCase() }))
  const late = by(() => Promise.reject(new Error('late')))
  const definition = defineValue({
    init: () => 'A',
    commands: {},
    queries: {
      same: { input: upper, run: (held, text) => held === text },
      later: { input: late, run: (held, text) => held === text },
    },
  })
  const { clock, client, link } = ready()
  const bytes = Buffer.concat([...definition.create(valueCodec).snapshot()])
  link.script = (_, request) => {
    if (request.kind === 'locate') return located('a')
    const at = { index: 5, term: 1, time: 1, version: 1 }
    const piece = { transfer: 1, number: 0, isLast: true, ...at, bytes }
    return { kind: 'changes', upTo: 5, changes: [], piece }
  }
  const told = watched(client.value('queue', definition).watch({ from: 1 }).next())
  await clock.advance(10)
  const { value: event } = (await told.promise) as {
    value: { queries: Record<string, (text: string) => unknown> }
  }
  expect([event.queries.same!('a'), event.queries.same!('b')]).toEqual([true, false])
  expect(() => event.queries.later!('a')).toThrow(
    expect.objectContaining(refused(/^later has a validator that takes its time/)),
  )
})

describe('without a schema', () => {
  const plain = defineValue({
    init: () => 0,
    commands: { put: (n, ..._: unknown[]) => [null, n] },
    queries: { get: (n, ..._: unknown[]) => n },
  })

  test('what the codec can not carry is refused with the argument’s own path', async () => {
    const { client, link } = ready()
    const value = client.value('queue', plain)
    const wrong: [unknown[], string, unknown[]][] = [
      [[{ callback: () => 1 }], 'args[0].callback is a function', [0, 'callback']],
      [[1, [2, Symbol('s')]], 'args[1][1] is a symbol', [1, 1]],
      [['a\ud800'], 'args[0] is a string with half a surrogate pair', [0]],
      [
        [{ 'two words': new URL('http://a') }],
        'args[0]["two words"] is an instance of URL',
        [0, 'two words'],
      ],
    ]
    for (const [args, says, path] of wrong)
      for (const name of ['put', 'get'] as const)
        await expect(value[name](...args)).rejects.toMatchObject({
          code: 'invalid-argument',
          outcome: 'not-applied',
          message: expect.stringContaining(`${name} of "queue" can't be sent: ${says}`),
          details: { path },
        })
    expect(link.sent).toEqual([])
  })

  test('what its own codec throws becomes an error that callers know', async () => {
    const { client, link } = ready()
    const encode = (): never => {
      throw new Error('no')
    }
    for (const codec of [
      { encode, decode: () => 1 },
      { encode: () => 'text' as never, decode: () => 1 },
      { encode: async () => new Uint8Array(1), decode: () => 1 } as never,
    ]) {
      const value = client.value('queue', { ...plain, codec })
      await expect(value.put(1)).rejects.toMatchObject(refused(/codec can't encode what "queue" is asked/))
      await expect(value.get(1)).rejects.toMatchObject(refused(/codec can't encode what "queue" is asked/))
    }
    expect(() => client.value('queue', { ...plain, codec: { encode } as never })).toThrow(
      expect.objectContaining(refused(/`encode`.*`decode`/)),
    )
    expect(link.sent).toEqual([])
  })
})

describe('by what is sent to it, a value is checked as its handle is', () => {
  const machineOf = (set: ReturnType<typeof ready>) =>
    set.client.machine('queue', withSchema(by((text) => ({ value: `${text}!` }))))

  test('a name it does not have is refused before anything is sent, with those it has', async () => {
    const set = ready()
    const machine = machineOf(set)
    for (const wrong of [['putt', 'a'], ['same', 'a'], 'put', [], [5], undefined])
      await expect(machine.command(wrong)).rejects.toMatchObject(
        refused(/^"queue" has no .* There are: put, plain\.$/),
      )
    await expect(machine.query(['put', 'a'])).rejects.toMatchObject(
      refused(/no query "put"\. There are: same\.$/),
    )
    expect(set.link.sent).toEqual([])
  })

  test('and its arguments are validated', async () => {
    const set = ready()
    await machineOf(set).command(['put', 'a'])
    await expect(machineOf(set).command(['put', 'a', 'b'])).rejects.toMatchObject(
      refused(/takes 1 arguments? at most, not 2/),
    )
    expect(set.sent()).toEqual([['put', 'a!']])
  })
})

test('options that can not be are refused before a validator is asked', async () => {
  const { client } = ready()
  let asked = 0
  const value = client.value('queue', withSchema(by(() => ({ value: String(asked++) }))))
  for (const over of [{ timeoutMs: 0 }, { signal: 3 }, { key: '' }]) {
    const call = value.with(over as unknown as CallOptions).put('a')
    await expect(call).rejects.toMatchObject({ code: 'invalid-argument' })
  }
  expect(asked).toBe(0)
})
