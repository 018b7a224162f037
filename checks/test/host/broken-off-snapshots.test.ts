/** A snapshot whose transfer breaks off, between hosts: what has arrived is not sent again, and the log behind it is kept (F65b, F65c, F67). */
import { type Client, createClient } from '@rafted/client'
import { defineValue, type RaftedEvent } from '@rafted/contracts'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SteppedClock } from '../../src/stepped-clock.ts'
import { TappedTransport } from './tapped-transport.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { count: (items) => items.length },
})

const PART = 1000
/** What may be on its way when a transfer breaks off. */
const WINDOW = 8 * PART
const settings = {
  snapshotMinBytes: 12_000,
  snapshotFactor: 1,
  snapshotPartBytes: PART,
  tailBytes: 500,
  heartbeatMs: 200,
  electionMs: 1000,
}

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

/** Hosts on one clock, on which time passes when all is done that needs none. */
class World {
  readonly clock = new SteppedClock()
  readonly events: Record<string, RaftedEvent[]> = {}
  readonly taps: Record<string, TappedTransport> = {}
  readonly #storages: Record<string, ReturnType<typeof memoryStorage>> = {}
  readonly #network = memoryNetwork({ clock: this.clock })
  readonly #random = new SeededRandom(1)
  readonly #opened: (() => Promise<void>)[] = []

  async open(id: string): Promise<Host> {
    const tap = new TappedTransport(this.#network.transport({ name: id, role: 'peer' }))
    const events: RaftedEvent[] = []
    this.taps[id] = tap
    this.events[id] = events
    this.#storages[id] ??= memoryStorage()
    const { logs, snapshots } = this.#storages[id].open()
    const host = await openHost({
      id,
      cluster: 'test',
      transport: tap,
      logs,
      snapshots,
      durable: true,
      observer: { event: (event) => void events.push(event) },
      clock: this.clock,
      random: this.#random,
    })
    this.#opened.push(() => host.close({ transfer: false }))
    return host
  }

  /** A host that leads a group whose log begins after a snapshot, and a handle to the value. */
  async leader(own = settings) {
    const a = await this.open('a')
    const client: Client = createClient({
      link: a.link,
      addresses: ['a'],
      clock: this.clock,
      random: this.#random,
    })
    this.#opened.push(() => client.close())
    const handle = client.value('list', list)
    await this.during(a.createGroup('list', { machine: list, settings: own }))
    while (this.of('a', 'taken').length < 2 || a.status('list')!.snapshotIndex === 0)
      await this.during(handle.add('x'.repeat(300)))
    return { a, handle }
  }

  /** A host that joins. */
  async join(id: string, more: { readonly learner?: boolean } = {}, own = settings): Promise<Host> {
    const host = await this.open(id)
    await this.during(host.group('list', { machine: list, settings: own, join: ['a'], ...more }))
    return host
  }

  /** Lets time pass until it is so. */
  async until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 2000 && !condition(); i++) await this.clock.pass(20)
    expect(condition()).toBe(true)
  }

  async during<T>(promise: Promise<T>): Promise<T> {
    let isOver = false
    const over = (): void => {
      isOver = true
    }
    promise.then(over, over)
    await this.until(() => isOver)
    return await promise
  }

  async close(): Promise<void> {
    for (const close of this.#opened.splice(0).toReversed()) await this.during(close())
  }

  /** What was told of snapshots at this host. */
  of(id: string, what: string): readonly RaftedEvent[] {
    return this.events[id]!.filter((event) => event.kind === 'snapshot' && event.what === what)
  }
}

const sum = (tap: TappedTransport): number => tap.parts.reduce((all, { bytes }) => all + bytes, 0)

const bytesOf = (host: Host): number => host.status('list')!.snapshot!.bytes
const isUpToDate = (host: Host, leader: Host): boolean =>
  host.status('list')!.appliedIndex === leader.status('list')!.commitIndex

test.each(Array.from({ length: 22 }, (_, at) => at))(
  'broken off after %i parts, it goes on where the receiver is, without an election',
  async (at) => {
    const { a } = await world.leader()
    const { term } = a.status('list')!
    const tap = world.taps.a!
    let parts = 0
    tap.fate = (_, { bytes }) => {
      if (parts >= at) return 'lost'
      if (bytes.length > 0) parts++
      return 'passes'
    }
    await world.join('b', { learner: true })
    await world.until(() => world.of('a', 'failed').length > 0)
    tap.fate = () => 'passes'
    tap.parts.length = 0
    await world.until(() => world.of('a', 'sent').length > 0)
    expect(sum(tap)).toBe(Math.max(0, bytesOf(a) - at * PART))
    expect(world.of('b', 'installed')).toHaveLength(1)
    expect(a.status('list')).toMatchObject({ role: 'leader', term })
  },
)

test('the next leader, which has the same snapshot, goes on with it', async () => {
  const { a } = await world.leader()
  const b = await world.join('b')
  await world.until(() => b.status('list')?.configuration?.configuration.voters.length === 2)
  expect(b.status('list')!.snapshot).toMatchObject({ index: a.status('list')!.snapshot!.index })
  let parts = 0
  world.taps.a!.fate = (to, { bytes }) => (to === 'c' && bytes.length > 0 && ++parts > 7 ? 'lost' : 'passes')
  const c = await world.join('c', { learner: true })
  await world.until(() => parts > 7)
  world.taps.b!.parts.length = 0
  await world.during(a.transferLeadership('list', b.status('list')!.member))
  await world.until(() => world.of('c', 'installed').length > 0)
  expect(world.taps.b!.parts[0]).toMatchObject({ to: 'c', offset: 7 * PART })
  expect(sum(world.taps.b!)).toBe(bytesOf(b) - 7 * PART)
  await world.until(() => isUpToDate(c, b))
})

test('a receiver that was killed in the midst of it is sent all of it', async () => {
  const { a } = await world.leader()
  let parts = 0
  world.taps.a!.fate = (_, { bytes }) => (bytes.length > 0 && ++parts > 7 ? 'lost' : 'passes')
  const former = await world.join('b', { learner: true })
  await world.until(() => parts > 7)
  await world.during(former.close({ transfer: false }))
  world.taps.a!.fate = () => 'passes'
  world.taps.a!.parts.length = 0
  const b = await world.join('b')
  await world.until(() => world.of('b', 'installed').length > 0)
  // What was under way may have been sent to the new process, which said that it has nothing.
  expect(sum(world.taps.a!)).toBeGreaterThanOrEqual(bytesOf(a))
  expect(sum(world.taps.a!)).toBeLessThanOrEqual(bytesOf(a) + WINDOW)
  await world.until(() => isUpToDate(b, a))
})

test('a garbled part is refused and told, and it is asked for again, with what followed it', async () => {
  const { a } = await world.leader()
  let garbled = 0
  world.taps.a!.fate = (_, { offset, bytes }) =>
    bytes.length > 0 && offset === 5 * PART && garbled++ === 0 ? 'garbled' : 'passes'
  await world.join('b', { learner: true })
  await world.until(() => world.of('a', 'sent').length > 0)
  expect(sum(world.taps.a!)).toBeLessThanOrEqual(bytesOf(a) + WINDOW)
  expect(world.events.b!.filter(({ kind }) => kind === 'refused-batch')).toMatchObject([
    { error: { code: 'bad-bytes', details: { offset: 5 * PART } } },
  ])
  expect([...world.of('b', 'failed'), ...world.of('a', 'failed')]).toEqual([])
})

test('while it is on its way the log behind it is kept, whatever snapshots are taken: no second one is needed', async () => {
  const often = { ...settings, snapshotFactor: 0.1, snapshotMinBytes: 3000 }
  const { a, handle } = await world.leader(often)
  const before = world.of('a', 'taken').length
  const taken = () => world.of('a', 'taken').length - before
  // It stands still for a while, in its midst.
  let parts = 0
  world.taps.a!.fate = (_, { bytes }) => (bytes.length > 0 && ++parts > 3 && taken() < 4 ? 'lost' : 'passes')
  const b = await world.join('b', { learner: true }, often)
  await world.until(() => parts > 3)
  while (taken() < 4) await world.during(handle.add('y'.repeat(300)))
  expect(world.of('b', 'installed')).toEqual([])
  await world.until(() => isUpToDate(b, a))
  expect(world.of('a', 'sent')).toHaveLength(1)
  expect(world.of('b', 'installed')).toHaveLength(1)
})
