/** What a host tells, and to whom: listeners, streams, Node's diagnostics channels, and those who ask whether they lead. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  createClient,
  createNetwork,
  defineValue,
  type LeadershipState,
  type MemoryHost,
  openHost,
  type RaftedEvent,
} from 'rafted-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

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

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

/** So many voters, by a configuration that is no longer joint and is committed. */
function isSettled(host: MemoryHost, count: number): boolean {
  const { configuration: entry, commitIndex } = host.status('list') ?? { configuration: null, commitIndex: 0 }
  if (entry === null || entry.index > commitIndex) return false
  return entry.configuration.outgoing === null && entry.configuration.voters.length === count
}

async function open(...ids: string[]): Promise<MemoryHost[]> {
  const network = createNetwork()
  const hosts: MemoryHost[] = []
  for (const id of ids) hosts.push(await openHost({ id, cluster: 'test', network }))
  opened.push(...hosts)
  const [first, ...others] = hosts
  await first!.createGroup('list', { machine: list })
  for (const host of others) await host.group('list', { machine: list, join: ['a'] })
  await until(() => hosts.every((host) => isSettled(host, hosts.length)))
  return hosts
}

test('the one who leads has a token and nobody else, and each loss and gain is told; tokens only grow (F94q)', async () => {
  const hosts = await open('a', 'b', 'c')
  const [a, b, c] = hosts as [MemoryHost, MemoryHost, MemoryHost]
  expect(() => a.leadership('none')).toThrow(expect.objectContaining({ code: 'no-such-group' }))
  const lead = hosts.map((host) => host.leadership('list'))
  await until(() => lead[0]!.isLeader)
  const first = lead[0]!.token!
  expect(first.term).toBe(a.status('list')!.term)
  expect(lead.map(({ isLeader }) => isLeader)).toEqual([true, false, false])
  const told: LeadershipState[] = []
  lead[0]!.on((state) => told.push(state))
  const seen: LeadershipState[] = []
  const reading = (async () => {
    for await (const state of lead[0]!.changes()) seen.push(state)
  })()
  await a.close()
  await reading
  expect(told).toEqual([{ isLeader: false, token: null }])
  expect(seen).toEqual([{ isLeader: true, token: first }, ...told])
  await until(() => lead.some(({ isLeader }) => isLeader))
  const next = lead.find(({ isLeader }) => isLeader)!.token!
  expect(next.term).toBeGreaterThan(first.term)
  expect(next.index).toBeGreaterThan(first.index)
  expect([b, c].some((host) => host.status('list')!.commitIndex >= next.index)).toBe(true)
})

test('a listener may throw and may call what it likes, the close of its host included (F94l, F94n)', async () => {
  const [a] = (await open('a')) as [MemoryHost]
  const events: RaftedEvent[] = []
  a.on('listener-failed', (event) => void events.push(event))
  a.on('command-committed', async ({ after }) => {
    if ((after as string[]).length === 1) await a.value('list', list).add('from a listener')
    throw new Error('thrown later')
  })
  const order: string[] = []
  a.on('command-committed', ({ command, result }) => order.push(`${(command as string[])[1]} → ${result}`))
  expect(await a.value('list', list).add('x')).toBe(0)
  // Who called here finds that the listeners have run.
  expect(order[0]).toBe('x → 0')
  await until(() => events.length === 2)
  expect(order).toEqual(['x → 0', 'from a listener → 1'])
  let closed: Promise<void> | undefined
  a.on('command-failed', () => {
    closed = a.close()
    throw new Error('thrown at once')
  })
  await a
    .value('list', list)
    .add('bad')
    .catch(() => {})
  await until(() => closed !== undefined)
  await closed
  expect(a.status('list')).toBeNull()
})

test('a value’s events show what hooks show, and a stream of all has the others', async () => {
  const [a] = (await open('a')) as [MemoryHost]
  await until(() => a.leadership('list').isLeader)
  const [committed, answered, all] = [a.events('command-committed'), a.events('query-answered'), a.events()]
  await a.value('list', list).add('x')
  await a.value('list', list).all()
  await a
    .value('list', list)
    .add('bad')
    .catch(() => {})
  const head = { level: 'info', group: 'list' } as const
  expect((await committed.next()).value).toEqual({
    kind: 'command-committed',
    ...head,
    before: [],
    command: ['add', 'x'],
    result: 0,
    after: ['x'],
  })
  const query = { value: ['x'], query: ['all'], answer: ['x'] }
  expect((await answered.next()).value).toEqual({ kind: 'query-answered', ...head, ...query })
  await a.close()
  const kinds: string[] = []
  for await (const { kind } of all) kinds.push(kind)
  expect(kinds).toEqual(['command-failed', 'leadership-lost'])
})

test('Node’s diagnostics channels have it without anything being set', async () => {
  const heard: unknown[] = []
  const hear = (message: unknown): void => void heard.push((message as RaftedEvent).kind)
  const channels = ['role', 'leadership-gained', 'elected'].map((kind) => `rafted:${kind}`)
  for (const channel of channels) subscribe(channel, hear)
  try {
    const [a] = (await open('a')) as [MemoryHost]
    await until(() => a.leadership('list').isLeader)
  } finally {
    for (const channel of channels) unsubscribe(channel, hear)
  }
  expect(new Set(heard)).toEqual(new Set(['role', 'leadership-gained', 'elected']))
})

test('a status that comes over the wire says what the host says', async () => {
  const network = createNetwork()
  const host = await openHost({ id: 'a', cluster: 'test', network })
  const client = await createClient({ cluster: 'test', network, addresses: ['a'] })
  opened.push(client, host)
  await host.createGroup('list', { machine: list, settings: { snapshotFactor: 0.001, snapshotMinBytes: 1 } })
  await host.value('list', list).add('x')
  await until(() => host.status('list')!.snapshot !== null)
  const own = host.status('list')!
  expect(own.snapshot!.index).toBeGreaterThan(1)
  expect(own.snapshot!.bytes).toBeGreaterThan(0)
  expect(own.log.bytes).toBeGreaterThan(0)
  expect(own.elections).toEqual({ campaigns: 1, won: 1, leaders: 1 })
  const told = (await client.status('list', { at: 'a' }))!
  expect(Object.keys(told)).toEqual(Object.keys(own))
  expect(told).toMatchObject({ member: own.member, elections: own.elections, peers: [] })
})
