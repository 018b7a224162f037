/** The store against a plain model: whatever is done, both say and hold the same, and watchers are told all of it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KvChanges, KvEntry, KvEvent } from '../../src/index.ts'
import { page, range, type Step, step } from './arbitrary.ts'
import { isWithin, Model, type ModelCommand } from './model.ts'
import { Store } from './store.ts'

/** Both, fed the same. */
class Pair {
  store = new Store()
  readonly model = new Model()
  readonly leases: number[] = []

  async take(next: Step): Promise<void> {
    if (next.kind === 'pause') this.store.time = this.model.time += next.ms
    else if (next.kind === 'restore') this.store = await this.store.restored()
    else if (next.kind === 'command') this.#do(next.command)
    else {
      const lease = this.leases[next.place % this.leases.length]
      if (lease !== undefined) this.#do(next.make(lease))
    }
  }

  #do(command: ModelCommand): void {
    const { lease } = (command[3] ?? {}) as { lease?: number }
    if (lease !== undefined && this.model.lease(lease) === null) {
      expect(this.store.refusal(...command)).toBe('no-such-lease')
      this.model.index++
      return
    }
    expect(this.store.do(...command), JSON.stringify(command)).toEqual(this.model.do(command))
    if (command[0] === 'grantLease') this.leases.push(this.model.index)
  }
}

/** What a watcher of these keys is told, until nothing is left. */
function told(store: Store, wanted: object, after: number): KvChanges[] | 'forgotten' {
  const all: KvChanges[] = []
  for (;;) {
    const news = store.ask('news', wanted, after)
    if (news.kind === 'forgotten') return 'forgotten'
    all.push(...news.moments)
    if (news.upTo === after) return all
    after = news.upTo
  }
}

function mirrored(entries: readonly KvEntry[], changes: Iterable<{ readonly events: readonly KvEvent[] }>) {
  const mirror = new Map(entries.map((entry) => [entry.key, entry]))
  for (const { events } of changes)
    for (const event of events)
      if (event.kind === 'put') mirror.set(event.entry.key, event.entry)
      else mirror.delete(event.key)
  return [...mirror.values()]
    .map(({ key, value, revision }) => ({ key, value, revision }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

test('all commands and queries are answered as by the model, and a restored store goes on as if nothing were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), page, range, async (steps, asked, counted) => {
      const pair = new Pair()
      for (const next of steps) await pair.take(next)
      const { store, model } = pair
      const all = model.live({ ...asked, limit: 1000 })
      const limit = (asked as { limit?: number }).limit ?? 1000
      const next = all[limit]?.key ?? null
      const { revision } = model
      expect(store.ask('range', asked)).toEqual({ revision, entries: all.slice(0, limit), next })
      const keys = all.slice(0, limit).map(({ key }) => key)
      expect(store.ask('keys', asked)).toEqual({ revision, keys, next })
      expect(store.ask('count', counted)).toEqual({ revision, count: model.live(counted).length, next: null })
      const some = ['c', 'a', 'nowhere']
      expect(store.ask('many', some)).toEqual({ revision, entries: some.map((key) => model.get(key)) })
      for (const id of pair.leases) expect(store.ask('lease', id) === null).toBe(model.lease(id) === null)
      const restored = await store.restored()
      expect(restored.snapshot()).toBe(store.snapshot())
      expect(restored.deadline).toBe(store.deadline)
      expect(restored.ask('stats')).toEqual(store.ask('stats'))
    }),
    { numRuns: 400 },
  )
})

test('the deadline is when the first thing is due, and a sweep leaves nothing that is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const pair = new Pair()
      for (const next of steps) {
        await pair.take(next)
        const { entries, leases } = pair.model
        const dues = [...leases.values(), ...[...entries.values()].filter(({ lease }) => lease === null)]
        const first = Math.min(...dues.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY))
        expect(pair.store.deadline).toBe(first === Number.POSITIVE_INFINITY ? null : first)
      }
      await pair.take({ kind: 'command', command: ['sweep'] })
      expect(pair.store.deadline ?? Number.POSITIVE_INFINITY).toBeGreaterThan(pair.store.time)
      expect(pair.store.ask('held', {}, null).entries).toEqual(pair.model.live())
    }),
    { numRuns: 100 },
  )
})

test('a watcher is told all that concerns it, once, in order, from wherever it begins; or that it is forgotten', async () => {
  const filter = fc.oneof(
    range.map((one) => ({ range: one })),
    fc.constantFrom({ key: 'a' }, { key: 'b/1' }, {}),
  )
  const limits = fc.record({
    historyEvents: fc.integer({ min: 1, max: 30 }),
    historyBytes: fc.integer({ min: 1, max: 8000 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      filter,
      limits,
      fc.nat(60),
      async (steps, wanted, bounds, after) => {
        const pair = new Pair()
        pair.store.do('limit', bounds)
        pair.model.index++
        for (const next of steps) await pair.take(next)
        const { store, model } = pair
        const stats = store.ask('stats')
        const isWanted = (key: string): boolean =>
          'key' in wanted ? key === wanted.key : isWithin('range' in wanted ? wanted.range : {}, key)
        const expected = model.log
          .filter(({ revision }) => revision > after)
          .map((moment) => ({
            ...moment,
            events: moment.events.filter((event) =>
              isWanted(event.kind === 'put' ? event.entry.key : event.key),
            ),
          }))
          .filter(({ events }) => events.length > 0)
        const all = told(store, wanted, after)
        if (after + 1 < stats.historyFrom) expect(all).toBe('forgotten')
        else expect(all).toEqual(expected)
        // Bounded, but for what was done last.
        const kept = model.log.filter(({ revision }) => revision >= stats.historyFrom)
        if (kept.length > 1) {
          expect(stats.historyEvents).toBeLessThanOrEqual(bounds.historyEvents)
          expect(stats.historyBytes).toBeLessThanOrEqual(bounds.historyBytes)
        }
        expect(stats.historyEvents).toBe(kept.reduce((sum, { events }) => sum + events.length, 0))
        // A copy that began with a snapshot is that of who has heard everything.
        const held = store.ask('held', wanted, null)
        expect(mirrored(held.entries, [])).toEqual(
          mirrored(
            [],
            model.log.map((moment) => ({
              events: moment.events.filter((event) =>
                isWanted(event.kind === 'put' ? event.entry.key : event.key),
              ),
            })),
          ),
        )
      },
    ),
    { numRuns: 300 },
  )
})
