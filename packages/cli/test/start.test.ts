/** What a host of `rafted start` is told, what it logs and answers over HTTP, and how it ends. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@rafted/contracts/node'
import { nodeFileSystem } from '@rafted/storage'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parse } from '../src/arguments.ts'
import { start } from '../src/commands/start.ts'
import { type HostPlan, planOf } from '../src/host/plan.ts'
import { machineOf, RECIPES } from '../src/host/recipes.ts'
import { freePorts } from './free-ports.ts'
import { emptyDirectory } from './on-files.ts'
import { going } from './started.ts'
import { typed } from './typed.ts'

afterEach(() => void vi.doUnmock('rafted'))

describe('what a host is', () => {
  const planned = async (
    line: string,
    { directory = '/', environment = {} }: { directory?: string; environment?: Record<string, string> } = {},
  ): Promise<HostPlan> => {
    const found = parse(start, line.split(' ').filter(Boolean), environment)
    if (found === 'help') throw new Error('help')
    const { values, flags, operands } = found
    return planOf({
      directory: '',
      operands,
      rest: null,
      option: (name) => values.get(name)?.[0] ?? null,
      options: (name) => values.get(name) ?? [],
      flag: (name) => flags.has(name),
      json: false,
      terminal: { directory, files: nodeFileSystem() } as never,
    })
  }

  test('with the least that it can be told', async () => {
    expect(await planned('--id a --dir data')).toEqual({
      id: 'a',
      dir: 'data',
      cluster: 'rafted',
      listen: '127.0.0.1:7000',
      advertise: undefined,
      join: [],
      groups: new Map([['kv', 'kv']]),
      credentials: { secretFile: null, tls: null },
      learner: false,
      formerDataLost: false,
      probes: null,
      metrics: null,
      dashboard: null,
      log: 'info',
      settings: {},
    })
  })

  test('by options, before variables, before the file; paths of the file are relative to it', async () => {
    const directory = emptyDirectory()
    mkdirSync(join(directory, 'etc'))
    const file = {
      id: 'file',
      dir: '../data',
      cluster: 'of-the-file',
      listen: '127.0.0.1:1',
      advertise: 'a:1',
      join: ['a:1', 'b:1'],
      groups: { orders: 'kv', deploys: 'locks' },
      secretFile: 'secret',
      tls: { key: 'a.key', cert: 'a.crt', ca: '/ca.crt' },
      learner: true,
      probes: 8080,
      metrics: '[::1]:9464',
      dashboard: { address: 8090, names: ['ops.example'], actions: true },
      log: 'warn',
      settings: { electionMs: 500 },
    }
    writeFileSync(join(directory, 'etc/host.json'), JSON.stringify(file))
    const environment = {
      RAFTED_CONFIG: 'etc/host.json',
      RAFTED_ID: 'environment',
      RAFTED_CLUSTER: 'shop',
      RAFTED_JOIN: 'c:1, d:1',
    }
    expect(await planned('--cluster typed', { directory, environment })).toEqual({
      id: 'environment',
      dir: join(directory, 'data'),
      cluster: 'typed',
      listen: '127.0.0.1:1',
      advertise: 'a:1',
      join: ['c:1', 'd:1'],
      groups: new Map([
        ['orders', 'kv'],
        ['deploys', 'locks'],
      ]),
      credentials: {
        secretFile: join(directory, 'etc/secret'),
        tls: { key: join(directory, 'etc/a.key'), cert: join(directory, 'etc/a.crt'), ca: '/ca.crt' },
      },
      learner: true,
      formerDataLost: false,
      probes: { address: '127.0.0.1', port: 8080 },
      metrics: { address: '::1', port: 9464 },
      dashboard: { address: '127.0.0.1', port: 8090, names: ['ops.example'], actions: true },
      log: 'warn',
      settings: { electionMs: 500 },
    })
  })

  test('groups by name and recipe; a name alone is a key-value store', async () => {
    const { groups } = await planned('--id a --dir d --group orders --group deploys=locks --group a=b=queues')
    expect([...groups]).toEqual([
      ['orders', 'kv'],
      ['deploys', 'locks'],
      ['a=b', 'queues'],
    ])
    expect(
      (await planned('--id a --dir d', { environment: { RAFTED_GROUPS: 'x,y=locks' } })).groups.size,
    ).toBe(2)
  })

  test.each([
    ['', 'It needs --id, RAFTED_ID or "id" in the configuration.'],
    ['--id a', 'It needs --dir'],
    ['--id a --dir d --group x=queue', 'A group is NAME or NAME=RECIPE, with a recipe of kv, locks, '],
    ['--id a --dir d --probes here', '--probes is a port, or an address like 0.0.0.0:8080, and not "here".'],
    ['--id a --dir d --metrics 70000', '--metrics is a port'],
    ['--id a --dir d --dashboard there', '--dashboard is a port'],
    ['--id a --dir d --log loud', '--log is one of debug, info, warn, error, silent'],
    ['--id a --dir d --tls-key k --tls-ca c', '--tls-cert is missing'],
    ['--config nothing.json', "The configuration nothing.json can't be read: there is no such file."],
  ])('%s: refused', async (line, reason) => {
    await expect(planned(line)).rejects.toThrow(reason)
  })

  test.each([
    ['{', 'it is no JSON: '],
    ['7', "can't be used: it: "],
    ['{ "dashboard": { "port": 1 } }', '"dashboard'],
    ['{ "idd": "a" }', 'there is no "idd"'],
    ['{ "tls": { "key": "k", "cert": "c", "ca": "a", "pass": "" } }', 'there is no "tls.pass"'],
    ['{ "id": 7, "join": "a:1" }', '"id": '],
    ['{ "groups": { "orders": "queue" } }', '"groups.orders": '],
    ['{ "secret": "in the open" }', 'there is no "secret"'],
  ])('a file that says %s: refused with the place', async (content, reason) => {
    const directory = emptyDirectory()
    writeFileSync(join(directory, 'host.json'), content)
    await expect(planned('--config host.json', { directory })).rejects.toThrow(reason)
  })
})

test('every recipe is a machine that a host can run', async () => {
  const { openHosts } = await import('rafted-memory')
  const [host] = await openHosts('a')
  for (const recipe of RECIPES) await host.createGroup(recipe, { machine: await machineOf(recipe) })
  expect(host.groups()).toEqual([...RECIPES])
  await host.close()
})

/** Options for a host on a port of its own. */
async function options(): Promise<{ at: string; http: number; line: string }> {
  const [port, http] = await freePorts(2)
  const at = `127.0.0.1:${port}`
  return { at, http: http!, line: `start --id a --dir data/a --listen ${at}` }
}

test('it answers probes and metrics, logs what happens as JSON, and ends when it is told to', async () => {
  const directory = emptyDirectory()
  const { at, http, line } = await options()
  const host = going(directory, `${line} --probes ${http} --metrics ${http} --json`)
  const out = await host.printed((text) => text.includes('\n'))
  expect(JSON.parse(out)).toEqual({ host: 'a', at, groups: ['kv'] })
  const asked = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${http}${path}`)
    return [response.status, await response.text()] as const
  }
  expect(await asked('/livez')).toMatchObject([200, expect.stringContaining('"live":true')])
  expect((await asked('/readyz'))[0]).toBe(503)
  expect((await asked('/'))[0]).toBe(404)
  await typed(directory, `init kv --at ${at}`, { clock: realClock })
  await typed(directory, `put a b --at ${at}`, { clock: realClock })
  expect(await asked('/readyz?verbose')).toMatchObject([200, expect.stringContaining('"ready":true')])
  const [status, page] = await asked('/metrics')
  expect(status).toBe(200)
  expect(page).toMatch(/^rafted_members\{host="a",group="kv",state="leader"\} 1$/m)

  expect(host.log()).toContainEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    cluster: 'rafted',
    host: 'a',
    group: 'kv',
    create: `rafted init kv --at ${at}`,
    msg: 'group waits to be found, or created once by a person',
  })
  expect(host.log()).toContainEqual(
    expect.objectContaining({
      level: 'info',
      kind: 'leadership-gained',
      group: 'kv',
      msg: 'leadership gained',
    }),
  )
  expect((await host.end('SIGTERM')).status).toBe(0)
  expect(host.log()).toContainEqual(expect.objectContaining({ msg: 'host ends', signal: 'SIGTERM' }))
  await expect(fetch(`http://127.0.0.1:${http}/livez`)).rejects.toThrow()
})

test('it shows itself on a page, whose token is printed and never logged', async () => {
  const directory = emptyDirectory()
  const { at, line } = await options()
  const host = going(directory, `${line} --dashboard --log debug`)
  const out = await host.printed((text) => text.includes('runs at'))
  const [, base, token] = /^dashboard at (http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]+)$/m.exec(out)!
  const state = (authorization: string) => fetch(`${base}/api/state`, { headers: { authorization } })
  expect((await state('Bearer nobody')).status).toBe(401)
  await typed(directory, `init kv --at ${at}`, { clock: realClock })
  const told = async () =>
    ((await (await state(`Bearer ${token}`)).json()) as { groups: { state: string }[] }).groups
  await expect.poll(told, { timeout: 20_000 }).toMatchObject([{ name: 'kv', state: 'leading' }])
  const { said } = await host.end('SIGTERM')
  expect(said).not.toContain(token)
  await expect(state('')).rejects.toThrow()
  const taken = typed(directory, `${line} --dashboard ${at} --log silent`, { clock: realClock })
  expect((await taken).said).toContain("The dashboard can't be served at")
})

test('probes and metrics may have addresses of their own; one that is taken is said, and nothing stays open', async () => {
  const directory = emptyDirectory()
  const { http, line } = await options()
  const [other] = await freePorts(1)
  const host = going(directory, `${line} --probes ${http} --metrics 127.0.0.1:${other} --log silent`)
  await host.printed((text) => text.includes('runs at'))
  expect((await fetch(`http://127.0.0.1:${http}/metrics`)).status).toBe(404)
  expect((await fetch(`http://127.0.0.1:${other}/metrics`)).status).toBe(200)
  const next = await options()
  const taken = `start --id b --dir data/b --listen ${next.at} --probes ${next.http} --metrics ${other} --log silent`
  const refused = await typed(directory, taken, { clock: realClock })
  expect(refused).toMatchObject({
    status: 2,
    said: `Nothing can be answered at 127.0.0.1:${other}: somebody listens there.\n`,
  })
  // Its directory and its ports are free again.
  const again = going(directory, taken.replace(`--metrics ${other}`, ''))
  await again.printed((text) => text.includes('runs at'))
})

test('what logs less, and what can not be opened', async () => {
  const directory = emptyDirectory()
  const { line } = await options()
  const host = going(directory, `${line} --log error`)
  await host.printed((text) => text.includes('runs at'))
  expect(host.log()).toEqual([])
  const again = await typed(directory, 'start --id a --dir data/a --listen 127.0.0.1:1', {
    clock: realClock,
  })
  expect(again).toMatchObject({ status: 2, out: '', said: expect.stringContaining('in use') })
  const open = await typed(directory, 'start --id b --dir data/b --listen 0.0.0.0:7000', { clock: realClock })
  expect(open.said).toContain(
    '0.0.0.0:7000 may be reached from other machines, so it takes a secret or certificates',
  )
  await host.end()
  writeFileSync(join(directory, 'data/a/log/0000000000000001.log'), 'nothing of a log')
  const damaged = await typed(directory, line, { clock: realClock })
  expect(damaged.status).toBe(1)
})

test('a disk that fails ends it with 2, and nothing is handed over', async () => {
  const closed: object[] = []
  let fail = (_: object): void => {}
  vi.doMock('rafted', () => ({
    probes: () => () => {},
    openHost: async () => ({
      on: (kind: string, listener: (event: object) => void) => {
        expect(kind).toBe('storage-failed')
        fail = listener
      },
      group: async () => {},
      status: () => ({}),
      close: async (options: object) => void closed.push(options),
    }),
  }))
  vi.resetModules()
  const { serve } = await import('../src/host/serve.ts')
  let said = ''
  const values = new Map([
    ['id', 'a'],
    ['dir', 'd'],
  ])
  const serving = serve({
    directory: '',
    operands: [],
    rest: null,
    option: (name) => values.get(name) ?? null,
    options: () => [],
    flag: () => false,
    json: false,
    terminal: {
      directory: '/',
      clock: realClock,
      environment: {},
      interrupted: () => new AbortController().signal,
      print: async () => fail({ error: new Error('EIO: the disk is gone') }),
      say: (text: string) => {
        said += text
      },
    } as never,
  })
  expect(await serving).toBe(2)
  expect(said).toContain('The storage of host a has failed: EIO: the disk is gone')
  expect(closed).toEqual([{ transfer: false }])
})
