import { expect, test } from 'vitest'
import { error, located, ok, said } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

test('the first address that knows is believed, and the leader is remembered', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('b')
  const first = query('x')
  await clock.turn()
  expect(first.value).toBe('x')
  expect(link.sent.map(({ address, request }) => [request.kind, address])).toEqual([
    ['locate', 'a'],
    ['query', 'b'],
  ])
  const second = query('y')
  await clock.turn()
  expect(second.value).toBe('y')
  expect(link.sent.length).toBe(3)
})

test('queries carry the incarnation that was seen first', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('a')
  query('x')
  await clock.turn()
  expect(link.requests('query')[0]!.request.incarnation).toBe('f00d')
  expect(link.requests('locate')[0]!.request.incarnation).toBeNull()
})

test('a redirect is followed at once', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('a')
  query('x')
  await clock.turn()
  link.script = (address, request) =>
    address === 'c' ? ok(said(request)) : error('not-leader', { leader: 'c', term: 2 })
  const next = query('y')
  await clock.turn()
  expect(next.value).toBe('y')
  expect(link.requests('query').map(({ address }) => address)).toEqual(['a', 'a', 'c'])
  // No pause before it: of timers there are that of the calls and that of who is waited for.
  expect(clock.timers).toBeLessThanOrEqual(2)
})

test('F107: a redirect of a lower term than one already followed is old news', async () => {
  const { clock, link, query } = setting()
  link.script = (_, request) => (request.kind === 'locate' ? located('b', { term: 5 }) : ok(said(request)))
  query('x')
  await clock.turn()
  // b has stepped down and names a leader of term 4; c is the leader of term 6.
  link.script = (address, request) => {
    if (address === 'c') return request.kind === 'locate' ? located('c', { term: 6 }) : ok(said(request))
    if (request.kind === 'locate') return located('a', { term: 4 })
    return error('not-leader', { leader: 'a', term: 4 })
  }
  const next = query('y')
  await clock.advance(200)
  expect(next.value).toBe('y')
  const asked = link.requests('query').map(({ address }) => address)
  expect(asked).toEqual(['b', 'b', 'c'])
})

test('when everybody tells old news only, what was followed before is doubted', async () => {
  const { clock, link, query } = setting()
  link.script = (_, request) => (request.kind === 'locate' ? located('b', { term: 50 }) : ok(said(request)))
  query('x')
  await clock.turn()
  link.script = (address, request) => {
    if (request.kind === 'locate') return located('a', { term: 4 })
    return address === 'a' ? ok(said(request)) : error('no-leader')
  }
  const next = query('y')
  await clock.advance(5000)
  expect(next.value).toBe('y')
})

test('a host that names itself, or names in circles, is not asked without end', async () => {
  const { clock, link, query } = setting({ timeoutMs: 1000 })
  let term = 1
  link.script = (address, request) => {
    const other = address === 'a' ? 'b' : 'a'
    return request.kind === 'locate'
      ? located(other, { term })
      : error('not-leader', { leader: other, term: ++term })
  }
  const circles = query('x')
  await clock.advance(1000)
  expect(circles.error).toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  expect(link.requests('query').length).toBeLessThan(150)
  link.sent.length = 0
  link.script = (address, request) =>
    request.kind === 'locate'
      ? located(address, { term })
      : error('not-leader', { leader: address, term: ++term })
  const itself = query('x')
  await clock.advance(1000)
  expect(itself.error?.code).toBe('timeout')
  expect(link.requests('query').length).toBeLessThan(60)
})

test('hosts that do not answer or know no leader are followed by the next, after a back-off', async () => {
  const { clock, link, query } = setting()
  link.script = (address, request) => {
    if (address === 'a') return 'unreachable'
    if (address === 'b') return located(null)
    return request.kind === 'locate' ? located('c') : ok(said(request))
  }
  const call = query('x')
  await clock.turn()
  expect(link.sent.map(({ address }) => address)).toEqual(['a'])
  await clock.advance(30)
  expect(call.value).toBe('x')
  expect(link.sent.map(({ address }) => address)).toEqual(['a', 'b', 'c', 'c'])
  const [first, second, third] = link.sent.map(({ at }) => at)
  expect(second! - first!).toBeGreaterThan(0)
  expect(second! - first!).toBeLessThan(10)
  expect(third! - second!).toBeGreaterThan(0)
  expect(third! - second!).toBeLessThan(20)
})

test('who knew no leader yet is asked again after each that does not answer (F49i)', async () => {
  const { clock, link, query } = setting({ local: true })
  let leads = false
  link.script = (address, request) => {
    if (address !== null) return 'hold'
    if (request.kind === 'locate') return located(leads ? 'a' : null)
    return ok(said(request))
  }
  const call = query('x')
  await clock.turn()
  leads = true
  await clock.advance(1100)
  expect(call.value).toBe('x')
  expect(link.sent.filter(({ address }) => address !== null)).toHaveLength(1)
})

test('the host this client lives in is asked first, and serves without the network if it leads', async () => {
  const { clock, link, query } = setting({ local: true })
  link.script = (address, request) =>
    address !== null ? 'unreachable' : request.kind === 'locate' ? located('a') : ok(said(request))
  const call = query('x')
  await clock.turn()
  expect(call.value).toBe('x')
  expect(link.sent.map(({ address }) => address)).toEqual([null, null])
})

test('the host this client lives in names the leader if it does not lead', async () => {
  const { clock, link, query } = setting({ local: true })
  link.script = leaderAt('b')
  const call = query('x')
  await clock.turn()
  expect(call.value).toBe('x')
  expect(link.sent.map(({ address, request }) => [request.kind, address])).toEqual([
    ['locate', null],
    ['query', null],
    ['query', 'b'],
  ])
})

test('no-such-group is final once every address has said so, and says what to do', async () => {
  const { clock, link, query } = setting({ local: true })
  link.script = (address) =>
    address === 'b'
      ? error('no-such-group')
      : located(null, { knows: address === 'c' ? 'waiting' : 'unknown', incarnation: null })
  const call = query('x')
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
  expect(call.error?.message).toContain(`client.createGroup('queue', { at: 'a' })`)
  expect(call.error?.message).toContain(`host.createGroup('queue', { machine })`)
  expect(link.sent.map(({ address }) => address)).toEqual([null, 'a', 'b', 'c'])
})

test('no-such-group is not final while an address does not answer', async () => {
  const { clock, link, query } = setting()
  let up = false
  link.script = (address, request) => {
    if (address !== 'c') return error('no-such-group')
    if (!up) return 'unreachable'
    return request.kind === 'locate' ? located('c') : ok(said(request))
  }
  const call = query('x')
  await clock.advance(5000)
  expect(call.state).toBe('waits')
  up = true
  await clock.advance(3000)
  expect(call.value).toBe('x')
})

test('time runs out with the reason of the last failure', async () => {
  const { clock, link, query } = setting({ timeoutMs: 700 })
  link.script = () => located(null)
  const call = query('x')
  await clock.advance(699)
  expect(call.state).toBe('waits')
  await clock.advance(1)
  expect(call.error).toMatchObject({
    code: 'timeout',
    outcome: 'not-applied',
    details: { last: 'no-leader' },
  })
  expect(call.error?.message).toContain('700 ms')
})

test('of two leaders of one term the one that is known stays', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('a', { query: () => 'hold' })
  const calls = [query('x'), query('y')]
  await clock.turn()
  const [one, two] = link.requests('query').map(({ request }) => request)
  link.script = (_, request) => ok(said(request))
  link.answer(one!, error('not-leader', { leader: 'b', term: 5 }))
  await clock.turn()
  link.answer(two!, error('not-leader', { leader: 'c', term: 5 }))
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(['x', 'y'])
  expect(link.requests('query').map(({ address }) => address)).toEqual(['a', 'a', 'b', 'b'])
})

test('many that wait share one search', async () => {
  const { clock, link, query } = setting()
  link.script = (_, request) => (request.kind === 'locate' ? 'hold' : ok(said(request)))
  const calls = Array.from({ length: 100 }, (_, i) => query(i))
  await clock.turn()
  expect(link.sent.length).toBe(1)
  link.answer(link.sent[0]!.request, located('a') as never)
  await clock.turn()
  expect(calls.map(({ value }) => value)).toEqual(calls.map((_, i) => i))
})

test('a search ends when nobody waits any more', async () => {
  const { clock, link, query } = setting()
  link.script = () => 'unreachable'
  const controller = new AbortController()
  const call = query('x', { signal: controller.signal })
  await clock.advance(100)
  controller.abort(new Error('enough'))
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  expect(call.error?.cause).toEqual(new Error('enough'))
  await clock.advance(1000)
  const asked = link.sent.length
  await clock.advance(60_000)
  expect(link.sent.length).toBe(asked)
  expect(clock.timers).toBe(0)
})

test('two incarnations of a name: ambiguous-group', async () => {
  const { clock, link, query } = setting()
  link.script = leaderAt('a')
  query('x')
  await clock.turn()
  link.script = () => error('group-mismatch')
  const refused = query('y')
  await clock.turn()
  expect(refused.error).toMatchObject({ code: 'ambiguous-group', outcome: 'not-applied' })
  link.script = (_, request) =>
    request.kind === 'locate' ? located('a', { incarnation: 'beef' }) : error('no-leader')
  const seen = query('z')
  await clock.advance(100)
  expect(seen.error).toMatchObject({ code: 'ambiguous-group', outcome: 'not-applied' })
  expect(seen.error?.message).toContain('f00d')
  expect(seen.error?.message).toContain('beef')
})

test('members that were named are asked when no given address answers', async () => {
  const { clock, link, query } = setting({ addresses: ['a'] })
  link.script = (_, request) =>
    request.kind === 'locate' ? located('a', { members: ['a', 'd', 'e'] }) : ok(said(request))
  query('x')
  await clock.turn()
  link.script = (address, request) => {
    if (address === 'a') return 'unreachable'
    return request.kind === 'locate' ? located('e', { term: 2 }) : ok(said(request))
  }
  const call = query('y')
  await clock.advance(1000)
  expect(call.value).toBe('y')
})

test('addresses may depend on the group; a function that throws is reported as such', async () => {
  const { clock, link, client, query } = setting({
    addresses: (group) => {
      if (group === 'queue') throw new Error('no idea')
      return ['x']
    },
  })
  const broken = query('y')
  await clock.turn()
  expect(broken.error?.code).toBe('invalid-argument')
  link.script = leaderAt('x')
  expect(await client.machine('other', { codec: null }).query('z')).toBe('z')
  expect(link.sent.every(({ address }) => address === 'x')).toBe(true)
})

test('without any address nothing is waited for', async () => {
  const { clock, query } = setting({ addresses: () => [] })
  const call = query('y')
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
})

test('F93g: who may not even be told where the group is learns that at once', async () => {
  const { clock, link, query } = setting()
  link.script = () => error('not-allowed')
  const call = query('x')
  await clock.turn()
  expect(call.error).toMatchObject({ code: 'not-allowed', outcome: 'not-applied' })
  expect(link.sent).toHaveLength(1)
})

test('a leader that let a command wait for as long as its caller did is not asked first by the next one (F49f)', async () => {
  const { clock, link, command } = setting({ addresses: ['a', 'b', 'c'] })
  link.script = leaderAt('a')
  const first = command(1)
  await clock.turn()
  expect(first.value).toBe(1)
  // It hangs, and the others elect another, too late for this call.
  link.script = (_, request) => (request.kind === 'locate' ? located('a') : 'hold')
  const second = command(2, { timeoutMs: 2000 })
  await clock.advance(2000)
  expect(second.error).toMatchObject({ code: 'timeout', outcome: 'unknown' })
  link.script = (address, request) => (address === 'a' ? 'hold' : leaderAt('b')(address, request))
  link.sent.length = 0
  const third = command(3, { timeoutMs: 2000 })
  await clock.advance(100)
  expect(third.value).toBe(3)
  expect(link.sent.map(({ address }) => address)).not.toContain('a')
})

test('a caller that waits for a moment only says nothing about the leader', async () => {
  const { clock, link, command } = setting({ addresses: ['a', 'b', 'c'] })
  link.script = (address, request) =>
    request.kind === 'command' && said(request) === 2 ? 'hold' : leaderAt('a')(address, request)
  const first = command(1)
  await clock.turn()
  const second = command(2, { timeoutMs: 100 })
  await clock.advance(100)
  expect([first.value, second.error]).toMatchObject([1, { code: 'timeout' }])
  link.sent.length = 0
  const third = command(3)
  await clock.turn()
  expect(third.value).toBe(3)
  expect(link.requests('locate')).toEqual([])
})

test('whoever looks for a leader asks those last that did not answer before (F49f)', async () => {
  const { clock, link, command } = setting({ addresses: ['a', 'b', 'c', 'd'] })
  link.script = (address, request) => (address === 'd' ? leaderAt('d')(address, request) : 'hold')
  const first = command(1)
  await clock.advance(5000)
  expect(first.value).toBe(1)
  // Nobody leads for a while: all are asked who does, round after round.
  link.script = (address, request) => {
    if (address !== 'd') return 'hold'
    return request.kind === 'locate' ? located(null) : error('not-leader')
  }
  const second = command(2, { timeoutMs: 40_000 })
  await clock.advance(10_000)
  link.sent.length = 0
  await clock.advance(20_000)
  const asked = link.requests('locate').map(({ address }) => address)
  const rounds = asked.flatMap((address, i) => (address === 'd' ? [i] : []))
  // Those that are silent follow it, one each time (F49i); none is left out.
  expect(rounds.length).toBeGreaterThan(6)
  for (const [n, at] of rounds.slice(0, -1).entries()) expect(rounds[n + 1]! - at).toBe(2)
  expect(new Set(asked.slice(rounds[0], rounds[6]))).toEqual(new Set(['a', 'b', 'c', 'd']))
  expect(second.state).toBe('waits')
  await clock.advance(20_000)
  expect(second.error).toMatchObject({ code: 'timeout' })
})

test('F99f: a group that was created is not missed by a round of questions that had begun before', async () => {
  const { clock, link, query } = setting({ addresses: ['a', 'b'] })
  link.script = () => 'hold'
  const before = query('before')
  await clock.turn()
  link.answer(link.requests('locate')[0]!.request, error('no-such-group'))
  await clock.turn()
  // It is created at the host that has been asked already, and somebody who knows that calls.
  const since = query('since')
  await clock.turn()
  link.script = leaderAt('a')
  link.answer(link.requests('locate')[1]!.request, error('no-such-group'))
  await clock.turn()
  expect(before.error).toMatchObject({ code: 'no-such-group' })
  expect(since.value).toBe('since')
})

test('who joins a search late is told that nobody knows the group by the round that follows', async () => {
  const { clock, link, query } = setting({ addresses: ['a', 'b'] })
  link.script = () => 'hold'
  query('before')
  await clock.turn()
  link.script = () => error('no-such-group')
  const since = query('since')
  link.answer(link.requests('locate')[0]!.request, error('no-such-group'))
  await clock.turn()
  expect(since.error).toMatchObject({ code: 'no-such-group' })
  expect(link.requests('locate')).toHaveLength(4)
})
