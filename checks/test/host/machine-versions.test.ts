/**
 * Code of a machine that is replaced on one host after another, and back, under load: whose results differ, and whose members never do (F112, F112b,
 * F112c, F116).
 */
import { type Client, createClient, transportLink } from '@rafted/client'
import { defineValue, inPlaceMachine, type Machine, type RaftedEvent } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { EntryKind } from '@rafted/core'
import { type GroupOptions, type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { decodeSettingsPayload } from '@rafted/wire'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

interface Value {
  readonly total: number
  readonly calls: number
}

const added = ({ total, calls }: Value, by: number): readonly [number, Value] => [
  total + by,
  { total: total + by, calls: calls + 1 },
]

const queries = {
  total: ({ total }: Value) => total,
}
const init = (): Value => ({ total: 0, calls: 0 })

/** It knows nothing of versions that come after it. */
const first = defineValue({
  init,
  commands: { add: (value: Value, by: number) => added(value, by) },
  queries: { ...queries, label: ({ total }: Value) => `${total}` },
})

/** The same commands have other results, once all members know how. */
const second = defineValue({
  init,
  version: 2,
  oldestVersion: 1,
  commands: {
    add(value: Value, by: number) {
      return added(value, this.version >= 2 ? 1000 * by : by)
    },
  },
  queries: {
    ...queries,
    label({ total }: Value) {
      return this.version >= 2 ? `total ${total}` : `${total}`
    },
  },
})

const codes = { first, second }
type Code = keyof typeof codes

const settings = { heartbeatMs: 20, electionMs: 400 }
const ids = ['a', 'b', 'c'] as const
const seams = { clock: realClock, random: realRandom }

const opened = new Set<{ close(): Promise<void> }>()
afterEach(async () => {
  await Promise.all([...opened].map((one) => one.close()))
  opened.clear()
})

/** What each member holds after which entry, and by which version it was applied. */
class Observed {
  readonly #held = new Map<number, string>()
  readonly versions = new Map<number, number>()
  readonly problems: string[] = []
  applied = 0

  of(host: string, machine: Machine): Machine {
    const wrap = (instance: ReturnType<Machine['create']>): ReturnType<Machine['create']> => {
      const apply = instance.apply.bind(instance)
      instance.apply = (command, context) => {
        const result = apply(command, context)
        const { index, version } = context
        const holds = JSON.stringify([version, result, instance.value])
        const before = this.#held.get(index) ?? holds
        if (before !== holds) this.problems.push(`${host} holds ${holds} at ${index}, and others ${before}`)
        this.#held.set(index, before)
        this.versions.set(index, version)
        this.applied++
        return result
      }
      return instance
    }
    return {
      ...machine,
      create: (codec) => wrap(machine.create(codec)),
      restore: async (chunks, codec, version) => wrap(await machine.restore(chunks, codec, version)),
    }
  }
}

class Setting {
  readonly network = memoryNetwork({ clock: realClock })
  readonly observed = new Observed()
  readonly events: RaftedEvent[] = []
  readonly stores = new Map([...ids, 'd'].map((id) => [id, memoryStorage()]))
  readonly hosts = new Map<string, Host>()
  readonly #settings: GroupOptions['settings']

  constructor(more: GroupOptions['settings'] = {}) {
    this.#settings = { ...settings, ...more }
  }

  async open(id: string): Promise<Host> {
    const transport = this.network.transport({ name: id, role: 'peer' })
    const host = await openHost({
      id,
      cluster: 'test',
      transport,
      ...this.stores.get(id)!.open(),
      durable: true,
      ...seams,
      observer: { event: (event) => this.events.push(event) },
    })
    opened.add(host)
    this.hosts.set(id, host)
    return host
  }

  options(id: string, code: Code): GroupOptions {
    return { machine: this.observed.of(id, codes[code]), join: ids, settings: this.#settings! }
  }

  async start(id: string, code: Code): Promise<Host> {
    const host = await this.open(id)
    await host.group('sum', this.options(id, code))
    return host
  }

  async stop(id: string): Promise<void> {
    const host = this.hosts.get(id)!
    this.hosts.delete(id)
    opened.delete(host)
    await host.close()
  }

  /** Replaces the code of a host. Resolves once all know of it. */
  async replace(id: string, code: Code): Promise<void> {
    await this.stop(id)
    await this.start(id, code)
    const { version, oldestVersion } = codes[code]
    await until(() =>
      this.#all().every((host) => recordOf(host, id)?.join() === `${oldestVersion},${version}`),
    )
  }

  /** Three members with this code. */
  async begin(code: Code): Promise<void> {
    const a = await this.open('a')
    await a.createGroup('sum', { ...this.options('a', code), unreachable: 'checked' })
    for (const id of ['b', 'c']) await this.start(id, code)
    await until(() => this.#all().every((host) => configurationOf(host)?.voters.length === 3))
  }

  #all(): Host[] {
    return [...this.hosts.values()]
  }

  async client(name: string): Promise<Client> {
    const transport = this.network.transport({ name, role: 'client' })
    const link = await transportLink({ transport, cluster: 'test', name, ...seams })
    opened.add(link)
    return createClient({ link, addresses: ids, ...seams })
  }

  inForce(): number[] {
    return this.#all().map((host) => host.status('sum')!.settings.machineVersion)
  }

  isLevel(): boolean {
    const all = this.#all().map((host) => host.status('sum'))
    return new Set(all.flatMap((status) => [status?.lastIndex ?? 0, status?.appliedIndex ?? 0])).size === 1
  }

  /** Waits until so much more has been applied. */
  async more(count: number): Promise<void> {
    const before = this.observed.applied
    await until(() => this.observed.applied >= before + count)
  }
}

function configurationOf(host: Host) {
  return host.status('sum')?.configuration?.configuration
}

function recordOf(host: Host, id: string) {
  return configurationOf(host)?.voters.find((voter) => voter.host === id)?.machine
}

/** Adds 1 again and again, several at once. */
class Load {
  readonly results: number[] = []
  readonly #client: Client
  #stopped = false
  readonly #running: Promise<unknown>

  constructor(client: Client) {
    this.#client = client
    this.#running = Promise.all([1, 2, 3, 4].map(() => this.#run()))
  }

  async #run(): Promise<void> {
    const value = this.#client.value('sum', first).with({ timeoutMs: 60_000 })
    while (!this.#stopped) {
      this.results.push(await value.add(1))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }
}

test('a rolling upgrade and back under load: the version rises once all offer it, by one entry, and members never differ', async () => {
  const setting = new Setting()
  const { observed } = setting
  await setting.begin('first')
  const client = await setting.client('user')
  const load = new Load(client)
  await setting.more(100)
  // Two of three, and back again before the third.
  for (const id of ['b', 'c']) await setting.replace(id, 'second')
  await setting.more(100)
  for (const id of ['c', 'b']) await setting.replace(id, 'first')
  await setting.more(100)
  expect(setting.inForce()).toEqual([1, 1, 1])
  expect(await client.value('sum', second).label()).toMatch(/^\d+$/)
  for (const id of ids) {
    expect(setting.inForce()).toEqual([1, 1, 1])
    await setting.replace(id, 'second')
  }
  await until(() => setting.inForce().every((version) => version === 2))
  await setting.more(100)
  await load.stop()
  await until(() => setting.isLevel())
  expect(observed.problems).toEqual([])
  // Each entry by one version, whoever applied it and however often; and it changed once.
  const { index } = setting.hosts.get('a')!.status('sum')!.settings
  for (const [at, version] of observed.versions) expect(version).toBe(at < index ? 1 : 2)
  const byVersion = (wanted: number): number =>
    [...observed.versions.values()].filter((version) => version === wanted).length
  expect(load.results.length).toBe(byVersion(1) + byVersion(2))
  expect(await client.value('sum', second).total()).toBe(byVersion(1) + 1000 * byVersion(2))
  expect(await client.value('sum', second).label()).toMatch(/^total \d+$/)
  await setting.stop('b')
  const log = await setting.stores.get('b')!.open().logs.open('sum')
  const raises = log!.special
    .filter(({ kind }) => kind === EntryKind.settings)
    .map((entry) => ({ index: entry.index, ...decodeSettingsPayload(entry.payload) }))
    .filter(({ changes }) => changes.some(({ setting: name }) => name === 'machineVersion'))
  expect(raises).toEqual([{ index, ifSettingsAt: null, changes: [{ setting: 'machineVersion', value: 2 }] }])
}, 60_000)

test('once it has risen, old code is refused by name, and new code goes on', async () => {
  const setting = new Setting()
  await setting.begin('first')
  for (const id of ids) await setting.replace(id, 'second')
  await until(() => setting.inForce().every((version) => version === 2))
  await setting.stop('c')
  const applied = setting.observed.applied
  const c = await setting.open('c')
  await expect(c.group('sum', setting.options('c', 'first'))).rejects.toMatchObject({
    code: 'machine-too-old',
    outcome: 'not-applied',
    message: expect.stringContaining('Version 2 of the machine'),
    details: { version: 2, oldest: 1, newest: 1 },
  })
  expect(setting.observed.applied).toBe(applied)
  await c.group('sum', setting.options('c', 'second'))
  await until(() => setting.isLevel())
  // Nor does a host with such code get in.
  const d = await setting.open('d')
  await d.group('sum', setting.options('d', 'first'))
  const refused = (): boolean =>
    setting.events.some(
      (event) =>
        event.kind === 'join' &&
        event.level === 'error' &&
        (event.error as { code?: string }).code === 'machine-too-old',
    )
  await until(refused)
  expect(configurationOf(setting.hosts.get('a')!)!.learners).toEqual([])
}, 60_000)

test('a snapshot of the old code is restored by the new, which goes by the version that it says', async () => {
  const setting = new Setting({ snapshotMinBytes: 1000, snapshotFactor: 0.1 })
  const newest = async (id: string) => (await setting.stores.get(id)!.open().snapshots.list('sum'))[0]
  await setting.begin('first')
  const client = await setting.client('user')
  const value = client.value('sum', first)
  const addSome = () => Promise.all(Array.from({ length: 50 }, () => value.add(1)))
  while (setting.hosts.get('c')!.status('sum')!.snapshotIndex === 0) await addSome()
  await setting.replace('c', 'second')
  // Once more from there, so that it begins with one of its own making.
  await addSome()
  await setting.stop('c')
  expect(await newest('c')).toMatchObject({ machineVersion: 1 })
  await setting.start('c', 'second')
  const total = await value.add(1)
  await until(() => setting.isLevel())
  expect(await client.value('sum', second).with({ on: 'leader' }).total()).toBe(total)
  for (const id of ['a', 'b']) await setting.replace(id, 'second')
  await until(() => setting.inForce().every((version) => version === 2))
  const { index } = setting.hosts.get('a')!.status('sum')!.settings
  while ((setting.hosts.get('c')!.status('sum')!.snapshot?.index ?? 0) < index) await addSome()
  await until(() => setting.isLevel())
  await setting.stop('c')
  expect(await newest('c')).toMatchObject({ machineVersion: 2 })
  const c = await setting.open('c')
  await expect(c.group('sum', setting.options('c', 'first'))).rejects.toMatchObject({
    code: 'machine-too-old',
  })
  await c.group('sum', setting.options('c', 'second'))
  await until(() => setting.isLevel())
  expect(setting.observed.problems).toEqual([])
}, 60_000)

test.each([
  ['its log', {}],
  ['a snapshot', { snapshotMinBytes: 1000, snapshotFactor: 0.1 }],
])(
  'a member that was replaced by old code unseen stops alone, before %s, and goes on with new code',
  async (by, more) => {
    const setting = new Setting(more)
    await setting.begin('second')
    // Made with the new code, the group has begun by its version.
    expect(setting.inForce()).toEqual([2, 2, 2])
    const third = { ...second, version: 3 }
    const offers = async (id: string): Promise<void> => {
      await setting.stop(id)
      const host = await setting.open(id)
      await host.group('sum', { ...setting.options(id, 'second'), machine: setting.observed.of(id, third) })
      await until(() => [...setting.hosts.values()].every((one) => recordOf(one, id)?.[1] === 3))
    }
    // The record of `c` says that it knows version 3, and then it is replaced where nobody hears of it.
    await offers('c')
    await setting.stop('c')
    setting.network.isolate('c')
    const c = await setting.start('c', 'second')
    for (const id of ['a', 'b']) {
      await setting.stop(id)
      const host = await setting.open(id)
      await host.group('sum', { ...setting.options(id, 'second'), machine: setting.observed.of(id, third) })
    }
    const [a, b] = ['a', 'b'].map((id) => setting.hosts.get(id)!)
    await until(() => [a!, b!].every((host) => host.status('sum')!.settings.machineVersion === 3))
    const { index } = a!.status('sum')!.settings
    const value = (await setting.client('user')).value('sum', first)
    const isDone = (): boolean =>
      by === 'its log' || [a!, b!].every((host) => host.status('sum')!.snapshotIndex > index)
    do await Promise.all(Array.from({ length: 50 }, () => value.add(1)))
    while (!isDone())
    setting.network.rejoin('c')
    await until(() => c.status('sum')!.stopped !== null)
    expect(c.status('sum')!.stopped).toContain('Version 3 of the machine is in force')
    expect(c.status('sum')!.appliedIndex).toBeLessThan(index)
    expect(setting.events).toContainEqual(
      expect.objectContaining({
        kind: 'member-stopped',
        error: expect.objectContaining({ code: 'machine-too-old' }),
      }),
    )
    await value.add(1)
    await setting.stop('c')
    const again = await setting.open('c')
    await again.group('sum', { ...setting.options('c', 'second'), machine: setting.observed.of('c', third) })
    await until(() => setting.isLevel())
    expect(setting.observed.problems).toEqual([])
  },
  60_000,
)

/** Of code that knows these versions. Items of a snapshot have another form from version 2 on, which code of version 1 can't read. */
function tableOf(version: number): Machine {
  return inPlaceMachine<Map<string, number>, [string, number] | { key: string; value: number }>({
    version,
    oldestVersion: 1,
    create: () => new Map(),
    command: (table, key: string) => table.set(key, table.size).size,
    query: (table, key: string) => table.get(key),
    snapshot: (table, inForce) =>
      [...table].map(([key, value]) => (version >= 2 && inForce >= 2 ? { key, value } : [key, value])),
    restore(table, item, inForce) {
      if (version >= 2 && inForce >= 2) {
        const { key, value } = item as { key: string; value: number }
        table.set(key, value)
      } else {
        const [key, value] = item as [string, number]
        table.set(key, value)
      }
    },
  })
}

test('new code sends snapshots that old code reads for as long as an old version is in force, and then others', async () => {
  const setting = new Setting({ snapshotMinBytes: 1000, snapshotFactor: 0.1 })
  const options = (version: number) => ({ ...setting.options('', 'first'), machine: tableOf(version) })
  const a = await setting.open('a')
  await a.createGroup('sum', { ...options(1), unreachable: 'checked' })
  const value = (await setting.client('user')).machine('sum', { codec: null })
  const putSome = () => Promise.all(Array.from({ length: 50 }, (_, i) => value.command(`${i}`)))
  // A learner that knows version 1 only keeps it in force.
  const old = await setting.open('d')
  await old.group('sum', { ...options(1), learner: true })
  await until(() => (old.status('sum')?.configuration ?? null) !== null && setting.isLevel())
  await setting.stop('a')
  const leader = await setting.open('a')
  await leader.group('sum', options(2))
  while (leader.status('sum')!.snapshotIndex <= old.status('sum')!.configuration!.index) await putSome()
  const b = await setting.open('b')
  await b.group('sum', { ...options(1), learner: true })
  await until(() => (b.status('sum')?.snapshotIndex ?? 0) > 0 && setting.isLevel())
  const there = async (host: Host): Promise<number> => {
    const client = createClient({ link: host.link, addresses: [host.address], ...seams })
    const found = await client.machine('sum', { codec: null }).query('49', { read: 'stale', on: 'here' })
    expect(found).toBeTypeOf('number')
    return found as number
  }
  expect(await there(b)).toBe(await there(leader))
  expect(setting.inForce()).toEqual([1, 1, 1])
  // Once they know it too, it rises, and what is written then can be read by all.
  for (const id of ['b', 'd']) {
    await setting.stop(id)
    await (await setting.open(id)).group('sum', options(2))
  }
  await until(() => setting.inForce().every((version) => version === 2))
  const { index } = leader.status('sum')!.settings
  while (leader.status('sum')!.snapshotIndex <= index) await putSome()
  const c = await setting.open('c')
  await c.group('sum', options(2))
  await until(() => (c.status('sum')?.snapshotIndex ?? 0) > index && setting.isLevel())
  expect(await there(c)).toBe(await there(leader))
}, 60_000)
