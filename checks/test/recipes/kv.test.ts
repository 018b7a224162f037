/** The key-value store over real hosts on virtual time: keys that go, leases, watchers through all that happens, transactions under contention. */
import { isRaftedError } from '@rafted/contracts'
import { type Kv, type KvEntry, type KvWatchEvent, kv, kvStore } from '@rafted/recipes'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DrillHosts, group } from '../recovery/drill-hosts.ts'

const long = { heartbeatMs: 50, electionMs: 250, snapshotMinBytes: 1_000_000 }
/** The log is kept as short as can be. */
const short = { ...long, snapshotMinBytes: 1, snapshotFactor: 1 }

const started = (seed: number, settings = long): Promise<DrillHosts> =>
  DrillHosts.started(seed, settings, kvStore)

/** The store as a process with the host `id` has it. */
function storeOf<V = unknown>(hosts: DrillHosts, id = hosts.ids[1]!): Kv<V> {
  return kv<V>(hosts.client(id).value(group, kvStore), { clock: hosts.clock })
}

const leader = (hosts: DrillHosts): string | undefined => hosts.leader

async function take<V>(watch: AsyncIterator<KvWatchEvent<V>>): Promise<KvWatchEvent<V>> {
  const { done, value } = await watch.next()
  if (done) throw new Error('the watch has ended')
  return value
}

/** A copy of what is watched, as it is kept by who is told. */
class Copy {
  readonly entries = new Map<string, KvEntry>()
  revision = 0
  snapshots = 0

  hear(event: KvWatchEvent): void {
    // Once each, in order.
    expect(event.revision).toBeGreaterThan(this.revision)
    this.revision = event.revision
    if (event.kind === 'snapshot') {
      this.snapshots++
      this.entries.clear()
      for (const entry of event.entries) this.entries.set(entry.key, entry)
    } else
      for (const one of event.events)
        if (one.kind === 'put') this.entries.set(one.entry.key, one.entry)
        else this.entries.delete(one.key)
  }

  get content(): KvEntry[] {
    return [...this.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }
}

async function contentOf(store: Kv, prefix = ''): Promise<KvEntry[]> {
  const all: KvEntry[] = []
  for await (const entry of store.entries({ prefix })) all.push(entry)
  return all
}

describe('keys that go', () => {
  test('are gone when their time is over, and watchers are told then', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    const watch = store.watch({ key: 'door' })
    const { revision } = await store.put('door', 'open', { ttlMs: 5000 })
    const asked = hosts.clock.now()
    const { expiresAt } = (await store.get('door'))!
    expect(await take(watch)).toMatchObject({ revision, events: [{ kind: 'put', entry: { value: 'open' } }] })
    const gone = await take(watch)
    expect(gone).toMatchObject({ kind: 'changes', events: [{ kind: 'expire', key: 'door' }] })
    expect((gone as { time: number }).time).toBeGreaterThanOrEqual(expiresAt!)
    expect((gone as { time: number }).time).toBeLessThan(expiresAt! + 5)
    expect(hosts.clock.now() - asked).toBeLessThan(5100)
    expect(await store.get('door')).toBeNull()
    await hosts.end()
  })

  test('stay as long as they are touched, without a change', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    const { revision } = await store.put('door', 'open', { ttlMs: 1000 })
    for (let i = 0; i < 5; i++) {
      await hosts.pause(600)
      expect(await store.touch('door', 1000)).toBe(true)
    }
    expect(await store.get('door')).toMatchObject({ revision, version: 1 })
    await hosts.pause(1100)
    expect(await store.touch('door', 1000)).toBe(false)
    await hosts.end()
  })

  test('go with their lease: once its holder is no more, all at once', async () => {
    const hosts = await started(3)
    const holder = hosts.ids.find((id) => id !== leader(hosts))!
    const other = hosts.ids.find((id) => id !== leader(hosts) && id !== holder)!
    const store = storeOf<string>(hosts, holder).in<string>('services/')
    const lease = await store.lease({ ttlMs: 2000 })
    for (const name of ['api', 'mail', 'web']) await store.put(name, holder, { lease: lease.id })
    const watcher = storeOf(hosts, other)
    const watch = watcher.watch({ prefix: 'services/' })
    await hosts.pause(20_000)
    hosts.kill(leader(hosts)!)
    await hosts.pause(5000)
    expect(lease.signal.aborted).toBe(false)
    expect(await watcher.count({ prefix: 'services/' })).toBe(3)
    hosts.kill(holder)
    const events = await take(watch)
    expect(events).toMatchObject({
      events: ['api', 'mail', 'web'].map((name) => ({ kind: 'expire', key: `services/${name}` })),
    })
    // It hears no more of the others.
    await hosts.until('the holder knows', () => lease.signal.aborted)
    expect(await watcher.stats()).toMatchObject({ entries: 0, leases: 0 })
    await hosts.end()
  })

  test('a lease can be ended, let go of, and be found ended', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    const ended = await store.lease({ ttlMs: 5000 })
    await store.put('a', 1, { lease: ended.id })
    await ended.end()
    expect([ended.signal.aborted, await ended.keep(), await store.get('a')]).toEqual([true, false, null])
    const left = await store.lease({ ttlMs: 1000 })
    left.letGo()
    await hosts.pause(700)
    expect(await left.keep()).toBe(true)
    await hosts.pause(700)
    expect(left.signal.aborted).toBe(false)
    await hosts.pause(400)
    expect(left.signal.aborted).toBe(true)
    const refused = store.put('a', 1, { lease: left.id })
    await expect(refused).rejects.toMatchObject({
      code: 'command-error',
      details: { reason: 'no-such-lease' },
    })
    await hosts.end()
  })
})

describe('watchers', () => {
  test('are told each change once, through changes of leaders and a log that is cut off behind them', async () => {
    const hosts = await started(3, short)
    const written = new Map<number, string>()
    let isOver = false
    const writing = (async () => {
      const store = storeOf(hosts)
      for (let i = 0; !isOver; i++) {
        const key = `k${i % 7}`
        const { revision } = await store.with({ timeoutMs: 60_000 }).put(key, i)
        written.set(revision, key)
        await hosts.pause(30)
      }
    })()
    const told = new Map<number, string>()
    const reading = (async () => {
      // Each reads a few, and the next one goes on from there.
      for (let from: number | undefined = 1; !isOver; ) {
        const watch = storeOf(hosts).watch({ prefix: 'k', from })
        for (let n = 0; n < 9 && !isOver; n++) {
          const event = await take(watch)
          if (event.kind === 'snapshot' || told.has(event.revision))
            throw new Error(`told ${JSON.stringify(event)}`)
          for (const one of event.events) if (one.kind === 'put') told.set(event.revision, one.entry.key)
          from = event.revision + 1
        }
        await watch.return()
      }
    })()
    for (let round = 0; round < 3; round++) {
      await hosts.pause(2000)
      const id = leader(hosts)
      if (id === undefined || id === hosts.ids[1]) continue
      hosts.kill(id)
      await hosts.pause(1500)
      await hosts.start(id)
    }
    await hosts.pause(2000)
    expect(hosts.host(hosts.ids[1]!).status(group)!.snapshotIndex).toBeGreaterThan(10)
    isOver = true
    await storeOf(hosts).put('k', 'the last one')
    await Promise.all([writing, reading])
    // What came after the reader's last look it was not told.
    const last = Math.max(...told.keys())
    for (const [revision, key] of written)
      if (revision <= last) expect(told.get(revision), `revision ${revision}`).toBe(key)
    expect(written.size).toBeGreaterThan(100)
    expect([...told.keys()]).toEqual([...told.keys()].sort((a, b) => a - b))
    await hosts.end()
  })

  test('who are slower than the history get one snapshot, and go on from there', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    await store.limit({ historyEvents: 20 })
    const watch = store.watch({ prefix: 'a' })
    const copy = new Copy()
    await store.put('a1', 1)
    copy.hear(await take(watch))
    for (let i = 0; i < 30; i++) await store.put(`a${i % 4}`, i)
    await store.delete('a0')
    for (let i = 0; i < 30; i++) await store.put('b', i)
    copy.hear(await take(watch))
    expect(copy.snapshots).toBe(1)
    expect(copy.content).toEqual(await contentOf(store, 'a'))
    await store.put('a9', 9)
    copy.hear(await take(watch))
    expect(copy.content).toEqual(await contentOf(store, 'a'))
    expect(copy.snapshots).toBe(1)
    await hosts.end()
  })

  test('a snapshot of many pages is that of one revision, whatever is done meanwhile', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    for (let i = 0; i < 3100; i += 100) {
      const then = Array.from(
        { length: 100 },
        (_, n) => ({ op: 'put', key: `k${1_000_000 + i + n}`, value: i + n }) as const,
      )
      await store.transaction({ then })
    }
    // What there is was put before anything that is remembered.
    await store.limit({ historyEvents: 1 })
    await store.put('k', 0)
    await store.limit({ historyEvents: 50_000 })
    const copy = new Copy()
    const watch = store.watch({ from: 1 })
    let isDone = false
    const writing = Promise.all(
      hosts.ids.map(async (id, n) => {
        const other = storeOf(hosts, id)
        for (let i = n; !isDone; i += hosts.ids.length) {
          // First pages and last ones change together.
          const [first, last] = [`k${1_000_000 + (i % 3000)}`, `k${1_003_099 - (i % 3000)}`]
          await other.transaction({
            then: [
              { op: 'put', key: first, value: -i },
              i % 2 ? { op: 'delete', key: last } : { op: 'put', key: last, value: -i },
            ],
          })
        }
      }),
    )
    copy.hear(await take(watch))
    expect(copy.snapshots).toBe(1)
    expect(copy.entries.size).toBeGreaterThan(2000)
    const { revision } = copy
    isDone = true
    await writing
    const end = await store.revision()
    expect(end).toBeGreaterThan(revision)
    while (copy.revision < end) copy.hear(await take(watch))
    expect(copy.content).toEqual(await contentOf(store))
    await hosts.end()
  })

  test('a quiet key is watched while others change, and nothing is missed', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    await store.limit({ historyEvents: 40 })
    const watch = store.watch({ key: 'quiet' })
    const next = take(watch)
    for (let i = 0; i < 200; i++) await store.put('loud', i)
    const { revision } = await store.put('quiet', 1)
    expect(await next).toMatchObject({ kind: 'changes', revision })
    await hosts.end()
  })

  test('are told what is done from their beginning on: by their own process at once, by others once they have begun', async () => {
    const hosts = await started(3)
    const far = storeOf(hosts, hosts.ids.find((id) => id !== leader(hosts))!)
    const near = storeOf(hosts, leader(hosts))
    for (let i = 0; i < 40; i++) {
      const store = i % 2 ? far : near
      // They leave in the order of the calls, in whatever handle.
      const watch = store.watch({ key: 'a' })
      const written = await Promise.all([store.put('a', i), store.in('').put('a', -i)])
      expect(written[0].revision).toBeLessThan(written[1].revision)
      for (const { revision } of written) expect((await take(watch)).revision).toBe(revision)
      const other = far.watch({ key: 'a' })
      await other.begun
      const { revision } = await store.put('a', i)
      expect((await take(other)).revision).toBe(revision)
    }
    await hosts.end()
  })

  test('who can not begin hold up nothing for long', async () => {
    const hosts = await started(3)
    const store = storeOf(hosts).with({ timeoutMs: 2000 })
    for (const id of hosts.ids) if (id !== hosts.ids[1]) hosts.kill(id)
    const asked = hosts.clock.now()
    store.watch()
    await expect(store.put('a', 1)).rejects.toMatchObject({ code: 'timeout' })
    expect(hosts.clock.now() - asked).toBeLessThan(3500)
    await hosts.end()
  })

  test('who stop while they wait have done so', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts)
    const watch = store.watch()
    const next = watch.next()
    await hosts.pause(1000)
    await watch.return()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    const ending = new AbortController()
    const aborted = store.with({ signal: ending.signal }).watch()
    const waiting = aborted.next()
    await hosts.pause(1000)
    ending.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    await hosts.end()
  })
})

describe('transactions', () => {
  test('under contention move what there is, and neither make nor lose any', async () => {
    const hosts = await started(3)
    const accounts = ['a', 'b', 'c']
    const bank = storeOf<number>(hosts).in<number>('bank/')
    for (const name of accounts) await bank.put(name, 100)
    const clients = [...hosts.ids, ...hosts.ids].map((id) => storeOf<number>(hosts, id).in<number>('bank/'))
    let [moved, refused] = [0, 0]
    await Promise.all(
      clients.map(async (store, i) => {
        for (let n = 0; n < 20; n++) {
          const [from, to] = [accounts[(i + n) % 3]!, accounts[(i + 2 * n + 1) % 3]!]
          if (from === to) continue
          const { entries } = await store.many([from, to])
          const [source, target] = entries as [KvEntry<number>, KvEntry<number>]
          const { succeeded, results } = await store.transaction({
            if: [
              { key: from, revision: source.revision },
              { key: to, value: target.value },
            ],
            then: [
              { op: 'put', key: from, value: source.value - 1 },
              { op: 'put', key: to, value: target.value + 1, previous: true },
            ],
            else: [{ op: 'get', key: from }],
          })
          if (succeeded) {
            moved++
            expect(results[1].previous).toEqual(target)
          } else {
            refused++
            expect(results[0].entry).not.toBeNull()
          }
        }
      }),
    )
    expect(moved).toBeGreaterThan(20)
    expect(refused).toBeGreaterThan(20)
    const { entries } = await bank.range()
    expect(entries.reduce((sum, { value }) => sum + value, 0)).toBe(300)
    expect(entries.reduce((sum, { version }) => sum + version - 1, 0)).toBe(2 * moved)
    await hosts.end()
  })

  test('updates of one key by many all count', async () => {
    const hosts = await started(3)
    await Promise.all(
      hosts.ids.map(async (id) => {
        const store = storeOf<number>(hosts, id)
        for (let i = 0; i < 15; i++) await store.update('hits', (hits = 0) => hits + 1)
      }),
    )
    expect((await storeOf(hosts).get('hits'))!.value).toBe(15 * hosts.ids.length)
    await hosts.end()
  })
})

describe('the handle', () => {
  test('knows nothing of keys outside of its namespace, and gives them without it', async () => {
    const hosts = await started(5)
    const all = storeOf(hosts)
    const users = all.in<{ name: string }>('users/')
    await all.put('user', 0)
    await all.put('users0', 0)
    const watch = users.watch()
    await users.put('ann', { name: 'Ann' })
    await users.in('old/').put('bob', { name: 'Bob' })
    expect(await users.keys()).toMatchObject({ keys: ['ann', 'old/bob'], next: null })
    expect(await users.range({ limit: 1 })).toMatchObject({
      entries: [{ key: 'ann', value: { name: 'Ann' } }],
      next: 'old/bob',
    })
    expect(await users.range({ limit: 1, reverse: true })).toMatchObject({
      entries: [{ key: 'old/bob' }],
      next: 'ann',
    })
    expect(await users.range({ after: 'ann' })).toMatchObject({ entries: [{ key: 'old/bob' }] })
    expect(await users.put('ann', { name: 'A.' }, { previous: true })).toMatchObject({
      done: true,
      previous: { key: 'ann', version: 1 },
    })
    const { results } = await users.transaction({
      then: [
        { op: 'get', key: 'ann' },
        { op: 'range', range: { prefix: 'old/' } },
        { op: 'delete', key: 'nobody' },
      ],
    })
    expect(results).toMatchObject([
      { entry: { key: 'ann' } },
      { entries: [{ key: 'old/bob' }], next: null },
      { deleted: false },
    ])
    expect(await take(watch)).toMatchObject({ events: [{ entry: { key: 'ann' } }] })
    expect(await take(watch)).toMatchObject({ events: [{ entry: { key: 'old/bob' } }] })
    expect(await users.many(['ann', 'nobody'])).toMatchObject({ entries: [{ key: 'ann' }, null] })
    expect(await users.count()).toBe(2)
    expect(await users.deleteRange({})).toBe(2)
    expect((await all.keys()).keys).toEqual(['user', 'users0'])
    await expect(users.get(undefined as unknown as string)).rejects.toMatchObject({
      details: { reason: 'bad-argument' },
    })
    await hosts.end()
  })

  test('goes through pages of any number of keys', async () => {
    const hosts = await started(5)
    const store = storeOf(hosts).in<number>('n/')
    for (let i = 0; i < 2500; i += 125) {
      const then = Array.from(
        { length: 125 },
        (_, n) => ({ op: 'put', key: String(10_000 + i + n), value: i + n }) as const,
      )
      await store.transaction({ then })
    }
    const values: number[] = []
    for await (const { value } of store.entries()) values.push(value)
    expect(values).toEqual(Array.from({ length: 2500 }, (_, i) => i))
    const back: number[] = []
    for await (const { value } of store.entries({ reverse: true, limit: 300, before: '12000' }))
      back.push(value)
    expect(back).toEqual(values.slice(0, 2000).reverse())
    expect(await store.count({ from: '10100', before: '10200' })).toBe(100)
    expect(await store.deleteRange({ after: '10000' })).toBe(2499)
    expect((await store.keys()).keys).toEqual(['10000'])
    await hosts.end()
  })

  test('validates values by a schema before they are sent', async () => {
    const hosts = await started(5)
    const schema = z.object({ name: z.string().trim().min(1) })
    const users = kv(hosts.client(hosts.ids[0]!).value(group, kvStore), { schema })
    await users.put('ann', { name: ' Ann ' })
    expect((await users.get('ann'))!.value).toEqual({ name: 'Ann' })
    const refused = users.transaction({ then: [{ op: 'put', key: 'bob', value: { name: '' } }] })
    const error = await refused.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(isRaftedError(error, 'invalid-argument') && error.details.issues).toMatchObject([
      { path: ['name'] },
    ])
    await users.in('x/').transaction({ then: [{ op: 'put', key: 'bob', value: { name: 'Bob ' } }] })
    expect((await users.get('x/bob'))!.value).toEqual({ name: 'Bob' })
    await hosts.end()
  })
})
