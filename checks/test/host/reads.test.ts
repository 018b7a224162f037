/** The ways to read, of real hosts: what each sees, where it is answered, and that none of them writes anything (F46, F49, F50). */
import { type Client, createClient } from '@rafted/client'
import { type Clock, defineValue, type Read } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type GroupOptions, type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const register = defineValue({
  init: () => 0,
  commands: { set: (before, to: number) => [before, to] },
  queries: { get: (value) => value },
})

const settings = {
  heartbeatMs: 20,
  electionMs: 2000,
  clockDriftMarginMs: 100,
  snapshotMinBytes: 1000,
  snapshotFactor: 1,
}
const ids = ['a', 'b', 'c', 'd'] as const

interface Place {
  readonly host: Host
  readonly client: Client
}

const opened = new Set<Host>()
afterEach(async () => {
  await Promise.all([...opened].map((host) => host.close({ transfer: false })))
  opened.clear()
})

/** Four hosts whose storage outlives them; `d` has a learner. The first to be asked leads. */
class Setting {
  readonly network = memoryNetwork({ clock: realClock })
  readonly #storages = new Map(ids.map((id) => [id, memoryStorage()]))
  readonly #options: GroupOptions
  /** What the wall clock of `a` is ahead. */
  wallAheadMs = 0
  readonly clock: Clock = { ...realClock, wall: () => realClock.wall() + this.wallAheadMs }

  constructor(more: GroupOptions['settings'] = {}) {
    this.#options = { machine: register, settings: { ...settings, ...more } }
  }

  async open(id: (typeof ids)[number]): Promise<Place> {
    const { clock } = this
    const random = realRandom
    const transport = this.network.transport({ name: id, role: 'peer' })
    const stores = this.#storages.get(id)!.open()
    const host = await openHost({ id, cluster: 'test', transport, ...stores, durable: true, clock, random })
    opened.add(host)
    return { host, client: createClient({ link: host.link, addresses: ids, clock, random }) }
  }

  async start(id: (typeof ids)[number]): Promise<Place> {
    const place = await this.open(id)
    await place.host.group('register', { ...this.#options, join: ids, learner: id === 'd' })
    return place
  }

  async begin(): Promise<[Place, Place, Place, Place]> {
    const a = await this.open('a')
    await a.host.createGroup('register', this.#options)
    const all = [a, await this.start('b'), await this.start('c'), await this.start('d')] as const
    await until(() => all.every(({ host }) => isComplete(host)))
    return [...all]
  }
}

function isComplete(host: Host): boolean {
  const configuration = host.status('register')?.configuration?.configuration
  return (
    configuration?.outgoing === null &&
    configuration.voters.length === 3 &&
    configuration.learners.length === 1
  )
}

const valueAt = ({ client }: Place) => client.value('register', register)
const coreOf = ({ host }: Place) => host.inspect('register')!.core
const reads: readonly Read[] = ['linearizable', 'lease', { maxStalenessMs: 60_000 }, 'stale']

test('each sees what was written before, from every host, at the leader and here; only what may be old may not', async () => {
  const places = await new Setting().begin()
  for (let to = 1; to <= 5; to++) {
    await valueAt(places[0]).set(to)
    for (const place of places)
      for (const on of ['leader', 'here'] as const) {
        expect(await valueAt(place).with({ on }).get()).toBe(to)
        expect(await valueAt(place).with({ on, read: 'lease' }).get()).toBe(to)
      }
  }
})

test('none of them writes anything, however many there are', async () => {
  const places = await new Setting().begin()
  await valueAt(places[3]).set(1)
  const lasts = (): number[] => places.map((place) => coreOf(place).lastIndex)
  await until(
    () =>
      new Set([...lasts(), ...places.map(({ host }) => host.status('register')!.appliedIndex)]).size === 1,
  )
  const before = lasts()
  const ways = reads.flatMap((read) => (['leader', 'here'] as const).map((on) => ({ read, on })))
  const all = places.flatMap((place) => ways.map((way) => valueAt(place).with(way)))
  await Promise.all(Array.from({ length: 100 }, () => all.map((value) => value.get())).flat())
  expect(lasts()).toEqual(before)
})

test('a leader that is told the margin holds a lease, and its core hears of it when its clocks come apart', async () => {
  const setting = new Setting()
  const [a] = await setting.begin()
  const core = coreOf(a)
  await until(() => core.leaseUntil > realClock.now())
  const doubts: number[] = []
  const step = core.step.bind(core)
  core.step = (input, now) => {
    if (input.kind === 'clock-doubt') doubts.push(input.aheadMs)
    return step(input, now)
  }
  // Nobody asks for anything: whoever votes must have heard of it as well.
  setting.wallAheadMs += 5000
  await until(() => doubts.length > 0)
  expect(doubts[0]).toBeLessThan(-4900)
  await until(() => core.leaseUntil > realClock.now())
}, 30_000)

test('a leader that is not told the margin holds none, and answers as well', async () => {
  const [a, b] = await new Setting({ clockDriftMarginMs: 0 }).begin()
  expect(coreOf(a).leaseUntil).toBe(Number.NEGATIVE_INFINITY)
  await valueAt(a).set(1)
  expect(await valueAt(b).with({ read: 'lease' }).get()).toBe(1)
})

test('a host that is started again abstains, and once there is only a snapshot to tell it so as well (F46a)', async () => {
  const setting = new Setting()
  let [a, b] = await setting.begin()
  for (const length of [1, 100]) {
    for (let to = 0; to < length; to++) await valueAt(a).set(to)
    if (length > 1) await until(() => coreOf(b).baseIndex > 20)
    await b.host.close()
    opened.delete(b.host)
    const before = realClock.now()
    b = await setting.start('b')
    const { abstention } = coreOf(b).save().state as { abstention: { ms: number; until: number } }
    expect(abstention.ms).toBe(2000)
    expect(abstention.until).toBeGreaterThanOrEqual(before + 2000)
  }
})

test('a member that is cut off has no answer but one that is old, and says so (F49a)', async () => {
  const setting = new Setting()
  const [a, , c] = await setting.begin()
  await valueAt(a).set(1)
  const here = valueAt(c).with({ on: 'here', timeoutMs: 700 })
  const recent = here.with({ read: { maxStalenessMs: 60_000 } })
  expect([await here.get(), await recent.get()]).toEqual([1, 1])
  setting.network.isolate('c')
  await valueAt(a).set(2)
  await expect(here.get()).rejects.toMatchObject({ code: 'timeout', outcome: 'not-applied' })
  await expect(here.with({ read: { maxStalenessMs: 200 } }).get()).rejects.toMatchObject({ code: 'timeout' })
  expect([await recent.get(), await here.with({ read: 'stale' }).get()]).toEqual([1, 1])
  setting.network.rejoin('c')
  expect(await here.with({ timeoutMs: 30_000 }).get()).toBe(2)
})
