/** A leader that vanishes without a word while somebody waits for it (F49g). */
import type { CommandRequest, Request } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, located, ok, type Reply, said } from './scripted-link.ts'
import { leaderAt, type SettingOptions, setting } from './setting.ts'

const ATTEMPT_MS = 2000

/** `a` leads and has answered; from now on it holds what it is asked for, and the others say what `others` does. */
async function silence(options: SettingOptions = {}) {
  const made = setting({ attemptTimeoutMs: ATTEMPT_MS, ...options })
  made.link.script = leaderAt('a')
  expect(await made.command(0).promise).toBe(0)
  made.link.sent.length = 0
  const others = (reply: (address: string | null, request: Request) => Reply): void => {
    made.link.script = (address, request) => (address === 'a' ? 'hold' : reply(address, request))
  }
  others((_, request) =>
    request.kind === 'locate' ? located('a') : error('not-leader', { leader: 'a', term: 1 }),
  )
  return { ...made, others }
}

const ledByB = (address: string | null, request: Request): Reply =>
  request.kind === 'locate' ? located('b', { term: 2 }) : leaderAt('b')(address, request)

test('what waits for it goes to whoever is elected meanwhile, long before the attempt is over', async () => {
  const { clock, link, others, command, query } = await silence()
  const calls = [command(1), command(2), query('x')]
  await clock.advance(1200)
  expect(calls.map(({ state }) => state)).toEqual(['waits', 'waits', 'waits'])
  others(ledByB)
  await clock.advance(100)
  expect(calls.map(({ value }) => value)).toEqual([1, 2, 'x'])
  const sent = link
    .requests('command')
    .map(({ address, request }) => [address, request.sequence, said(request)])
  expect(sent).toEqual([
    ['a', 2, 1],
    ['a', 3, 2],
    ['b', 2, 1],
    ['b', 3, 2],
  ])
  // The same session: whoever gets them twice knows them.
  expect(new Set(link.requests('command').map(({ request }) => request.session)).size).toBe(1)
})

test('a late answer of the one that was given up counts, and its failure does not', async () => {
  const { clock, link, others, command } = await silence()
  const calls = [command(1), command(2)]
  await clock.turn()
  const [one, two] = link.requests('command').map(({ request }) => request as CommandRequest)
  others((address, request) => (request.kind === 'command' ? 'hold' : ledByB(address, request)))
  await clock.advance(800)
  const atB = (): number => link.requests('command').filter(({ address }) => address === 'b').length
  expect(atB()).toBe(2)
  link.answer(one!, ok('late'))
  link.answer(two!, error('not-leader', { outcome: 'unknown' }))
  await clock.advance(500)
  expect(calls.map(({ value, state }) => [state, value])).toEqual([
    ['resolved', 'late'],
    ['waits', undefined],
  ])
  expect(atB()).toBe(2)
})

test('nothing is asked while it answers something, however long one command takes', async () => {
  const { clock, link, command, query } = await silence({ attemptTimeoutMs: 4000, timeoutMs: 10_000 })
  link.script = (_, request) => (request.kind === 'command' ? 'hold' : ok(said(request)))
  command('slow')
  for (let i = 0; i < 30; i++) {
    expect(await query(i).promise).toBe(i)
    await clock.advance(100)
  }
  expect(link.requests('locate')).toEqual([])
})

test('an error is a sign of life too', async () => {
  const { clock, link, command, machine } = await silence({ attemptTimeoutMs: 4000, timeoutMs: 10_000 })
  link.script = (_, request) => (request.kind === 'command' ? 'hold' : error('invalid-argument'))
  command('slow')
  for (let i = 0; i < 30; i++) {
    await expect(machine.query(i)).rejects.toMatchObject({ code: 'invalid-argument' })
    await clock.advance(100)
  }
  expect(link.requests('locate')).toEqual([])
})

test('where it has nothing else to answer, it is asked itself from time to time, and nobody else', async () => {
  const { clock, link, command } = await silence({ attemptTimeoutMs: 4000, timeoutMs: 10_000 })
  link.script = (address, request) => (request.kind === 'command' ? 'hold' : leaderAt('a')(address, request))
  const slow = command('slow')
  await clock.advance(3900)
  expect(slow.state).toBe('waits')
  const asked = link.requests('locate')
  expect(asked.map(({ address }) => address)).toEqual(['a', 'a', 'a'])
})

test('old news moves nothing', async () => {
  const { clock, link, others, command } = await silence()
  command(1)
  others((address, request) =>
    request.kind === 'locate' ? located('c', { term: 0 }) : leaderAt('c')(address, request),
  )
  await clock.advance(1900)
  expect(link.requests('locate').length).toBeGreaterThan(10)
  expect(link.requests('command').map(({ address }) => address)).toEqual(['a'])
})

test('the questions of one attempt are few, however long it is, and go to all others in turn', async () => {
  const { clock, link, command } = await silence()
  command(1)
  await clock.advance(1990)
  const asked = link.requests('locate').map(({ address }) => address)
  expect(asked.length).toBeLessThanOrEqual(30)
  expect(asked.filter((address) => address === 'a').length).toBe(1)
  for (const host of ['b', 'c'])
    expect(asked.filter((address) => address === host).length).toBeGreaterThan(10)
  const long = await silence({ attemptTimeoutMs: 60_000, timeoutMs: 100_000 })
  long.command(1)
  await long.clock.advance(59_000)
  expect(long.link.requests('locate').length).toBeLessThanOrEqual(60)
  // Attempts that double, each the next one's successor: the silence is one, and it is asked less and less often.
  const many = await silence({ timeoutMs: 100_000 })
  many.command(1)
  await many.clock.advance(60_000)
  expect(many.link.requests('command').length).toBe(5)
  expect(many.link.requests('locate').length).toBeLessThanOrEqual(300)
})

test('calls to one group ask together, and each question takes of the retry budget', async () => {
  const { clock, link, client } = await silence({ timeoutMs: 60_000 })
  for (let i = 0; i < 400; i++)
    for (const _ of [1, 2])
      void client
        .machine(`g${i}`, { codec: null })
        .query(i)
        .catch(() => {})
  await clock.advance(1)
  link.script = (address, request) => (request.kind === 'locate' && address !== 'a' ? located('a') : 'hold')
  await clock.advance(100)
  link.sent.length = 0
  await clock.advance(1500)
  // 500 at once, which searches have taken, and 500 each second.
  const asked = link.requests('locate').length
  expect(asked).toBeGreaterThan(200)
  expect(asked).toBeLessThanOrEqual(750)
  const closing = client.close()
  await clock.advance(1000)
  await closing
})

test('a process that was paused has heard nobody, and holds it against nobody', async () => {
  const { clock, link, command } = await silence()
  const now = clock.now.bind(clock)
  let skippedMs = 0
  clock.now = () => now() + skippedMs
  const call = command(1)
  // Until it was looked once: what has answered before counts then.
  await clock.advance(60)
  skippedMs = 1500
  await clock.advance(60)
  expect(link.requests('locate')).toEqual([])
  link.answer(link.requests('command')[0]!.request, ok('waited unread'))
  await clock.turn()
  expect(call.value).toBe('waited unread')
})

test('nothing is looked at once nobody waits, nor when the client is closed', async () => {
  const { clock, client, command, link } = await silence()
  link.script = leaderAt('a')
  expect(await command(1).promise).toBe(1)
  await clock.advance(100)
  const idle = clock.timers
  await clock.advance(100)
  expect(clock.timers).toBe(idle)
  link.script = () => 'hold'
  void command(2).promise.catch(() => {})
  await clock.turn()
  const closing = client.close()
  await clock.advance(1000)
  await closing
  expect(clock.timers).toBe(0)
})
