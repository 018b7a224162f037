import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, ok, said, session } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

test('a session is opened for the first command and serves all that follow', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  const first = command('x')
  await clock.turn()
  expect(first.value).toBe('x')
  const second = command('y')
  await clock.turn()
  expect(second.value).toBe('y')
  expect(link.requests('open-session').length).toBe(1)
  expect(link.requests('command').map(({ request }) => request)).toMatchObject([
    { group: 'queue', incarnation: 'f00d', session: 7, sequence: 1, acknowledged: 1, key: null },
    { group: 'queue', incarnation: 'f00d', session: 7, sequence: 2, acknowledged: 2, key: null },
  ])
})

test('nothing is sent before something is called', async () => {
  const { clock, link } = setting()
  await clock.advance(100_000)
  expect(link.sent).toEqual([])
})

test('commands leave in the order of their calls without waiting for each other', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  const calls = Array.from({ length: 50 }, (_, i) => command(i))
  await clock.turn()
  const sent = link.requests('command')
  expect(sent.map(({ request }) => [request.sequence, said(request)])).toEqual(
    calls.map((_, i) => [i + 1, i]),
  )
  // Answers in any order reach whom they belong to.
  for (const { request } of [...sent].reverse()) link.answer(request, ok(`did ${said(request)}`))
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(calls.map((_, i) => `did ${i}`))
})

test('`acknowledged` is the lowest unanswered sequence, also when answers come out of order', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold' })
  for (let i = 1; i <= 4; i++) command(i)
  await clock.turn()
  const [one, two, three] = link.requests('command').map(({ request }) => request)
  link.answer(two!, ok(null))
  link.answer(three!, ok(null))
  await clock.turn()
  command(5)
  await clock.turn()
  expect(link.requests('command').at(-1)!.request).toMatchObject({ sequence: 5, acknowledged: 1 })
  link.answer(one!, ok(null))
  await clock.turn()
  command(6)
  await clock.turn()
  expect(link.requests('command').at(-1)!.request).toMatchObject({ sequence: 6, acknowledged: 4 })
})

test('no more commands than the window are unanswered; the others wait in order', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': () => session(7, { window: 4 }) })
  const calls = Array.from({ length: 10 }, (_, i) => command(i + 1))
  await clock.turn()
  const sequences = () => link.requests('command').map(({ request }) => request.sequence)
  expect(sequences()).toEqual([1, 2, 3, 4])
  const [one, two, three] = link.requests('command').map(({ request }) => request)
  // The window is counted from the lowest unanswered one.
  link.answer(two!, ok(null))
  link.answer(three!, ok(null))
  await clock.turn()
  expect(sequences()).toEqual([1, 2, 3, 4])
  link.answer(one!, ok(null))
  await clock.turn()
  expect(sequences()).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(link.requests('command').map(({ request }) => said(request))).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(calls.filter(({ state }) => state === 'waits').length).toBe(7)
})

test('the window is never larger than 1024, nor than 64 MiB', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': () => session(7, { window: 1e9 }) })
  for (let i = 0; i < 2000; i++) command(i)
  await clock.turn()
  expect(link.requests('command').length).toBe(1024)

  const large = setting({ codec: { encode: () => new Uint8Array(30 * 1024 * 1024), decode: () => null } })
  large.link.script = leaderAt('a', { command: () => 'hold' })
  for (let i = 0; i < 4; i++) {
    large.command(i)
    await large.clock.turn()
  }
  expect(large.link.requests('command').length).toBe(2)
  large.link.answer(large.link.requests('command')[0]!.request, ok(null))
  await large.clock.turn()
  expect(large.link.requests('command').length).toBe(3)
})

test('too many or too large commands are refused before they are sent: overloaded', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { command: () => 'hold', 'open-session': () => session(7, { window: 1 }) })
  command(0)
  await clock.turn()
  const queued = Array.from({ length: 16_384 }, (_, i) => command(i + 1))
  const beyond = command('beyond')
  await clock.turn()
  expect(beyond.error).toMatchObject({ code: 'overloaded', outcome: 'not-applied' })
  expect(queued.every(({ state }) => state === 'waits')).toBe(true)

  const large = setting({ codec: { encode: () => new Uint8Array(30 * 1024 * 1024), decode: () => null } })
  const calls = [0, 1, 2].map(() => large.command('x'))
  await large.clock.turn()
  expect(calls.map(({ error }) => error?.code)).toEqual([undefined, undefined, 'overloaded'])
})

test('a command the machine refuses is a command-error with its reason and data', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', {
    command: () => ({
      kind: 'result',
      status: 'refused',
      index: 3,
      term: 1,
      payload: valueCodec.encode(['full', 'The queue is full.', { size: 10 }]),
    }),
  })
  const call = command('x')
  await clock.turn()
  expect(call.error).toMatchObject({
    code: 'command-error',
    outcome: 'not-applied',
    message: 'The queue is full.',
    details: { reason: 'full', data: { size: 10 } },
  })
})

test('a command that failed in the machine is command-failed, a query query-failed', async () => {
  const { clock, link, command, query } = setting()
  const failed = () =>
    ({ kind: 'result', status: 'failed', index: 3, term: 1, payload: new Uint8Array() }) as const
  link.script = leaderAt('a', { command: failed, query: failed })
  const calls = [command('x'), query('x')]
  await clock.turn()
  expect(calls[0]!.error).toMatchObject({ code: 'command-failed', outcome: 'not-applied' })
  expect(calls[1]!.error).toMatchObject({ code: 'query-failed', outcome: 'not-applied' })
})

test('a result that can not be read has been done all the same', async () => {
  const { clock, link, command, query } = setting()
  const garbage = () =>
    ({ kind: 'result', status: 'ok', index: 3, term: 1, payload: Uint8Array.of(0xc1) }) as const
  link.script = leaderAt('a', { command: garbage, query: garbage })
  const calls = [command('x'), query('x'), command('y')]
  await clock.turn()
  expect(calls.map(({ error }) => [error?.code, error?.outcome])).toEqual([
    ['bad-bytes', 'unknown'],
    ['bad-bytes', 'not-applied'],
    ['bad-bytes', 'unknown'],
  ])
})

test('what can not be encoded, and options that make no sense, are refused before anything is sent', async () => {
  const { clock, link, command, query } = setting()
  const calls = [
    command(() => 1),
    query(() => 1),
    command('x', { timeoutMs: 0 }),
    command('x', { timeoutMs: Number.NaN }),
    query('x', { timeoutMs: Number.POSITIVE_INFINITY }),
    command('x', { key: '' }),
    command('x', { key: 'k'.repeat(129) }),
    command('x', { key: '\ud800' }),
    command('x', { trace: '' }),
    command('x', { trace: 't'.repeat(65) }),
  ]
  await clock.turn()
  for (const { error } of calls)
    expect(error).toMatchObject({ code: 'invalid-argument', outcome: 'not-applied' })
  expect(link.sent).toEqual([])

  const broken = setting({
    codec: {
      encode() {
        throw new TypeError('not mine')
      },
      decode: () => null,
    },
  })
  const call = broken.command('x')
  await broken.clock.turn()
  expect(call.error).toMatchObject({ code: 'invalid-argument', outcome: 'not-applied' })
})

test('a trace travels with its command, and with no other', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  command('x', { trace: 'somebody’s' })
  command('y')
  await clock.turn()
  expect(link.requests('command').map(({ request }) => request.trace)).toEqual(['somebody’s', null])
})

test("the caller's key travels with its command", async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a')
  command('x', { key: 'order 12' })
  await clock.turn()
  expect(link.requests('command')[0]!.request.key).toBe('order 12')
})

test('when no session can be had, what waits for one is refused by name', async () => {
  const { clock, link, command } = setting()
  link.script = leaderAt('a', { 'open-session': () => error('too-many-sessions') })
  const calls = [command('x'), command('y')]
  await clock.turn()
  for (const call of calls)
    expect(call.error).toMatchObject({ code: 'too-many-sessions', outcome: 'not-applied' })
  link.script = leaderAt('a')
  const later = command('z')
  await clock.turn()
  expect(later.value).toBe('z')
})

test('no-such-group reaches every command that waits', async () => {
  const { clock, link, command } = setting()
  link.script = () => error('no-such-group')
  const calls = [command('x'), command('y')]
  await clock.turn()
  for (const call of calls)
    expect(call.error).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
})
