/** What a dashboard of one host sees of the others: each member is asked itself. */
import type { FleetHost, Host, HostInWorker } from 'rafted'
import { type MemoryHost, openHosts } from 'rafted-memory'
import { expect, onTestFinished, test } from 'vitest'
import type { MemberView } from '../src/group-details.ts'
import { type Dashboard, type DashboardHost, type DashboardOptions, openDashboard } from '../src/index.ts'
import type { GroupView, StateView } from '../src/views.ts'
import { act, ask } from './asking.ts'
import { fleetOf, tally, threeHosts, voters } from './scene.ts'

async function open(host: DashboardHost, options: DashboardOptions = {}): Promise<Dashboard> {
  const dashboard = await openDashboard(host, { everyMs: 250, ...options })
  onTestFinished(() => dashboard.close())
  return dashboard
}

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 })

const stateOf = async (dashboard: Dashboard): Promise<StateView> => (await ask(dashboard, '/api/state')).data
const groupOf = async (dashboard: Dashboard, name: string): Promise<GroupView> =>
  (await ask(dashboard, `/api/group?name=${encodeURIComponent(name)}`)).data
const told = ({ host, place, status, error }: MemberView) => [host, place, status?.role ?? error]

test('three hosts: all members, whoever leads; one that is gone; leadership and members as the page changes them', async () => {
  const [a, b, c] = await threeHosts()
  onTestFinished(async () => void (await Promise.all([a, b, c].map((host) => host.close()))))
  const dashboard = await open(b, { actions: true })
  const first = await groupOf(dashboard, 'orders')
  expect(first.members.map(told).sort()).toEqual([
    ['a', 'voter', 'leader'],
    ['b', 'voter', 'follower'],
    ['c', 'voter', 'follower'],
  ])
  expect(first.members.find(({ host }) => host === 'a')!.answerMs).toBeGreaterThan(0)
  expect(first).toMatchObject({ isJoint: false, problem: null, row: { state: 'following', leader: 'a' } })
  expect((await stateOf(dashboard)).groups.map(({ name }) => name)).toEqual(['orders'])

  const add = () => dashboard.timed(() => b.value('orders', tally).add(1))
  expect(await add()).toBe(1)
  await expect(dashboard.timed(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  await eventually(async () => (await stateOf(dashboard)).calls?.failures.some((one) => one === 1)).toBe(true)

  const { id } = first.members.find(({ host }) => host === 'c')!
  expect((await act(dashboard, { action: 'transfer', group: 'orders', to: id })).status).toBe(200)
  await eventually(async () => (await groupOf(dashboard, 'orders')).row.leader).toBe('c')
  const { leaderships } = await groupOf(dashboard, 'orders')
  expect(leaderships.map(({ leader }) => leader).filter((leader) => leader !== null)).toEqual(['a', 'c'])
  expect((await stateOf(dashboard)).history.elections.reduce((sum, one) => sum! + one!, 0)).toBe(1)

  await a.close()
  await eventually(async () => (await groupOf(dashboard, 'orders')).members.map(told).sort()).toEqual([
    ['a', 'voter', 'unreachable'],
    ['b', 'voter', 'follower'],
    ['c', 'voter', 'leader'],
  ])
  const gone = first.members.find(({ host }) => host === 'a')!.id
  expect((await act(dashboard, { action: 'remove', group: 'orders', member: gone })).status).toBe(200)
  await voters(c, 'orders', 2)
  await eventually(async () =>
    (await groupOf(dashboard, 'orders')).members.map(({ host }) => host).sort(),
  ).toEqual(['b', 'c'])
  const again = await act(dashboard, { action: 'remove', group: 'orders', member: gone })
  expect(again.status).toBeLessThan(500)
})

test('every kind of host is one, by its type', () => {
  const kinds: ((host: Host & MemoryHost & HostInWorker & FleetHost) => DashboardHost)[] = [
    (host: Host) => host,
    (host: MemoryHost) => host,
    (host: HostInWorker) => host,
    (host: FleetHost) => host,
  ]
  expect(kinds).toHaveLength(4)
})

test('a host that only waits for a group, and groups that nobody knows', async () => {
  const [a] = await openHosts('a')
  onTestFinished(() => a.close())
  await a.group('orders', { machine: tally })
  const dashboard = await open(a)
  expect(await groupOf(dashboard, 'orders')).toMatchObject({
    members: [],
    problem: 'no-such-group',
    row: { state: 'waiting' },
  })
  const { status, data } = await ask(dashboard, '/api/group?name=other')
  expect([status, data.error.code]).toEqual([404, 'no-such-group'])
})

test('without a host of its own it asks those who lead', async () => {
  const [a, b, c] = await threeHosts()
  onTestFinished(async () => void (await Promise.all([a, b, c].map((host) => host.close()))))
  const { client } = b
  const viewer = {
    id: 'viewer',
    client,
    groups: () => ['orders'],
    status: (name: string) => client.status(name, { at: 'a' }),
  }
  const dashboard = await open(viewer)
  const group = await groupOf(dashboard, 'orders')
  expect(group.row).toMatchObject({ state: 'elsewhere', leader: 'a', voters: 3 })
  expect(group.members.map(told).sort()).toEqual([
    ['a', 'voter', 'leader'],
    ['b', 'voter', 'follower'],
    ['c', 'voter', 'follower'],
  ])
})

test('a fleet: its groups by their own names, those elsewhere too, where all are placed, and a host that is drained', async () => {
  const fleets = await fleetOf(4)
  onTestFinished(async () => void (await Promise.all(fleets.map((fleet) => fleet.close()))))
  const fleet = fleets[5]!
  const dashboard = await open(fleet.host, { fleet, actions: true })
  await eventually(async () => (await stateOf(dashboard)).placement!.groups).toBe(4)
  const { placement } = await stateOf(dashboard)
  expect(placement!.zones.map(({ zone, hosts }) => [zone, hosts.map(({ id }) => id)])).toEqual([
    ['zone a', ['a1', 'a2']],
    ['zone b', ['b1', 'b2']],
    ['zone c', ['c1', 'c2']],
  ])
  expect(placement).toMatchObject({ groups: 4, spread: [0, 0, 4], problem: null, isActive: true })
  const titles = ['basket/1', 'ledger/1', 'room/1', 'stock/1']
  const titled = async () =>
    (await stateOf(dashboard)).groups.map(({ title }) => title).filter((title) => title !== null)
  await eventually(async () => (await titled()).sort()).toEqual(titles)

  // Whichever it is of those that have no member here, its members are asked.
  const elsewhere = (await fleet.groups()).filter(({ hosts }) => !hosts.includes(fleet.id))
  for (const { raft, hosts } of elsewhere) {
    const group = await groupOf(dashboard, raft)
    expect(group.members.map(({ host }) => host).sort()).toEqual([...hosts].sort())
    expect(group.members.filter(({ status }) => status?.role === 'leader')).toHaveLength(1)
  }
  expect((await act(dashboard, { action: 'drain' })).data).toMatchObject({ isDone: false })
  await eventually(async () =>
    (await stateOf(dashboard)).placement!.zones[2]!.hosts.find(({ id }) => id === 'c2'),
  ).toMatchObject({ isDraining: true })
})
