/** A snapshot of its own that a member takes: while others come from the leader (F67b), on a disk without room (F81c), and at one go (F66d). */
import type {
  Clock,
  Machine,
  RaftedEvent,
  SnapshotMeta,
  SnapshotStore,
  StateMachine,
} from '@rafted/contracts'
import { defineValue } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { ReplicatedState } from '../src/replicated-state.ts'
import { SnapshotTaking } from '../src/snapshot-taking.ts'
import { configurationEntry, configurationOf } from './log-entries.ts'

const OWN = 80
const clock: Clock = {
  now: () => 0,
  wall: () => 0,
  soon: (run) => run(),
  after: () => {
    throw new Error('not used')
  },
}

/** Takes one at index 80, after which the store holds what `kept` makes of it. */
async function takeAmong(kept: (own: SnapshotMeta) => readonly SnapshotMeta[]) {
  let own: SnapshotMeta | null = null
  const store: Partial<SnapshotStore> = {
    async save(_group, chunks, meta) {
      for await (const _ of chunks);
      own = meta()
      return own
    },
    list: async () => kept(own!),
  }
  const events: RaftedEvent[] = []
  const taken: [index: number, compactTo: number][] = []
  const host = { snapshots: store as SnapshotStore, clock, event: (event: RaftedEvent) => events.push(event) }
  const settings = { snapshotFactor: 10, snapshotMinBytes: 0 }
  const taking = new SnapshotTaking(
    { group: 'g', incarnation: 'i', host, settings, wake() {} },
    { taken: ({ index }, to) => void taken.push([index, to]) },
  )
  const machine = defineValue({ init: () => 0, commands: {}, queries: {} })
  const state = new ReplicatedState({ machine, codec: valueCodec })
  state.apply(configurationEntry(OWN, configurationOf('a')))
  taking.applied(1)
  taking.take(state)
  await new Promise((resolve) => setImmediate(resolve))
  const dueAfter = (bytes: number): boolean => {
    taking.applied(bytes)
    return taking.isDue
  }
  return { taken, events, dueAfter, size: own!.size }
}

test('compaction goes as far as the older of the two', async () => {
  const { taken, events, dueAfter, size } = await takeAmong((own) => [own, { ...own, index: 60 }])
  expect(taken).toEqual([[OWN, 60]])
  expect(events).toMatchObject([{ kind: 'snapshot', what: 'taken', index: OWN, bytes: size }])
  expect(dueAfter(10 * size)).toBe(false)
  expect(dueAfter(1)).toBe(true)
})

test.each([
  ['one newer', [100, 60]],
  ['two newer', [120, 100]],
])('one that the store drops for %s lets the log be compacted no further', async (_what, indexes) => {
  const { taken, events } = await takeAmong((own) => indexes.map((index) => ({ ...own, index })))
  expect(taken).toEqual([])
  expect(events).toEqual([])
})

test.each([
  ['kept as the older', (own: SnapshotMeta) => own],
  ['dropped', (own: SnapshotMeta) => ({ ...own, index: 60 })],
])(
  'the next one is not due before the log has outgrown the newest, whose own is %s',
  async (_what, olderOf) => {
    const larger = 1000
    const { dueAfter } = await takeAmong((own) => [{ ...own, index: 100, size: larger }, olderOf(own)])
    expect(dueAfter(10 * larger)).toBe(false)
    expect(dueAfter(1)).toBe(true)
  },
)

/** One that is due, on a disk that has no room until it is given some, and where each takes so long. */
function withoutRoom(takesMs = 0) {
  let hasRoom = false
  let whenWritten = (): void => {}
  const attempts: number[] = []
  let now = 0
  let timer: { at: number; run: () => void } | null = null
  const events: string[] = []
  const store: Partial<SnapshotStore> = {
    async save(_group, chunks, meta) {
      attempts.push(now)
      for await (const _ of chunks) if (!hasRoom) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      now += takesMs
      whenWritten()
      return meta()
    },
    list: async () => [],
  }
  const machine = defineValue({ init: () => 0, commands: {}, queries: {} })
  const state = new ReplicatedState({ machine, codec: valueCodec })
  state.apply(configurationEntry(OWN, configurationOf('a')))
  const again = (): void => {
    if (taking.isDue) taking.take(state)
  }
  const after: Clock['after'] = (ms, run) => {
    timer = { at: now + ms, run }
    return () => {
      timer = null
    }
  }
  const host = {
    snapshots: store as SnapshotStore,
    clock: { ...clock, now: () => now, after },
    event: (event: RaftedEvent) => events.push((event as unknown as { what: string }).what),
  }
  const settings = { snapshotFactor: 10, snapshotMinBytes: 100 }
  const taking = new SnapshotTaking(
    { group: 'g', incarnation: 'i', host, settings, wake: again },
    { taken() {} },
  )
  /** What can happen does, and then time passes, if anything waits for it. */
  const next = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    const due = timer
    if (due === null) return
    timer = null
    now = due.at
    due.run()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const give = (room = true): void => {
    hasRoom = room
  }
  const onWritten = (run: () => void): void => {
    whenWritten = run
  }
  return { taking, state, attempts, events, next, give, onWritten, waits: () => timer !== null }
}

test('one that finds no room is tried again after longer and longer pauses, a minute at most, though nothing is applied meanwhile', async () => {
  const { taking, state, attempts, events, next, give } = withoutRoom()
  taking.applied(101)
  taking.take(state)
  for (let i = 0; i < 9; i++) await next()
  const pauses = attempts.map((at, i) => (at - (attempts[i - 1] ?? 0)) / 1000)
  expect(pauses).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  // What is applied meanwhile brings no attempt forward.
  taking.applied(1_000_000)
  expect(taking.isDue).toBe(false)
  give()
  await next()
  expect([attempts.length, events.length, taking.isDue]).toEqual([11, 10, false])
  await next()
  expect(attempts).toHaveLength(11)
})

test('after one that was taken, the next that fails is tried again as soon as the first', async () => {
  const { taking, state, attempts, next, give } = withoutRoom()
  taking.applied(101)
  taking.take(state)
  for (let i = 0; i < 4; i++) await next()
  give()
  await next()
  give(false)
  taking.applied(1_000_000)
  taking.take(state)
  await next()
  expect(attempts.slice(-3).map((at) => at / 1000)).toEqual([31, 31, 32])
})

test.each([
  [4, 80],
  [49, 980],
  [51, 1000],
  [5000, 1000],
])('one that has taken %i ms lets the next one, which is due, wait for %i ms', async (takesMs, waits) => {
  const { taking, state, attempts, next, give } = withoutRoom(takesMs)
  give()
  taking.applied(101)
  taking.take(state)
  taking.applied(1_000_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(taking.isDue).toBe(false)
  await next()
  expect(attempts).toEqual([0, takesMs + waits])
})

test('a member that has stopped while one was taken waits for nothing', async () => {
  const { taking, state, waits, give, onWritten } = withoutRoom(5)
  give()
  onWritten(() => taking.stop())
  taking.take(state)
  await new Promise((resolve) => setImmediate(resolve))
  expect(waits()).toBe(false)
})

test('a member that stops tries no more', async () => {
  const { taking, state, attempts, waits } = withoutRoom()
  taking.applied(101)
  taking.take(state)
  await new Promise((resolve) => setImmediate(resolve))
  expect([attempts.length, waits()]).toEqual([1, true])
  taking.stop()
  expect(waits()).toBe(false)
})

const MIB = 1024 * 1024
test.each([
  ['whole, as one chunk of more than 16 MiB', [16 * MIB + 1], false, 16 * MIB + 1],
  ['whole, in many chunks', [9 * MIB, 9 * MIB], true, 18 * MIB],
  ['in chunks of 16 MiB at most', [16 * MIB, 16 * MIB], false, null],
  ['whole, and small', [15 * MIB], true, null],
])(
  'a machine gives its state %s: that is told if it has held up the process',
  async (_, chunks, encodesAtOnce, told) => {
    let now = 5
    const slow = { ...clock, now: () => now, after: () => () => {} }
    const instance: StateMachine = {
      apply: () => null,
      query: () => null,
      encodesAtOnce,
      snapshot: () => {
        now += 70
        return chunks.map((bytes) => new Uint8Array(bytes))
      },
    }
    const create = (): StateMachine => instance
    const machine: Machine = {
      version: 1,
      oldestVersion: 1,
      codec: null,
      failure: 'halt',
      create,
      restore: async () => instance,
    }
    const events: RaftedEvent[] = []
    const store: Partial<SnapshotStore> = {
      async save(_group, pieces, meta) {
        for await (const _ of pieces);
        return meta()
      },
      list: async () => [],
    }
    const event = (event: RaftedEvent) => events.push(event)
    const host = { snapshots: store as SnapshotStore, clock: slow, event }
    const settings = { snapshotFactor: 10, snapshotMinBytes: 0 }
    const taking = new SnapshotTaking(
      { group: 'g', incarnation: 'i', host, settings, wake() {} },
      { taken() {} },
    )
    const state = new ReplicatedState({ machine, codec: valueCodec })
    state.apply(configurationEntry(OWN, configurationOf('a')))
    taking.take(state)
    await new Promise((resolve) => setImmediate(resolve))
    const expected = { kind: 'snapshot-at-once', level: 'warn', group: 'g', index: OWN, ms: 70 }
    // The head of the snapshot comes before: sessions, results and settings.
    const bytes = told === null || !encodesAtOnce ? told : expect.closeTo(told, -3)
    expect(events).toEqual(told === null ? [] : [{ ...expected, bytes }])
  },
)
