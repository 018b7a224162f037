/** A snapshot of its own that a member takes while others come from the leader (F67b). */
import type { Clock, RaftedEvent, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
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
  const taking = new SnapshotTaking({
    group: 'g',
    incarnation: 'i',
    machineVersion: 1,
    snapshots: store as SnapshotStore,
    clock,
    factor: 10,
    minBytes: 0,
    event: (event) => events.push(event),
    taken: ({ index }, compactTo) => taken.push([index, compactTo]),
  })
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
