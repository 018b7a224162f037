/** What clients may do with which group, at whichever host they ask (F93g). */
import { decodeBatch, encodeBatch, type Item, WIRE_VERSIONS } from '@rafted/wire'
import {
  type Authorise,
  type Client,
  createClient,
  createNetwork,
  defineValue,
  type MemoryHost,
  type MemoryNetwork,
  openHost,
  type RaftedEvent,
  type Right,
} from 'rafted-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

interface Place {
  readonly network: MemoryNetwork
  readonly hosts: MemoryHost[]
  readonly client: Client
  readonly events: RaftedEvent[]
  readonly counts: Record<string, number>
}

const cluster = 'shop'

/** Hosts that all ask `authorise`, and the client `web`. */
const place = (authorise: Authorise, ...ids: string[]): Promise<Place> => placeOf(() => authorise, ...ids)

/** Each with its own. */
async function placeOf(authorise: (id: string) => Authorise, ...ids: string[]): Promise<Place> {
  const network = createNetwork()
  const events: RaftedEvent[] = []
  const counts: Record<string, number> = {}
  const observer = {
    event: (event: RaftedEvent) => void events.push(event),
    count: (name: string, by: number) => {
      counts[name] = (counts[name] ?? 0) + by
    },
  }
  const hosts = await Promise.all(
    ids.map((id) => openHost({ id, cluster, network, observer, authorise: authorise(id) })),
  )
  const client = await createClient({ name: 'web', cluster, network, addresses: ids })
  opened.push(...hosts, client)
  return { network, hosts, client, events, counts }
}

const votersOf = (host: MemoryHost): number =>
  host.status('list')?.configuration?.configuration.voters.length ?? 0

/** A group of all hosts, created and joined by the hosts themselves. */
async function found({ hosts }: Place): Promise<void> {
  const [first, ...others] = hosts
  await first!.createGroup('list', { machine: list })
  for (const host of others) await host.group('list', { machine: list, join: ['a'] })
  await until(() => hosts.every((host) => votersOf(host) === hosts.length))
}

async function firstOf<T>(watched: AsyncIterable<T>): Promise<T | null> {
  for await (const one of watched) return one
  return null
}

/** What a client can do, and the right that it takes. */
const calls: readonly [Right, string, (client: Client) => Promise<unknown>][] = [
  ['locate', 'locate', (client) => client.locate('list')],
  ['query', 'a query', (client) => client.value('list', list).all()],
  ['query', 'a query of any member', (client) => client.value('list', list).with({ read: 'stale' }).all()],
  ['query', 'watchQuery', (client) => firstOf(client.value('list', list).watchQuery('all'))],
  ['watch', 'watch', (client) => firstOf(client.value('list', list).watch({ from: 1 }))],
  ['command', 'a command', (client) => client.value('list', list).add('x')],
  ['backup', 'a backup', (client) => firstOf(client.backup('list', { at: 'a' }))],
  ['status', 'status', (client) => client.status('list', { at: 'a' })],
  ['create', 'createGroup', (client) => client.createGroup('another', { at: 'a' })],
  ['members', 'demote', (client) => client.demote('list', 'nobody')],
  ['members', 'removeMember', (client) => client.removeMember('list', 'nobody')],
  ['leadership', 'transferLeadership', (client) => client.transferLeadership('list', 'nobody')],
  ['leadership', 'cancelTransfer', (client) => client.cancelTransfer('list')],
  ['settings', 'changeSettings', (client) => client.changeSettings('list', { heartbeatMs: 40 })],
]

describe('F93g: rights', () => {
  test.each(calls)(
    '%s is what it takes for %s, and nothing else but to locate the group',
    async (right, _, call) => {
      const asked = new Set<string>()
      const it = await place((client, group, one) => {
        asked.add(`${client.name} ${group} ${one}`)
        return one === right || one === 'locate'
      }, 'a')
      await found(it)
      await it.hosts[0]!.group('another', { machine: list })
      await it.hosts[0]!.value('list', list).add('first')
      const outcome = await call(it.client).then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
      // Some of these can't be done here. They were let do it.
      expect(outcome).not.toBe('not-allowed')
      const group = right === 'create' ? 'another' : 'list'
      expect(asked).toContain(`web ${group} ${right}`)
      expect([...asked].filter((one) => one !== `web ${group} ${right}`)).toEqual(
        [`web ${group} locate`].filter((one) => asked.has(one) && right !== 'locate'),
      )
      expect(it.counts.host_not_allowed).toBeUndefined()
    },
  )

  test.each(calls)(
    'without %s there is no %s: it is refused at once, counted and told',
    async (right, _, call) => {
      const it = await place((_client, _group, one) => one !== right, 'a')
      await found(it)
      await it.hosts[0]!.group('another', { machine: list })
      await it.hosts[0]!.value('list', list).add('first')
      const before = it.hosts[0]!.status('list')
      await expect(call(it.client)).rejects.toMatchObject({
        code: 'not-allowed',
        outcome: 'not-applied',
        message: expect.stringContaining(`"${right}"`),
      })
      expect(it.events.find(({ kind }) => kind === 'not-allowed')).toMatchObject({
        level: 'warn',
        client: 'web',
        group: right === 'create' ? 'another' : 'list',
        right,
      })
      expect(it.counts.host_not_allowed).toBeGreaterThanOrEqual(1)
      const { lastIndex, term, sessions } = it.hosts[0]!.status('list')!
      expect({ lastIndex, term, sessions }).toEqual({
        lastIndex: before!.lastIndex,
        term: before!.term,
        sessions: before!.sessions,
      })
      expect(it.hosts[0]!.status('another')).toBeNull()
    },
  )

  test('by group: who may do all with one may do nothing with another', async () => {
    const it = await place((client, group) => client.name === 'web' && group === 'list', 'a')
    await found(it)
    const [a] = it.hosts
    await a!.createGroup('safe', { machine: list })
    await it.client.value('list', list).add('mine')
    await expect(it.client.value('safe', list).add('mine')).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(it.client.value('safe', list).all()).rejects.toMatchObject({ code: 'not-allowed' })
    expect(await a!.value('safe', list).all()).toEqual([])
    const eve = await createClient({ name: 'eve', cluster, network: it.network, addresses: ['a'] })
    opened.push(eve)
    await expect(eve.value('list', list).all()).rejects.toMatchObject({ code: 'not-allowed' })
  })

  test('each host looks for itself: nothing is passed on, so whoever leads knows who asks', async () => {
    const asked = new Set<string>()
    const at =
      (id: string): Authorise =>
      (client, _group, right) => {
        asked.add(`${id} is asked of ${client.name}`)
        return right !== 'command' || id !== 'a'
      }
    const it = await placeOf(at, 'a', 'b', 'c')
    await found(it)
    const { network } = it
    const beginner = await createClient({ name: 'web-2', cluster, network, addresses: ['b'] })
    opened.push(beginner)
    await until(() => it.hosts[0]!.status('list')!.role === 'leader')
    await expect(beginner.value('list', list).add('x')).rejects.toMatchObject({ code: 'not-allowed' })
    expect(asked).toContain('b is asked of web-2')
    expect(asked).toContain('a is asked of web-2')
    expect(await beginner.value('list', list).all()).toEqual([])
  })

  test('hosts, and what lives in them, need none', async () => {
    const it = await place(() => false, 'a', 'b', 'c')
    await found(it)
    for (const host of it.hosts) await host.value('list', list).add(host.id)
    expect(await it.hosts[2]!.value('list', list).all()).toEqual(['a', 'b', 'c'])
    expect(it.counts.host_not_allowed).toBeUndefined()
  })
})

test('F93g: what clients say in place of a host that was asked is not taken for its answer', async () => {
  const it = await place(() => false, 'a')
  // A host that is asked whether it knows the group, and says nothing.
  const silent = it.network.transport({ name: 'b', role: 'peer' })
  const eve = it.network.transport({ name: 'eve', role: 'client' })
  opened.push(silent, eve)
  let forged = 0
  await eve.listen({ onBatch: () => {}, onPeer: () => {} })
  await silent.listen({
    onPeer: () => {},
    onBatch: (_, batch) => {
      for (const item of decodeBatch(batch, { cluster }).items) {
        if (item.kind !== 'request') continue
        const { id } = item.request
        const head = { kind: 'located', id, incarnation: null, term: 0, leader: null } as const
        const answer: Item = { kind: 'response', response: { ...head, knows: 'unknown', members: [] } }
        const bytes = encodeBatch({ cluster, versions: WIRE_VERSIONS, sender: 'eve' }, [answer])
        if (eve.send('a', bytes, 'urgent')) forged += 1
      }
    },
  })
  await expect(it.hosts[0]!.createGroup('list', { machine: list, join: ['b'] })).rejects.toMatchObject({
    code: 'peers-unreachable',
  })
  expect(forged).toBeGreaterThan(0)
})
