/** Changes that are undone, storage that fails, hooks that call: what a host makes of them. */
import { type Client, createClient } from '@rafted/client'
import { defineValue, type LogStore, type RaftedEvent } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Hooks, type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { type SessionResponse, valueCodec } from '@rafted/wire'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const seams = { clock: realClock, random: realRandom }
const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})
type Network = ReturnType<typeof memoryNetwork>

const opened: { close(): Promise<void> }[] = []
const events: RaftedEvent[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
  events.length = 0
})

interface Place {
  readonly host: Host
  readonly client: Client
  readonly handle: ReturnType<ReturnType<typeof createClient>['value']> & {
    add(item: string): Promise<number>
    all(): Promise<readonly string[]>
  }
}

async function open(id: string, network: Network, wrap = (logs: LogStore): LogStore => logs): Promise<Place> {
  const { logs, snapshots } = memoryStorage().open()
  const host = await openHost({
    id,
    cluster: 'test',
    transport: network.transport({ name: id, role: 'peer' }),
    logs: wrap(logs),
    snapshots,
    durable: false,
    observer: { event: (event) => void events.push(event) },
    ...seams,
  })
  const client = createClient({ link: host.link, addresses: ['a', 'b', 'c'], ...seams })
  opened.push(client, host)
  return { host, client, handle: client.value('list', list) as unknown as Place['handle'] }
}

async function together(places: readonly Place[], hooks: Hooks = {}): Promise<void> {
  const [first, ...others] = places
  await first!.host.createGroup('list', { machine: list, hooks })
  for (const { host } of others) await host.group('list', { machine: list, join: ['a'], hooks })
  await until(() => places.every((place) => isSettled(place, places.length)))
}

const voters = ({ host }: Place): readonly string[] =>
  host.status('list')?.configuration?.configuration.voters.map((voter) => voter.host) ?? []
/** So many voters, by a configuration that is no longer joint and is committed. */
function isSettled({ host }: Place, count: number): boolean {
  const status = host.status('list')
  const entry = status?.configuration ?? null
  if (status === null || entry === null || entry.index > status.commitIndex) return false
  return entry.configuration.outgoing === null && entry.configuration.voters.length === count
}
const leads = ({ host }: Place): boolean => host.status('list')?.role === 'leader'

test.each(['the member that leaves', 'a client that removes it'])(
  'a change that is undone was never reported done, to %s (F33)',
  async (whom) => {
    const network = memoryNetwork({ clock: realClock })
    const places = [await open('a', network), await open('b', network), await open('c', network)]
    await together(places)
    const leader = places.find(leads)!
    const others = places.filter((place) => place !== leader)
    const { id } = others[0]!.host.inspect('list')!
    network.isolate(leader.host.id)
    const lastIndex = leader.host.status('list')!.lastIndex
    const options = { timeoutMs: 500, evenIfQuorumAtRisk: true }
    const change =
      whom === 'the member that leaves'
        ? leader.host.leave('list', options)
        : leader.client.removeMember('list', id, options)
    const told = change.then(
      () => 'done',
      ({ outcome }: { outcome: string }) => outcome,
    )
    // The change stands in the log of a leader that reaches nobody …
    await until(() => leader.host.status('list')!.lastIndex > lastIndex)
    await until(() => others.some(leads))
    expect(await others[0]!.handle.add('meanwhile')).toBe(0)
    expect(await told).toBe('unknown')
    network.rejoin(leader.host.id)
    // … and is undone by the next leader.
    await until(() => {
      const { commitIndex, leaderAddress } = leader.host.status('list')!
      return leaderAddress !== null && commitIndex >= others.find(leads)!.host.status('list')!.commitIndex
    })
    for (const place of places) expect([...voters(place)].sort()).toEqual(['a', 'b', 'c'])
  },
)

test('a command whose place another one takes is not answered with what that one came to', async () => {
  const network = memoryNetwork({ clock: realClock })
  const places = [await open('a', network), await open('b', network), await open('c', network)]
  await together(places)
  const leader = places.find(leads)!
  const others = places.filter((place) => place !== leader)
  const { link } = leader.host
  const { incarnation } = leader.host.status('list')!
  const group = { group: 'list', incarnation }
  const opened = await link.call(null, { kind: 'open-session', ...group }, 5000)
  const { session } = opened as SessionResponse
  network.isolate(leader.host.id)
  const { lastIndex } = leader.host.status('list')!
  const command = {
    sequence: 1,
    acknowledged: 1,
    key: null,
    trace: null,
    payload: valueCodec.encode(['add', 'lost']),
  }
  const answer = link.call(null, { kind: 'command', ...group, session, ...command }, 20_000)
  await until(() => leader.host.status('list')!.lastIndex > lastIndex)
  await until(() => others.some(leads))
  for (const item of ['x', 'y', 'z']) await others[0]!.handle.add(item)
  network.rejoin(leader.host.id)
  await until(() => leader.host.status('list')!.appliedIndex > lastIndex + 3)
  expect(await answer).toMatchObject({ kind: 'error', code: 'not-leader', outcome: 'unknown' })
  expect(await leader.handle.all()).toEqual(['x', 'y', 'z'])
})

test('a storage that fails stops the members of its host, with the reason, and nobody else’s (F94m)', async () => {
  const network = memoryNetwork({ clock: realClock })
  let broken = false
  const failing = (logs: LogStore): LogStore =>
    new Proxy(logs, {
      get(target, name) {
        if (name === 'write' && broken) return () => Promise.reject(new Error('the disk is gone'))
        const value = Reflect.get(target, name, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const places = [await open('a', network), await open('b', network, failing), await open('c', network)]
  await together(places)
  await places[0]!.handle.add('before')
  broken = true
  await places[0]!.handle.add('after')
  const [a, b, c] = places as [Place, Place, Place]
  await until(() => b.host.status('list')!.stopped !== null)
  expect(b.host.status('list')).toMatchObject({
    role: 'follower',
    stopped: expect.stringContaining('the disk is gone'),
  })
  expect(events).toContainEqual(expect.objectContaining({ kind: 'storage-failed' }))
  expect(await c.handle.all()).toEqual(['before', 'after'])
  expect([a, c].map(({ host }) => host.status('list')!.stopped)).toEqual([null, null])
  expect(await b.handle.add('through the others')).toBe(2)
})

test('what a hook calls waits for the next turn: no call runs within another (F94n)', async () => {
  const network = memoryNetwork({ clock: realClock })
  const places = [await open('a', network)]
  const order: string[] = []
  const answers: Promise<number>[] = []
  let within = 0
  await together(places, {
    commandCommitted(_before, command) {
      const item = (command as string[])[1]!
      expect(within++).toBe(0)
      order.push(`committed ${item}`)
      if (item.length < 4) {
        answers.push(places[0]!.handle.add(`${item}+`))
        order.push(`called ${item}+`)
      }
      within--
    },
  })
  await places[0]!.handle.add('x')
  await until(() => answers.length === 3)
  expect(await Promise.all(answers)).toEqual([1, 2, 3])
  expect(order).toEqual([
    'committed x',
    'called x+',
    'committed x+',
    'called x++',
    'committed x++',
    'called x+++',
    'committed x+++',
  ])
})
