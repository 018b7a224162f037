/** A client that can dial one host and no other: it does all that other clients do, wherever the group is led (F107b). */
import { type Client, openClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { createNetwork, type MemoryHost, openHost } from 'rafted-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'
import { delegated } from '../delegated-transport.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => [items.length + 1, [...items, item]],
    fail: () => {
      throw new Error('as it was asked to')
    },
  },
  queries: { all: (items) => items },
})

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

const leaderOf = (hosts: readonly MemoryHost[]): MemoryHost | undefined =>
  hosts.find((host) => host.status('list')?.role === 'leader')

async function place(): Promise<{ hosts: MemoryHost[]; client: Client; refused: string[] }> {
  const network = createNetwork()
  const cluster = 'shop'
  const hosts = await Promise.all(['a', 'b', 'c'].map((id) => openHost({ id, cluster, network })))
  const its = network.transport({ name: 'web', role: 'client' })
  const refused: string[] = []
  // It dials b, and no other.
  const transport = delegated(its, {
    send(address, batch, lane) {
      if (address === 'b') return its.send(address, batch, lane)
      refused.push(address)
      return false
    },
  })
  const seams = { clock: realClock, random: realRandom }
  const client = await openClient({ transport, cluster, name: 'web', addresses: ['b'], ...seams })
  opened.push(client, ...hosts)
  const settings = { heartbeatMs: 20, electionMs: 200 }
  await hosts[0]!.createGroup('list', { machine: list, settings })
  for (const host of hosts.slice(1)) await host.group('list', { machine: list, settings, join: ['a'] })
  await until(() =>
    hosts.every((host) => host.status('list')?.configuration?.configuration.voters.length === 3),
  )
  return { hosts, client, refused }
}

test('commands, queries, watching, statuses and transfers', async () => {
  const { hosts, client, refused } = await place()
  expect(leaderOf(hosts)?.id).toBe('a')
  const handle = client.value('list', list)
  expect(await Promise.all(['x', 'y', 'z'].map((item) => handle.add(item)))).toEqual([1, 2, 3])
  expect(await handle.all()).toEqual(['x', 'y', 'z'])
  const [, ...others] = hosts
  for await (const event of handle.watch({ from: 1 })) {
    expect(event).toMatchObject({ kind: 'change', command: ['add', 'x'] })
    break
  }
  expect(await client.status('list')).toMatchObject({ host: 'a', role: 'leader' })
  expect((await client.status('list', { at: 'c' }))?.host).toBe('c')
  await client.transferLeadership('list', others[1]!.status('list')!.member)
  await until(() => leaderOf(hosts)?.id === 'c')
  expect(await handle.add('behind')).toBe(4)
  expect(refused).toContain('a')
})

test('the trace of a command comes to the leader, and to nobody else', async () => {
  const { hosts, client } = await place()
  const told: unknown[] = []
  for (const host of hosts)
    host.on('traced-command', ({ trace, group, index, status }) =>
      told.push([host.id, trace, group, index, status]),
    )
  const first = client.value('list', list).with({ trace: 'one' })
  expect(await first.add('x')).toBe(1)
  const { appliedIndex: at } = hosts[0]!.status('list')!
  await client.value('list', list).add('y')
  await client.commandMany('list', list, [['add', 'z']], { trace: 'two' })
  await expect(client.machine('list', list).command(['fail'], { trace: 'three' })).rejects.toThrow()
  expect(told).toEqual([
    ['a', 'one', 'list', at, 'ok'],
    ['a', 'two', 'list', at + 2, 'ok'],
    ['a', 'three', 'list', at + 3, 'failed'],
  ])
})

test('also after the leader is gone, each command once', async () => {
  const { hosts, client } = await place()
  const handle = client.value('list', list)
  expect(await handle.add('first')).toBe(1)
  const items = Array.from({ length: 50 }, (_, i) => `item ${i}`)
  const added = Promise.all(items.map((item) => handle.add(item)))
  await hosts[0]!.close({ transfer: false })
  expect((await added).toSorted((a, b) => a - b)).toEqual(items.map((_, i) => i + 2))
  expect(await handle.all()).toEqual(['first', ...items])
})
