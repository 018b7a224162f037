/** What a caller can learn of a command after its call has ended as `unknown` (F58c, F58d, F58e). */
import { type CommandId, type CommandKey, createClient, type Resolved } from '@rafted/client'
import { type Request, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, INCARNATION, located, ok, type Reply, said, session } from './scripted-link.ts'
import { leaderAt, seeded, setting, watched } from './setting.ts'

const machine = { codec: null }

/** So many commands under way in session 7, which nobody has answered. */
async function underWay(count: number, over: Parameters<typeof setting>[0] = {}) {
  const all = setting(over)
  let next = 7
  const open = () => session(next++)
  const script = (answers: Partial<Record<Request['kind'], () => Reply>> = {}) => {
    all.link.script = leaderAt('a', { command: () => 'hold', 'open-session': open, ...answers })
  }
  script()
  const controllers = Array.from({ length: count }, () => new AbortController())
  const calls = controllers.map(({ signal }, i) => all.command(`c${i + 1}`, { signal, key: `k${i + 1}` }))
  await all.clock.turn()
  const requests = all.link.requests('command').map(({ request }) => request)
  const abort = async (...which: number[]): Promise<CommandId[]> => {
    for (const at of which) controllers[at]!.abort()
    await all.clock.turn()
    return which.map((at) => calls[at]!.error?.details.id as CommandId)
  }
  const resolve = (id: CommandId | CommandKey, options?: Parameters<typeof all.client.resolve>[3]) =>
    watched(all.client.resolve('queue', machine, id, options))
  return { ...all, calls, requests, abort, resolve, script }
}

const closes = ({ link }: Pick<ReturnType<typeof setting>, 'link'>): unknown[] =>
  link.requests('close-session').map(({ request }) => request.session)

test('the error of a call in doubt says which command it was, as plain data', async () => {
  const { clock, client, calls, abort } = await underWay(3, { timeoutMs: 1000 })
  const [id] = await abort(1)
  expect(JSON.parse(JSON.stringify(id))).toEqual({
    incarnation: INCARNATION,
    session: 7,
    sequence: 2,
    key: 'k2',
  })
  await clock.advance(999)
  void client.close()
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'closed', details: { id: { session: 7, sequence: 1 } } })
  const timedOut = await underWay(1, { timeoutMs: 1000 })
  await timedOut.clock.advance(1000)
  expect(timedOut.calls[0]!.error).toMatchObject({
    code: 'timeout',
    details: { timeoutMs: 1000, id: { session: 7, sequence: 1 } },
  })
})

test('one that has not happened has nothing to be asked after', async () => {
  const { clock, calls, requests, link, abort } = await underWay(1)
  link.script = () => located(null)
  link.answer(requests[0]!, error('overloaded'))
  await clock.turn()
  await abort(0)
  expect(calls[0]!.error).toMatchObject({ outcome: 'not-applied', details: {} })
  expect(calls[0]!.error?.details).not.toHaveProperty('id')
})

test('a session that breaks leaves ids behind as well', async () => {
  const { clock, calls, requests, link } = await underWay(1)
  link.answer(requests[0]!, error('session-expired', { outcome: 'unknown' }))
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({
    code: 'session-expired',
    outcome: 'unknown',
    details: { id: { session: 7, sequence: 1 } },
  })
})

test.each<[string, Reply, Resolved | { outcome: 'not-applied'; error: object }]>([
  ['done', ok('its result'), { outcome: 'applied', result: 'its result' }],
  [
    'refused by the machine',
    {
      kind: 'result',
      status: 'refused',
      index: 3,
      term: 1,
      payload: valueCodec.encode(['no-stock', 'none', 1]),
    },
    {
      outcome: 'not-applied',
      error: expect.objectContaining({ code: 'command-error', details: { reason: 'no-stock', data: 1 } }),
    },
  ],
  [
    'failed in the machine',
    { kind: 'result', status: 'failed', index: 3, term: 1, payload: new Uint8Array(0) },
    { outcome: 'not-applied', error: expect.objectContaining({ code: 'command-failed' }) },
  ],
  [
    'never done',
    error('withdrawn'),
    {
      outcome: 'not-applied',
      error: expect.objectContaining({ code: 'withdrawn', outcome: 'not-applied' }),
    },
  ],
])('of one that was %s it tells that', async (_, reply, expected) => {
  const { clock, link, abort, resolve, script } = await underWay(1)
  const [id] = await abort(0)
  script({ resolve: () => reply })
  const resolved = resolve(id!)
  await clock.turn()
  expect(resolved.value).toEqual(expected)
  expect(link.requests('resolve').map(({ request }) => request)).toMatchObject([
    { group: 'queue', incarnation: INCARNATION, session: 7, sequence: 1, key: 'k1', since: 0 },
  ])
})

test('another process can ask, by the id or by the key', async () => {
  const { abort, clock, link } = await underWay(1)
  const [id] = await abort(0)
  link.script = leaderAt('a', { resolve: () => ok(5) })
  const other = createClient({ link, clock, random: seeded(2), addresses: ['a'] })
  const asked = [JSON.parse(JSON.stringify(id)), { key: 'k1' }, { key: 'k1', since: 44 }].map((one) =>
    watched(other.resolve('queue', machine, one)),
  )
  await clock.turn()
  expect(asked.map(({ value }) => value)).toEqual(Array(3).fill({ outcome: 'applied', result: 5 }))
  expect(link.requests('resolve').map(({ request }) => request)).toMatchObject([
    { incarnation: INCARNATION, session: 7, sequence: 1, key: 'k1', since: 0 },
    { incarnation: INCARNATION, session: 0, sequence: 0, key: 'k1', since: 0 },
    { incarnation: INCARNATION, session: 0, sequence: 0, key: 'k1', since: 44 },
  ])
})

test('it asks until it is answered: a leader that falls silent, steps down, or names another', async () => {
  const { abort, clock, link, resolve } = await underWay(1)
  const [id] = await abort(0)
  let asked = 0
  link.script = (address, request) => {
    if (request.kind !== 'resolve') return located(asked === 0 ? 'a' : 'b', { term: 2 })
    if (++asked === 1) return 'hold'
    if (asked === 2) return error('not-leader', { outcome: 'unknown' })
    return address === 'b' ? error('withdrawn') : error('not-leader', { leader: 'b', term: 2 })
  }
  const resolved = resolve(id!)
  await clock.advance(10_000)
  expect(resolved.value).toMatchObject({ outcome: 'not-applied' })
})

test.each(['session-expired', 'forgotten'] as const)(
  'where nobody can know any more it says %s',
  async (code) => {
    const { abort, clock, resolve, script } = await underWay(1)
    const [id] = await abort(0)
    script({ resolve: () => error(code, { outcome: 'unknown' }) })
    const resolved = resolve(id!)
    await clock.turn()
    expect(resolved.error).toMatchObject({ code, outcome: 'unknown' })
  },
)

test('in a group that was recovered or created anew an id means nothing; a key may', async () => {
  const { abort, clock, link, resolve } = await underWay(1)
  const [id] = await abort(0)
  const anew = createClient({ link, clock, random: seeded(2), addresses: ['a'] })
  link.script = (_, request) => {
    if (request.kind === 'locate') return located('a', { incarnation: 'beef' })
    if (request.incarnation !== 'beef') return error('group-mismatch')
    return ok('kept')
  }
  const asked = [id!, { key: 'k1' }].map((one) => watched(anew.resolve('queue', machine, one)))
  // A client that knew the former one takes neither for the other.
  const known = resolve(id!)
  await clock.advance(100)
  expect(asked[0]!.error).toMatchObject({
    code: 'group-mismatch',
    outcome: 'unknown',
    details: { incarnation: 'beef' },
  })
  expect(asked[1]!.value).toEqual({ outcome: 'applied', result: 'kept' })
  expect(known.error).toMatchObject({ code: 'ambiguous-group', outcome: 'unknown' })
})

test('however it fails, the command is as much in doubt as it was', async () => {
  const { abort, clock, client, resolve } = await underWay(1)
  const [id] = await abort(0)
  const controller = new AbortController()
  const timedOut = resolve(id!, { timeoutMs: 500 })
  const aborted = resolve(id!, { signal: controller.signal })
  const wrong = [
    null,
    'k1',
    {},
    { key: '' },
    { key: 'k', since: -1 },
    { ...id, sequence: 0 },
    { ...id, session: 1.5 },
    { ...id, incarnation: 7 },
  ]
  const refused = wrong.map((one) => resolve(one as never))
  await clock.advance(250)
  controller.abort()
  await clock.advance(250)
  expect(timedOut.error).toMatchObject({ code: 'timeout', outcome: 'unknown' })
  expect(aborted.error).toMatchObject({ code: 'aborted', outcome: 'unknown' })
  for (const { error: why } of refused)
    expect(why).toMatchObject({ code: 'invalid-argument', outcome: 'unknown' })
  void client.close()
  const closed = resolve(id!)
  await clock.turn()
  expect(closed.error).toMatchObject({ code: 'closed', outcome: 'unknown' })
})

test('a result that this codec can not read is told as such', async () => {
  const { abort, clock, resolve, script } = await underWay(1)
  const [id] = await abort(0)
  const payload = Uint8Array.of(0xc1, 0xff)
  script({ resolve: () => ({ kind: 'result', status: 'ok', index: 1, term: 1, payload }) })
  const resolved = resolve(id!)
  await clock.turn()
  expect(resolved.error).toMatchObject({ code: 'bad-bytes', outcome: 'unknown' })
})

test('what is in doubt is not acknowledged, though its answer has come: the members keep its reply', async () => {
  const { abort, clock, link, requests } = await underWay(3)
  await abort(1)
  link.answer(requests[0]!, ok(1))
  link.answer(requests[1]!, ok('too late'))
  link.sent.length = 0
  link.script = leaderAt('b', { command: () => 'hold' })
  link.answer(requests[2]!, error('not-leader', { leader: 'b', term: 2 }))
  await clock.turn()
  expect(link.requests('command').map(({ request }) => [request.sequence, request.acknowledged])).toEqual([
    [3, 2],
  ])
})

test('its session stays open, so that it can be asked again, by anybody', async () => {
  const { resolve, abort, clock, client, script, ...all } = await underWay(1)
  const [id] = await abort(0)
  script({ resolve: () => ok(null) })
  for (const resolved of [resolve(id!), resolve(id!)]) {
    await clock.turn()
    expect(resolved.value).toEqual({ outcome: 'applied', result: null })
  }
  void client.close()
  await clock.advance(1000)
  expect(closes(all)).toEqual([])
})

test('no more than 8 sessions stay open for what is in doubt: the oldest is closed for another one', async () => {
  const all = await underWay(0)
  for (let i = 0; i < 10; i++) {
    const controller = new AbortController()
    all.command(i, { signal: controller.signal })
    await all.clock.turn()
    controller.abort()
    await all.clock.turn()
  }
  expect(closes(all)).toEqual([7, 8])
})

test('a command that was withdrawn while others wait behind it: those go through another session, in order', async () => {
  const { abort, calls, clock, link, requests, resolve, script } = await underWay(4)
  const [id] = await abort(1)
  script({ resolve: () => error('withdrawn') })
  resolve(id!)
  await clock.turn()
  link.sent.length = 0
  // The members take none of those behind it: the client begins again with it, and learns why. One attempt of it is in doubt for ever.
  link.answer(requests[1]!, error('not-leader', { outcome: 'unknown' }))
  await clock.advance(20)
  const again = link.requests('command').map(({ request }) => request)
  expect(again.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  link.answer(again[1]!, error('withdrawn'))
  await clock.turn()
  // Not before those before it are done.
  expect(link.requests('open-session')).toEqual([])
  link.answer(requests[0]!, ok('first'))
  await clock.turn()
  const moved = link
    .requests('command')
    .slice(4)
    .map(({ request }) => request)
  expect(moved.map((request) => [request.session, request.sequence, said(request)])).toEqual([
    [8, 1, 'c3'],
    [8, 2, 'c4'],
  ])
  // Whatever attempts of the former session come to is no news.
  link.answer(again[2]!, error('withdrawn'))
  for (const request of moved) link.answer(request, ok(said(request)))
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(['first', undefined, 'c3', 'c4'])
})

test('a command whose key is withdrawn while it waits has not happened, and those behind it do', async () => {
  const { calls, clock, link, requests, script } = await underWay(3)
  script({ command: () => ok('moved') })
  // An attempt of it may have been done, for all that its client knows: the members know better.
  link.answer(requests[1]!, error('withdrawn'))
  link.answer(requests[0]!, ok('first'))
  await clock.advance(100)
  expect(calls[1]!.error).toMatchObject({ code: 'withdrawn', outcome: 'not-applied' })
  expect(calls.map(({ value }) => value)).toEqual(['first', undefined, 'moved'])
  const moved = link.requests('command').filter(({ request }) => request.session > 7)
  expect(moved.map(({ request }) => said(request))).toEqual(['c3'])
})
