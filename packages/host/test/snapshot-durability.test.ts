/** Nothing is given up for a snapshot before that is on the disk, and never what the older one needs (paper §7, F71). */
import { crc32 } from 'node:zlib'
import { type Clock, pureMachine, type SnapshotMeta, type SnapshotStore } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { ReplicatedState } from '../src/replicated-state.ts'
import { SnapshotWriter } from '../src/snapshot-content.ts'
import { SnapshotReceiving } from '../src/snapshot-receiving.ts'
import { SnapshotTaking } from '../src/snapshot-taking.ts'
import { configurationEntry, configurationOf } from './log-entries.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value] as const,
  query: (value: number) => value,
})

function stateAt(index: number): ReplicatedState {
  const state = new ReplicatedState({ machine, codec: valueCodec })
  state.apply(configurationEntry(1, configurationOf('a')))
  state.applied = { index, term: 1 }
  return state
}

/** A store that has saved a snapshot when the test says so. `kept` are the metas it then lists. */
function slowStore(kept: readonly { index: number }[]) {
  let saved = (): void => {}
  const durable = new Promise<void>((resolve) => {
    saved = resolve
  })
  let newest: { meta: SnapshotMeta; chunks: AsyncIterable<Uint8Array> } | null = null
  const store = {
    save: async (_: string, chunks: AsyncIterable<Uint8Array>, meta: () => SnapshotMeta) => {
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) parts.push(chunk)
      await durable
      async function* again(): AsyncGenerator<Uint8Array> {
        yield* parts
      }
      newest = { meta: meta(), chunks: again() }
      return newest.meta
    },
    list: async () => kept,
    latest: async () => newest,
  } as unknown as SnapshotStore
  return { store, saved }
}

/** All that follows from what was begun, but for the disk, has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test.each([
  [[{ index: 9 }, { index: 5 }], 5],
  [[{ index: 9 }], 0],
])('of those kept, %j, the log goes up to %i, when the new one is durable', async (kept, upTo) => {
  const { store, saved } = slowStore(kept)
  const taken: [number, number][] = []
  const clock: Clock = { now: () => 0, wall: () => 0, after: () => () => {}, soon: (run) => run() }
  const host = { snapshots: store, clock, event() {} }
  const settings = { snapshotFactor: 1, snapshotMinBytes: 1 }
  const member = { group: 'count', incarnation: 'one', host, settings, wake() {} }
  const taking = new SnapshotTaking(member, {
    taken: ({ index }, compactTo) => void taken.push([index, compactTo]),
  })
  taking.take(stateAt(9))
  await settled()
  expect(taken).toEqual([])
  saved()
  await settled()
  expect(taken).toEqual([[9, upTo]])
})

test('one that was received takes the place of the log when it is durable', async () => {
  const { store, saved } = slowStore([])
  const received: number[] = []
  const receiving = new SnapshotReceiving({
    group: 'count',
    snapshots: store,
    event: () => {},
    restore: async () => stateAt(9),
    progress: () => {},
    received: ({ meta }) => received.push(meta.index),
  })
  const writer = new SnapshotWriter(stateAt(9), 'one')
  const parts: Uint8Array[] = []
  for (let part = writer.next(); part !== null; part = writer.next()) parts.push(part)
  let offset = 0
  for (const bytes of parts) {
    receiving.onPart('b', { meta: writer.meta(), transfer: 1, offset, bytes, checksum: crc32(bytes) })
    offset += bytes.byteLength
  }
  await settled()
  expect(received).toEqual([])
  saved()
  await settled()
  expect(received).toEqual([9])
})
