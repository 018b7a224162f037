/** A member as its stores give it back: what was acknowledged is there, or it does not start. */
import {
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
  pureMachine,
  RaftedError,
  type RaftedEvent,
  type SnapshotMeta,
  type SnapshotStore,
} from '@rafted/contracts'
import { EntryKind, type Position } from '@rafted/core'
import { encodeLease, type LeasePayload, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { openMember } from '../src/opening.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import { SnapshotWriter } from '../src/snapshot-content.ts'
import { configurationEntry, configurationOf } from './log-entries.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value] as const,
  query: (value: number) => value,
})
const options = { machine, codec: valueCodec }

/** A snapshot at this place, and its content. */
function snapshotAt(
  { index, term }: Position,
  incarnation = 'one',
  lease: LeasePayload | null = null,
): { meta: SnapshotMeta; chunks: Uint8Array[] } {
  const state = new ReplicatedState(options)
  state.apply(configurationEntry(1, configurationOf('a')))
  if (lease !== null) state.apply(leaseEntry(2, lease))
  state.applied = { index, term }
  const writer = new SnapshotWriter(state, incarnation)
  const chunks: Uint8Array[] = []
  for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) chunks.push(chunk)
  return { meta: writer.meta(), chunks }
}

function leaseEntry(index: number, lease: LeasePayload): LogEntry {
  return { index, term: 1, kind: EntryKind.lease, time: 0, payload: encodeLease(lease) }
}

/** A log that begins after `base` and has entries of these terms, and snapshots, the newest first. */
function stores(base: Position, terms: readonly number[], ...snapshots: ReturnType<typeof snapshotAt>[]) {
  const done: string[] = []
  const events: RaftedEvent[] = []
  let log: OpenedLog = {
    incarnation: 'one',
    member: 'a',
    removedAt: null,
    term: 9,
    vote: null,
    base,
    runs: terms.map((term, i) => ({ first: base.index + 1 + i, term, bytes: 32, time: 0 })),
    last: base.index + terms.length,
    special:
      base.index > 0
        ? []
        : [{ ...configurationEntry(1, configurationOf('a'), terms[0]), kind: EntryKind.configuration }],
    lastTime: 0,
    damaged: [],
    lostTo: null,
  }
  const logs = {
    open: async () => log,
    write: async ([{ write }]: [{ write: LogWrite }]) => {
      const { reset, lostTo } = write
      if (lostTo !== undefined) {
        done.push(`lost to ${lostTo}`)
        log = { ...log, lostTo }
      }
      if (reset === null) return
      const { index, term } = reset
      done.push(`reset to ${index}@${term}`)
      log = { ...log, base: { index, term }, runs: [], last: index, special: [], damaged: [] }
    },
    compact: async (_: string, upTo: Position) => {
      done.push(`compacted to ${upTo.index}`)
      const gone = upTo.index - log.base.index
      const damaged = log.damaged.filter(({ from }) => from > upTo.index)
      log = { ...log, base: upTo, runs: log.runs.slice(gone), special: [], damaged }
    },
  } as unknown as LogStore
  const broken = new Set<number>()
  const kept = {
    list: async () => snapshots.map(({ meta }) => meta),
    latest: async () => {
      const { meta, chunks } = snapshots[0]!
      return {
        meta,
        chunks: (async function* () {
          yield* chunks.slice(0, 1)
          if (broken.has(meta.index))
            throw new RaftedError('damaged-storage', 'broken', {
              outcome: 'not-applied',
              details: { index: meta.index },
            })
          yield* chunks.slice(1)
        })(),
      }
    },
    setAside: async (_: string, index: number) => {
      done.push(`set ${index} aside`)
      snapshots.splice(0, snapshots.length, ...snapshots.filter(({ meta }) => meta.index !== index))
    },
  } as unknown as SnapshotStore
  const lease = (index: number, leader: string, abstainMs: number): void => {
    log = { ...log, special: [...log.special, leaseEntry(index, { leader, abstainMs })] }
  }
  const seams = { logs, snapshots: kept, event: (event: RaftedEvent) => void events.push(event) }
  const open = async () => (await openMember(seams, 'count', options))!
  return {
    done,
    events,
    broken,
    open,
    lease,
    damage: (change: Partial<OpenedLog>) => Object.assign(log, change),
  }
}

test('a log that begins after a snapshot that is missing is damaged, and no new one (F77)', async () => {
  const { open } = stores({ index: 5, term: 2 }, [2, 2])
  await expect(open()).rejects.toMatchObject({ code: 'damaged-storage' })
})

test('what the snapshot holds is committed', async () => {
  const { open, done } = stores({ index: 0, term: 0 }, [1, 1, 2, 2], snapshotAt({ index: 3, term: 2 }))
  const { stored, restored } = await open()
  expect(stored.commit).toBe(3)
  expect(restored!.state.applied).toEqual({ index: 3, term: 2 })
  expect(done).toEqual([])
})

test('a log that does not reach a snapshot that was received begins after it (F64)', async () => {
  const { open, done } = stores({ index: 0, term: 0 }, [1, 1], snapshotAt({ index: 7, term: 3 }))
  const { stored } = await open()
  expect(done).toEqual(['reset to 7@3'])
  expect(stored).toMatchObject({ base: { index: 7, term: 3 }, heads: null, commit: 7 })
})

test('a log with another entry at the place of a snapshot begins after it (F63)', async () => {
  const { open, done } = stores({ index: 0, term: 0 }, [1, 2, 2, 2], snapshotAt({ index: 3, term: 3 }))
  const { stored } = await open()
  expect(done).toEqual(['reset to 3@3'])
  expect(stored).toMatchObject({ base: { index: 3, term: 3 }, heads: null })
})

test('a snapshot of a former group of the name is not looked at (F84)', async () => {
  const { open, done } = stores({ index: 0, term: 0 }, [1, 1], snapshotAt({ index: 9, term: 4 }, 'former'))
  const { stored, restored } = await open()
  expect(restored).toBe(null)
  expect(stored).toMatchObject({ commit: 0, heads: { last: 2 } })
  expect(done).toEqual([])
})

test('a snapshot of another group of the name that is put beside one of its own is not taken for it (F84)', async () => {
  const own = snapshotAt({ index: 2, term: 1 })
  const { open } = stores({ index: 0, term: 0 }, [1, 1], snapshotAt({ index: 9, term: 4 }, 'former'), own)
  await expect(open()).rejects.toMatchObject({
    code: 'damaged-storage',
    details: { group: 'count', at: 9, incarnation: 'former' },
  })
})

test('a snapshot that is damaged is set aside, and nothing is lost where the log reaches back to the one before it (F76b)', async () => {
  const older = snapshotAt({ index: 2, term: 1 })
  const newest = snapshotAt({ index: 4, term: 1 })
  const { open, done, broken, events } = stores({ index: 2, term: 1 }, [1, 1, 2], newest, older)
  broken.add(4)
  const { stored, restored } = await open()
  expect(done).toEqual(['lost to 5', 'set 4 aside', 'lost to null'])
  expect(events).toMatchObject([{ kind: 'snapshot', what: 'set-aside', index: 4 }])
  expect(stored).toMatchObject({ base: { index: 2 }, commit: 2, lostTo: null, heads: { last: 5 } })
  expect(restored!.state.applied.index).toBe(2)
})

test.each([
  [
    'the one before it is where the log can not go on from',
    [snapshotAt({ index: 2, term: 1 })],
    'reset to 2@1',
    2,
  ],
  ['there is no other', [], 'reset to 0@0', 0],
] as const)(
  'a snapshot is damaged and %s: what the log held is lost, and the log says so first (F76b)',
  async (_, others, reset, index) => {
    const { open, done, broken, events } = stores(
      { index: 4, term: 1 },
      [1, 2],
      snapshotAt({ index: 4, term: 1 }),
      ...others,
    )
    broken.add(4)
    const { stored } = await open()
    expect(done).toEqual(['lost to 6', 'set 4 aside', reset])
    expect(stored).toMatchObject({ base: { index }, heads: null, commit: index, lostTo: 6, term: 9 })
    expect(events.at(-1)).toMatchObject({ kind: 'log-damaged', lostTo: 6 })
    // A crash before the reset, or after it: the same again, and not as if all were well.
    expect((await open()).stored).toMatchObject({ base: { index }, lostTo: 6 })
  },
)

test('entries that can not be read and that the newest snapshot covers are not needed (F74b)', async () => {
  const { open, done, damage, events } = stores(
    { index: 0, term: 0 },
    [1, 1, 1, 1, 2],
    snapshotAt({ index: 3, term: 1 }),
    snapshotAt({ index: 1, term: 1 }),
  )
  damage({
    damaged: [
      { from: 2, to: 2 },
      { from: 5, to: 5 },
    ],
  })
  const { stored } = await open()
  expect(done).toEqual(['compacted to 3'])
  expect(stored).toMatchObject({ base: { index: 3 }, damaged: [{ from: 5, to: 5 }] })
  expect(events).toMatchObject([{ kind: 'log-damaged', damaged: [{ from: 5, to: 5 }], lostTo: null }])
})

// F46a: whatever it may have promised before it was stopped.
test('it abstains for as long as the last leader in its log has asked for', async () => {
  const { open, lease } = stores({ index: 0, term: 0 }, [1, 1, 1])
  expect((await open()).stored.abstainMs).toBe(0)
  lease(2, 'b', 800)
  lease(3, 'c', 500)
  expect((await open()).stored.abstainMs).toBe(500)
})

test('where that was itself, it has promised nothing', async () => {
  const { open, lease } = stores({ index: 0, term: 0 }, [1, 1, 1])
  lease(2, 'b', 800)
  lease(3, 'a', 800)
  expect((await open()).stored.abstainMs).toBe(0)
})

test('what the log no longer holds is in the snapshot, and what it holds is newer', async () => {
  const place = { index: 5, term: 1 }
  const snapshot = snapshotAt(place, 'one', { leader: 'b', abstainMs: 800 })
  const { open, lease } = stores(place, [1, 1], snapshot)
  expect((await open()).stored.abstainMs).toBe(800)
  lease(7, 'c', 600)
  expect((await open()).stored.abstainMs).toBe(600)
})
