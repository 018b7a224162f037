import { setMaxListeners } from 'node:events'
import type { ErrorCode } from '@rafted/contracts'
import type { CommandRequest } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, located, ok, type Reply, said } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

/** A client with three commands under way at `a`, none of them answered. */
async function threeUnderWay(options?: Parameters<typeof setting>[0]) {
  const all = setting(options)
  all.link.script = leaderAt('a', { command: () => 'hold' })
  const calls = [all.command(1), all.command(2), all.command(3)]
  await all.clock.turn()
  const held = all.link.requests('command').map(({ request }) => request)
  all.link.sent.length = 0
  return { ...all, calls, held }
}

const commands = (link: ReturnType<typeof setting>['link']) =>
  link.requests('command').map(({ address, request }) => [address, request.sequence, said(request)])

const everywhere = [
  ['a', 1, 1],
  ['a', 2, 2],
  ['a', 3, 3],
]

test('redirected commands are sent again at once, all of them, in order', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = leaderAt('b')
  for (const request of held) link.answer(request, error('not-leader', { leader: 'b', term: 2 }))
  await clock.turn()
  expect(commands(link)).toEqual([
    ['b', 1, 1],
    ['b', 2, 2],
    ['b', 3, 3],
  ])
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 3])
})

const failures: [name: ErrorCode, answer: ReturnType<typeof error>][] = [
  ['not-leader', error('not-leader')],
  ['no-leader', error('no-leader', { outcome: 'unknown' })],
  ['timeout', error('timeout', { outcome: 'unknown' })],
  ['unreachable', error('unreachable', { outcome: 'unknown' })],
  ['closed', error('closed', { outcome: 'unknown' })],
  ['overloaded', error('overloaded')],
  ['sequence-gap', error('sequence-gap')],
  ['member-stopped', error('member-stopped', { outcome: 'unknown' })],
  ['storage-failed', error('storage-failed', { outcome: 'unknown' })],
  ['no-such-group', error('no-such-group')],
  ['a-code-of-the-future' as ErrorCode, error('a-code-of-the-future' as ErrorCode, { outcome: 'unknown' })],
]

test.each(failures)(
  'after %s everything unanswered is sent again, in order, after a back-off',
  async (code, answer) => {
    const { clock, link, calls, held, command } = await threeUnderWay()
    link.script = leaderAt('a')
    const from = clock.now()
    link.answer(held[1]!, answer)
    await clock.turn()
    expect(commands(link)).toEqual([])
    // What comes meanwhile waits its turn.
    const later = command(4)
    await clock.advance(30)
    expect(commands(link)).toEqual([...everywhere, ['a', 4, 4]])
    const waited = link.requests('command')[0]!.at - from
    expect(waited).toBeGreaterThan(0)
    expect(waited).toBeLessThan(10)
    expect([...calls, later].map(({ value }) => value)).toEqual([1, 2, 3, 4])
    // One session did all of it.
    expect(link.requests('open-session')).toEqual([])
    // Who says that there is a gap, or too much to do, leads: nobody is asked who does.
    const stillLeads = code === 'overloaded' || code === 'sequence-gap'
    expect(link.requests('locate').length).toBe(stillLeads ? 0 : 1)
  },
)

test('each success gives redirects a fresh start', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  await command(0).promise
  for (let term = 2; term < 20; term++) {
    const [from, to] = term % 2 === 0 ? ['a', 'b'] : ['b', 'a']
    link.script = (address, request) =>
      address === from ? error('not-leader', { leader: to, term }) : leaderAt(to)(address, request)
    const call = command(term)
    await clock.turn()
    expect(call.value).toBe(term)
  }
})

test('commands that are sent in circles are not sent without end', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  await command(0).promise
  let term = 1
  link.script = (address) => error('not-leader', { leader: address === 'a' ? 'b' : 'a', term: ++term })
  const call = command(1, { timeoutMs: 1000 })
  await clock.advance(1000)
  expect(call.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  expect(link.requests('command').length).toBeLessThan(150)
})

test('the failures that follow from one failure count once', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = leaderAt('a', { command: () => 'hold' })
  for (const request of held) link.answer(request, error('overloaded'))
  await clock.advance(30)
  expect(commands(link)).toEqual(everywhere)
  // Failures of the first attempts that come now are old; those of the second ones are not.
  const second = link.requests('command').map(({ request }) => request)
  link.answer(held[2]!, error('overloaded'))
  await clock.advance(1000)
  expect(commands(link)).toEqual(everywhere)
  link.answer(second[0]!, error('sequence-gap'))
  await clock.advance(30)
  expect(commands(link)).toEqual([...everywhere, ...everywhere])
  expect(calls.map(({ state }) => state)).toEqual(['waits', 'waits', 'waits'])
})

test('a late failure of an attempt before is no reason to send again', async () => {
  const { clock, link, held } = await threeUnderWay()
  link.script = leaderAt('a', { command: () => 'hold' })
  link.answer(held[0]!, error('overloaded'))
  await clock.advance(30)
  expect(commands(link)).toEqual(everywhere)
  link.answer(held[1]!, error('not-leader', { leader: 'b', term: 9 }))
  link.answer(held[2]!, error('sequence-gap'))
  await clock.advance(1000)
  expect(commands(link)).toEqual(everywhere)
})

test('answers are taken from any attempt, and what has one is not sent again', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = leaderAt('a', { command: () => 'hold' })
  link.answer(held[0]!, error('overloaded'))
  await clock.turn()
  link.answer(held[1]!, ok('two, late'))
  await clock.advance(30)
  expect(commands(link)).toEqual([
    ['a', 1, 1],
    ['a', 3, 3],
  ])
  expect(calls[1]!.value).toBe('two, late')
  const [one, three] = link.requests('command').map(({ request }) => request)
  link.answer(held[2]!, ok('three, by the first attempt'))
  link.answer(three!, ok('three, by the second'))
  link.answer(one!, ok('one'))
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(['one', 'two, late', 'three, by the first attempt'])
})

test('a leader that falls silent is given up after the time of an attempt', async () => {
  const { clock, link, calls } = await threeUnderWay({ attemptTimeoutMs: 500 })
  // Nobody knows of another leader.
  link.script = (_, request) => (request.kind === 'locate' ? located('a') : 'hold')
  await clock.advance(499)
  expect(commands(link)).toEqual([])
  link.script = leaderAt('b')
  await clock.advance(30)
  expect(commands(link).map(([address]) => address)).toEqual(['b', 'b', 'b'])
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 3])
})

test('a leader that is merely slow is given more time each time, so that it is not buried', async () => {
  const { clock, link, calls } = await threeUnderWay({ attemptTimeoutMs: 500, timeoutMs: 100_000 })
  link.script = leaderAt('a', { command: () => 'hold' })
  const from = clock.now() - 500
  await clock.advance(20_000)
  const rounds = link.requests('command').filter(({ request }) => request.sequence === 1)
  const pauses = rounds.map(({ at }, i) => at - (rounds[i - 1]?.at ?? from))
  // Besides the back-off, and the question who leads.
  const expected = [500, 1000, 2000, 4000, 8000]
  for (const [i, ms] of expected.entries()) {
    expect(pauses[i]).toBeGreaterThanOrEqual(i === 0 ? 0 : ms)
    expect(pauses[i]).toBeLessThan(ms + 600)
  }
  expect(rounds.length).toBe(expected.length)
  // Another leader is a new beginning.
  link.sent.length = 0
  link.script = leaderAt('b', { command: () => 'hold' })
  await clock.advance(20_000)
  const [first, second] = link.requests('command').filter(({ request }) => request.sequence === 1)
  expect([first!.address, second!.address]).toEqual(['b', 'b'])
  expect(second!.at - first!.at).toBeLessThan(500 + 600)
  link.script = leaderAt('c')
  await clock.advance(20_000)
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 3])
})

test('a leader that is lost is given up at once', async () => {
  const { clock, link, calls } = await threeUnderWay()
  link.script = leaderAt('b')
  link.lost('a')
  await clock.advance(30)
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 3])
})

test('while no leader is known commands wait, and are never sent to anybody else', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = (_, request) => (request.kind === 'locate' ? located(null) : 'hold')
  link.answer(held[0]!, error('no-leader'))
  await clock.advance(5000)
  expect(commands(link)).toEqual([])
  link.script = leaderAt('c')
  await clock.advance(2000)
  expect(commands(link).map(([address]) => address)).toEqual(['c', 'c', 'c'])
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 3])
})

test('back-off doubles up to a second while it fails, and begins anew after a success', async () => {
  const { clock, link, command } = setting({ random: { number: () => 0.999, bytes: () => new Uint8Array() } })
  let reply: Reply = error('overloaded')
  link.script = (address, request) =>
    request.kind === 'command' && reply !== 'hold' ? reply : leaderAt('c')(address, request)
  const call = command(1)
  await clock.advance(6000)
  const at = link.requests('command').map(({ at }) => at)
  const pauses = at.slice(1).map((time, i) => Math.round(time - at[i]!))
  expect(pauses.slice(0, 9)).toEqual([10, 20, 40, 80, 160, 320, 639, 999, 999])
  reply = 'hold'
  await clock.advance(1000)
  expect(call.value).toBe(1)
  reply = error('overloaded')
  link.sent.length = 0
  command(2)
  await clock.advance(35)
  expect(link.requests('command').length).toBe(3)
})

test('a command that is refused for good is taken out, and those behind it go through another session in order', async () => {
  const { clock, link, calls, held, command } = await threeUnderWay()
  link.script = leaderAt('a', {
    'open-session': () => ({
      kind: 'session',
      incarnation: 'f00d',
      session: 8,
      timeoutMs: 60_000,
      window: 256,
    }),
  })
  link.answer(held[1]!, error('too-large', { message: 'Too large.' }))
  await clock.turn()
  const later = command(4)
  await clock.turn()
  expect(calls[1]!.error).toMatchObject({ code: 'too-large', outcome: 'not-applied', message: 'Too large.' })
  // They don't overtake what precedes them in the session before.
  expect(link.sent).toEqual([])
  link.answer(held[0]!, ok('one'))
  await clock.turn()
  expect([...calls, later].map(({ value }) => value)).toEqual(['one', undefined, 3, 4])
  const sent = link
    .requests('command')
    .map(({ request }) => [request.session, request.sequence, said(request)])
  expect(sent).toEqual([
    [8, 1, 3],
    [8, 2, 4],
  ])
  // A late answer of the old session to one that has moved means nothing.
  link.answer(held[2]!, error('sequence-gap'))
  await clock.advance(1000)
  expect(link.requests('command').length).toBe(2)
  expect(link.requests('close-session').map(({ request }) => request.session)).toEqual([7])
})

test('a command that has moved to another session is under way there, whatever comes from the old one', async () => {
  const all = await threeUnderWay()
  const { clock, link, held, calls } = all
  const controller = new AbortController()
  const moved = all.command(4, { signal: controller.signal })
  await clock.turn()
  const old = link.requests('command')[0]!.request
  link.answer(held[1]!, error('too-large'))
  await clock.turn()
  expect(calls[1]!.error?.code).toBe('too-large')
  link.answer(old, error('sequence-gap'))
  await clock.turn()
  link.answer(held[0]!, ok('one'))
  await clock.turn()
  expect(link.requests('command').map(({ request }) => said(request))).toEqual([4, 3, 4])
  controller.abort()
  await clock.turn()
  expect(moved.error).toMatchObject({ code: 'aborted', outcome: 'unknown' })
})

test('one that is refused while another attempt is under way is decided when that is over', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = leaderAt('a', { command: () => 'hold' })
  link.answer(held[1]!, error('sequence-gap'))
  await clock.advance(30)
  const again = link.requests('command').map(({ request }) => request)
  link.answer(again[0]!, error('too-large'))
  link.answer(again[1]!, error('sequence-gap'))
  await clock.advance(200)
  // Nothing is sent meanwhile: behind it nothing can be done.
  expect(link.requests('command').length).toBe(3)
  expect(calls.map(({ state }) => state)).toEqual(['waits', 'waits', 'waits'])
  link.script = leaderAt('a')
  link.answer(held[0]!, error('not-leader'))
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'too-large', outcome: 'not-applied' })
  expect([calls[1]!.value, calls[2]!.value]).toEqual([2, 3])
})

test('one that is refused and done after all is answered, and what is behind it goes on', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = leaderAt('a', { command: () => 'hold' })
  link.answer(held[1]!, error('sequence-gap'))
  await clock.advance(30)
  const again = link.requests('command').map(({ request }) => request)
  link.answer(again[0]!, error('too-large'))
  link.answer(again[1]!, error('sequence-gap'))
  await clock.advance(200)
  link.script = leaderAt('a')
  link.answer(held[0]!, ok('one'))
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(['one', 2, 3])
})

test('one that is refused after an attempt that may have done it leaves it open, and ends its session', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = (_, request) =>
    request.kind === 'locate' ? located('a') : request.kind === 'command' ? 'hold' : error('no-leader')
  link.answer(held[0]!, error('no-leader', { outcome: 'unknown' }))
  await clock.advance(30)
  const again = link.requests('command').map(({ request }) => request)
  link.answer(again[0]!, error('too-large'))
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'too-large', outcome: 'unknown' })
  // The others have attempts on the way whose answers count.
  expect(calls.map(({ state }) => state)).toEqual(['rejected', 'waits', 'waits'])
  link.answer(held[1]!, ok('two'))
  link.answer(again[2]!, error('sequence-gap'))
  link.answer(held[2]!, error('sequence-gap'))
  await clock.turn()
  expect(calls[1]!.value).toBe('two')
  expect(calls[2]!.error).toMatchObject({ code: 'session-expired', outcome: 'not-applied' })
})

test('group-mismatch ends what is under way as ambiguous-group', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = () => 'unreachable'
  link.answer(held[0]!, error('group-mismatch'))
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'ambiguous-group', outcome: 'not-applied' })
  link.answer(held[1]!, ok('done before'))
  link.answer(held[2]!, error('timeout', { outcome: 'unknown' }))
  await clock.turn()
  expect(calls[1]!.value).toBe('done before')
  expect(calls[2]!.error).toMatchObject({ code: 'ambiguous-group', outcome: 'unknown' })
})

test('a group that nobody knows any more ends what is under way', async () => {
  const { clock, link, calls, held } = await threeUnderWay()
  link.script = () => error('no-such-group')
  link.answer(held[0]!, error('no-such-group'))
  link.answer(held[1]!, error('no-such-group'))
  await clock.advance(100)
  expect(calls[0]!.error).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
  expect(calls[1]!.error).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
  // This one's attempt is on the way.
  expect(calls[2]!.state).toBe('waits')
  await clock.advance(3000)
  expect(calls[2]!.error).toMatchObject({ code: 'no-such-group', outcome: 'unknown' })
})

test('a link that breaks its word breaks no client', async () => {
  const { clock, link, command, query } = setting()
  link.script = leaderAt('a')
  await command(0).promise
  const call = link.call.bind(link)
  // As links of somebody's own, which have only what they must have.
  Object.assign(link, { ask: undefined })
  let broken = true
  link.call = (...args) => (broken ? Promise.reject(new Error('link bug')) : call(...args))
  const calls = [command(1), query(2)]
  await clock.advance(500)
  expect(calls.map(({ state }) => state)).toEqual(['waits', 'waits'])
  link.call = (address, request, ms) => (broken ? Promise.resolve({} as never) : call(address, request, ms))
  await clock.advance(500)
  broken = false
  await clock.advance(3000)
  expect(calls.map(({ value }) => value)).toEqual([1, 2])
})

test('retries are limited for the client as a whole, and none of them outlasts its call', async () => {
  const { clock, link, query } = setting({ timeoutMs: 5000 })
  link.script = (_, request) => (request.kind === 'locate' ? located('a') : error('overloaded'))
  const calls = Array.from({ length: 3000 }, (_, i) => query(i))
  await clock.turn()
  const first = link.requests('query').length
  expect(first).toBe(3000)
  await clock.advance(1000)
  const second = link.requests('query').length - first
  // 500 at once and 500 each second.
  expect(second).toBeGreaterThan(900)
  expect(second).toBeLessThanOrEqual(1001)
  await clock.advance(3999)
  expect(calls.filter(({ state }) => state === 'waits').length).toBe(3000)
  expect(link.requests('query').length).toBeLessThanOrEqual(3000 + 500 + 5 * 500 + 1)
  await clock.advance(1)
  expect(calls.filter(({ error }) => error?.code === 'timeout').length).toBe(3000)
  // A last look at who is waited for.
  await clock.advance(100)
  expect(clock.timers).toBe(0)
})

test('tokens that are not used any more go to others', async () => {
  const { clock, link, query } = setting()
  link.script = (_, request) => (request.kind === 'locate' ? located('a') : error('overloaded'))
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  for (let i = 0; i < 2000; i++) query(i, { signal: controller.signal })
  await clock.turn()
  controller.abort()
  await clock.turn()
  link.script = leaderAt('a')
  let answer = error('overloaded')
  link.script = (address, request) =>
    request.kind === 'query' && answer.code === 'overloaded' ? answer : leaderAt('a')(address, request)
  const call = query('x')
  await clock.turn()
  answer = error('no-leader')
  // Without them, this one would wait three seconds for its turn.
  await clock.advance(100)
  expect(call.value).toBe('x')
})

test('commands of different groups do not wait for each other', async () => {
  const { clock, link, client, command } = setting()
  link.script = (address, request) =>
    request.group === 'queue' ? 'unreachable' : leaderAt('a')(address, request)
  const stuck = command(1)
  const other = client.machine('other', { codec: null }).command(2)
  await clock.turn()
  expect(await other).toBe(2)
  expect(stuck.state).toBe('waits')
})

test('between commands, news of another leader is heeded', async () => {
  const { clock, link, command, query } = setting()
  link.script = leaderAt('a')
  command(1)
  await clock.turn()
  link.script = leaderAt('b')
  link.script = (address, request) =>
    address === 'a' ? error('not-leader', { leader: 'b', term: 3 }) : leaderAt('b')(address, request)
  query('x')
  await clock.turn()
  const sentToA = link.requests('command').length
  const call = command(2)
  await clock.turn()
  expect(call.value).toBe(2)
  expect(link.requests('command').slice(sentToA)).toMatchObject([{ address: 'b' }])
  expect((link.requests('command').at(-1)!.request as CommandRequest).sequence).toBe(2)
})
