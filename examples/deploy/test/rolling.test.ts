/**
 * What the files run, as processes of this machine with the same variables: one after the other is ended by SIGTERM under load and started again, as an
 * update does. Nothing is lost, no call fails, and there is a leader at once (F121, F122).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from 'rafted'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { queue } from '../queue.js'

const here = fileURLToPath(new URL('..', import.meta.url))
const secret = 'a secret that these three know'
const directory = mkdtempSync(join(tmpdir(), 'deploy-'))
const running = new Set<ChildProcess>()
let client: Client | null = null

beforeAll(() => {
  const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))
  execFileSync(process.execPath, [tsc, '-b', '../../packages/rafted'], { cwd: here })
}, 300_000)

afterEach(async () => {
  await client?.close()
  for (const child of running) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
})

/** The command of the container, and its variables. */
function inKubernetes(file: string): { command: string[]; env: Record<string, string> } {
  const documents = parseAllDocuments(readFileSync(join(here, file), 'utf8')).map((each) => each.toJS())
  const { containers } = documents.find(({ spec }) => spec.template?.spec.containers).spec.template.spec
  const [{ command, env }] = containers
  return {
    command,
    env: Object.fromEntries(
      env.map(({ name, value }: { name: string; value?: string }) => [name, value ?? '']),
    ),
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A program of the files with what is different on this machine: addresses and paths. */
function start(file: string, own: Record<string, string>): ChildProcess {
  const { command, env } = inKubernetes(file)
  const { DISCOVER: _, ...variables } = env
  const [program, ...args] = command
  expect(program).toBe('node')
  const child = spawn(process.execPath, args, {
    cwd: here,
    env: { PATH: process.env.PATH, ...variables, ...own },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function ended(child: ChildProcess): Promise<number | string | null> {
  const [code, signal] = await once(child, 'exit')
  return code ?? signal
}

/** What the probe says; 0 where nobody answers. */
async function probed(port: number, path: string): Promise<{ status: number; why: string[] }> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: response.status, why: ((await response.json()) as { why: string[] }).why }
  } catch {
    return { status: 0, why: [] }
  }
}

async function until(port: number, path: string, status: number): Promise<string[]> {
  for (;;) {
    const answer = await probed(port, path)
    if (answer.status === status) return answer.why
    await setTimeout(20)
  }
}

test('a rolling restart', { timeout: 600_000 }, async () => {
  const ports = await freePorts(6)
  const ids = ['shop-0', 'shop-1', 'shop-2']
  const addresses = ids.map((_, at) => `127.0.0.1:${ports[at]}`)
  const probes = ports.slice(3)
  const file = join(directory, 'secret')
  writeFileSync(file, `${secret}\n`)
  const common = { SECRET_FILE: file, HOSTS: addresses.join(',') }
  const run = (at: number): ChildProcess =>
    start('kubernetes.yaml', {
      ...common,
      ID: ids[at]!,
      LISTEN: addresses[at]!,
      ADVERTISE: addresses[at]!,
      PROBES: `127.0.0.1:${probes[at]}`,
      DIR: join(directory, ids[at]!),
    })
  const hosts = ids.map((_, at) => run(at))

  // Without a group they live, and are not ready.
  for (const port of probes) await until(port, '/livez', 200)
  expect((await until(probes[0]!, '/readyz', 503))[0]).toMatch(/has no member here yet/)
  const create = (): Promise<number | string | null> =>
    ended(start('kubernetes-create.yaml', { ...common, AT: addresses[0]! }))
  expect(await create()).toBe(0)
  // A job that is run again does nothing.
  expect(await create()).toBe(0)
  for (const port of probes) expect(await until(port, '/readyz', 200)).toEqual([])

  client = await createClient({ cluster: 'shop', addresses, secret })
  const value = client.value('queue', queue)
  const acknowledged: string[] = []
  const failures: unknown[] = []
  let isOver = false
  const writers = [0, 1, 2, 3].map(async (writer) => {
    for (let n = 0; !isOver; n++) {
      const item = `${writer}-${n}`
      try {
        await value.with({ timeoutMs: 120_000 }).enqueue(item)
        acknowledged.push(item)
      } catch (error) {
        failures.push(error)
      }
    }
  })
  const advance = async (by: number): Promise<void> => {
    const goal = acknowledged.length + by
    while (acknowledged.length < goal && failures.length === 0) await setTimeout(10)
  }
  await advance(50)

  let ledOnes = 0
  const restart = async (at: number): Promise<void> => {
    const { leader } = await client!.locate('queue')
    const exit = ended(hosts[at]!)
    hosts[at]!.kill('SIGTERM')
    expect(await exit).toBe(0)
    if (leader === addresses[at]) {
      ledOnes++
      const others = addresses.filter((address) => address !== addresses[at])
      const led = await Promise.all(others.map((address) => client!.status('queue', { at: address })))
      // Handed over before it ended: somebody else leads by now.
      expect(led.map((status) => status?.role)).toContain('leader')
    }
    await advance(20)
    hosts[at] = run(at)
    await until(probes[at]!, '/readyz', 200)
    await advance(20)
  }
  for (const at of [2, 1, 0]) await restart(at)
  // On a busy machine leadership may have moved about, and past all three.
  while (ledOnes === 0) await restart(addresses.indexOf((await client.locate('queue')).leader!))
  isOver = true
  await Promise.all(writers)
  expect(failures).toEqual([])
  const items = await value.all()
  expect(new Set(items).size).toBe(items.length)
  expect([...items].sort()).toEqual([...acknowledged].sort())

  const exits = hosts.map(ended)
  for (const host of hosts) host.kill('SIGTERM')
  expect(await Promise.all(exits)).toEqual([0, 0, 0])
})
