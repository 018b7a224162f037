/** Committed entries are applied in order, each once, from wherever they are. */
import { type LogEntry, type LogStore, pureMachine } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Applier } from '../src/applier.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import { LogTail } from '../src/tail.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value] as const,
  query: (value: number) => value,
})

const noop = (index: number, term = 1): LogEntry => ({
  index,
  term,
  kind: EntryKind.noop,
  time: 0,
  payload: new Uint8Array(0),
})

/** What the store answers, in turn. */
function setting(...reads: (readonly LogEntry[])[]) {
  const applied: string[] = []
  const asked: number[] = []
  const tail = new LogTail(6)
  const applier = new Applier(
    {
      group: 'count',
      host: {
        logs: {
          read: async (_: string, from: number) => {
            asked.push(from)
            return reads.shift() ?? []
          },
        } as unknown as LogStore,
        clock: { now: () => 0, wall: () => 0, after: () => () => {}, soon: () => {} },
      },
      tail,
      applied: ({ index, term }) => {
        applied.push(`${index}@${term}`)
      },
      wake: () => {},
      halt: (error) => {
        throw error
      },
    },
    new ReplicatedState({ machine, codec: valueCodec }),
  )
  const advance = async (commit: number): Promise<void> => {
    applier.advance(commit)
    await Promise.resolve()
    await Promise.resolve()
    applier.advance(commit)
  }
  return { applier, tail, applied, asked, advance }
}

test('what the tail no longer holds is read back, and the rest is taken from there', async () => {
  const { tail, applied, asked, advance } = setting([noop(1), noop(2), noop(3), noop(4), noop(5), noop(6)])
  tail.put(noop(7))
  await advance(7)
  expect(applied).toEqual(['1@1', '2@1', '3@1', '4@1', '5@1', '6@1', '7@1'])
  expect(asked).toEqual([1])
})

test('what begins behind the entry that is due is not applied in its place', async () => {
  const { applier, applied, asked, advance } = setting([noop(3), noop(4)], [noop(3), noop(4)])
  await advance(4)
  expect(applied).toEqual([])
  expect(asked).toEqual([1, 1])
  expect(applier.state.applied.index).toBe(0)
})

test('what was read back for one state is nothing for another', async () => {
  const { applier, applied, advance } = setting(
    [noop(1), noop(2), noop(3), noop(4)],
    [noop(3, 2), noop(4, 2)],
  )
  // They are here, and are not applied yet.
  applier.advance(4)
  for (let i = 0; i < 3; i++) await Promise.resolve()
  const state = new ReplicatedState({ machine, codec: valueCodec })
  state.applied = { index: 2, term: 2 }
  applier.replace(state)
  await advance(4)
  expect(applied).toEqual(['3@2', '4@2'])
})

test('nothing beyond the commit index is applied', async () => {
  const { tail, applied, advance } = setting([noop(1), noop(2), noop(3), noop(4), noop(5), noop(6)])
  for (const index of [7, 8]) tail.put(noop(index))
  await advance(3)
  expect(applied).toEqual(['1@1', '2@1', '3@1'])
})
