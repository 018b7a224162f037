/** Hosts that come back at other addresses: who a member is and where it is are two things (F42). */
import { createClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'
import { delegated } from '../delegated-transport.ts'

const count = defineValue({
  init: () => 0,
  commands: { add: (n) => [n + 1, n + 1] },
  queries: { current: (n) => n },
})

const seams = { clock: realClock, random: realRandom }
const settings = { heartbeatMs: 20, electionMs: 300 }

const opened = new Set<Host>()
afterEach(async () => {
  for (const host of opened) await host.close({ transfer: false })
  opened.clear()
})

/** A network on which hosts are dialled at addresses that are not their names; names are what the transport has made sure of. */
function setting() {
  const network = memoryNetwork({ clock: realClock })
  const hostAt = new Map<string, string>()
  const storages = new Map<string, ReturnType<typeof memoryStorage>>()
  const open = async (id: string, address: string): Promise<Host> => {
    hostAt.set(address, id)
    const storage = storages.get(id) ?? memoryStorage()
    storages.set(id, storage)
    const its = network.transport({ name: address, role: 'peer' })
    const transport = delegated(its, {
      listen: (events) =>
        its.listen({
          ...events,
          onBatch: (from, batch) => events.onBatch({ ...from, name: hostAt.get(from.name)! }, batch),
          onPeer: (at, state) => events.onPeer(hostAt.get(at)!, state),
        }),
    })
    const host = await openHost({
      id,
      cluster: 'test',
      transport,
      ...storage.open(),
      durable: true,
      ...seams,
    })
    opened.add(host)
    return host
  }
  const close = async (host: Host): Promise<void> => {
    opened.delete(host)
    await host.close({ transfer: false })
  }
  /** Three hosts whose members vote, at a1, b1 and c1. */
  const trio = async (): Promise<[Host, Host, Host]> => {
    const hosts: [Host, Host, Host] = [await open('a', 'a1'), await open('b', 'b1'), await open('c', 'c1')]
    await hosts[0].createGroup('count', { machine: count, settings })
    for (const host of hosts.slice(1)) await host.group('count', { machine: count, join: ['a1'], settings })
    await until(() => hosts.every((host) => addressesAt(host) === 'a1,b1,c1' && isLevel(host)))
    return hosts
  }
  return { open, close, trio }
}

/** Addresses of the voters, as the host's configuration has them. */
function addressesAt(host: Host): string {
  const configuration = host.status('count')?.configuration?.configuration
  return configuration?.outgoing === null
    ? configuration.voters
        .map(({ address }) => address)
        .sort()
        .join()
    : ''
}

function isLevel(host: Host): boolean {
  const { lastIndex, appliedIndex } = host.status('count')!
  return lastIndex === appliedIndex
}

const memberOf = (host: Host): string => host.status('count')!.member

async function add(host: Host): Promise<number> {
  const client = createClient({ link: host.link, addresses: () => host.addresses('count'), ...seams })
  const value = await client.value('count', count).add()
  await client.close()
  return value
}

test('a member that comes back elsewhere is who it was, is reached there, and the configuration says so', async () => {
  const { open, close, trio } = setting()
  const [a, b, c] = await trio()
  const member = memberOf(c)
  await close(c)
  await add(a)
  const moved = await open('c', 'c2')
  await moved.group('count', { machine: count, join: ['a1', 'b1'], settings })
  await until(() => [a, b, moved].every((host) => addressesAt(host) === 'a1,b1,c2' && isLevel(host)))
  expect(memberOf(moved)).toBe(member)
  expect(a.addresses('count').sort()).toEqual(['a1', 'b1', 'c2'])
}, 15_000)

// Nobody reaches anybody where the logs say, so nobody could be elected who would change that.
test('hosts that have all moved find together again (F42b)', async () => {
  const { open, close, trio } = setting()
  const before = await trio()
  const members = before.map(memberOf)
  await add(before[0])
  for (const host of before) await close(host)
  const join = ['a2', 'b2', 'c2']
  const after: Host[] = []
  for (const id of ['a', 'b', 'c']) after.push(await open(id, `${id}2`))
  for (const host of after) await host.group('count', { machine: count, join, settings })
  await until(() => after.every((host) => addressesAt(host) === 'a2,b2,c2' && isLevel(host)))
  expect(after.map(memberOf)).toEqual(members)
  expect(await add(after[1]!)).toBe(2)
}, 15_000)

// The one has nothing to tell, and the other is told nowhere to look: only who campaigns asks where it was told to.
test('a member that is where it should be finds one that has moved, and knows nobody who is still there (F42b)', async () => {
  const { open, close, trio } = setting()
  const [a, b, c] = await trio()
  const members = [a, c].map(memberOf)
  await close(c)
  await close(a)
  const moved = await open('a', 'a2')
  await moved.group('count', { machine: count, join: ['b1'], settings })
  await until(() => [moved, b].every((host) => addressesAt(host) === 'a2,b1,c1' && isLevel(host)))
  await close(b)
  await close(moved)
  const back = await open('a', 'a2')
  await back.group('count', { machine: count, join: ['c2'], settings })
  const other = await open('c', 'c2')
  await other.group('count', { machine: count, settings })
  await until(() => [back, other].every((host) => addressesAt(host) === 'a2,b1,c2' && isLevel(host)))
  expect([back, other].map(memberOf)).toEqual(members)
}, 15_000)

test('the only member of a group moves without anybody to tell', async () => {
  const { open, close } = setting()
  const a = await open('a', 'a1')
  await a.createGroup('count', { machine: count, settings })
  await until(() => addressesAt(a) === 'a1')
  await close(a)
  const moved = await open('a', 'a2')
  await moved.group('count', { machine: count, settings })
  await until(() => addressesAt(moved) === 'a2' && isLevel(moved))
})

// The leader goes on sending there what is meant for the member that has moved, until it hears from it.
test('another host at the old address harms nobody: what is not meant for its member is not taken (F42c)', async () => {
  const { open, close, trio } = setting()
  const [a, b, c] = await trio()
  const member = memberOf(c)
  await close(c)
  const d = await open('d', 'c1')
  await d.group('count', { machine: count, join: ['a1'], settings })
  await until(() => (d.status('count')?.configuration?.configuration.voters.length ?? 0) === 4 && isLevel(d))
  expect(memberOf(d)).not.toBe(member)
  await add(b)
  const moved = await open('c', 'c2')
  await moved.group('count', { machine: count, join: ['a1'], settings })
  const hosts = [a, b, moved, d]
  await until(() => hosts.every((host) => addressesAt(host) === 'a1,b1,c1,c2' && isLevel(host)))
  expect(memberOf(moved)).toBe(member)
  for (const host of hosts) expect(host.status('count')!.stopped).toBeNull()
})

test('a member that was removed, and has moved, learns that it is removed, and is not added again', async () => {
  const { open, close, trio } = setting()
  const [a, b, c] = await trio()
  const member = memberOf(c)
  await close(c)
  await until(() => a.status('count')!.role === 'leader' || b.status('count')!.role === 'leader')
  const client = createClient({ link: a.link, addresses: () => ['a1', 'b1'], ...seams })
  await client.removeMember('count', member)
  await client.close()
  const moved = await open('c', 'c2')
  await moved.group('count', { machine: count, join: ['a1', 'b1'], settings })
  await until(() => moved.status('count')!.removedAt !== null || addressesAt(a) !== 'a1,b1')
  expect(addressesAt(a)).toBe('a1,b1')
})

// Nobody is left where it looks for the others. It asks where it was told to look as well.
test('a member that was removed learns it from a group of which it knows nobody any more (F35h)', async () => {
  const { open, close, trio } = setting()
  const [a, b, c] = await trio()
  const former = [a, b, c].map(memberOf)
  await close(c)
  const [d, e] = [await open('d', 'd1'), await open('e', 'e1')]
  for (const host of [d, e]) await host.group('count', { machine: count, join: ['a1', 'b1'], settings })
  await until(() => [d, e].every((host) => addressesAt(host).includes('d1,e1') && isLevel(host)))
  const client = createClient({ link: d.link, addresses: () => ['d1', 'e1'], ...seams })
  const voters = [d, e].map(memberOf)
  await client.changeMembership('count', { voters })
  await client.close()
  for (const host of [a, b]) await close(host)
  const back = await open('c', 'c1')
  await back.group('count', { machine: count, join: ['d1', 'e1'], settings })
  await until(() => back.status('count')!.removedAt !== null)
  expect(memberOf(back)).toBe(former[2])
  expect(addressesAt(d)).toBe('d1,e1')
}, 15_000)
