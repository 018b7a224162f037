/** Hosts and a client that only dials, over TCP: the same groups, with another transport. */
import { createClient, HostWithClient, transportLink } from '@rafted/client'
import { defineValue, type Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { tcpTransport } from '@rafted/transport-tcp'
import { afterEach, expect, test } from 'vitest'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

const seams = { clock: realClock, random: realRandom }
const common = { cluster: 'shop', secret: 'a secret for this test', ...seams }

async function hostOverTcp(id: string) {
  const transport: Transport = tcpTransport({ ...common, name: id, role: 'peer', listen: '127.0.0.1:0' })
  const { logs, snapshots } = memoryStorage().open()
  const host = await openHost({ id, cluster: 'shop', transport, logs, snapshots, durable: false, ...seams })
  const addresses = (group: string): string[] => host.addresses(group)
  const both = new HostWithClient(host, createClient({ link: host.link, addresses, ...seams }))
  opened.push(both)
  return { id, address: transport.address, host: both }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('a group over TCP is created, joined and used, and outlives its leader', async () => {
  const hosts = [await hostOverTcp('a'), await hostOverTcp('b'), await hostOverTcp('c')]
  const [first, ...others] = hosts
  await first!.host.createGroup('list', { machine: list })
  for (const { host } of others) await host.group('list', { machine: list, join: [first!.address] })
  const voters = (at: (typeof hosts)[number]): number =>
    at.host.status('list')?.configuration?.configuration.voters.length ?? 0
  await until(() => hosts.every((at) => voters(at) === 3))

  const transport = tcpTransport({ ...common, name: 'cli', role: 'client', listen: null })
  const link = await transportLink({ transport, cluster: 'shop', name: 'cli', ...seams })
  const client = createClient({ link, addresses: hosts.map(({ address }) => address), ...seams })
  opened.push(client)
  const value = client.value('list', list).with({ timeoutMs: 30_000 })
  expect(await Promise.all(['x', 'y', 'z'].map((item) => value.add(item)))).toEqual([0, 1, 2])

  const leader = hosts.find(({ host }) => host.status('list')?.role === 'leader')!
  await leader.host.close()
  expect(await value.add('after it')).toBe(3)
  const other = hosts.find((at) => at !== leader)!
  expect(await other.host.value('list', list).with({ timeoutMs: 30_000 }).all()).toEqual([
    'x',
    'y',
    'z',
    'after it',
  ])
})
