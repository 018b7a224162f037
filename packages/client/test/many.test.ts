/** Many commands in one call. */
import { openClient, type Settled } from '@rafted/client'
import { defineValue, type StandardResult, type StandardSchema } from '@rafted/contracts'
import type { Request, Response } from '@rafted/wire'
import { expect, expectTypeOf, test } from 'vitest'
import { FakeTransport } from './fake-transport.ts'
import { error, ok, said } from './scripted-link.ts'
import { leaderAt, seeded, setting, watched } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

const queue = defineValue({
  init: () => [] as readonly string[],
  commands: {
    enqueue: (all, item: string) => [all.length, [...all, item]],
    dequeue: (all) => [all[0], all.slice(1)],
  },
  queries: { length: (all) => all.length },
})

const sent = ({ link }: Pick<ReturnType<typeof setting>, 'link'>): unknown[] =>
  link.requests('command').map(({ request }) => [request.sequence, request.key, said(request)])

test('each has its own result, in their order, and the types know which', async () => {
  const { link, client } = setting()
  link.script = leaderAt('a')
  const all = await client.commandMany('queue', queue, [['enqueue', 'a'], ['dequeue'], ['enqueue', 'b']])
  expectTypeOf(all).toEqualTypeOf<readonly [Settled<number>, Settled<string | undefined>, Settled<number>]>()
  expect(all).toEqual(
    [['enqueue', 'a'], ['dequeue'], ['enqueue', 'b']].map((value) => ({ status: 'fulfilled', value })),
  )
  expect(sent({ link })).toEqual([
    [1, null, ['enqueue', 'a']],
    [2, null, ['dequeue']],
    [3, null, ['enqueue', 'b']],
  ])
  const items: string[] = ['c', 'd']
  const made = await client.commandMany(
    'queue',
    queue,
    items.map((item) => ['enqueue', item] as const),
  )
  expectTypeOf(made).toEqualTypeOf<readonly Settled<number>[]>()
  expect(made).toHaveLength(2)
  expect(await client.commandMany('queue', queue, [])).toEqual([])
  // @ts-expect-error: an argument of the wrong type.
  await client.commandMany('queue', queue, [['enqueue', 1]])
  // @ts-expect-error: a query is no command.
  await client.commandMany('queue', queue, [['length']])
})

test('of a machine without named operations they are whatever it takes', async () => {
  const { link, machine } = setting()
  link.script = leaderAt('a')
  expect(await machine.commandMany([1, { two: 2 }])).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'fulfilled', value: { two: 2 } },
  ])
})

test('one that is refused, fails or can not be sent has its own error; those behind it are done', async () => {
  const { link, client } = setting()
  link.script = leaderAt('a')
  let number = 0
  const answer = leaderAt('a')
  link.script = (address, request: Request) => {
    if (request.kind !== 'command') return answer(address, request)
    number++
    if (number === 2)
      return { kind: 'result', status: 'failed', index: 9, term: 1, payload: new Uint8Array(0) }
    return ok(said(request))
  }
  const all = await client.commandMany('queue', queue, [
    ['enqueue', 'a'],
    ['enqueue', 'b'],
    ['unheard of'] as never,
    ['enqueue', (() => 1) as never],
    ['enqueue', 'c'],
  ])
  expect(all.map((one) => (one.status === 'rejected' ? one.reason.code : one.value))).toEqual([
    ['enqueue', 'a'],
    'command-failed',
    'invalid-argument',
    'invalid-argument',
    ['enqueue', 'c'],
  ])
})

test('a failure of the leader: all are sent again, in order, each once', async () => {
  const { clock, link, client } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const all = watched(client.commandMany('queue', queue, [['enqueue', 'a'], ['enqueue', 'b'], ['dequeue']]))
  await clock.turn()
  const [first, second] = link.requests('command').map(({ request }) => request)
  link.answer(first!, ok(0))
  link.script = leaderAt('b')
  link.sent.length = 0
  link.answer(second!, error('not-leader', { outcome: 'unknown', leader: 'b', term: 2 }))
  await clock.turn()
  expect(sent({ link }).map((one) => (one as unknown[])[0])).toEqual([2, 3])
  expect(all.value?.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})

test('the time and the signal are for all of them, and each knows whether it could have happened', async () => {
  const { clock, link, client } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const controller = new AbortController()
  const timed = watched(client.commandMany('queue', queue, [['dequeue'], ['dequeue']], { timeoutMs: 50 }))
  const { signal } = controller
  const aborted = watched(client.commandMany('queue', queue, [['dequeue'], ['dequeue']], { signal }))
  await clock.turn()
  link.answer(link.requests('command')[2]!.request, ok('in time'))
  await clock.turn()
  controller.abort()
  await clock.advance(50)
  expect(timed.value).toMatchObject(
    Array(2).fill({
      status: 'rejected',
      reason: { code: 'timeout', outcome: 'unknown', details: { id: { session: 7 } } },
    }),
  )
  expect(aborted.value).toMatchObject([
    { status: 'fulfilled', value: 'in time' },
    { status: 'rejected', reason: { code: 'aborted', outcome: 'unknown' } },
  ])
  const early = await client.commandMany('queue', queue, [['dequeue']], { signal })
  expect(early).toMatchObject([{ reason: { code: 'aborted', outcome: 'not-applied' } }])
  void client.close()
  const late = await client.commandMany('queue', queue, [['dequeue']])
  expect(late).toMatchObject([{ reason: { code: 'closed', outcome: 'not-applied' } }])
})

test('a key makes one for each, the same again for the same list', async () => {
  const { link, client } = setting()
  link.script = leaderAt('a')
  for (let times = 0; times < 2; times++)
    await client.commandMany('queue', queue, [['dequeue'], ['enqueue', 'a']], { key: 'order 17' })
  expect(link.requests('command').map(({ request }) => request.key)).toEqual([
    'order 17/0',
    'order 17/1',
    'order 17/0',
    'order 17/1',
  ])
})

test('what is no list, or are no options, is refused, and nothing is called', async () => {
  const { link, client, machine } = setting()
  const refused = { code: 'invalid-argument', outcome: 'not-applied' }
  await expect(client.commandMany('queue', queue, 'enqueue' as never)).rejects.toMatchObject(refused)
  for (const options of [{ timeoutMs: 0 }, { signal: 1 }, { key: '' }, { key: 'k'.repeat(127) }])
    await expect(machine.commandMany([1], options as never)).rejects.toMatchObject(refused)
  await expect(client.commandMany('queue', {} as never, [])).rejects.toMatchObject(refused)
  expect(link.sent).toEqual([])
})

test('all wait for a validator that takes its time: none overtakes another', async () => {
  const { clock, link, client } = setting()
  link.script = leaderAt('a')
  const waiting: ((result: StandardResult<string>) => void)[] = []
  const schema: StandardSchema<string> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => new Promise((resolve) => waiting.push(resolve)),
    },
  }
  const slow = defineValue({
    init: () => 0,
    commands: {
      put: { input: [schema], run: (count, _: string) => [count, count + 1] },
      count: (count) => [count, count],
    },
    queries: {},
  })
  const calls = [['put', 'a'], ['count'], ['put', 'b']] as const
  const all = watched(client.commandMany('slow', slow, calls, { timeoutMs: 1000 }))
  await clock.advance(400)
  expect(link.sent).toEqual([])
  waiting[1]!({ issues: [{ message: 'no' }] })
  waiting[0]!({ value: 'A' })
  await clock.turn()
  expect(sent({ link })).toEqual([
    [1, null, ['put', 'A']],
    [2, null, ['count']],
  ])
  expect(all.value).toMatchObject([
    { value: ['put', 'A'] },
    { value: ['count'] },
    { reason: { code: 'invalid-argument' } },
  ])
  const late = watched(client.commandMany('slow', slow, calls, { timeoutMs: 1000 }))
  await clock.advance(1000)
  expect(late.value).toMatchObject(Array(3).fill({ reason: { code: 'timeout', outcome: 'not-applied' } }))
})

test('they leave in one message', async () => {
  const clock = new VirtualClock()
  const transport = new FakeTransport()
  const client = await openClient({
    transport,
    cluster: 'shop',
    name: 'till',
    addresses: ['a'],
    clock,
    random: seeded(1),
  })
  const calls = Array.from({ length: 200 }, (_, i) => ['enqueue', `${i}`] as const)
  void client.commandMany('queue', queue, calls)
  const answer = leaderAt('a')
  const commandsIn = (): number[] =>
    transport.batches.map(({ requests }) => requests.filter(({ kind }) => kind === 'command').length)
  for (let at = 0; !commandsIn().some((count) => count > 0); at++) {
    await clock.turn()
    const [request] = transport.batches[at]!.requests
    if (request!.kind === 'command') break
    transport.receive('a', [{ ...(answer('a', request!) as Response), id: request!.id }])
    await clock.turn()
  }
  expect(commandsIn()).toEqual([0, 0, 200])
})
