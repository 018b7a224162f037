/** Watchers of real hosts on virtual time: what they are told, whatever becomes of members, logs and messages meanwhile (F61b, F61c, F61d). */
import type { Client } from '@rafted/client'
import { type Change, CommandError, CowMap, defineValue, type WatchedSnapshot } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { DrillHosts, group, list } from '../recovery/drill-hosts.ts'

/** WATCHES=100 runs so many. */
const seeds = Array.from({ length: Number(process.env.WATCHES ?? 6) }, (_, i) => 21 + i)

const times = { heartbeatMs: 50, electionMs: 250 }
/** The log is kept as short as can be, or for ever. */
const short = { ...times, snapshotMinBytes: 1, snapshotFactor: 1 }
const long = { ...times, snapshotMinBytes: 1_000_000 }

/** Changed in place, and shown by its queries alone. */
const table = defineValue({
  create: () => new CowMap<string, string>(),
  commands: {
    put: (map, key: string, value: string) => void map.set(key, value),
    refuse: () => {
      throw new CommandError('never', 'It never is.')
    },
  },
  queries: { get: (map, key: string) => map.get(key), size: (map) => map.size },
  snapshot: (map) => map.freeze(),
  restore: (map, [key, value]: readonly [string, string]) => void map.set(key, value),
})

const picky = defineValue({
  init: () => 0,
  commands: {
    add: (sum, by: number) => {
      if (by < 0) throw new CommandError('negative', 'It only grows.')
      if (by > 100) throw new RangeError('too much')
      return [sum + by, sum + by]
    },
  },
  queries: { sum: (sum) => sum, isLarge: (sum) => sum > 10 },
})

const started = DrillHosts.started
const leader = (hosts: DrillHosts): string => hosts.leader!

/** Adds items, and resolves once the log of each member begins behind them. */
async function addUntilForgotten(hosts: DrillHosts, client: Client): Promise<void> {
  const statuses = (): number[] =>
    [...hosts.lives.values()].map(({ host }) => host.status(group)!.snapshotIndex)
  const { add } = client.value(group, list)
  const first = hosts.host(leader(hosts)).status(group)!.lastIndex
  for (let i = 0; Math.min(...statuses()) <= first; i++) await add(`forgotten ${i}`)
}

async function take<T>(from: AsyncIterator<T>, count: number): Promise<T[]> {
  const all: T[] = []
  while (all.length < count) {
    const { done, value } = await from.next()
    if (done) break
    all.push(value)
  }
  return all
}

describe('changes', () => {
  test('are told once each, in order, with where and when they were applied', async () => {
    const hosts = await started(1, long)
    const queue = hosts.client(hosts.ids[1]!).value(group, list)
    await queue.add('before')
    const watch = queue.watch()
    for (const item of ['a', 'b', 'c']) await queue.add(item)
    const told = (await take(watch, 3)) as Change[]
    expect(told.map(({ kind, command }) => [kind, command])).toEqual([
      ['change', ['add', 'a']],
      ['change', ['add', 'b']],
      ['change', ['add', 'c']],
    ])
    const { term } = hosts.host(leader(hosts)).status(group)!
    for (const [i, { index, term: in_, time }] of told.entries()) {
      expect(in_).toBe(term)
      if (i === 0) continue
      expect(index).toBeGreaterThan(told[i - 1]!.index)
      expect(time).toBeGreaterThanOrEqual(told[i - 1]!.time)
    }
    // From an index, with nothing twice and nothing missing; or all there is.
    const again = queue.watch({ from: told[0]!.index + 1 })
    expect(await take(again, 2)).toEqual(told.slice(1))
    expect(((await take(queue.watch({ from: 1 }), 4)) as Change[]).map(({ command }) => command)).toEqual(
      ['before', 'a', 'b', 'c'].map((item) => ['add', item]),
    )
    await hosts.end()
  })

  test('what changes nothing is none: repeated, refused and failed commands', async () => {
    const hosts = await started(2, long, picky)
    const sum = hosts.client(hosts.ids[0]!).value(group, picky)
    const watch = sum.watch()
    await sum.with({ key: 'once' }).add(1)
    await expect(sum.add(-1)).rejects.toMatchObject({ code: 'command-error' })
    await expect(sum.add(1000)).rejects.toMatchObject({ code: 'command-failed' })
    await hosts.client(hosts.ids[1]!).value(group, picky).with({ key: 'once' }).add(1)
    await sum.add(2)
    const commands = (some: readonly object[]): unknown[] => some.map((one) => (one as Change).command)
    const expected = [
      ['add', 1],
      ['add', 2],
    ]
    expect(commands(await take(watch, 2))).toEqual(expected)
    expect(commands(await take(sum.watch({ from: 1 }), 2))).toEqual(expected)
    // So it is to members that have read them back.
    const before = hosts.ids[2]!
    hosts.kill(before)
    await hosts.start(before)
    await hosts.until('it is level', () => hosts.isLevel())
    const there = hosts.client(before).value(group, picky)
    expect(commands(await take(there.watch({ from: 1 }), 2))).toEqual(expected)
    await hosts.end()
  })

  test('where the log no longer goes back as far, the value takes their place', async () => {
    const hosts = await started(3, short)
    const client = hosts.client(hosts.ids[0]!)
    const queue = client.value(group, list)
    await queue.add('first')
    const watch = queue.watch({ from: 1 })
    await addUntilForgotten(hosts, client)
    const [event] = (await take(watch, 1)) as WatchedSnapshot<{ all(): readonly string[] }>[]
    expect(event!.kind).toBe('snapshot')
    const all = event!.queries.all()
    expect(event!.value).toEqual(all)
    expect(all[0]).toBe('first')
    // What comes then follows it.
    await queue.add('last')
    const shown = [...all]
    for (let next = await watch.next(); !next.done; next = await watch.next()) {
      if (next.value.kind === 'snapshot') shown.splice(0, shown.length, ...next.value.queries.all())
      else shown.push(next.value.command[1])
      if (shown.at(-1) === 'last') break
    }
    expect(shown).toEqual(await queue.all())
    await hosts.end()
  })

  test('a large value comes in pieces; one that is changed in place answers its queries', async () => {
    const hosts = await started(4, short, table)
    const map = hosts.client(hosts.ids[0]!).value(group, table)
    const large = 'x'.repeat(40_000)
    for (let i = 0; i < 60; i++) await map.put(`key ${i}`, large + i)
    const [event] = (await take(map.watch({ from: 1 }), 1)) as [
      WatchedSnapshot<{ get(key: string): string; size(): number }>,
    ]
    expect(event.value).toBeUndefined()
    expect(event.queries.size()).toBe(60)
    expect(event.queries.get('key 59')).toBe(`${large}59`)
    // A client that knows no more than the codec can't show it.
    const bare = hosts.client(hosts.ids[0]!).machine(group, { codec: null })
    await expect(bare.watch({ from: 1 }).next()).rejects.toMatchObject({ code: 'invalid-argument' })
    await hosts.end()
  })

  test('a value of a version that the code does not know is refused by name', async () => {
    const hosts = await started(5, short)
    const client = hosts.client(hosts.ids[0]!)
    await client.value(group, list).add('first')
    await addUntilForgotten(hosts, client)
    const older = { ...list, version: 3, oldestVersion: 2 }
    const watch = client.value(group, older).watch({ from: 1 })
    await expect(watch.next()).rejects.toMatchObject({ code: 'machine-too-new' })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    await hosts.end()
  })
})

describe('a reader', () => {
  test('is held up by nothing when it has had enough', async () => {
    const hosts = await started(6, long)
    const queue = hosts.client(hosts.ids[0]!).value(group, list)
    const watch = queue.watch()
    const pending = watch.next()
    await hosts.pause(100)
    const before = hosts.clock.now()
    expect(await watch.return!()).toEqual({ done: true, value: undefined })
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    expect(hosts.clock.now() - before).toBeLessThan(50)
    await hosts.end()
  })

  test('is ended by the signal of its handle, and by the end of its client', async () => {
    const hosts = await started(7, long)
    const client = hosts.client(hosts.ids[0]!)
    const controller = new AbortController()
    const signalled = client.value(group, list).with({ signal: controller.signal }).watch().next()
    const query = client.value(group, list).with({ signal: controller.signal }).watchQuery('all')
    expect((await query.next()).value).toEqual([])
    const asked = query.next()
    const other = client.value(group, list).watch().next()
    await hosts.pause(100)
    controller.abort(new Error('enough'))
    await expect(signalled).rejects.toMatchObject({ code: 'aborted' })
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    const closing = client.close()
    await expect(other).rejects.toMatchObject({ code: 'closed' })
    await closing
    await hosts.end()
  })

  test('that asks for what can not be is refused at once', async () => {
    const hosts = await started(8, long)
    const queue = hosts.client(hosts.ids[0]!).value(group, list)
    for (const from of [0, -1, 1.5, Number.NaN])
      expect(() => queue.watch({ from })).toThrow(/`from` is an index/)
    expect(() => queue.watchQuery('nothing' as 'all')).toThrow(/no query of this value/)
    await hosts.end()
  })
})

describe('the answer of a query', () => {
  test('is told whenever it is another one, and only the newest to who reads late', async () => {
    const hosts = await started(9, long, picky)
    const sum = hosts.client(hosts.ids[0]!).value(group, picky)
    const isLarge = sum.watchQuery('isLarge')
    expect((await isLarge.next()).value).toBe(false)
    for (let i = 0; i < 10; i++) await sum.add(1)
    const next = isLarge.next()
    await sum.add(1)
    expect((await next).value).toBe(true)
    const sums = sum.watchQuery('sum')
    expect((await sums.next()).value).toBe(11)
    for (let i = 0; i < 5; i++) await sum.add(1)
    expect((await sums.next()).value).toBe(16)
    await hosts.end()
  })
})

describe('through everything', () => {
  test('a member that is cut off is left for another', async () => {
    const hosts = await started(10, long)
    const here = hosts.ids.find((id) => id !== leader(hosts))!
    const elsewhere = hosts.ids.find((id) => id !== here)!
    const watch = hosts.client(here).value(group, list).watch()
    await hosts.client(elsewhere).value(group, list).add('before')
    expect(await take(watch, 1)).toMatchObject([{ command: ['add', 'before'] }])
    const next = watch.next()
    // Its host stays where it is; its members hear nobody, and the network of its client reaches the others.
    for (const id of hosts.ids) if (id !== here) hosts.network.cut(here, id)
    await hosts.client(elsewhere).value(group, list).add('while it is cut off')
    for (const id of hosts.ids) if (id !== here) hosts.network.heal(here, id)
    expect(await next).toMatchObject({ value: { command: ['add', 'while it is cut off'] } })
    await hosts.end()
  })

  test.each(seeds)(
    'hosts stop, crash and are cut off, logs are cut short: nothing is missed or told twice (seed %s)',
    async (seed) => {
      const hosts = await started(seed, times)
      const { random, ids } = hosts
      const last = 'the last one'
      const watchers = Array.from({ length: 4 }, () => collected(hosts, random.pick(ids), last))
      for (let round = 0; round < 6; round++) {
        const away = random.pick(ids)
        const way = random.pick(['kill', 'stop', 'cut'])
        const adding = addSome(hosts, random.pick(ids.filter((id) => id !== away)), round)
        await hosts.pause(random.below(400))
        if (way === 'cut') hosts.network.isolate(away)
        else if (way === 'kill') hosts.kill(away)
        else await hosts.stop(away, true)
        await hosts.pause(random.below(3000))
        if (way === 'cut') hosts.network.rejoin(away)
        else await hosts.start(away)
        await adding
      }
      const queue = hosts.client(ids[0]!).value(group, list)
      await queue.add(last)
      const expected = await queue.all()
      for (const watcher of await Promise.all(watchers)) expect(watcher).toEqual(expected)
      await hosts.end()
    },
    120_000,
  )
})

async function addSome(hosts: DrillHosts, id: string, round: number): Promise<void> {
  const queue = hosts.client(id).value(group, list).with({ timeoutMs: 2000 })
  for (let i = 0; i < 20; i++) await queue.add(`item ${round}.${i}`).catch(() => {})
}

/** The list, as a watcher builds it: its process may end, and then another one goes on from where it was. */
async function collected(hosts: DrillHosts, first: string, last: string): Promise<string[]> {
  const items: string[] = []
  let from = 1
  for (let id = first; ; id = hosts.random.pick([...hosts.lives.keys()])) {
    const { over } = hosts.lives.get(id)!
    const watch = hosts.client(id).value(group, list).watch({ from })
    for (;;) {
      const next = watch.next().catch((error: { code: string }) => {
        expect(['closed', 'no-such-group']).toContain(error.code)
        return null
      })
      const told = await Promise.race([next, over.then(() => null)])
      if (told === null || told.done === true) break
      const { value: event } = told
      if (event.kind === 'snapshot') items.splice(0, items.length, ...event.queries.all())
      else items.push(event.command[1])
      from = event.index + 1
      if (items.at(-1) === last) return items
      // Some read slowly.
      if (hosts.random.chance(0.1)) await hosts.pause(hosts.random.below(200))
    }
    await hosts.pause(20)
  }
}
