/** Leadership is handed over: asked for, refused, when a host closes, and to those that want it (F48, F48e, F48g, F48h). */
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost as openBareHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { createNetwork, defineValue, type GroupOptions, type MemoryHost, openHost } from 'rafted-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

const opened: MemoryHost[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((host) => host.close({ transfer: false })))
})

/** Three hosts whose members all vote; the first leads. */
async function trio(
  options: Readonly<Record<string, Partial<GroupOptions>>> = {},
): Promise<[MemoryHost, MemoryHost, MemoryHost]> {
  const network = createNetwork()
  const hosts: MemoryHost[] = []
  for (const id of ['a', 'b', 'c']) hosts.push(await openHost({ id, cluster: 'test', network }))
  opened.push(...hosts)
  const [a, ...others] = hosts as [MemoryHost, MemoryHost, MemoryHost]
  await a.createGroup('list', { machine: list, ...options.a })
  for (const host of others) await host.group('list', { machine: list, join: ['a'], ...options[host.id] })
  await until(() => hosts.every((host) => voters(host).length === 3))
  return [a, ...others] as [MemoryHost, MemoryHost, MemoryHost]
}

const voters = (host: Pick<MemoryHost, 'status'>): readonly string[] => {
  const configuration = host.status('list')?.configuration?.configuration
  return configuration?.outgoing === null ? configuration.voters.map((voter) => voter.host) : []
}
const leads = (host: MemoryHost): boolean => host.status('list')?.role === 'leader'
const memberOf = (host: MemoryHost): string => host.status('list')!.member

describe('a transfer that is asked for', () => {
  test('is done when the new leader is known, and asking again changes nothing (F48h)', async () => {
    const [a, b, c] = await trio()
    await until(() => leads(a))
    await c.transferLeadership('list', memberOf(b))
    await until(() => leads(b))
    expect(leads(a)).toBe(false)
    const { term } = b.status('list')!
    await a.transferLeadership('list', memberOf(b))
    expect(b.status('list')!.term).toBe(term)
    await a.transferLeadership('list', null)
    await until(() => leads(a) || leads(c))
    await a.cancelTransfer('list')
  })

  test('commands that are called meanwhile wait, and take effect once', async () => {
    const [a, b, c] = await trio()
    const value = c.value('list', list)
    const adding: Promise<number>[] = []
    for (let i = 0; i < 200; i++) {
      adding.push(value.add(`${i}`))
      if (i === 100) void a.transferLeadership('list', memberOf(b)).catch(() => {})
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(adding)
    expect(await value.all()).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`))
  })

  test('is refused for what is no other voter, and for names that can not be', async () => {
    const [a] = await trio()
    await expect(a.transferLeadership('list', 'nobody')).rejects.toMatchObject({
      code: 'not-a-voter',
      outcome: 'not-applied',
    })
    await expect(a.transferLeadership('list', '')).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

test('a bare host hands over what is led there, and nothing else', async () => {
  const network = memoryNetwork({ clock: realClock })
  const hosts: Host[] = []
  for (const id of ['a', 'b', 'c']) {
    const transport = network.transport({ name: id, role: 'peer' })
    const seams = { transport, ...memoryStorage().open(), clock: realClock, random: realRandom }
    hosts.push(await openBareHost({ id, cluster: 'test', durable: false, ...seams }))
  }
  const [a, b] = hosts as [Host, Host, Host]
  await expect(a.transferLeadership('list', null)).rejects.toMatchObject({ code: 'no-such-group' })
  await a.createGroup('list', { machine: list })
  for (const host of hosts.slice(1)) await host.group('list', { machine: list, join: ['a'] })
  const leader = (): Host | undefined => hosts.find((host) => host.status('list')?.role === 'leader')
  await until(() => hosts.every((host) => voters(host).length === 3))
  await a.transferLeadership('list', b.status('list')!.member)
  await until(() => leader() === b)
  await expect(a.transferLeadership('list', null)).rejects.toMatchObject({
    code: 'not-leader',
    outcome: 'not-applied',
    details: { leader: 'b' },
  })
  await expect(a.cancelTransfer('list')).rejects.toMatchObject({ code: 'not-leader' })
  await expect(b.transferLeadership('list', 'nobody')).rejects.toMatchObject({ code: 'not-a-voter' })
  await expect(b.transferLeadership('list', '')).rejects.toMatchObject({ code: 'invalid-argument' })
  await b.cancelTransfer('list')
  await b.transferLeadership('list', null)
  await until(() => leader() !== undefined && leader() !== b)
  await Promise.all(hosts.map((host) => host.close({ transfer: false })))
})

test('a host that closes hands over first, and does not where it is told so (F48e)', async () => {
  const [a, b, c] = await trio()
  await until(() => leads(a))
  const { term } = a.status('list')!
  await a.close()
  await until(() => leads(b) || leads(c))
  expect((leads(b) ? b : c).status('list')!.term).toBe(term + 1)
  const last = leads(b) ? b : c
  const other = last === b ? c : b
  await last.close({ transfer: false })
  expect(leads(other)).toBe(false)
})

test('leadership goes to whoever wants it more, and can not be wanted otherwise (F48g)', async () => {
  const settings = { heartbeatMs: 10, electionMs: 50 }
  const [, b, c] = await trio({
    a: { settings, leadership: 'excluded' },
    b: { settings },
    c: { settings, leadership: 'preferred' },
  })
  await until(() => leads(c))
  await expect(b.group('other', { machine: list, leadership: 'much' as 'normal' })).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})
