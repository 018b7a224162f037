import { createClient, openClient, transportLink } from '@rafted/client'
import { RaftedError, type RaftedEvent } from '@rafted/contracts'
import type { Request, Response, WithoutId } from '@rafted/wire'
import { expect, test } from 'vitest'
import { FakeTransport } from './fake-transport.ts'
import { seeded, watched } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

async function setUp() {
  const clock = new VirtualClock()
  const transport = new FakeTransport()
  const events: RaftedEvent[] = []
  const link = await transportLink({
    transport,
    cluster: 'shop',
    name: 'till 3',
    clock,
    random: { number: () => 0, bytes: (count) => new Uint8Array(count) },
    observer: {
      event(event) {
        events.push(event)
        throw new Error('observers may throw')
      },
    },
  })
  return { clock, transport, events, link }
}

const locate = (group = 'queue'): WithoutId<Request> => ({ kind: 'locate', group, incarnation: null })
const command = (bytes: number): WithoutId<Request> => ({
  kind: 'command',
  group: 'queue',
  incarnation: 'f00d',
  session: 1,
  sequence: 1,
  acknowledged: 1,
  key: null,
  trace: null,
  payload: new Uint8Array(bytes),
})
const done = (id: number): Response => ({ kind: 'done', id, incarnation: 'i', configuration: null })

test('the requests of one turn leave as one batch per host', async () => {
  const { clock, transport, link } = await setUp()
  for (const address of ['a', 'b', 'a', 'a']) void link.call(address, locate(), 1000)
  expect(transport.batches).toEqual([])
  await clock.turn()
  expect(transport.batches.map(({ address, requests }) => [address, requests.map(({ id }) => id)])).toEqual([
    ['a', [1, 3, 4]],
    ['b', [2]],
  ])
  void link.call('a', locate(), 1000)
  await clock.turn()
  expect(transport.batches.length).toBe(3)
})

test('answers reach their calls, whichever host they come from', async () => {
  const { clock, transport, link } = await setUp()
  const calls = [link.call('a', locate(), 1000), link.call('b', locate(), 1000)].map(watched)
  await clock.turn()
  transport.receive('host-a', [done(2), done(1), done(99)])
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual([done(1), done(2)])
})

test('batches are no larger than the transport takes, and lose nothing', async () => {
  const { clock, transport, link } = await setUp()
  transport.maxBatchBytes = 10_000
  for (let i = 0; i < 10; i++) void link.call('a', command(1900), 1000)
  await clock.turn()
  expect(transport.batches.flatMap(({ requests }) => requests.map(({ id }) => id))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ])
  expect(transport.batches.length).toBeGreaterThan(1)
  expect(transport.batches.length).toBeLessThan(10)
  expect(Math.max(...transport.batches.map(({ bytes }) => bytes))).toBeLessThanOrEqual(10_000)
})

test('a request larger than any batch is refused, and no other with it', async () => {
  const { clock, transport, link } = await setUp()
  transport.maxBatchBytes = 3000
  const calls = [100, 3000, 100].map((bytes) => watched(link.call('a', command(bytes), 1000)))
  await clock.turn()
  expect(calls[1]!.value).toMatchObject({ kind: 'error', code: 'too-large', outcome: 'not-applied' })
  expect(transport.batches.flatMap(({ requests }) => requests.map(({ id }) => id))).toEqual([1, 3])
})

test('a tiny batch still holds several small requests one by one', async () => {
  const { clock, transport, link } = await setUp()
  transport.maxBatchBytes = 200
  for (let i = 0; i < 3; i++) void link.call('a', locate(), 1000)
  await clock.turn()
  expect(transport.batches.map(({ requests }) => requests.length)).toEqual([1, 1, 1])
})

test('a request that has no place in the layout is refused, and no other with it', async () => {
  const { clock, transport, link } = await setUp()
  const calls = [locate(), locate('x'.repeat(300)), locate()].map((request) =>
    watched(link.call('a', request, 1000)),
  )
  await clock.turn()
  expect(calls[1]!.value).toMatchObject({ kind: 'error', code: 'invalid-argument', outcome: 'not-applied' })
  expect(transport.batches.flatMap(({ requests }) => requests.map(({ id }) => id))).toEqual([1, 3])
})

test('what the transport does not take has not happened', async () => {
  const { clock, transport, link } = await setUp()
  transport.full.add('a')
  const calls = [link.call('a', locate(), 1000), link.call('b', locate(), 1000)].map(watched)
  await clock.turn()
  expect(calls[0]!.value).toMatchObject({ kind: 'error', code: 'unreachable', outcome: 'not-applied' })
  expect(calls[1]!.state).toBe('waits')
})

test('there is no host behind the null address', async () => {
  const { transport, link } = await setUp()
  expect(link.local).toBe(false)
  expect(await link.call(null, locate(), 1000)).toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
  expect(transport.batches).toEqual([])
})

test('a host that is lost ends its calls: by its name, once it is known, or by its address', async () => {
  const { clock, transport, link } = await setUp()
  void link.call('a:1', locate(), 1000)
  await clock.turn()
  transport.receive('host-a', [done(1)])
  const calls = ['a:1', 'b:1', 'c'].map((address) => watched(link.call(address, locate(), 1000)))
  await clock.turn()
  transport.peer('host-a', 'up')
  transport.peer('host-b', 'lost')
  await clock.turn()
  expect(calls.map(({ state }) => state)).toEqual(['waits', 'waits', 'waits'])
  transport.peer('host-a', 'lost')
  transport.peer('c', 'lost')
  await clock.turn()
  expect(calls[0]!.value).toMatchObject({ code: 'unreachable', outcome: 'unknown' })
  expect(calls[1]!.state).toBe('waits')
  expect(calls[2]!.value).toMatchObject({ code: 'unreachable', outcome: 'unknown' })
})

const wrongSecret = new RaftedError('wrong-secret', 'It has another secret.', { outcome: 'not-applied' })

test('where nothing gets to, calls end at once and say why; what has not left never will', async () => {
  const { clock, transport, link } = await setUp()
  const sent = watched(link.call('a', command(1), 1000))
  const other = watched(link.call('b', command(1), 1000))
  await clock.turn()
  const waiting = watched(link.call('a', command(1), 1000))
  transport.unreachable('a', 'bulk', wrongSecret)
  transport.unreachable('nobody', 'urgent', wrongSecret)
  transport.unreachable('a', 'urgent', wrongSecret)
  await clock.turn()
  for (const { value } of [sent, waiting])
    expect(value).toMatchObject({ code: 'wrong-secret', outcome: 'not-applied' })
  expect(other.state).toBe('waits')
  expect(transport.batches.map(({ address }) => address)).toEqual(['a', 'b'])
})

test('calls of the other lane are not ended', async () => {
  const { clock, transport, link } = await setUp()
  const sent = watched(link.call('a', command(1), 1000))
  await clock.turn()
  transport.unreachable('a', 'bulk', wrongSecret)
  await clock.turn()
  expect(sent.state).toBe('waits')
})

test('while the transport takes nothing, calls are told why it does not, as long as that is so', async () => {
  const { clock, transport, link } = await setUp()
  const codes = async (): Promise<unknown> => {
    const call = watched(link.call('a', command(1), 1000))
    await clock.turn()
    return call.state === 'waits' ? 'waits' : (call.value as { code: string }).code
  }
  expect(await codes()).toBe('waits')
  transport.unreachable('a', 'urgent', wrongSecret)
  transport.full.add('a')
  expect(await codes()).toBe('wrong-secret')
  expect(await codes()).toBe('wrong-secret')
  transport.full.delete('a')
  expect(await codes()).toBe('waits')
  transport.full.add('a')
  expect(await codes()).toBe('unreachable')
  transport.unreachable('a', 'urgent', wrongSecret)
  transport.unreachable('a', 'urgent', new RaftedError('unreachable', 'Lost.', { outcome: 'unknown' }))
  expect(await codes()).toBe('unreachable')
})

test('a client with another secret says so when its time is over, whoever else is down', async () => {
  const { clock, transport, link } = await setUp()
  const client = createClient({ link, clock, random: seeded(1), addresses: ['a', 'b', 'c'] })
  const call = watched(client.machine('queue', { codec: null }).command('x', { timeoutMs: 2000 }))
  const down = new RaftedError('unreachable', 'Nobody listens.', { outcome: 'not-applied' })
  for (let i = 0; i < 40 && call.state === 'waits'; i++) {
    for (const address of ['a', 'b', 'c'])
      transport.unreachable(address, 'urgent', address === 'b' && i < 10 ? wrongSecret : down)
    await clock.advance(50)
  }
  expect(call.error).toMatchObject({
    code: 'timeout',
    outcome: 'not-applied',
    details: { last: 'wrong-secret' },
  })
  expect(call.error!.message).toContain('"b" can\'t be reached. It has another secret.')
})

test('bad batches are refused and reported; nothing else happens', async () => {
  const { clock, transport, events, link } = await setUp()
  const call = watched(link.call('a', locate(), 1000))
  await clock.turn()
  transport.receiveBytes('a', Uint8Array.of(1, 2, 3))
  transport.receive('a', [done(1)], { cluster: 'another' })
  transport.receive('mallory', [done(1)], { role: 'client' })
  await clock.turn()
  expect(events).toMatchObject([
    { kind: 'refused-batch', from: 'a', error: { code: 'bad-bytes' } },
    { kind: 'refused-batch', from: 'a', error: { code: 'wrong-cluster' } },
    { kind: 'refused-batch', from: 'mallory' },
  ])
  expect(call.state).toBe('waits')
})

test('calls end after their time, and when the link is closed', async () => {
  const { clock, transport, link } = await setUp()
  const call = watched(link.call('a', locate(), 1000))
  const other = watched(link.call('a', locate(), 5000))
  await clock.advance(1000)
  expect(call.value).toMatchObject({ code: 'timeout', outcome: 'unknown' })
  const last = watched(link.call('b', locate(), 5000))
  await link.close()
  await clock.turn()
  expect(other.value).toMatchObject({ code: 'closed', outcome: 'unknown' })
  expect(last.value).toMatchObject({ code: 'closed', outcome: 'unknown' })
  // What was asked before closing was sent.
  expect(transport.batches.at(-1)).toMatchObject({ address: 'b' })
  expect(transport.closed).toBe(true)
  expect(await link.call('a', locate(), 5000)).toMatchObject({ code: 'closed', outcome: 'not-applied' })
  expect(clock.timers).toBe(0)
})

test('a transport that can not listen says so', async () => {
  const transport = new FakeTransport()
  transport.listenFails = true
  const options = { transport, cluster: 'shop', name: 'till', clock: new VirtualClock(), random: seeded(1) }
  await expect(transportLink(options)).rejects.toMatchObject({ code: 'address-in-use' })
})

test("a client that can't be opened closes what it was given", async () => {
  const transport = new FakeTransport()
  const options = { transport, cluster: 'shop', name: 'till', clock: new VirtualClock(), random: seeded(1) }
  await expect(openClient({ ...options, addresses: [] })).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(transport.closed).toBe(true)
  const client = await openClient({ ...options, transport: new FakeTransport(), addresses: ['a'] })
  await client.close()
})

test('thousands of addresses are not remembered for ever', async () => {
  const { clock, transport, link } = await setUp()
  for (let i = 0; i < 3000; i++) {
    void link.call(`host-${i}`, locate(), 1000)
    if (i % 100 === 99) await clock.turn()
  }
  await clock.turn()
  expect(new Set(transport.batches.map(({ address }) => address)).size).toBe(3000)
})

test('a client whose command is too large for the transport goes on in another session', async () => {
  const { clock, transport, link } = await setUp()
  transport.maxBatchBytes = 5000
  const client = createClient({ link, clock, random: seeded(1), addresses: ['a'] })
  const machine = client.machine('queue', { codec: null })
  const calls = [machine.command('x'), machine.command('y'.repeat(6000)), machine.command('z')].map(watched)
  let sessions = 6
  const answer = (request: Request): Response => {
    const { id } = request
    if (request.kind === 'locate')
      return { kind: 'located', id, knows: 'member', incarnation: 'f00d', term: 1, leader: 'a', members: [] }
    if (request.kind === 'open-session')
      return { kind: 'session', id, incarnation: 'f00d', session: ++sessions, timeoutMs: 60_000, window: 100 }
    if (request.kind === 'command' && request.session === 7 && request.sequence > 1)
      return {
        kind: 'error',
        id,
        code: 'sequence-gap',
        outcome: 'not-applied',
        message: 'gap',
        leader: null,
        term: 1,
        details: new Uint8Array(),
      }
    return request.kind === 'command'
      ? { kind: 'result', id, status: 'ok', index: 1, term: 1, payload: request.payload }
      : done(id)
  }
  for (let i = 0; i < 20; i++) {
    await clock.advance(5)
    for (const { requests } of transport.batches.splice(0)) transport.receive('a', requests.map(answer))
  }
  expect(calls[0]!.value).toBe('x')
  expect(calls[1]!.error).toMatchObject({ code: 'too-large', outcome: 'not-applied' })
  expect(calls[2]!.value).toBe('z')
  expect(sessions).toBe(8)
})
