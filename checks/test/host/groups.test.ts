/** Hosts, storage, network and clients together, in one process: how groups begin, change and serve. */
import {
  decodeBatch,
  encodeBatch,
  type JoinRequest,
  type UpdateMemberRequest,
  WIRE_VERSIONS,
} from '@rafted/wire'
import {
  createClient,
  createNetwork,
  defineValue,
  type Hooks,
  type MemoryHost,
  openHost,
  openHosts,
  type RaftedEvent,
} from 'rafted-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => [items.length, [...items, item]],
    poison: (): readonly [never, readonly string[]] => {
      throw new Error('poison')
    },
  },
  queries: { all: (items) => items, length: (items) => items.length },
})

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

async function hostsOf(...ids: string[]): Promise<MemoryHost[]> {
  const hosts = await openHosts(...ids)
  opened.push(...hosts)
  return hosts
}

/** Three hosts whose members all vote. */
async function trio(hooks: Hooks = {}): Promise<[MemoryHost, MemoryHost, MemoryHost]> {
  const hosts = (await hostsOf('a', 'b', 'c')) as [MemoryHost, MemoryHost, MemoryHost]
  const [a, ...others] = hosts
  await a.createGroup('list', { machine: list, hooks })
  for (const host of others) await host.group('list', { machine: list, join: ['a'], hooks })
  await until(() => votersOf(a).length === 3 && hosts.every((host) => votersOf(host).length === 3))
  return hosts
}

const votersOf = (host: MemoryHost): readonly string[] =>
  host.status('list')?.configuration?.configuration.voters.map((voter) => voter.host) ?? []

describe('a group is created once, by a person (F99)', () => {
  test('starting waits: nobody founds a group because it hears nobody', async () => {
    const [a, b] = await hostsOf('a', 'b')
    for (const host of [a!, b!]) await host.group('list', { machine: list, join: ['a', 'b'] })
    expect(a!.status('list')).toBeNull()
    const call = b!.value('list', list).with({ timeoutMs: 5000 }).add('x')
    await expect(call).rejects.toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
    await a!.createGroup('list', { machine: list })
    await b!.value('list', list).add('x')
  })

  test('creating needs an answer from every address, unless a person has looked', async () => {
    const [a] = await hostsOf('a')
    const options = { machine: list, join: ['a', 'gone'] }
    await expect(a!.createGroup('list', options)).rejects.toMatchObject({
      code: 'peers-unreachable',
      details: { silent: ['gone'] },
    })
    expect(a!.status('list')).toBeNull()
    await a!.createGroup('list', { ...options, unreachable: 'checked' })
    await expect(a!.createGroup('list', options)).rejects.toMatchObject({ code: 'already-exists' })
  })

  test('a host that is started at the same time is waited for (F99b)', async () => {
    const network = createNetwork()
    const a = await openHost({ id: 'a', cluster: 'test', network })
    opened.push(a)
    await a.group('list', { machine: list, join: ['a', 'b'] })
    const creating = a.createGroup('list', { machine: list })
    // Goes through the turn in which nobody could be asked.
    await a.client.status('list', { at: null })
    opened.push(await openHost({ id: 'b', cluster: 'test', network }))
    await creating
    expect(a.status('list')).not.toBeNull()
  })

  test('another host that knows the group says so, and two at the same time never both succeed', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = await hostsOf('a', 'b')
      const options = { machine: list, join: ['a', 'b'] }
      for (const host of [a!, b!]) await host.group('list', options)
      const both = await Promise.allSettled([a!, b!].map((host) => host.createGroup('list', options)))
      const made = both.filter(({ status }) => status === 'fulfilled').length
      expect(made).toBeLessThanOrEqual(1)
      for (const result of both)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'already-exists' })
    }
  })

  test('a client can ask a host that waits for the name, and no other', async () => {
    const network = createNetwork()
    const host = await openHost({ id: 'a', cluster: 'test', network })
    const client = await createClient({ cluster: 'test', network, addresses: ['a'] })
    opened.push(client, host)
    await expect(client.createGroup('list', { at: 'a' })).rejects.toMatchObject({ code: 'no-such-group' })
    await host.group('list', { machine: list, join: ['a'] })
    await client.createGroup('list', { at: 'a' })
    await expect(client.createGroup('list', { at: 'a' })).rejects.toMatchObject({ code: 'already-exists' })
    expect(await client.value('list', list).add('x')).toBe(0)
  })
})

describe('members come and go', () => {
  test('one leaves when that is committed, the leader too; the last voter stays', async () => {
    const [a, b, c] = await trio()
    await c.leave('list')
    expect(votersOf(a)).toEqual(['a', 'b'])
    expect(c.status('list')).toBeNull()
    const leader = [a, b].find((host) => host.status('list')!.role === 'leader')!
    const other = leader === a ? b : a
    await leader.leave('list')
    await until(() => other.status('list')!.role === 'leader')
    expect(votersOf(other)).toEqual([other.id])
    await expect(other.leave('list')).rejects.toMatchObject({ outcome: 'not-applied' })
    expect(await other.value('list', list).add('still here')).toBe(0)
  })

  test('two that leave at the same time wait for each other', async () => {
    const [a, b, c] = await trio()
    const leader = [a, b, c].find((host) => host.status('list')!.role === 'leader')!
    const others = [a, b, c].filter((host) => host !== leader)
    await Promise.all(others.map((host) => host.leave('list')))
    expect(votersOf(leader)).toEqual([leader.id])
  })

  test('leaving is given up in time when no majority is there to agree, and the member stays', async () => {
    const [a, b, c] = await trio()
    await Promise.all([b.close(), c.close()])
    const leaving = a.leave('list', { timeoutMs: 300 })
    await expect(leaving).rejects.toMatchObject({ outcome: expect.stringMatching(/^(unknown|not-applied)$/) })
    expect(a.status('list')).not.toBeNull()
  })

  test('a host that comes back without its memory is another member, and counts once', async () => {
    const network = createNetwork()
    const open = (id: string) => openHost({ id, cluster: 'test', network })
    const [a, b, c] = [await open('a'), await open('b'), await open('c')]
    opened.push(a, b)
    await a.createGroup('list', { machine: list })
    for (const host of [b, c]) await host.group('list', { machine: list, join: ['a'] })
    await until(() => votersOf(a).length === 3)
    const former = c.status('list')!.member
    await a.value('list', list).add('kept')
    await c.close()
    const again = await open('c')
    opened.push(again)
    await again.group('list', { machine: list, join: ['a', 'b'] })
    await until(() => votersOf(again).length === 3)
    expect(again.status('list')!.member).not.toBe(former)
    const { voters, outgoing } = again.status('list')!.configuration!.configuration
    await until(() => again.status('list')!.configuration!.configuration.outgoing === null)
    expect(voters.map(({ host }) => host).sort()).toEqual(['a', 'b', 'c'])
    expect(outgoing === null || outgoing.length === 3).toBe(true)
    expect(await again.value('list', list).all()).toEqual(['kept'])
  })

  test('one that joins a long history gets it as a snapshot', async () => {
    const network = createNetwork()
    const events: RaftedEvent[] = []
    const observer = { event: (event: RaftedEvent) => void events.push(event) }
    const a = await openHost({ id: 'a', cluster: 'test', network, observer })
    const b = await openHost({ id: 'b', cluster: 'test', network, observer })
    opened.push(a, b)
    const settings = { snapshotMinBytes: 2000, snapshotFactor: 1, tailBytes: 1000, snapshotPartBytes: 300 }
    await a.createGroup('list', { machine: list, settings })
    const handle = a.value('list', list)
    for (let i = 0; i < 300; i++) await handle.add(`item ${i}`)
    await until(() => a.status('list')!.snapshotIndex > 0)
    await b.group('list', { machine: list, join: ['a'], settings })
    await until(() => votersOf(b).length === 2)
    expect(events).toContainEqual(expect.objectContaining({ kind: 'snapshot', what: 'installed' }))
    expect(await b.value('list', list).with({ read: 'stale' }).length()).toBe(300)
  })
})

describe('a group that serves', () => {
  test('a command that poisons kills nobody', async () => {
    const hosts = await trio()
    for (const host of hosts)
      await expect(host.value('list', list).poison()).rejects.toMatchObject({
        code: 'command-failed',
        outcome: 'not-applied',
      })
    for (const [i, host] of hosts.entries()) expect(await host.value('list', list).add('fine')).toBe(i)
  })

  test('a key makes a retry from another process take effect once', async () => {
    const [a, b] = await trio()
    expect(await a.value('list', list).with({ key: 'order-1' }).add('x')).toBe(0)
    expect(await b.value('list', list).with({ key: 'order-1' }).add('x')).toBe(0)
    expect(await a.value('list', list).all()).toEqual(['x'])
  })

  test('hooks are called on the leader, with what they are promised; what they throw harms nobody (F94l)', async () => {
    const calls: unknown[][] = []
    const note =
      (name: string) =>
      (...args: unknown[]): void => {
        calls.push([name, ...args])
        throw new Error('a hook that throws')
      }
    const [a, b] = await trio({
      elected: note('elected'),
      commandCommitted: note('committed'),
      queryAnswered: note('answered'),
      followerAdded: note('added'),
      followerRemoved: note('removed'),
    })
    await b.value('list', list).add('x')
    await b.value('list', list).length()
    expect(calls[0]).toEqual(['elected', []])
    expect(calls).toContainEqual(['committed', [], ['add', 'x'], 0, ['x']])
    expect(calls).toContainEqual(['answered', ['x'], ['length'], 1])
    const member = b.status('list')!.member
    expect(calls).toContainEqual(['added', [], member])
    await b.leave('list')
    expect(calls).toContainEqual(['removed', ['x'], member])
    expect(calls.filter(([name, , command]) => name === 'committed' && Array.isArray(command))).toHaveLength(
      1,
    )
    expect(a.status('list')!.role).toBe('leader')
  })

  test('calls that wait when the host closes end, and say that they may have happened', async () => {
    const [a, b, c] = await trio()
    const leader = [a, b, c].find((host) => host.status('list')!.role === 'leader')!
    const follower = leader === a ? b : a
    await follower.value('list', list).add('first')
    const call = follower.value('list', list).add('second')
    const ended = expect(call).rejects.toMatchObject({ code: 'closed', outcome: 'unknown' })
    await follower.close()
    await ended
  })
})

describe('what others send is not believed', () => {
  test('another cluster, garbage, and members played by clients change nothing', async () => {
    const network = createNetwork()
    const events: RaftedEvent[] = []
    const host = await openHost({
      id: 'a',
      cluster: 'test',
      network,
      observer: { event: (event) => void events.push(event) },
    })
    opened.push(host)
    await host.createGroup('list', { machine: list })
    await host.value('list', list).add('x')
    const { incarnation, member, term } = host.status('list')!
    const stranger = network.transport({ name: 'stranger', role: 'client' })
    await stranger.listen({ onBatch: () => {}, onPeer: () => {} })
    const head = { cluster: 'test', versions: WIRE_VERSIONS, sender: 'stranger' }
    const heartbeat = {
      kind: 'heartbeat',
      from: 'x',
      to: member,
      term: term + 9,
      round: 1,
      commit: 0,
      abstainMs: 0,
    } as const
    const forged = { kind: 'member', incarnation, message: heartbeat, entries: [], chunk: null } as const
    stranger.send('a', encodeBatch(head, [forged]), 'urgent')
    stranger.send('a', encodeBatch({ ...head, cluster: 'other' }, [forged]), 'urgent')
    stranger.send(
      'a',
      Uint8Array.from({ length: 200 }, (_, i) => i),
      'urgent',
    )
    await until(() => events.filter(({ kind }) => kind === 'refused-batch').length === 2)
    expect(await host.value('list', list).length()).toBe(1)
    expect(host.status('list')!.term).toBe(term)
    await stranger.close()
  })

  test('a host asks for a member of its own only, and whoever means another group of the name is told so', async () => {
    const network = createNetwork()
    const host = await openHost({ id: 'a', cluster: 'test', network })
    opened.push(host)
    await host.createGroup('list', { machine: list })
    const { incarnation } = host.status('list')!
    const answers: string[] = []
    const other = network.transport({ name: 'b', role: 'peer' })
    await other.listen({
      onBatch: (_, batch) => {
        for (const item of decodeBatch(batch).items)
          if (item.kind === 'response')
            answers.push(item.response.kind === 'error' ? item.response.code : 'done')
      },
      onPeer: () => {},
    })
    type Asked = Partial<JoinRequest> | Partial<UpdateMemberRequest>
    const ask = async (id: number, request: Asked): Promise<void> => {
      const member = {
        id: 'm',
        host: 'b',
        address: 'b',
        durable: true,
        wire: WIRE_VERSIONS,
        machine: [1, 1] as const,
      }
      const join = { kind: 'join', group: 'list', incarnation, member, promote: true, formerDataLost: false }
      const asked = { ...join, id, ...request } as JoinRequest | UpdateMemberRequest
      const head = { cluster: 'test', versions: WIRE_VERSIONS, sender: 'b' }
      other.send('a', encodeBatch(head, [{ kind: 'request', request: asked }]), 'urgent')
      await until(() => answers.length === id)
    }
    await ask(1, {
      member: {
        id: 'm',
        host: 'c',
        address: 'b',
        durable: true,
        wire: WIRE_VERSIONS,
        machine: [1, 1] as const,
      },
    })
    await ask(2, { incarnation: 'former' })
    expect(answers).toEqual(['invalid-argument', 'group-mismatch'])
    expect(host.status('list')!.configuration!.configuration.learners).toEqual([])
    await ask(3, { promote: false })
    expect(answers[2]).toBe('done')
    // Where another host's member is, it does not say either.
    const { member } = host.status('list')!
    const elsewhere = {
      id: member,
      host: 'a',
      address: 'b',
      durable: true,
      wire: WIRE_VERSIONS,
      machine: [1, 1] as const,
    }
    await ask(4, { kind: 'update-member', member: elsewhere })
    expect(answers[3]).toBe('invalid-argument')
    expect(host.status('list')!.configuration!.configuration.voters[0]!.address).toBe('a')
    await other.close()
  })
})
