/** Members in memory and members whose logs outlive them, in one group (F38). */
import { createClient, HostWithClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type CreateGroupOptions, type GroupOptions, type LeaveOptions, openHost } from '@rafted/host'
import { type MemoryStorage, memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
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

test('serve it together; who comes back with a log is who it was, who comes back without takes its own place unasked', async () => {
  const network = memoryNetwork({ clock: realClock })
  const disks: Record<string, MemoryStorage> = { a: memoryStorage(), b: memoryStorage() }
  /** `c` is in memory: it finds nothing of what it had. */
  const open = async (id: string): Promise<OpenHost> => {
    const transport = network.transport({ name: id, role: 'peer' })
    const stores = (disks[id] ?? memoryStorage()).open()
    const durable = disks[id] !== undefined
    const host = await openHost({ id, cluster: 'test', transport, ...stores, durable, ...seams })
    const client = createClient({ link: host.link, addresses: (group) => host.addresses(group), ...seams })
    const both = new HostWithClient(host, client)
    opened.push(both)
    return both
  }
  const join = ['a', 'b', 'c']
  /** How its configuration has the voters, once three of them are all there are. */
  const voters = async (host: OpenHost): Promise<Record<string, [id: string, durable: boolean]>> => {
    const current = () => host.status('list')?.configuration?.configuration
    await until(() => current()?.voters.length === 3 && current()!.outgoing === null)
    return Object.fromEntries(current()!.voters.map(({ host, id, durable }) => [host, [id, durable]]))
  }
  const [a, b, c] = [await open('a'), await open('b'), await open('c')]
  await a.createGroup('list', { machine: list })
  for (const host of [b, c]) await host.group('list', { machine: list, join })
  const before = await voters(a)
  expect(Object.entries(before).map(([id, [, durable]]) => [id, durable])).toEqual(
    expect.arrayContaining([
      ['a', true],
      ['b', true],
      ['c', false],
    ]),
  )
  await c.value('list', list).add('x')

  await b.close()
  const withItsLog = await open('b')
  await withItsLog.group('list', { machine: list, join })
  expect(withItsLog.status('list')!.member).toBe(before.b![0])

  await c.close()
  const withoutOne = await open('c')
  await withoutOne.group('list', { machine: list, join })
  // On its way it sees configurations of long ago, with its former self in them.
  const isVoter = () => {
    const { member, configuration } = withoutOne.status('list') ?? {}
    return configuration?.configuration.voters.some(({ id }) => id === member) === true
  }
  await until(isVoter)
  const after = await voters(withoutOne)
  expect(after.c![0]).not.toBe(before.c![0])
  expect({ ...after, c: null }).toEqual({ ...before, c: null })
  expect(await withoutOne.value('list', list).all()).toEqual(['x'])
})
