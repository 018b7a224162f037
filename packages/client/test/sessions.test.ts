import { expect, test } from 'vitest'
import { done, error, ok, said, session } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

/** Sessions 7, 8, 9 …, each of which expires after a minute. */
function sessions() {
  let next = 7
  return () => session(next++)
}

test('F51: an expired session is never used again; what was sent in it fails with what is known', async () => {
  const { clock, link, command } = setting()
  const open = sessions()
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': open })
  const calls = [command(1), command(2), command(3), command(4)]
  await clock.turn()
  const [one, two, three, four] = link.requests('command').map(({ request }) => request)
  link.answer(two!, error('session-expired'))
  await clock.turn()
  const fresh = command(5)
  await clock.turn()
  expect(calls[1]!.error).toMatchObject({ code: 'session-expired', outcome: 'not-applied' })
  // The others hear for themselves: done before it expired, refused, or nobody knows.
  link.answer(one!, ok('one'))
  link.answer(three!, error('session-expired', { outcome: 'unknown' }))
  link.answer(four!, error('timeout', { outcome: 'unknown' }))
  await clock.turn()
  expect(calls[0]!.value).toBe('one')
  expect(calls[2]!.error).toMatchObject({ code: 'session-expired', outcome: 'unknown' })
  expect(calls[3]!.error).toMatchObject({ code: 'session-expired', outcome: 'unknown' })
  await clock.advance(20_000)
  expect(fresh.state).toBe('waits')
  const fives = link.requests('command').filter(({ request }) => said(request) === 5)
  expect(fives.every(({ request }) => request.session === 8 && request.sequence === 1)).toBe(true)
  expect(link.requests('command').filter(({ request }) => request.session === 7).length).toBe(4)
  expect(link.requests('close-session')).toEqual([])
})

test('expiry after an attempt that may have done it is unknown', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const call = command(1)
  await clock.turn()
  link.answer(link.requests('command')[0]!.request, error('unreachable', { outcome: 'unknown' }))
  await clock.advance(30)
  expect(link.requests('command').length).toBe(2)
  link.answer(link.requests('command')[1]!.request, error('session-expired'))
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'session-expired', outcome: 'unknown' })
})

test('expiry is believed from an earlier attempt too, and what waits to be sent again fails with it', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const calls = [command(1), command(2)]
  await clock.turn()
  const [one, two] = link.requests('command').map(({ request }) => request)
  link.answer(one!, error('overloaded'))
  await clock.turn()
  link.answer(two!, error('session-expired'))
  await clock.turn()
  for (const call of calls)
    expect(call.error).toMatchObject({ code: 'session-expired', outcome: 'not-applied' })
  await clock.advance(2000)
  expect(link.requests('command').length).toBe(2)
})

test('commands that were never sent in the session that expired are not concerned', async () => {
  const { clock, link, command } = setting()
  const open = sessions()
  link.script = leaderAt('a', {
    command: () => 'hold',
    'open-session': () => ({ ...(open() as object), window: 1 }) as never,
  })
  const calls = [command(1), command(2)]
  await clock.turn()
  link.script = leaderAt('a', { 'open-session': open })
  link.answer(link.requests('command')[0]!.request, error('session-expired'))
  await clock.turn()
  expect(calls[0]!.error?.code).toBe('session-expired')
  expect(calls[1]!.value).toBe(2)
})

test('an idle session is kept three times, a third of its expiry apart, and then closed', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  command(1)
  await clock.turn()
  link.sent.length = 0
  const kinds = () => link.sent.map(({ request }) => request.kind)
  await clock.advance(20_000)
  // There was a command in the first third.
  expect(kinds()).toEqual([])
  await clock.advance(20_000)
  expect(link.sent.map(({ request }) => request)).toMatchObject([
    { kind: 'keep-session', session: 7, acknowledged: 2 },
  ])
  await clock.advance(40_000)
  expect(kinds()).toEqual(['keep-session', 'keep-session', 'keep-session'])
  await clock.advance(20_000)
  expect(kinds()).toEqual(['keep-session', 'keep-session', 'keep-session', 'close-session'])
  await clock.advance(600_000)
  expect(link.sent.length).toBe(4)
  expect(clock.timers).toBe(0)
  const later = command(2)
  await clock.turn()
  expect(later.value).toBe(2)
  expect(link.requests('open-session').length).toBe(1)
})

test('a session in use is not kept, and use begins the count anew', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  for (let i = 0; i < 30; i++) {
    command(i)
    await clock.advance(15_000)
  }
  expect(link.requests('keep-session')).toEqual([])
  expect(link.requests('open-session').length).toBe(1)
  await clock.advance(60_000)
  command('again')
  await clock.advance(60_000)
  expect(link.requests('close-session')).toEqual([])
  expect(link.requests('open-session').length).toBe(1)
})

test('a session with commands under way is never closed as idle', async () => {
  const { clock, link, command } = setting({ timeoutMs: 1_000_000, attemptTimeoutMs: 900_000 })
  link.script = leaderAt('a', { command: () => 'hold' })
  command(1)
  await clock.advance(500_000)
  expect(link.requests('close-session')).toEqual([])
  expect(link.requests('keep-session')).toEqual([])
})

test('keeping finds the leader like any other call', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  command(1)
  await clock.turn()
  link.script = leaderAt('c')
  await clock.advance(40_100)
  expect(link.requests('keep-session').map(({ address }) => address)).toEqual(['a', 'c'])
})

test('a session that turns out to be expired while it is kept is replaced', async () => {
  const { clock, link, command } = setting()
  const open = sessions()
  link.script = leaderAt('a', { 'open-session': open, 'keep-session': () => error('session-expired') })
  command(1)
  await clock.advance(41_000)
  const later = command(2)
  await clock.turn()
  expect(later.value).toBe(2)
  expect(link.requests('command').at(-1)!.request).toMatchObject({ session: 8, sequence: 1 })
})

test('after a sleep longer than the expiry, a fresh session is opened unasked', async () => {
  const { clock, link, command } = setting()
  const open = sessions()
  link.script = leaderAt('a', { 'open-session': open })
  command(1)
  await clock.turn()
  clock.suspend(60_001)
  const later = command(2)
  await clock.turn()
  expect(later.value).toBe(2)
  expect(link.requests('command').at(-1)!.request).toMatchObject({ session: 8, sequence: 1 })
})

test('a session that was kept is not taken for expired', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { 'keep-session': () => done })
  command(1)
  await clock.advance(41_000)
  clock.suspend(25_000)
  command(2)
  await clock.turn()
  expect(link.requests('open-session').length).toBe(1)
})

test('what a host says of its sessions is made sense of', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { 'open-session': () => session(7, { timeoutMs: Number.NaN, window: 0 }) })
  const calls = [command(1), command(2)]
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual([1, 2])
  await clock.advance(10_000)
  expect(link.requests('keep-session')).toEqual([])
  const eager = setting()
  eager.link.script = leaderAt('a', { 'open-session': () => session(7, { timeoutMs: 0.001 }) })
  eager.command(1)
  await eager.clock.advance(1000)
  expect(eager.link.requests('keep-session').length).toBeLessThanOrEqual(3)
})
