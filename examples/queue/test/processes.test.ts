/** The story on three processes: `npm start`. None of them, and none of their files, stays behind, whatever happens. */
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { found, settled } from '../src/cluster.ts'
import { fileThroughQueue } from '../src/file-through-queue.ts'
import { freePorts } from '../src/free-ports.ts'
import { ProcessCluster, type ProcessClusterOptions } from '../src/process-cluster.ts'
import { overTcp } from '../src/ways.ts'
import { many, oddBytes, writeInput } from './inputs.ts'
import { compile, gone, hostProgram, Program } from './program.ts'

beforeAll(compile, 120_000)

type Options = Partial<ProcessClusterOptions> & { readonly ports?: (count: number) => Promise<number[]> }

function clusterOf({ ports, ...options }: Options = {}): ProcessCluster {
  const cluster = new ProcessCluster(['host-1', 'host-2', 'host-3'], {
    way: { ...overTcp(ports), program: hostProgram },
    execArgv: [],
    ...options,
  })
  onTestFinished(() => cluster.close())
  return cluster
}

/** Somebody who listens on a port, until `release` is called. */
async function occupied(port = 0): Promise<{ port: number; release(): Promise<unknown> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: taken } = server.address() as { port: number }
  const release = (): Promise<unknown> => new Promise((resolve) => server.close(resolve))
  onTestFinished(() => void release())
  return { port: taken, release }
}

test('the program tells the story and ends with the account, exit code 0', async () => {
  const program = new Program(writeInput(`${many}\r\n\xff`))
  expect(await program.ended(), program.lines.join('\n')).toBe(0)
  expect(program.lines.at(-1)).toBe('acknowledged 1002, lost 0, duplicated 0')
  const told = program.lines.join('\n')
  expect(told).toMatch(/Failover: \d+ ms/)
  expect(told).toMatch(
    /All die at once: SIGKILL\n.*\n.*back with their files.*\n.*gives pear, plum, cherry, quince\n/,
  )
  expect(told.match(/kill host-\d, which leads/g)).toHaveLength(2)
  expect(program.hosts).toHaveLength(3)
  await gone(program.hosts)
  expect(existsSync(program.directory)).toBe(false)
})

test('bytes that are no text come out as they went in, though the leader is killed twice', async () => {
  const cluster = clusterOf()
  await found(cluster)
  const report = await fileThroughQueue(cluster, oddBytes, () => {})
  expect(report).toEqual({ acknowledged: 4, lost: 0, duplicated: 0, difference: null })
})

test('with a page it goes on behind the story until it is told to end, and then ends as that did', async () => {
  const program = new Program('--memory', '--dashboard', writeInput('a\nb\n'))
  await program.said('until Ctrl-C')
  const [, base, token] = /on a page: (.*)\/#token=(.*)/.exec(program.lines.join('\n')) ?? []
  const headers = { authorization: `Bearer ${token}` }
  const asked = async (path: string) => (await fetch(`${base}${path}`, { headers })).json()
  const { members } = (await asked('/api/group?name=queue')) as {
    members: { status: { role: string } | null }[]
  }
  expect(members.map(({ status }) => status?.role).sort()).toEqual(['follower', 'follower', 'leader'])
  const rate = async () =>
    ((await asked('/api/state')) as { calls: { perSecond: number[] } }).calls.perSecond.at(-1)
  await expect.poll(rate, { timeout: 20_000 }).toBeGreaterThan(0)
  program.signal('SIGINT')
  expect(await program.ended()).toBe(0)
  expect(program.lines).toContain('acknowledged 2, lost 0, duplicated 0')
  // Nothing is warned of, and nothing is said any more.
  expect(program.lines.at(-1)).toContain('until Ctrl-C')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('ended by %s in the middle, it takes its hosts and their files with it', async (signal, code) => {
  const program = new Program(writeInput('a\n'))
  await program.said('Used through any host')
  expect(existsSync(program.directory)).toBe(true)
  program.signal(signal)
  expect(await program.ended()).toBe(code)
  expect(program.hosts).toHaveLength(3)
  await gone(program.hosts)
  expect(existsSync(program.directory)).toBe(false)
})

test('killed in the middle, it takes its hosts with it; only their files stay', async () => {
  const program = new Program(writeInput('a\n'))
  await program.said('Used through any host')
  program.signal('SIGKILL')
  await program.ended()
  expect(program.hosts).toHaveLength(3)
  await gone(program.hosts)
  rmSync(program.directory, { recursive: true })
})

test('a port that was taken after it was chosen: others are chosen', async () => {
  const { port } = await occupied()
  const taken: string[] = []
  let choices = 0
  const cluster = clusterOf({
    ports: async (count) => (choices++ === 0 ? [port, ...(await freePorts(count - 1))] : freePorts(count)),
    onTaken: (id) => taken.push(id),
  })
  await found(cluster)
  expect([choices, taken]).toEqual([2, ['host-1']])
  expect(await cluster.at('host-2').length()).toBe(0)
})

test('a port that was taken while its host was down is waited for', async () => {
  const ports = await freePorts(3)
  let release: () => Promise<unknown>
  const cluster = clusterOf({ ports: async () => ports, onTaken: () => void release() })
  await found(cluster)
  await cluster.kill('host-2')
  release = (await occupied(ports[1])).release
  await cluster.start('host-2')
  expect(await settled(cluster)).toHaveLength(3)
})

test('a host that can not begin ends it, with its exit code', async () => {
  const cluster = clusterOf({ execArgv: ['--no-such-option'] })
  await expect(cluster.startAll()).rejects.toThrow(/^host-\d did not start; its exit code was 9$/)
})
