import { expect, test } from 'vitest'
import { done, error, located, ok, said, session } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

let nextSession = 7
const numberedSessions = () => session(nextSession++)

async function held(count: number, options?: Parameters<typeof setting>[0]) {
  nextSession = 7
  const all = setting(options)
  all.link.script = leaderAt('a', { command: () => 'hold', 'open-session': numberedSessions })
  const controllers = Array.from({ length: count }, () => new AbortController())
  const calls = controllers.map(({ signal }, i) => all.command(i + 1, { signal }))
  await all.clock.turn()
  const requests = all.link.requests('command').map(({ request }) => request)
  all.link.sent.length = 0
  return { ...all, controllers, calls, requests }
}

const sent = (link: ReturnType<typeof setting>['link']) =>
  link.requests('command').map(({ request }) => [request.session, request.sequence, said(request)])

test('F58: a command that was never sent has not happened', async () => {
  const { clock, link, command } = setting({ timeoutMs: 400 })
  const controller = new AbortController()
  const aborted = command('x', { signal: controller.signal })
  const timedOut = command('y')
  await clock.advance(200)
  controller.abort()
  await clock.turn()
  expect(aborted.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  await clock.advance(200)
  expect(timedOut.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  const early = command('z', { signal: controller.signal })
  await clock.turn()
  expect(early.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  // Neither is sent when there is a leader at last.
  link.script = leaderAt('a')
  await clock.advance(10_000)
  expect(link.requests('command')).toEqual([])
})

test('F58: a command that is under way may have happened', async () => {
  const { clock, controllers, calls } = await held(2, { timeoutMs: 1000 })
  controllers[0]!.abort()
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'aborted', outcome: 'unknown' })
  await clock.advance(1000)
  expect(calls[1]!.error).toMatchObject({ code: 'timeout', outcome: 'unknown' })
})

test('F53: who gives up has no answer, and takes nobody else’s', async () => {
  const { clock, link, controllers, calls, requests } = await held(2)
  controllers[1]!.abort()
  await clock.turn()
  link.answer(requests[0]!, ok(1))
  await clock.turn()
  expect(calls[0]!.value).toBe(1)
})

test('F58: a command whose every attempt was answered with not-applied has not happened', async () => {
  const { clock, link, calls, requests } = await held(2, { timeoutMs: 2000 })
  link.script = (_, request) => (request.kind === 'locate' ? located(null) : 'hold')
  for (const request of requests) link.answer(request, error('not-leader'))
  await clock.advance(2000)
  for (const call of calls)
    expect(call.error).toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
      details: { last: 'not-leader' },
    })
  // And it never will: nothing is sent again.
  link.script = leaderAt('a')
  await clock.advance(10_000)
  expect(link.requests('command')).toEqual([])
})

test('F58: an attempt that may have done it is not forgotten for a later one that did not', async () => {
  const { clock, link, calls, requests } = await held(1, { timeoutMs: 2000 })
  link.script = (_, request) =>
    request.kind === 'command' ? error('overloaded') : request.kind === 'locate' ? located('a') : 'hold'
  link.answer(requests[0]!, error('no-leader', { outcome: 'unknown' }))
  await clock.advance(2000)
  expect(link.requests('command').length).toBeGreaterThan(1)
  expect(calls[0]!.error).toMatchObject({ code: 'timeout', outcome: 'unknown' })
})

test('F58: one that others wait behind is sent again for their sake, and may happen yet', async () => {
  const { clock, link, controllers, calls, requests } = await held(3)
  link.script = (_, request) => (request.kind === 'locate' ? located(null) : 'hold')
  for (const request of requests) link.answer(request, error('not-leader'))
  await clock.turn()
  controllers[0]!.abort()
  controllers[2]!.abort()
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'aborted', outcome: 'unknown' })
  expect(calls[2]!.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  link.script = leaderAt('a')
  await clock.advance(3000)
  expect(sent(link)).toEqual([
    [7, 1, 1],
    [7, 2, 2],
  ])
  expect(calls[1]!.value).toBe(2)
})

test('after a give-up new commands go through a fresh session; the old one goes on', async () => {
  const { clock, link, controllers, calls, requests, command } = await held(3)
  controllers[1]!.abort()
  const fresh = command(4)
  await clock.turn()
  expect(sent(link)).toEqual([[8, 1, 4]])
  expect(link.requests('close-session')).toEqual([])
  link.answer(requests[0]!, ok('one'))
  link.answer(requests[2]!, ok('three'))
  await clock.turn()
  expect([calls[0]!.value, calls[2]!.value]).toEqual(['one', 'three'])
  link.answer(requests[1]!, ok('two, too late'))
  link.answer(link.requests('command')[0]!.request, ok('four'))
  await clock.turn()
  expect(calls[1]!.state).toBe('rejected')
  expect(fresh.value).toBe('four')
  // Somebody may ask what became of the second one.
  expect(link.requests('close-session')).toEqual([])
})

test('a session that nobody waits for any more is not sent again', async () => {
  const { clock, link, controllers, requests } = await held(2)
  for (const controller of controllers) controller.abort()
  await clock.turn()
  link.answer(requests[0]!, error('not-leader', { leader: 'b', term: 3 }))
  await clock.advance(20_000)
  expect(link.sent).toEqual([])
})

test('a session is closed at once when nobody waits for it, and nothing of it is in doubt', async () => {
  const { clock, link, controllers, calls, requests } = await held(1)
  link.script = (_, request) => (request.kind === 'locate' ? located(null) : done)
  link.answer(requests[0]!, error('overloaded'))
  await clock.turn()
  controllers[0]!.abort()
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  expect(link.requests('close-session').map(({ request }) => request.session)).toEqual([7])
})

test('a retired session fails over like any other', async () => {
  const { clock, link, controllers, calls, requests, command } = await held(3)
  controllers[0]!.abort()
  const fresh = command(4)
  await clock.turn()
  link.script = leaderAt('b')
  const first = link.requests('command')[0]!.request
  link.sent.length = 0
  for (const request of [...requests, first])
    link.answer(request, error('not-leader', { leader: 'b', term: 2 }))
  await clock.turn()
  expect(sent(link).filter(([session]) => session === 7)).toEqual([
    [7, 1, 1],
    [7, 2, 2],
    [7, 3, 3],
  ])
  expect([calls[1]!, calls[2]!, fresh].map(({ value }) => value)).toEqual([2, 3, 4])
})

test('no more than 16 sessions are retired at a time: further commands wait', async () => {
  nextSession = 7
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': numberedSessions })
  for (let i = 0; i < 20; i++) {
    command(`kept ${i}`)
    const controller = new AbortController()
    command(`given up ${i}`, { signal: controller.signal })
    await clock.turn()
    controller.abort()
    await clock.turn()
  }
  expect(link.requests('open-session').length).toBe(16)
  const kept = link.requests('command').filter(({ request }) => String(said(request)).startsWith('kept'))
  expect(kept.length).toBe(16)
  link.answer(kept[3]!.request, ok(null))
  await clock.turn()
  expect(link.requests('open-session').length).toBe(17)
})

test('a query that is given up has not happened, wherever it was', async () => {
  const { clock, link, query } = setting({ timeoutMs: 1000 })
  link.script = leaderAt('a', { query: () => 'hold' })
  const controller = new AbortController()
  const aborted = query('x', { signal: controller.signal })
  const timedOut = query('y')
  await clock.advance(500)
  controller.abort()
  await clock.turn()
  expect(aborted.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  await clock.advance(500)
  expect(timedOut.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
})

test('a caller that gives up says nothing about the leader', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('a', { query: () => 'hold' })
  const controller = new AbortController()
  query('x', { signal: controller.signal })
  await clock.turn()
  controller.abort()
  await clock.turn()
  link.script = leaderAt('a')
  const next = query('y')
  await clock.turn()
  expect(next.value).toBe('y')
  expect(link.requests('locate').length).toBe(1)
})

test('a silent leader is given up also where every caller is in a hurry', async () => {
  const { clock, link, query } = setting({ timeoutMs: 100 })
  link.script = leaderAt('a')
  query('x')
  await clock.turn()
  link.script = (address, request) => (address === 'a' ? 'hold' : leaderAt('b')(address, request))
  const hasty = query('y')
  await clock.advance(100)
  expect(hasty.error?.code).toBe('timeout')
  const next = query('z', { timeoutMs: 5000 })
  await clock.advance(1100)
  expect(next.value).toBe('z')
})

test('each call has its own time, and one timer serves all', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const short = command(1, { timeoutMs: 100 })
  const calls = Array.from({ length: 100 }, (_, i) => command(i, { timeoutMs: 200 + i }))
  await clock.turn()
  // Besides: the calls of the link, and the session's keeper.
  expect(clock.timers).toBeLessThanOrEqual(4)
  await clock.advance(99)
  expect(short.state).toBe('waits')
  await clock.advance(1)
  expect(short.error?.code).toBe('timeout')
  await clock.advance(150)
  expect(calls.filter(({ error }) => error?.code === 'timeout').length).toBe(51)
})

test('signals are let go of when a call ends', async () => {
  const { clock, link, command, query } = setting()
  link.script = leaderAt('a')
  let listeners = 0
  const signal = {
    aborted: false,
    reason: undefined,
    addEventListener: () => {
      listeners++
    },
    removeEventListener: () => {
      listeners--
    },
  }
  const calls = [command(1, { signal }), query(2, { signal }), query(3, { signal, read: 'stale' })]
  expect(listeners).toBeGreaterThan(0)
  await clock.turn()
  expect(calls.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved'])
  expect(listeners).toBe(0)
})
