/** A member that has to stop stops alone, says why, and can still be taken out of its group (F94j). */
import {
  type Client,
  CowMap,
  createClient,
  createNetwork,
  defineValue,
  type MemoryHost,
  openHost,
} from 'rafted-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

/** Which hosts' instances throw at the command `fragile`. */
const fragile = new Set<string>()

/** What differs between members: here on purpose, in life by a machine that is not deterministic. */
const tableAt = (host: string) =>
  defineValue({
    create: () => new CowMap<string, number>(),
    commands: {
      put: (table, key: string, value: number) => table.set(key, value).size,
      fragile: (): string => {
        if (fragile.has(host)) throw new Error('half changed')
        return 'fine'
      },
    },
    queries: { size: (table) => table.size },
    snapshot: (table) => table.freeze(),
    restore: (table, [key, value]) => table.set(key, value),
  })

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  fragile.clear()
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

async function trio(): Promise<{ hosts: MemoryHost[]; client: Client }> {
  const network = createNetwork()
  const hosts: MemoryHost[] = []
  for (const id of ['a', 'b', 'c']) hosts.push(await openHost({ id, cluster: 'test', network }))
  const client = await createClient({ cluster: 'test', network, addresses: ['a', 'b', 'c'] })
  opened.push(client, ...hosts)
  for (const group of ['table', 'other'])
    for (const host of hosts) {
      const machine = tableAt(host.id)
      if (host.id === 'a') await host.createGroup(group, { machine })
      else await host.group(group, { machine, join: ['a'] })
    }
  for (const group of ['table', 'other']) await until(() => hosts.every((host) => voters(host, group) === 3))
  return { hosts, client }
}

const voters = (host: MemoryHost, group: string): number =>
  host.status(group)?.configuration?.configuration.voters.length ?? 0

test('it says why, leads nobody, and the rest of the host and of the group goes on', async () => {
  const { hosts, client } = await trio()
  const leader = hosts.find((host) => host.status('table')!.role === 'leader')!
  fragile.add(leader.id)
  const table = client.value('table', tableAt('client'))
  // The leader stops at it; whoever leads next has it in its log, and does not mind.
  expect(await table.fragile()).toBe('fine')
  const status = leader.status('table')!
  expect(status).toMatchObject({ role: 'follower', leader: null, leaderAddress: null, unresponsive: [] })
  expect(status.stopped).toMatch(/takes part no more: .*entry \d+/)
  // Time goes on, also for what has stopped.
  const later = {
    log: { ...status.log, oldestMs: expect.any(Number) },
    loop: expect.anything(),
    disk: expect.anything(),
  }
  expect(await client.status('table', { at: leader.id })).toEqual({ ...status, ...later })
  expect(await table.put('still', 1)).toBe(1)
  expect(leader.status('other')!.stopped).toBeNull()
  expect(await leader.value('other', tableAt('client')).put('too', 1)).toBe(1)
})

test('to take part again it leaves, which the others commit, and joins as another member', async () => {
  const { hosts, client } = await trio()
  const follower = hosts.find((host) => host.status('table')!.role !== 'leader')!
  const former = follower.status('table')!.member
  fragile.add(follower.id)
  const table = client.value('table', tableAt('client'))
  await table.fragile()
  await until(() => follower.status('table')!.stopped !== null)
  await follower.leave('table')
  expect(follower.status('table')).toBeNull()
  const others = hosts.filter((host) => host !== follower)
  await until(() => others.every((host) => voters(host, 'table') === 2))
  fragile.clear()
  await follower.group('table', { machine: tableAt(follower.id), join: ['a', 'b', 'c'] })
  await until(() => voters(follower, 'table') === 3)
  expect(follower.status('table')).toMatchObject({ stopped: null })
  expect(follower.status('table')!.member).not.toBe(former)
  expect(await table.put('all', 1)).toBe(1)
})

test('a host that is closed has no member', async () => {
  const { hosts } = await trio()
  await hosts[0]!.close()
  expect(hosts[0]!.status('table')).toBeNull()
})
