/** Hooks are called on the leader alone, once its value is as new as any answer (F94q). */
import { createClient, HostWithClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import {
  type CreateGroupOptions,
  type GroupOptions,
  type Hooks,
  type LeaveOptions,
  openHost,
} from '@rafted/host'
import { type MemoryStorage, memoryStorage } from '@rafted/storage'
import { type MemoryNetwork, memoryNetwork } from '@rafted/transport-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

type OpenHost = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions>

const opened: OpenHost[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((host) => host.close({ transfer: false })))
})

const seams = { clock: realClock, random: realRandom }

async function open(id: string, network: MemoryNetwork, storage: MemoryStorage): Promise<OpenHost> {
  const transport = network.transport({ name: id, role: 'peer' })
  const host = await openHost({ id, cluster: 'test', transport, ...storage.open(), durable: true, ...seams })
  const client = createClient({ link: host.link, addresses: (group) => host.addresses(group), ...seams })
  const both = new HostWithClient(host, client)
  opened.push(both)
  return both
}

/** All there are. @param calls what they are called with is put here, their names first. */
function hooksTo(calls: unknown[][]): Required<Hooks> {
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void calls.push([name, ...args])
  return {
    commandCommitted: note('committed'),
    queryAnswered: note('answered'),
    followerAdded: note('added'),
    followerRemoved: note('removed'),
    elected: note('elected'),
    restored: note('restored'),
  }
}

const namesOf = (calls: readonly unknown[][]) => calls.map(([name]) => name)

test('a value that is read back is told whole, once, before the leadership of whoever has read it', async () => {
  const network = memoryNetwork({ clock: realClock })
  const storage = memoryStorage()
  const founded: unknown[][] = []
  const a = await open('a', network, storage)
  await a.createGroup('list', { machine: list, hooks: hooksTo(founded) })
  await a.value('list', list).add('x')
  await a.value('list', list).add('y')
  expect(namesOf(founded)).toEqual(['elected', 'committed', 'committed'])
  await a.close()

  const calls: unknown[][] = []
  const again = await open('a', network, storage)
  await again.group('list', { machine: list, hooks: hooksTo(calls) })
  await until(() => calls.some(([name]) => name === 'elected'))
  // What was told to the process before is told again: at least once is what is promised.
  expect(namesOf(calls)).toEqual(['committed', 'committed', 'restored', 'elected'])
  expect(calls.slice(2)).toEqual([
    ['restored', ['x', 'y']],
    ['elected', ['x', 'y']],
  ])
})

test('a follower calls none, and a query that may be old calls none anywhere', async () => {
  const network = memoryNetwork({ clock: realClock })
  const calls: Record<string, unknown[][]> = { a: [], b: [] }
  const a = await open('a', network, memoryStorage())
  await a.createGroup('list', { machine: list, hooks: hooksTo(calls.a!) })
  const b = await open('b', network, memoryStorage())
  await b.group('list', { machine: list, join: ['a'], hooks: hooksTo(calls.b!) })
  await until(() => b.status('list')?.configuration?.configuration.voters.length === 2)
  expect(a.status('list')!.role).toBe('leader')
  await b.value('list', list).add('x')
  expect(await b.value('list', list).all()).toEqual(['x'])
  const before = namesOf(calls.a!).filter((name) => name === 'answered').length
  expect(before).toBe(1)
  for (const host of [a, b]) await host.value('list', list).with({ read: 'stale' }).all()
  expect(namesOf(calls.a!).filter((name) => name === 'answered')).toHaveLength(before)
  expect(calls.b).toEqual([])
})
