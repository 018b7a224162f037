/** Metrics of real hosts: what they tell is what is so. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMetrics, type MeteredHost, type MeteredStatus, type Metrics } from '@rafted/metrics'
import { type HostInWorker, openHost as openFileHost } from 'rafted'
import {
  createClient,
  createNetwork,
  defineValue,
  type MemberStatus,
  type MemoryHost,
  type MemoryNetwork,
  openHost,
} from 'rafted-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => {
      if (item === 'bad') throw new Error('no such item')
      return [items.length, [...items, item]]
    },
  },
  queries: { all: (items) => items },
})

interface Metered {
  readonly host: MemoryHost
  readonly metrics: Metrics
}

const opened: { close(): unknown }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

async function open(id: string, network: MemoryNetwork): Promise<Metered> {
  const metrics = createMetrics()
  const host = await openHost({ id, cluster: 'test', network, observer: metrics })
  metrics.watch(host)
  opened.push(host)
  return { host, metrics }
}

/** The value of one series; undefined if there is none. */
async function read(
  metrics: Metrics,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const samples = await metrics.collect()
  return samples.find(
    (one) =>
      one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )?.value
}

const settings = { heartbeatMs: 20, electionMs: 100 }

async function together(): Promise<Metered[]> {
  const network = createNetwork()
  const all = [await open('a', network), await open('b', network), await open('c', network)]
  await all[0]!.host.createGroup('list', { machine: list, settings })
  for (const { host } of all.slice(1)) await host.group('list', { machine: list, join: ['a'] })
  await until(async () => (await readAll(all, 'rafted.voters')).every((voters) => voters === 3))
  await until(async () => (await readAll(all, 'rafted.changes.pending')).every((pending) => pending === 0))
  return all
}

const readAll = (all: readonly Metered[], name: string, labels = {}): Promise<(number | undefined)[]> =>
  Promise.all(all.map(({ metrics }) => read(metrics, name, labels)))

describe('three hosts', () => {
  test('say who leads, how far each is, and what the leader knows of its peers', async () => {
    const all = await together()
    for (const item of ['x', 'y', 'z']) await all[1]!.host.value('list', list).add(item)
    await until(async () => new Set(await readAll(all, 'rafted.log.applied_index')).size === 1)
    const states = await readAll(all, 'rafted.members', { state: 'leader' })
    expect([...states].sort()).toEqual([0, 0, 1])
    const leader = all[states.indexOf(1)]!
    const status = leader.host.status('list')!
    expect(await readAll(all, 'rafted.log.commit_index')).toEqual([1, 2, 3].map(() => status.commitIndex))
    expect(await readAll(all, 'rafted.members.leaderless')).toEqual([0, 0, 0])
    expect(await read(leader.metrics, 'rafted.term')).toBe(status.term)
    const lags = (await leader.metrics.collect()).filter(({ name }) => name === 'rafted.peer.lag')
    const others = ['a', 'b', 'c'].filter((id) => id !== leader.host.id)
    expect(lags.map(({ labels }) => labels)).toEqual(
      others.map((peer) => ({ host: leader.host.id, group: 'list', peer })),
    )
    await until(async () => (await read(leader.metrics, 'rafted.peer.lag')) === 0)
    expect(await read(leader.metrics, 'rafted.hosts.connected')).toBe(2)
    // The one who called has opened a session, and the group knows it.
    expect(await read(all[1]!.metrics, 'rafted.client.sessions', { group: 'list' })).toBe(1)
    expect(await read(leader.metrics, 'rafted.sessions')).toBeGreaterThan(0)
  })

  test('say that the leader is another one when theirs is gone, and who is missed', async () => {
    const all = await together()
    await until(() => all.some(({ host }) => host.status('list')!.role === 'leader'))
    const leader = all.find(({ host }) => host.status('list')!.role === 'leader')!
    const others = all.filter((one) => one !== leader)
    const before = await readAll(others, 'rafted.leader.changes')
    await leader.host.close({ transfer: false })
    // Nothing runs on a host that is closed.
    expect(await read(leader.metrics, 'rafted.members', { state: 'waiting' })).toBeUndefined()
    await until(async () => (await readAll(others, 'rafted.members', { state: 'leader' })).includes(1))
    await until(async () => {
      const now = await readAll(others, 'rafted.leader.changes')
      return now.every((value, at) => value! > before[at]!)
    })
    // Whoever leads by then: on a busy machine that may be one after the other.
    const missed = { peer: leader.host.id }
    const told = async ({ metrics }: Metered): Promise<boolean> =>
      (await read(metrics, 'rafted.peers.unresponsive')) === 1 &&
      (await read(metrics, 'rafted.peer.slow', missed)) === 1 &&
      (await read(metrics, 'rafted.peer.silence', missed))! > 0.1
    await until(async () => (await Promise.all(others.map(told))).includes(true))
    const sum = async (name: string, labels = {}): Promise<number> =>
      (await readAll(others, name, labels)).reduce<number>((all, one) => all + one!, 0)
    expect(await sum('rafted.elections.won')).toBeGreaterThan(0)
    expect(await sum('rafted.peers.slowed')).toBeGreaterThan(0)
    expect(await sum('rafted.hosts.seen', { state: 'lost' })).toBeGreaterThan(0)
  })
})

test('a host whose member has left tells of it no more, and the others that they are fewer', async () => {
  const all = await together()
  const [a, b, c] = all as [Metered, Metered, Metered]
  await c.host.leave('list')
  expect(await read(c.metrics, 'rafted.voters')).toBeUndefined()
  expect(await read(c.metrics, 'rafted.members', { state: 'waiting' })).toBeUndefined()
  await until(async () => (await readAll([a, b], 'rafted.voters')).every((voters) => voters === 2))
})

describe('one host', () => {
  test('tells of a group that waits, and then leads it', async () => {
    const { host, metrics } = await open('a', createNetwork())
    const state = (which: string): Promise<number | undefined> =>
      read(metrics, 'rafted.members', { state: which })
    await host.group('list', { machine: list, join: ['nobody'] })
    expect(await state('waiting')).toBe(1)
    expect(await read(metrics, 'rafted.term')).toBeUndefined()
    await host.createGroup('list', { machine: list, unreachable: 'checked' })
    await until(async () => (await state('leader')) === 1)
    expect(await state('waiting')).toBe(0)
  })

  test('tells of commands that fail, and of snapshots', async () => {
    const { host, metrics } = await open('a', createNetwork())
    const often = { snapshotFactor: 0.001, snapshotMinBytes: 1 }
    await host.createGroup('list', { machine: list, settings: often })
    const value = host.value('list', list)
    await expect(value.add('bad')).rejects.toMatchObject({ code: 'command-failed' })
    expect(await read(metrics, 'rafted.commands.failed')).toBe(1)
    await value.add('x')
    await until(async () => (await read(metrics, 'rafted.snapshots', { what: 'taken' }))! > 0)
    expect(await read(metrics, 'rafted.snapshot.size')).toBeGreaterThan(0)
    expect(await read(metrics, 'rafted.snapshot.index')).toBe(host.status('list')!.snapshot!.index)
  })

  test('on files tells how long its disk takes', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'metrics-'))
    const metrics = createMetrics()
    const host = await openFileHost({
      id: 'a',
      cluster: 'test',
      listen: '127.0.0.1:0',
      dir,
      secret: 'sixteen bytes at least',
      observer: metrics,
    })
    metrics.watch(host)
    await host.createGroup('list', { machine: list })
    await host.value('list', list).add('x')
    const [half, most] = [
      await read(metrics, 'rafted.disk.latency', { percentile: '50' }),
      await read(metrics, 'rafted.disk.latency', { percentile: '100' }),
    ]
    expect(half).toBeGreaterThan(0)
    expect(most).toBeGreaterThanOrEqual(half!)
    expect(await read(metrics, 'rafted.disk.full')).toBe(0)
    await host.close()
    rmSync(dir, { recursive: true })
  })
})

test('a client that lives in no host tells of what it does', async () => {
  const network = createNetwork()
  const { host } = await open('a', network)
  await host.createGroup('list', { machine: list })
  const metrics = createMetrics()
  const client = await createClient({ cluster: 'test', network, addresses: ['a'], observer: metrics })
  opened.push(client)
  await client.value('list', list).add('x')
  expect(await read(metrics, 'rafted.client.sessions', { group: 'list' })).toBe(1)
})

test('each host there is can be watched, in whichever thread', () => {
  // By their types alone.
  const status = null as MemberStatus | null satisfies MeteredStatus | null
  const hosts = [] as (MemoryHost | HostInWorker)[] satisfies MeteredHost[]
  expect([status, hosts]).toEqual([null, []])
})
