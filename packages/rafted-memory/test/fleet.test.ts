/** A fleet in one process: what its members are given besides their machine. */
import { createClient, createNetwork, defineValue, isPersistedGroup, openFleet } from 'rafted-memory'
import { expect, onTestFinished, test } from 'vitest'

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { current: (n) => n },
})

test('`memberOptions` are asked for by the name of the group and of its machine, and hooks of theirs are called', async () => {
  const asked: string[] = []
  const committed: unknown[] = []
  const fleet = await openFleet({
    id: 'a',
    cluster: 'shop',
    network: createNetwork(),
    machines: { counter },
    join: ['a'],
    memberOptions: (group, machine) => {
      asked.push(`${group} ${machine}`)
      return { hooks: { commandCommitted: (_, command) => committed.push(command) }, leadership: 'preferred' }
    },
  })
  onTestFinished(() => fleet.close())
  await fleet.initialise()
  await fleet.activate({ zone: 'one' })
  await fleet.addGroup('visits', { machine: 'counter', replicas: 1 })
  expect(await fleet.value('visits', counter).add(2)).toBe(2)
  expect(asked).toEqual(['visits counter'])
  expect(committed).toEqual([['add', 2]])
  expect(fleet.host.keeps('counter/visits@0123456789ab').durable).toBe(false)
})

test('a fleet tells what it does to the observer, and to whoever listens at its host', async () => {
  const told: string[] = []
  const network = createNetwork()
  const observer = {
    event: (event: { kind: string; what?: string }) => event.kind === 'fleet' && told.push(`${event.what}`),
  }
  const machines = { counter }
  const fleet = await openFleet({ id: 'a', cluster: 'shop', network, machines, join: ['a'], observer })
  onTestFinished(() => fleet.close())
  const heard: string[] = []
  fleet.host.on('fleet', ({ what, subject }) => heard.push(`${what} ${isPersistedGroup(subject ?? '')}`))
  await fleet.initialise()
  await fleet.activate({ zone: 'one' })
  await fleet.addGroup('visits', { machine: 'counter', replicas: 1, persist: false })
  expect(told).toContain('found')
  expect(heard).toContain('found false')
})

test('its host tells of its health, and clients that live in no host call groups by what hosts know them by', async () => {
  const network = createNetwork()
  const machines = { counter }
  const fleet = await openFleet({ id: 'a', cluster: 'shop', network, machines, join: ['a'] })
  onTestFinished(() => fleet.close())
  await fleet.initialise()
  await fleet.activate({ zone: 'one' })
  await fleet.addGroup('visits', { machine: 'counter', replicas: 1 })
  const [group] = await fleet.groups()
  const client = await createClient({ cluster: 'shop', network, addresses: ['a'] })
  onTestFinished(() => client.close())
  expect(await client.value(group!.raft, counter).add(3)).toBe(3)
  expect((await fleet.client.changeSettings(group!.raft, { heartbeatMs: 70 })).heartbeatMs).toBe(70)
  expect(fleet.host.leadership(group!.raft).isLeader).toBe(true)
  const { live, ready, groups } = await fleet.host.health()
  expect([live, ready, groups.map((one) => one.group)]).toEqual([true, true, ['fleet', group!.raft]])
  let bytes = 0
  for await (const chunk of fleet.host.backup(group!.raft)) bytes += chunk.length
  expect(bytes).toBeGreaterThan(0)
})
