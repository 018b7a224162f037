import { expect, test } from 'vitest'
import { done, error, located } from './scripted-link.ts'
import { leaderAt, setting, watched } from './setting.ts'

test('closing ends all that waits, with what is known of it, and closes the sessions of which nothing is in doubt', async () => {
  const { clock, link, client, command, query } = setting()
  let sent = 0
  const calm = client.machine('calm', { codec: null })
  link.script = leaderAt('a')
  await Promise.all([calm.command(0), clock.turn()])
  link.script = leaderAt('a', {
    command: () => (++sent === 1 ? error('overloaded') : 'hold'),
    query: () => 'hold',
  })
  const underWay = command(1)
  const asked = query(2)
  await clock.advance(20)
  const stuck = client.machine('other', { codec: null })
  link.script = (address, request) =>
    request.group === 'other' ? 'unreachable' : leaderAt('a', { command: () => 'hold' })(address, request)
  const unsent = watched(stuck.command(3))
  const unasked = watched(stuck.query(4))
  await clock.turn()
  const closed = watched(client.close())
  await clock.turn()
  expect(closed.state).toBe('resolved')
  expect(link.closed).toBe(true)
  expect(underWay.error).toMatchObject({ code: 'closed', outcome: 'unknown' })
  expect(unsent.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(asked.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(unasked.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(link.requests('close-session').map(({ request }) => request.group)).toEqual(['calm'])
  expect(clock.timers).toBe(0)
})

test('a host that does not answer holds up closing for half a second at most', async () => {
  const { clock, link, client, command, query } = setting()
  link.script = leaderAt('a', { 'close-session': () => 'hold', query: () => 'hold' })
  command(1)
  const asked = query(2)
  await clock.turn()
  const closed = watched(client.close())
  const again = watched(client[Symbol.asyncDispose]())
  await clock.turn()
  // Whoever waits for a call does not wait for that.
  expect(asked.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  await clock.advance(499)
  expect(closed.state).toBe('waits')
  await clock.advance(1)
  expect([closed.state, again.state]).toEqual(['resolved', 'resolved'])
  expect(clock.timers).toBe(0)
})

test('a closed client takes nothing', async () => {
  const { clock, link, client, command, query } = setting()
  link.script = leaderAt('a')
  await client.close()
  const calls = [
    command(1),
    query(2),
    query(3, { read: 'stale' }),
    watched(client.locate('queue')),
    watched(client.status('queue')),
    watched(client.createGroup('queue', { at: 'a' })),
    watched(client.removeMember('queue', 'm')),
  ]
  await clock.turn()
  for (const { error } of calls) expect(error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(link.sent).toEqual([])
})

test('a session that is being opened while the client closes is not used', async () => {
  const { clock, link, client, command } = setting()
  link.script = leaderAt('a', { 'open-session': () => 'hold' })
  const call = command(1)
  await clock.turn()
  const closing = client.close()
  await clock.advance(500)
  await closing
  expect(call.error).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(link.requests('command')).toEqual([])
  expect(clock.timers).toBe(0)
})

test('groups are forgotten when there are too many: those not used for long first, never those in use', async () => {
  const { clock, link, client } = setting({ timeoutMs: 100_000 })
  link.script = leaderAt('a', { command: () => done })
  link.script = (address, request) =>
    request.group === 'busy' && request.kind === 'command' ? 'hold' : leaderAt('a')(address, request)
  const busy = watched(client.machine('busy', { codec: null }).command(1))
  const ask = (name: string) => watched(client.machine(name, { codec: null }).command(1))
  ask('first')
  for (let i = 0; i < 1022; i++) ask(`group ${i}`)
  await clock.turn()
  expect(link.requests('close-session')).toEqual([])
  ask('one more')
  await clock.turn()
  expect(link.requests('close-session').map(({ request }) => request.group)).toEqual(['first'])
  ask('group 0')
  ask('another')
  await clock.turn()
  expect(link.requests('close-session').map(({ request }) => request.group)).toEqual(['first', 'group 1'])
  expect(busy.state).toBe('waits')
  link.answer(link.requests('command').find(({ request }) => request.group === 'busy')!.request, {
    kind: 'result',
    status: 'failed',
    index: 1,
    term: 1,
    payload: new Uint8Array(),
  })
  await clock.turn()
  expect(busy.error?.code).toBe('command-failed')
})

test('when every group is in use, another one is refused', async () => {
  const { clock, link, client } = setting()
  link.script = () => 'hold'
  const calls = Array.from({ length: 1024 }, (_, i) =>
    watched(client.machine(`group ${i}`, { codec: null }).command(1)),
  )
  const refused = watched(client.machine('one more', { codec: null }).command(1))
  await clock.turn()
  expect(refused.error).toMatchObject({ code: 'overloaded', outcome: 'not-applied' })
  expect(calls.every(({ state }) => state === 'waits')).toBe(true)
})

test('so many queries at a time and no more', async () => {
  const { clock, link, query } = setting()
  link.script = () => 'hold'
  const calls = Array.from({ length: 16_384 }, (_, i) => query(i))
  const refused = query('one more')
  await clock.turn()
  expect(refused.error).toMatchObject({ code: 'overloaded', outcome: 'not-applied' })
  expect(calls.every(({ state }) => state === 'waits')).toBe(true)
  link.script = leaderAt('a')
  link.answer(link.sent[0]!.request, located('a') as never)
  await clock.turn()
  expect(calls.every(({ value }, i) => value === i)).toBe(true)
  const later = query('x')
  await clock.turn()
  expect(later.value).toBe('x')
}, 60_000)
