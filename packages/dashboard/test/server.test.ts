/** Who is answered, what may be done, and how much of it. */
import { connect, type Socket } from 'node:net'
import { RaftedError, type RaftedEvent } from '@rafted/contracts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Dashboard, type DashboardOptions, openDashboard } from '../src/index.ts'
import { MOST_CONNECTIONS } from '../src/server.ts'
import { act, ask, tokenOf } from './asking.ts'
import { MadeUpHost, madeUpFleet, madeUpStatus } from './made-up.ts'

async function open(options: DashboardOptions = {}, host = new MadeUpHost()): Promise<Dashboard> {
  const dashboard = await openDashboard(host, options)
  onTestFinished(() => dashboard.close())
  return dashboard
}

describe('the page', () => {
  test('is served from memory, with all that keeps others out of it, and knows nothing', async () => {
    const dashboard = await open()
    const page = await ask(dashboard, '/', { headers: { authorization: undefined } })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<script type="module" src="/main.js"></script>')
    expect(page.text).not.toContain(tokenOf(dashboard))
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
    })
    const policy = page.headers['content-security-policy'] as string
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "form-action 'none'",
    ])
      expect(policy.split('; ')).toContain(part)
    expect(policy).not.toContain('unsafe')
  })

  test('comes with its modules and styles, and nothing else of the disk', async () => {
    const dashboard = await open()
    for (const [path, type] of [
      ['/main.js', 'text/javascript'],
      ['/style.css', 'text/css'],
      ['/icon.svg', 'image/svg+xml'],
    ] as const) {
      const { status, headers } = await ask(dashboard, path)
      expect([status, headers['content-type']?.split(';')[0]], path).toEqual([200, type])
    }
    for (const path of [
      '/../package.json',
      '/package.json',
      '/%2e%2e/package.json',
      '/toString',
      '/api/toString',
    ])
      expect((await ask(dashboard, path)).status, path).toBe(404)
  })
})

describe('who is answered', () => {
  test('whoever has the token, which is drawn anew at each start and stands in the fragment alone', async () => {
    const [dashboard, other] = [await open(), await open()]
    expect(dashboard.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/)
    expect(tokenOf(dashboard)).not.toBe(tokenOf(other))
    expect((await ask(dashboard, '/api/state')).data.host).toBe('a')
    const token = tokenOf(dashboard)
    for (const authorization of [
      undefined,
      'Bearer ',
      token,
      `Bearer ${tokenOf(other)}`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}x`,
      `Basic ${token}`,
    ])
      for (const path of ['/api/state', '/api/group?name=g']) {
        const refused = await ask(dashboard, path, { headers: { authorization } })
        expect([refused.status, refused.data.error.code], authorization ?? 'none').toEqual([
          401,
          'not-allowed',
        ])
      }
    // Nor is one taken that stands in the address, where it would be logged.
    const inPath = await ask(dashboard, `/api/state?token=${token}`, {
      headers: { authorization: undefined },
    })
    expect(inPath.status).toBe(401)
  })

  test('only by names of its own, so that no other name can be made to lead here', async () => {
    const dashboard = await open({ names: ['Ops.example', 'ops.example:8443'] })
    const { port } = dashboard
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      'ops.example',
      'OPS.example:8443',
    ])
      expect((await ask(dashboard, '/api/state', { headers: { host } })).status, host).toBe(200)
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `a@127.0.0.1:${port}`,
    ])
      for (const path of ['/', '/api/state'])
        expect((await ask(dashboard, path, { headers: { host } })).status, host).toBe(421)
  })

  test('no page of anybody else, whatever it knows', async () => {
    const dashboard = await open({ actions: true })
    const own = `http://127.0.0.1:${dashboard.port}`
    const headers: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${dashboard.port + 1}` },
      { origin: `http://localhost:${dashboard.port}` },
      { origin: own, 'sec-fetch-site': 'cross-site' },
      { origin: own, 'sec-fetch-site': 'same-site' },
    ]
    for (const one of headers) {
      expect((await ask(dashboard, '/api/state', { headers: one })).status, JSON.stringify(one)).toBe(403)
      expect((await act(dashboard, { action: 'hand-over' }, { headers: one })).status).toBe(403)
    }
    expect(
      (await ask(dashboard, '/api/state', { headers: { origin: own, 'sec-fetch-site': 'same-origin' } }))
        .status,
    ).toBe(200)
  })
})

describe('what may be done', () => {
  test('nothing, unless that was allowed', async () => {
    const host = new MadeUpHost()
    const dashboard = await open({}, host)
    expect((await ask(dashboard, '/api/state')).data.mayAct).toBe(false)
    for (const action of [
      { action: 'transfer', group: 'g', to: null },
      { action: 'remove', group: 'g', member: 'member-b' },
      { action: 'hand-over' },
      { action: 'drain' },
    ]) {
      const { status, data } = await act(dashboard, action)
      expect([status, data.error.code, data.error.outcome]).toEqual([403, 'not-allowed', 'not-applied'])
    }
    expect(host.asked).toEqual([])
  })

  test('leadership is handed over and members are removed, as the client does it', async () => {
    const host = new MadeUpHost({
      g: madeUpStatus(),
      h: madeUpStatus({ role: 'follower' }),
      w: null,
      e: madeUpStatus({ host: 'b' }),
    })
    const dashboard = await open({ actions: true }, host)
    expect((await act(dashboard, { action: 'transfer', group: 'g', to: 'member-b' })).data.isDone).toBe(true)
    await act(dashboard, { action: 'transfer', group: 'g', to: null })
    await act(dashboard, { action: 'remove', group: 'g', member: 'member-c' })
    const all = await act(dashboard, { action: 'hand-over' })
    expect(all.data.text).toContain('handed over: 1')
    expect(host.asked).toEqual([
      ['transfer', 'g', 'member-b'],
      ['transfer', 'g', null],
      ['remove', 'g', 'member-c'],
      ['transfer', 'g', null],
    ])
    expect((await act(dashboard, { action: 'drain' })).data.error.code).toBe('unsupported')
  })

  test('a host of a fleet is drained, or it is said why not', async () => {
    const fleet = madeUpFleet()
    const dashboard = await open({ actions: true, fleet })
    expect((await act(dashboard, { action: 'drain' })).data.isDone).toBe(true)
    const refused = new RaftedError('inactive', 'It takes no part.', { outcome: 'not-applied' })
    Object.assign(fleet, { drain: () => Promise.reject(refused) })
    expect((await act(dashboard, { action: 'drain' })).data.error.code).toBe('inactive')
    Object.assign(fleet, { drain: () => new Promise(() => {}) })
    for (const _ of [1, 2])
      expect((await act(dashboard, { action: 'drain' })).data).toMatchObject({ isDone: false })
  })

  test('a refusal has its code and outcome; of any other fault nothing is shown', async () => {
    const host = new MadeUpHost()
    const dashboard = await open({ actions: true }, host)
    const transfer = () => act(dashboard, { action: 'transfer', group: 'g', to: null })
    host.act = async () => {
      throw new RaftedError('transfer-failed', 'Nobody took over.', {
        outcome: 'unknown',
        cause: new Error('secret'),
      })
    }
    const refused = await transfer()
    expect([refused.status, refused.data]).toEqual([
      409,
      { error: { code: 'transfer-failed', message: 'Nobody took over.', outcome: 'unknown' } },
    ])
    host.act = async () => {
      throw new Error('secret')
    }
    const failed = await transfer()
    expect([failed.status, failed.data.error.outcome]).toEqual([500, 'unknown'])
    expect(failed.text).not.toContain('secret')
  })

  test('asking never acts, and acting is never asked for by GET', async () => {
    const host = new MadeUpHost()
    const dashboard = await open({ actions: true }, host)
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask(dashboard, '/api/act?action=hand-over', { method })).status, method).toBe(405)
    for (const path of ['/', '/api/state'])
      expect((await ask(dashboard, path, { method: 'POST', body: '{}' })).status).toBe(405)
    expect(host.asked).toEqual([])
  })

  test.each<[string, number]>([
    ['{', 400],
    ['null', 400],
    ['{"action":"transfer","group":"g"}', 400],
    ['{"action":"transfer","to":null}', 400],
    ['{"action":"remove","group":"g","member":7}', 400],
    ['{"action":"rename","group":"g"}', 400],
    [`{"action":"hand-over","more":"${'m'.repeat(5000)}"}`, 413],
  ])('what makes no sense is refused: %s', async (body, expected) => {
    const host = new MadeUpHost()
    const { status, data } = await ask(await open({ actions: true }, host), '/api/act', {
      method: 'POST',
      body,
    })
    expect([status, data.error.outcome]).toEqual([expected, 'not-applied'])
    expect(host.asked).toEqual([])
  })

  test('only JSON is read: no form of another page can send it', async () => {
    const dashboard = await open({ actions: true })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', undefined])
      expect(
        (await act(dashboard, { action: 'hand-over' }, { headers: { 'content-type': type } })).status,
      ).toBe(400)
  })
})

describe('how much', () => {
  test('so many actions at a time', async () => {
    const host = new MadeUpHost()
    const dashboard = await open({ actions: true }, host)
    let go = (): void => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const allAsked = new Promise<void>((resolve) => {
      host.act = () => {
        if (host.asked.length === 4) resolve()
        return held
      }
    })
    const transfer = () => act(dashboard, { action: 'transfer', group: 'g', to: null })
    const first = Array.from({ length: 4 }, transfer)
    await allAsked
    const beyond = await transfer()
    expect([beyond.status, beyond.data.error.code]).toEqual([429, 'overloaded'])
    go()
    for (const one of await Promise.all(first)) expect(one.status).toBe(200)
    expect((await transfer()).status).toBe(200)
  })

  test('so many connections, and no more', async () => {
    const dashboard = await open()
    const sockets: Socket[] = []
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    const connected = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = connect(dashboard.port, '127.0.0.1', () => resolve(socket))
        socket.on('error', () => {})
        sockets.push(socket)
      })
    for (let i = 0; i < MOST_CONNECTIONS; i++) await connected()
    const beyond = await connected()
    await new Promise<void>((resolve) => beyond.once('close', () => resolve()))
    sockets[0]!.destroy()
    await expect
      .poll(() =>
        ask(dashboard, '/api/state').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
  })

  test('no longer a path and no larger a head than anybody needs', async () => {
    const dashboard = await open()
    expect((await ask(dashboard, `/api/group?name=${'g'.repeat(3000)}`)).status).toBe(400)
    expect((await ask(dashboard, '/', { headers: { 'x-much': 'm'.repeat(9000) } })).status).toBe(431)
  })
})

describe('opening and closing', () => {
  test('what can not be is refused', async () => {
    const host = new MadeUpHost()
    const { port } = await open()
    await expect(openDashboard(host, { port })).rejects.toMatchObject({
      code: 'address-in-use',
      outcome: 'not-applied',
    })
    const bad: DashboardOptions[] = [
      { port: -1 },
      { port: 1.5 },
      { port: 65_536 },
      { address: '' },
      { address: '192.0.2.1' },
      { names: ['http://ops.example'] },
      { names: Array.from({ length: 17 }, () => 'a') },
      { actions: 'yes' as never },
      { everyMs: 10 },
      { everyMs: Number.NaN },
    ]
    for (const options of bad)
      await expect(openDashboard(host, options), JSON.stringify(options)).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    await expect(openDashboard({} as never)).rejects.toMatchObject({ code: 'invalid-argument' })
    const alone = { id: 'a', groups: () => [], status: () => null }
    await expect(openDashboard(alone)).rejects.toThrow('give one as `client`')
  })

  test('it ends with its host, and by itself', async () => {
    const host = new MadeUpHost()
    const dashboard = await open({}, host)
    await host.told.return()
    await expect
      .poll(() =>
        ask(dashboard, '/').then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone')
    await dashboard.close()
    await using other = await openDashboard(new MadeUpHost())
    expect((await ask(other, '/')).status).toBe(200)
  })
})

test('a member that lags behind does not keep those from being asked that others know of; each is asked once, whoever looks', async () => {
  const all = madeUpStatus().configuration!.configuration.voters
  const of = (...hosts: string[]) => ({
    index: hosts.length,
    configuration: { voters: all.filter(({ host: id }) => hosts.includes(id)), outgoing: null, learners: [] },
  })
  const host = new MadeUpHost({ g: madeUpStatus({ role: 'follower', configuration: of('a', 'b') }) })
  const asked: unknown[] = []
  Object.assign(host.client, {
    status: async (_: string, { at }: { at: string }) => {
      asked.push(at)
      const [id] = at.split(':')
      return madeUpStatus({
        member: `member-${id}`,
        host: id!,
        role: 'follower',
        configuration: of('a', 'b', 'c'),
      })
    },
  })
  const dashboard = await open({ everyMs: 60_000 }, host)
  const looks = await Promise.all([1, 2, 3].map(() => ask(dashboard, '/api/group?name=g')))
  for (const { data } of looks)
    expect(
      data.members.map((one: { host: string; status: object | null }) => [one.host, one.status !== null]),
    ).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
    ])
  expect(asked.sort()).toEqual(['b:7000', 'c:7000'])
})

test('what happens is told, and nothing of what code of users has thrown', async () => {
  const host = new MadeUpHost()
  const dashboard = await open({}, host)
  const events: RaftedEvent[] = [
    { kind: 'command-failed', level: 'warn', group: 'g', index: 9, error: new Error('secret') },
    {
      kind: 'slow-peer',
      level: 'warn',
      group: 'g',
      peer: 'b'.repeat(32),
      state: 'slow',
      lagMs: 2500.25,
      entries: 6,
    },
    {
      kind: 'join',
      level: 'error',
      group: 'g',
      what: 'refused',
      error: new RaftedError('member-lost', 'x', { outcome: 'not-applied' }),
    },
    { kind: 'role', level: 'info', group: 'g', role: 'follower', term: 8, leader: 'member-b' },
  ]
  for (const event of events) host.told.push(event)
  await expect.poll(async () => (await ask(dashboard, '/api/state')).data.news.length).toBe(3)
  const { text, data } = await ask(dashboard, '/api/state')
  expect(text).not.toContain('secret')
  expect(data.news.map((one: { kind: string; text: string }) => [one.kind, one.text])).toEqual([
    ['command-failed', 'index 9'],
    ['slow-peer', 'peer bbbbbbbb, state slow, lag 2500 ms, entries 6'],
    ['join', 'refused, member-lost'],
  ])
  // Told once: whoever has heard of it is told what came since.
  const { life, number } = data
  expect((await ask(dashboard, `/api/state?life=${life}&since=${number}&news=3`)).data.news).toEqual([])
})
