/** Snapshots that find no room, a member's own and the leader's: they come about once there is some, without a restart (F81c). */
import { createClient } from '@rafted/client'
import { defineValue, type EventOf } from '@rafted/contracts'
import { type Host, openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, test } from 'vitest'
import { SteppedClock } from '../../src/stepped-clock.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})
const settings = { snapshotMinBytes: 1000, snapshotFactor: 1 }
const item = 'x'.repeat(100)

/** Hosts on disks of their own, over one clock. */
class World {
  readonly clock = new SteppedClock()
  readonly random = new SeededRandom(1)
  readonly network = memoryNetwork({ clock: this.clock })
  readonly hosts: Host[] = []
  readonly snapshots: { readonly host: string; readonly at: number; readonly what: string }[] = []
  /** Hosts that have no room for snapshots. */
  readonly full = new Set<string>()

  async open(id: string): Promise<Host> {
    const { clock, random, network } = this
    const disk = new SimulatedFileSystem({ seed: 1, clock })
    disk.failing = ({ name, path }) =>
      this.full.has(id) && name === 'write' && path.includes('/snapshots/') ? 'ENOSPC' : null
    const { files: fileSystem, machine } = disk.mount()
    const at = { path: '/data', cluster: 'test', host: id, clock, random, fileSystem, machine }
    const stores = await openFileStorage(at)
    const transport = network.transport({ name: id, role: 'peer' })
    const host = await openHost({ id, cluster: 'test', durable: true, transport, ...stores, clock, random })
    host.on('snapshot', ({ what }: EventOf<'snapshot'>) => {
      this.snapshots.push({ host: id, at: clock.now(), what })
    })
    this.hosts.push(host)
    return host
  }

  /** Adds so many items to what the host leads. */
  async add(host: Host, items: number): Promise<void> {
    const { clock, random } = this
    const client = createClient({ link: host.link, addresses: [host.id], clock, random })
    const value = client.value('list', list)
    const adding = Promise.all(Array.from({ length: items }, () => value.add(item)))
    await clock.pass(1000)
    await adding
    await this.#closed(client)
  }

  async close(): Promise<void> {
    for (const host of this.hosts) await this.#closed({ close: () => host.close({ transfer: false }) })
  }

  async #closed(part: { close(): Promise<void> }): Promise<void> {
    const closed = part.close()
    await this.clock.pass(1000)
    await closed
  }

  of(id: string): { readonly at: number; readonly what: string }[] {
    return this.snapshots.filter(({ host }) => host === id)
  }
}

test('one of its own is taken once there is room, though nobody calls meanwhile', async () => {
  const world = new World()
  const a = await world.open('a')
  await a.createGroup('list', { machine: list, settings })
  world.full.add('a')
  await world.add(a, 20)
  await world.clock.pass(100_000)
  const failed = world.of('a').map(({ what }) => what)
  expect(failed).toEqual(Array(failed.length).fill('failed'))
  // After 1, 2, 4, 8, 16 and 32 seconds, and then a minute.
  expect(failed.length).toBeGreaterThanOrEqual(6)
  expect(failed.length).toBeLessThanOrEqual(8)
  expect([a.status('list')!.snapshot, a.status('list')!.stopped]).toEqual([null, null])
  world.full.delete('a')
  await world.clock.pass(61_000)
  expect(world.of('a').at(-1)!.what).toBe('taken')
  expect(a.status('list')!.snapshot).not.toBeNull()
  await world.close()
})

test('that of the leader is installed once there is room', async () => {
  const world = new World()
  const a = await world.open('a')
  const b = await world.open('b')
  await a.createGroup('list', { machine: list, settings })
  for (let i = 0; i < 3; i++) await world.add(a, 20)
  expect(a.status('list')!.snapshotIndex).toBeGreaterThan(0)
  world.full.add('b')
  await b.group('list', { machine: list, settings, join: ['a'], learner: true })
  await world.clock.pass(30_000)
  const refusals = world.of('b').filter(({ what }) => what === 'failed').length
  // After 1, 2, 4 and then 8 seconds, and not with each heartbeat.
  expect(refusals).toBeGreaterThanOrEqual(4)
  expect(refusals).toBeLessThanOrEqual(7)
  expect(b.status('list')).toMatchObject({ appliedIndex: 0, stopped: null })
  world.full.delete('b')
  await world.clock.pass(10_000)
  expect(world.of('b').at(-1)!.what).toBe('installed')
  expect(b.status('list')!.appliedIndex).toBe(a.status('list')!.appliedIndex)
  await world.close()
})
