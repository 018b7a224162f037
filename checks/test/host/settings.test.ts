/** Settings of a group, changed while it runs: all members go by them, whatever their hosts said (F114b, F114c, F114d). */
import { createClient, HostWithClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import {
  type CreateGroupOptions,
  type GroupOptions,
  type Host,
  type LeaveOptions,
  openHost,
} from '@rafted/host'
import { type MemoryStorage, memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

type OpenHost = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions> & {
  readonly inspect: Host['inspect']
}

const opened: OpenHost[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((host) => host.close({ transfer: false })))
})

const settings = { heartbeatMs: 20, electionMs: 400 }
const seams = { clock: realClock, random: realRandom }

function setting() {
  const network = memoryNetwork({ clock: realClock })
  const open = async (id: string, storage: MemoryStorage = memoryStorage()): Promise<OpenHost> => {
    const transport = network.transport({ name: id, role: 'peer' })
    const host = await openHost({
      id,
      cluster: 'test',
      transport,
      ...storage.open(),
      durable: true,
      ...seams,
    })
    const client = createClient({ link: host.link, addresses: (group) => host.addresses(group), ...seams })
    const inspect = (group: string) => host.inspect(group)
    const both = Object.assign(new HostWithClient(host, client), { inspect })
    opened.push(both)
    return both
  }
  return { network, open }
}

/** Hosts `a`, which has created the group, and `b`, whose own options are others. */
async function pair(more: GroupOptions['settings'] = {}) {
  const { network, open } = setting()
  const stores = { a: memoryStorage(), b: memoryStorage() }
  const a = await open('a', stores.a)
  await a.createGroup('list', { machine: list, settings: { ...settings, ...more } })
  const b = await open('b', stores.b)
  await b.group('list', { machine: list, join: ['a'], settings: { heartbeatMs: 1000, electionMs: 60_000 } })
  await until(() => a.status('list')?.configuration?.configuration.voters.length === 2)
  return { network, open, stores, a, b }
}

const settingsAt = (host: OpenHost) => host.status('list')!.settings

test('members go by what the group was created with, and by each change of it, also while commands are under way', async () => {
  const { a, b } = await pair()
  await until(() => settingsAt(b).index === 2)
  expect(settingsAt(b)).toMatchObject(settings)
  const handle = b.value('list', list)
  const added = Array.from({ length: 50 }, (_, i) => handle.add(`${i}`))
  const changed = await b.changeSettings('list', { electionMs: 900, retainedResults: 7 })
  expect(changed).toMatchObject({ heartbeatMs: 20, electionMs: 900, retainedResults: 7 })
  expect(await Promise.all(added)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  await until(() => settingsAt(b).index === changed.index)
  expect([settingsAt(a), settingsAt(b)]).toEqual([changed, changed])
  // Not only what is shown: heartbeats come as seldom as the core of the leader was told.
  await b.changeSettings('list', { heartbeatMs: 3_000_000, electionMs: 6_000_000 })
  const leader = [a, b].find((host) => host.status('list')!.role === 'leader')!
  await until(() => leader.inspect('list')!.wakeAt - realClock.now() > 1_000_000)
})

test('a change that can not be, or that is based on what is no more, changes nothing', async () => {
  const { a, b } = await pair()
  const before = settingsAt(a)
  await expect(b.changeSettings('list', { electionMs: 39 })).rejects.toMatchObject({
    code: 'invalid-argument',
    outcome: 'not-applied',
    message: expect.stringContaining('at least twice heartbeatMs'),
  })
  await expect(b.changeSettings('list', { electionMs: 700 }, { ifSettingsAt: 1 })).rejects.toMatchObject({
    code: 'settings-changed',
    outcome: 'not-applied',
  })
  expect(settingsAt(a)).toEqual(before)
  // Two decide by the same: one of them is too late, and is told so.
  const both = await Promise.allSettled(
    [700, 800].map((electionMs) => a.changeSettings('list', { electionMs }, { ifSettingsAt: before.index })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const again = { electionMs: settingsAt(a).electionMs }
  expect((await a.changeSettings('list', again)).index).toBe(settingsAt(a).index)
})

test('nobody goes by a change before it is committed', async () => {
  const { a, b, network } = await pair({ electionMs: 1_000_000 })
  const leader = [a, b].find((host) => host.status('list')!.role === 'leader')!
  const last = leader.status('list')!.lastIndex
  network.isolate(leader === a ? 'b' : 'a')
  const change = leader.changeSettings('list', { retainedResults: 7 })
  await until(() => leader.status('list')!.lastIndex > last)
  await new Promise((resolve) => setImmediate(resolve))
  expect(settingsAt(leader)).toMatchObject({ index: 2, retainedResults: 100 })
  network.rejoin(leader === a ? 'b' : 'a')
  expect(await change).toMatchObject({ retainedResults: 7 })
})

test('a host that starts again goes by what its log comes to, before anything is committed', async () => {
  const { a, b, open, stores } = await pair()
  const changed = await a.changeSettings('list', { electionMs: 500_000 })
  await until(() => settingsAt(b).index === changed.index)
  await Promise.all([a, b].map((host) => host.close({ transfer: false })))
  const again = await open('b', stores.b)
  await again.group('list', { machine: list, join: ['a'], settings })
  expect(again.status('list')!.appliedIndex).toBeLessThan(changed.index)
  expect(settingsAt(again)).toEqual(changed)
  // It waits for a leader by them as well.
  await until(() => again.inspect('list')!.wakeAt - realClock.now() > 400_000)
})

test('a member that begins with a snapshot goes by its settings', async () => {
  const { a, open } = await pair({ snapshotMinBytes: 1000, snapshotFactor: 1 })
  const changed = await a.changeSettings('list', { retainedResults: 7, snapshotMinBytes: 1500 })
  const handle = a.value('list', list)
  while (a.status('list')!.snapshotIndex <= changed.index)
    await Promise.all(Array.from({ length: 20 }, (_, i) => handle.add(`${i}`)))
  const c = await open('c')
  await c.group('list', { machine: list, join: ['a'], learner: true })
  await until(() => (c.status('list')?.snapshotIndex ?? 0) > changed.index)
  expect(settingsAt(c)).toEqual(changed)
})
