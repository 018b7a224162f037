/** Queries: which read of the core each shares, and when it is answered (thesis §6.4). */
import { pureMachine } from '@rafted/contracts'
import type { Core, ReadyRead, RefusedRead } from '@rafted/core'
import { type QueryRequest, type Response, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { HookCalls } from '../src/hooks.ts'
import { Queries } from '../src/queries.ts'
import { ReplicatedState } from '../src/replicated-state.ts'

type Read = Partial<Pick<QueryRequest, 'read' | 'maxStalenessMs' | 'here'>>
type Asked = { readonly id: number; readonly lease: boolean; readonly ask: boolean }

function setting() {
  const told: string[] = []
  const asked: Asked[] = []
  const core = {
    standing: { role: 'leader' },
    leaseUntil: Number.NEGATIVE_INFINITY,
    fresh: { asOf: Number.NEGATIVE_INFINITY, index: 0 },
    step: ({ id, lease, ask }: Asked) => asked.push({ id, lease, ask }),
    freshness: () => core.fresh,
  }
  /** The clock; and what happens while the machine works on a query. */
  const world = { now: 0, woken: 0, during: (): void => {} }
  const machine = pureMachine({
    init: () => 0,
    command: (value: number) => [value, value + 1] as const,
    query: (value: number) => {
      world.during()
      return value
    },
  })
  const seen = { event: () => {}, valueEvent: () => {}, wants: () => false, afterTurn: () => {} }
  const queries = new Queries({
    answers: {
      answer: (_, response: Response) => told.push(`${response.id} answered`),
      refuse: ({ id }, code) => told.push(`${id} ${code}`),
    },
    codec: valueCodec,
    hooks: new HookCalls({}, { group: 'count', leads: true, host: { tell: seen } }),
    core: core as unknown as Core,
    now: () => world.now,
    wake: () => world.woken++,
  })
  const stateAt = (index: number): ReplicatedState => {
    const state = new ReplicatedState({ machine, codec: valueCodec })
    state.applied = { index, term: 1 }
    return state
  }
  const add = (id: number, read: Read = {}): void => {
    const how = { read: 'linearizable', maxStalenessMs: 0, here: false, ...read } as const
    const payload = valueCodec.encode(null)
    queries.add({ kind: 'query', id, group: 'count', incarnation: null, ...how, payload }, null, stateAt(9))
  }
  const ask = (...ids: number[]): void => {
    for (const id of ids) add(id)
    queries.ask(world.now)
  }
  const decided = (reads: Partial<ReadyRead>[], refused: RefusedRead[] = []): void => {
    const ready = reads.map((read) => ({ asOf: 0, byLease: false, ...read }) as ReadyRead)
    queries.onEffects({ reads: ready, refused } as unknown as Parameters<Queries['onEffects']>[0])
  }
  return { queries, told, asked, ask, add, decided, stateAt, core, world }
}

test('those of a turn share a read, and no two reads share an id', () => {
  const { asked, ask } = setting()
  ask(1, 2)
  ask(3)
  ask()
  ask(4)
  ask(5)
  expect(asked).toHaveLength(4)
  expect(new Set(asked.map(({ id }) => id)).size).toBe(4)
})

test('each is answered when as much is applied as was committed when its read began, and not before', () => {
  const { queries, told, asked, ask, decided, stateAt } = setting()
  ask(1)
  ask(2)
  decided(asked.map(({ id }, i) => ({ id, index: 5 + i })))
  queries.answerDue(stateAt(4))
  expect(told).toEqual([])
  queries.answerDue(stateAt(5))
  expect(told).toEqual(['1 answered'])
  queries.answerDue(stateAt(6))
  expect(told).toEqual(['1 answered', '2 answered'])
})

test('what the core refuses is told to each caller', () => {
  const { queries, told, asked, ask, add, decided, stateAt } = setting()
  ask(1, 2)
  ask(3)
  add(4, { here: true })
  ask()
  const reasons = ['not-leader', 'removed', 'not-leader'] as const
  decided(
    [],
    reasons.map((reason, i) => ({ id: asked[i]!.id, reason })),
  )
  expect(told).toEqual(['1 not-leader', '2 not-leader', '3 no-such-group', '4 no-leader'])
  queries.answerDue(stateAt(9))
  expect(told).toHaveLength(4)
})

test('those that want the same share a read, others have one of their own', () => {
  const { asked, ask, add } = setting()
  for (const id of [1, 2]) add(id, { read: 'lease' })
  for (const id of [3, 4]) add(id, { here: true })
  add(5, { read: 'bounded', maxStalenessMs: 10, here: true })
  ask(6)
  expect(asked).toEqual([
    { id: 1, lease: false, ask: false },
    { id: 2, lease: false, ask: true },
    { id: 3, lease: true, ask: false },
  ])
})

// F47
test('the lease is looked at again when the answer has been made: if it is over by then, a round has to do', () => {
  const { queries, told, asked, add, decided, stateAt, core, world } = setting()
  core.leaseUntil = 900
  // It is looked at for 64 of them at a time.
  const first = Array.from({ length: 64 }, (_, i) => i + 1)
  for (const id of [...first, 65, 66]) add(id, { read: 'lease' })
  queries.ask(0)
  decided([{ id: asked[0]!.id, index: 5, byLease: true }])
  world.during = () => {
    world.now += 14
  }
  queries.answerDue(stateAt(5))
  expect(told).toEqual(first.map((id) => `${id} answered`))
  expect(world.woken).toBe(2)
  queries.ask(world.now)
  expect(asked.at(-1)).toEqual({ id: 2, lease: false, ask: false })
  decided([{ id: 2, index: 5 }])
  queries.answerDue(stateAt(5))
  expect(told.slice(64)).toEqual(['65 answered', '66 answered'])
})

test('a bounded query is answered from what is known to be new enough, and asks nobody', () => {
  const { queries, told, asked, add, stateAt, core, world } = setting()
  core.standing.role = 'follower'
  core.fresh = { asOf: 1000, index: 7 }
  world.now = 1500
  add(1, { read: 'bounded', maxStalenessMs: 500, here: true })
  add(2, { read: 'bounded', maxStalenessMs: 499, here: true })
  add(3, { read: 'bounded', maxStalenessMs: 500, here: false })
  queries.ask(world.now)
  expect(asked).toEqual([
    { id: 1, lease: false, ask: false },
    { id: 2, lease: false, ask: true },
  ])
  queries.answerDue(stateAt(6))
  expect(told).toEqual([])
  queries.answerDue(stateAt(7))
  expect(told).toEqual(['1 answered'])
})

// F49a
test('a bounded query that has become too old by the time it can be answered is refused', () => {
  const { queries, told, asked, add, decided, stateAt, world } = setting()
  add(1, { read: 'bounded', maxStalenessMs: 500, here: true })
  queries.ask(0)
  decided([{ id: asked[0]!.id, index: 5, asOf: 0 }])
  world.now = 501
  queries.answerDue(stateAt(5))
  expect(told).toEqual(['1 too-stale'])
})

test('one that is stale by name is answered at once; where only the leader may, the core decides', () => {
  const { queries, told, asked, add, core } = setting()
  add(1, { read: 'stale' })
  core.standing.role = 'follower'
  add(2, { read: 'stale', here: true })
  add(3, { read: 'stale' })
  expect(told).toEqual(['1 answered', '2 answered'])
  queries.ask(0)
  expect(asked).toEqual([{ id: 1, lease: false, ask: false }])
})
