/** A client that holds as much as it may lets calls wait, where it is told how much may. */
import { createClient, type WaitingLimits } from '@rafted/client'
import { expect, test } from 'vitest'
import { ok, said, session } from './scripted-link.ts'
import { leaderAt, seeded, setting, type Watched, watched } from './setting.ts'

/** Commands that wait for room in a session, and queries and others under way: as many as there may be. */
const MOST = 16_384

const MB = 1024 * 1024

/** One command is under way, and so many wait behind it as a client holds without being told. */
async function full(waiting?: WaitingLimits, group = 'queue') {
  const all = setting(waiting === undefined ? {} : { waiting })
  const { clock, link, client } = all
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': () => session(7, { window: 1 }) })
  const queue = client.machine(group, { codec: null })
  const command = (what: unknown, options?: Parameters<typeof queue.command>[1]) =>
    watched(queue.command(what, options))
  const underWay = command(0)
  await clock.turn()
  const queued = Array.from({ length: MOST }, (_, i) => command(i + 1))
  return { ...all, command, underWay, queued }
}

const codes = (calls: readonly Watched[]) => calls.map(({ state, error }) => error?.code ?? state)

test('commands beyond the queue wait, so many of them, and are done in the order of their calls', async () => {
  const { clock, link, command, underWay, queued } = await full({ calls: 3, bytes: 1000 })
  const waiting = ['x', 'y', 'z'].map((what) => command(what))
  const beyond = command('beyond')
  await clock.turn()
  expect(codes([...waiting, beyond])).toEqual(['waits', 'waits', 'waits', 'overloaded'])
  expect(beyond.error).toMatchObject({ outcome: 'not-applied' })
  link.script = (_, request) => (request.kind === 'command' ? ok(said(request)) : 'hold')
  link.answer(link.requests('command')[0]!.request, ok(0))
  await clock.turn()
  const all = [underWay, ...queued, ...waiting]
  expect(codes(all).every((code) => code === 'resolved')).toBe(true)
  expect(link.requests('command').map(({ request }) => said(request))).toEqual([
    ...Array.from({ length: MOST + 1 }, (_, i) => i),
    'x',
    'y',
    'z',
  ])
})

test('nothing waits unless it is told', async () => {
  const { clock, command } = await full()
  const beyond = command('beyond')
  await clock.turn()
  expect(codes([beyond])).toEqual(['overloaded'])
})

test('what waits ends with its time or its signal, has not happened, and makes room for others', async () => {
  const { clock, link, command } = await full({ calls: 2, bytes: 1000 })
  const controller = new AbortController()
  const timed = command('timed', { timeoutMs: 50 })
  const aborted = command('aborted', { signal: controller.signal })
  expect(codes([command('beyond')])).toEqual(['waits'])
  await clock.advance(50)
  controller.abort()
  await clock.turn()
  expect([timed.error, aborted.error]).toMatchObject([
    { code: 'timeout', outcome: 'not-applied' },
    { code: 'aborted', outcome: 'not-applied' },
  ])
  const others = ['x', 'y', 'z'].map((what) => command(what))
  await clock.turn()
  expect(codes(others)).toEqual(['waits', 'waits', 'overloaded'])
  expect(link.requests('command')).toHaveLength(1)
})

test('one that was answered lets the first of those who wait into the queue: there is room behind it', async () => {
  const { clock, link, command } = await full({ calls: 1, bytes: 1000 })
  const first = command('x')
  const refused = command('y')
  link.answer(link.requests('command')[0]!.request, ok(0))
  await clock.turn()
  const second = command('z')
  await clock.turn()
  expect(codes([first, refused, second])).toEqual(['waits', 'overloaded', 'waits'])
})

test('bytes are bounded as well, and those of all groups are one', async () => {
  const bytes = new Map<unknown, number>([
    ['large', 40 * MB],
    ['small', 1 * MB],
  ])
  const codec = { encode: (what: unknown) => new Uint8Array(bytes.get(what) ?? 1), decode: () => null }
  const { clock, client } = setting({ waiting: { calls: 100, bytes: 40 * MB } })
  const [one, other] = ['one', 'other'].map((name) => client.machine(name, { codec }))
  // Nobody answers: all of them are queued. Of the 64 MiB that a group may have, the second one exceeds 16.
  const calls = [one!, one!, other!, other!, one!].map((machine, i) =>
    watched(machine.command(i === 4 ? 'small' : 'large')),
  )
  await clock.turn()
  expect(codes(calls)).toEqual(['waits', 'waits', 'waits', 'waits', 'waits'])
  const more = [
    watched(one!.command('large')),
    watched(other!.command('large')),
    watched(one!.command('small')),
  ]
  await clock.turn()
  expect(codes(more)).toEqual(['overloaded', 'overloaded', 'waits'])
})

test('queries and others wait for their turn, first come, first served', async () => {
  const { clock, link, client, machine } = setting({ waiting: { calls: 3, bytes: 1000 } })
  link.script = leaderAt('a', { query: () => 'hold' })
  const query = (what: unknown, options?: Parameters<typeof machine.query>[1]) =>
    watched(machine.query(what, { timeoutMs: 60_000, ...options }))
  for (let i = 0; i < MOST; i++) query(i)
  await clock.turn()
  const controller = new AbortController()
  const aborted = query('aborted', { signal: controller.signal })
  const timed = query('timed', { timeoutMs: 50 })
  const waiting = query('first')
  const beyond = query('beyond')
  await clock.advance(50)
  controller.abort()
  await clock.turn()
  expect(codes([aborted, timed, waiting, beyond])).toEqual(['aborted', 'timeout', 'waits', 'overloaded'])
  const status = watched(client.status('queue', { at: 'a' }))
  const last = query('last')
  const asked = (): unknown[] =>
    link
      .requests('query')
      .slice(MOST)
      .map(({ request }) => said(request))
  expect(asked()).toEqual([])
  const answer = async (at: number): Promise<void> => {
    link.answer(link.requests('query')[at]!.request, ok(null))
    await clock.turn()
  }
  await answer(0)
  expect([asked(), link.requests('status').length]).toEqual([['first'], 0])
  await answer(1)
  expect(link.requests('status').length).toBe(1)
  await answer(2)
  expect(asked()).toEqual(['first', 'last'])
  // Nobody waits any more: as many turns as before.
  await answer(3)
  const fresh = query('fresh')
  await clock.turn()
  expect(asked()).toEqual(['first', 'last', 'fresh'])
  void client.close()
  await clock.turn()
  expect(codes([waiting, last, fresh])).toEqual(['closed', 'closed', 'closed'])
  expect(status.state).toBe('rejected')
})

test('closing ends what waits', async () => {
  const { clock, client, command } = await full({ calls: 1, bytes: 1000 })
  const waiting = command('x')
  void client.close()
  await clock.turn()
  expect(waiting.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
})

test.each([
  null,
  1,
  {},
  { calls: 1 },
  { calls: -1, bytes: 1 },
  { calls: 1, bytes: 0.5 },
  { calls: Number.POSITIVE_INFINITY, bytes: 1 },
])('%j says not how much may wait', (waiting) => {
  const { link, clock } = setting()
  expect(() =>
    createClient({ link, clock, random: seeded(1), addresses: ['a'], waiting: waiting as never }),
  ).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
