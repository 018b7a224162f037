/** Watchers of one member: when they are answered, with what, and that nothing is kept for those that never ask again. */
import { entryBytes, type LogEntry, pureMachine } from '@rafted/contracts'
import { type Core, EntryKind } from '@rafted/core'
import { type ChangesResponse, encodeCommandPayload, type Response, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import type { Queries } from '../src/queries.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import type { Reply } from '../src/replies.ts'
import { SkippedEntries } from '../src/skipped-entries.ts'
import { LogTail } from '../src/tail.ts'
import { Watchers } from '../src/watchers.ts'

interface Timer {
  readonly ms: number
  run(): void
}

/** A value of so many bytes, in chunks of 100,000. */
const machine = (size: number, ended: () => void) => ({
  ...pureMachine({ init: () => 0, command: (n: number) => [n, n + 1] as const, query: (n: number) => n }),
  create: () => ({
    apply: () => 0,
    query: () => 0,
    *snapshot() {
      try {
        for (let at = 0; at < size; at += 100_000)
          yield new Uint8Array(Math.min(100_000, size - at)).fill(at % 251)
      } finally {
        ended()
      }
    },
  }),
})

function setting({ size = 10 } = {}) {
  const told: (ChangesResponse | string)[] = []
  const timers = new Set<Timer>()
  const world = { leader: 'a' as string | null, base: 0, woken: 0, ended: 0, stored: [] as LogEntry[] }
  const core = {
    get standing() {
      return { leader: world.leader }
    },
    get baseIndex() {
      return world.base
    },
  }
  const tail = new LogTail(0)
  const reads: number[] = []
  let drawn = 0
  const skipped = new SkippedEntries()
  const watchers = new Watchers({
    skipped,
    group: 'count',
    core: core as unknown as Core,
    tail,
    logs: {
      read: async (_: string, from: number, count: number, maxBytes: number) => {
        reads.push(from)
        let bytes = 0
        const wanted = world.stored.filter(({ index }) => index >= from && index < from + count)
        return wanted.filter(({ payload }, i) => {
          bytes += entryBytes(payload)
          return i === 0 || bytes <= maxBytes
        })
      },
    } as never,
    clock: {
      after: (ms: number, run: () => void) => {
        const timer = { ms, run }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    } as never,
    random: { number: () => ++drawn / 1000 } as never,
    answers: {
      answer: (_, response: Response) => told.push(response as ChangesResponse),
      refuse: ({ id }, code) => told.push(`${id} ${code}`),
    },
    queries: {} as Queries,
    wake: () => void world.woken++,
  })
  const state = new ReplicatedState({ machine: machine(size, () => void world.ended++), codec: valueCodec })
  let id = 0
  const ask = (after: number, more: object = {}): void => {
    const asked = { kind: 'watch', id: ++id, group: 'count', incarnation: 'f', waitMs: 5000 } as const
    watchers.take({ ...asked, after, maxBytes: 1000, piece: null, ...more }, null, state)
    watchers.settle(state)
  }
  const apply = (index: number, reply: Partial<Reply> = {}, bytes = 10): LogEntry => {
    const command = new Uint8Array(bytes).fill(index)
    const payload = encodeCommandPayload({ session: 1, sequence: index, acknowledged: 1, key: null, command })
    const entry: LogEntry = { index, term: 1, time: index * 10, kind: EntryKind.command, payload }
    tail.put(entry)
    skipped.applied(entry, { status: 'ok', index, ...reply }, core.baseIndex)
    state.applied = { index, term: 1 }
    return entry
  }
  const settle = (): void => watchers.settle(state)
  const indexes = (): unknown[] =>
    told
      .splice(0)
      .map((one) => (typeof one === 'string' ? one : [one.upTo, one.changes.map(({ index }) => index)]))
  return { watchers, skipped, state, told, timers, world, reads, tail, ask, apply, settle, indexes }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('one that knows all there is waits, and is answered with what comes', () => {
  const { ask, apply, settle, indexes, timers } = setting()
  apply(1)
  ask(0)
  expect(indexes()).toEqual([[1, [1]]])
  ask(1)
  expect(indexes()).toEqual([])
  expect(timers.size).toBe(1)
  apply(2)
  apply(3)
  settle()
  expect(indexes()).toEqual([[3, [2, 3]]])
  expect(timers.size).toBe(0)
})

test('what changed nothing is left out, and the place of who waits moves behind it (F61b)', () => {
  const { ask, apply, settle, indexes, timers, world } = setting()
  ask(0)
  apply(1, { status: 'failed' })
  apply(2, { index: 1 })
  apply(3, { status: 'refused' })
  settle()
  expect(indexes()).toEqual([])
  expect(world.woken).toBe(1)
  for (const { run, ms } of timers) {
    expect(ms).toBe(5000)
    run()
  }
  expect(indexes()).toEqual([[3, []]])
  apply(4)
  ask(0)
  expect(indexes()).toEqual([[4, [4]]])
})

test('an answer is as large as asked for, but for one change that is larger alone', () => {
  const { ask, apply, indexes } = setting()
  for (const index of [1, 2, 3]) apply(index, {}, 400)
  apply(4, {}, 5000)
  ask(0)
  expect(indexes()).toEqual([[2, [1, 2]]])
  ask(2)
  expect(indexes()).toEqual([[3, [3]]])
  ask(3)
  expect(indexes()).toEqual([[4, [4]]])
  ask(0, { maxBytes: 0 })
  expect(indexes()).toEqual([[1, []]])
})

test('where no leader is heard nobody waits: others may know more (F61d)', () => {
  const { ask, settle, indexes, world, apply } = setting()
  ask(0)
  world.leader = null
  settle()
  expect(indexes()).toEqual(['1 no-leader'])
  // What is known is told nevertheless.
  apply(1)
  ask(0)
  expect(indexes()).toEqual([[1, [1]]])
})

test('what has left memory is read from the log; what the log can not give, the value takes its place (F61c)', async () => {
  const { ask, apply, tail, world, reads, told, indexes } = setting()
  world.stored = [1, 2, 3].map((index) => apply(index))
  tail.evict(3, 0)
  ask(0)
  await settled()
  expect(indexes()).toEqual([[3, [1, 2, 3]]])
  world.stored = []
  ask(0)
  await settled()
  expect(reads).toEqual([1, 1])
  expect(told.splice(0)).toMatchObject([
    { upTo: 3, changes: [], piece: { index: 3, number: 0, isLast: true } },
  ])
  world.base = 2
  ask(1)
  expect(told.splice(0)).toMatchObject([{ upTo: 3, piece: { index: 3 } }])
  ask(1, { maxBytes: 0 })
  expect(indexes()).toEqual([[3, []]])
})

test('of those in the log many that changed nothing are read at once, also for who is told only that something changed (F61c)', async () => {
  const { ask, apply, tail, world, reads, indexes, settle } = setting()
  world.stored = Array.from({ length: 300 }, (_, i) => apply(i + 1, { status: i < 299 ? 'refused' : 'ok' }))
  tail.evict(300, 0)
  ask(0, { maxBytes: 0 })
  await settled()
  settle()
  await settled()
  expect([reads, indexes()]).toEqual([[1], [[300, []]]])
})

test('of entries that were not applied here, it is not known what they changed', () => {
  const { ask, apply, skipped, watchers, state, told, indexes } = setting()
  apply(1)
  apply(2, { status: 'failed' })
  // A snapshot of a leader.
  state.applied = { index: 5, term: 1 }
  skipped.restart(state.applied.index)
  ask(1)
  expect(told.splice(0)).toMatchObject([{ upTo: 5, piece: { index: 5 } }])
  ask(5)
  apply(6)
  watchers.settle(state)
  expect(indexes()).toEqual([[6, [6]]])
})

test('a value comes in pieces: one whose answer was lost again, and all of it anew where it is not known (F61e)', () => {
  const { ask, apply, told, timers, world } = setting({ size: 700_000 })
  apply(1)
  world.base = 1
  const pieces = () => told.splice(0).map((one) => (one as ChangesResponse).piece!)
  ask(0)
  const [first] = pieces()
  expect([first!.number, first!.isLast, first!.bytes.byteLength]).toEqual([0, false, 200_000])
  const { transfer } = first!
  ask(1, { piece: { transfer, number: 1 } })
  const [second] = pieces()
  ask(1, { piece: { transfer, number: 1 } })
  expect(pieces()).toEqual([second])
  const rest: Uint8Array[] = []
  for (let number = 2; number < 20; number++) {
    ask(1, { piece: { transfer, number } })
    const [piece] = pieces()
    expect(piece!.number).toBe(number)
    rest.push(piece!.bytes)
    if (piece!.isLast) break
  }
  const size = [first!.bytes, second!.bytes, ...rest].reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(size).toBe(700_000)
  expect([timers.size, world.ended]).toEqual([0, 1])
  // It is over: whoever asks for more of it begins again.
  ask(1, { piece: { transfer, number: 3 } })
  expect(pieces()).toMatchObject([{ number: 0, isLast: false }])
  // And one that nobody goes on asking for is let go of.
  for (const { run, ms } of [...timers]) {
    expect(ms).toBe(30_000)
    run()
  }
  expect([timers.size, world.ended]).toEqual([0, 2])
})

test('so many may wait, and so many values be on their way; more are refused by name (F61d)', () => {
  const { ask, told, indexes, apply, settle, world } = setting({ size: 700_000 })
  for (let i = 0; i < 4097; i++) ask(0)
  expect(indexes()).toEqual(['4097 overloaded'])
  apply(1)
  world.base = 1
  settle()
  const given = told.splice(0)
  expect(given.filter((one) => typeof one !== 'string').length).toBe(16)
  expect(given.filter((one) => typeof one === 'string' && one.endsWith(' overloaded')).length).toBe(4080)
})

test('a member that ends ends them all', async () => {
  const { ask, apply, watchers, tail, indexes, timers, world } = setting({ size: 700_000 })
  world.stored = [apply(1)]
  tail.evict(1, 0)
  ask(0)
  ask(1)
  world.base = 1
  ask(0)
  watchers.stop('member-stopped', 'It is over.')
  expect(indexes().filter((one) => typeof one === 'string')).toEqual(['2 member-stopped', '1 member-stopped'])
  await settled()
  expect([indexes(), timers.size, world.ended]).toEqual([[], 0, 1])
})
