/** Hosts that are told where to look by a function, as where hosts are found by name (F99d). */
import { createClient, HostWithClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, expect, test } from 'vitest'

const count = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { now: (n) => n },
})
const seams = { clock: realClock, random: realRandom }
const opened: Host[] = []
afterEach(async () => {
  for (const host of opened.splice(0)) await host.close()
})

function setUp() {
  const network = memoryNetwork({ clock: realClock })
  return async (id: string): Promise<Host> => {
    const transport = network.transport({ name: id, role: 'peer' })
    const stores = memoryStorage().open()
    const host = await openHost({ id, cluster: 'test', transport, ...stores, durable: true, ...seams })
    opened.push(host)
    return host
  }
}

test('a host that is told nobody waits, and joins once it is told where the others are', async () => {
  const open = setUp()
  const [a, b] = [await open('a'), await open('b')]
  await a.createGroup('count', { machine: count })
  let known: readonly string[] = []
  await b.group('count', { machine: count, join: () => known })
  known = ['a']
  const client = createClient({ link: b.link, addresses: () => known, ...seams })
  const both = new HostWithClient(b, client)
  expect(await both.value('count', count).add(2)).toBe(2)
  while (b.status('count')?.configuration?.configuration.voters.length !== 2)
    await new Promise((resolve) => setImmediate(resolve))
  expect(b.addresses('count')).toContain('a')
  await client.close()
})

test('nobody is created where nobody is found, unless somebody has looked', async () => {
  const open = setUp()
  const a = await open('a')
  const create = (more: object = {}) => a.createGroup('count', { machine: count, join: () => [], ...more })
  await expect(create()).rejects.toMatchObject({ code: 'peers-unreachable', outcome: 'not-applied' })
  expect(a.status('count')).toBeNull()
  await create({ unreachable: 'checked' })
  expect(a.status('count')).toMatchObject({ host: 'a' })
})

test('one that is found and knows the group keeps it from being created again', async () => {
  const open = setUp()
  const [a, b] = [await open('a'), await open('b')]
  const join = () => ['a', 'b']
  await a.createGroup('count', { machine: count, join })
  await expect(b.createGroup('count', { machine: count, join })).rejects.toMatchObject({
    code: 'already-exists',
  })
})

test('F99e: on the word of those alone that run nothing is created, unless somebody has looked', async () => {
  const open = setUp()
  const [a, b] = [await open('a'), await open('b')]
  const join = Object.assign(() => ['a', 'b'], { isPartial: true as const })
  await b.group('count', { machine: count, join })
  const create = (more: object = {}) => a.createGroup('count', { machine: count, join, ...more })
  await expect(create()).rejects.toMatchObject({ code: 'peers-unreachable', outcome: 'not-applied' })
  expect(a.status('count')).toBeNull()
  await create({ unreachable: 'checked' })
  expect(a.status('count')).toMatchObject({ host: 'a' })
})
