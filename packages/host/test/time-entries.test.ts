/** When a leader says what time it is (F102b). */
import { defineValue, type LogEntry } from '@rafted/contracts'
import { type Core, EntryKind } from '@rafted/core'
import { valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { ReplicatedState } from '../src/replicated-state.ts'
import { LogTail } from '../src/tail.ts'
import { TimeEntries } from '../src/time-entries.ts'

const alarm = defineValue({
  init: () => ({ at: 1000, rung: 0 }),
  deadline: ({ at }) => at,
  atDeadline: 'ring',
  commands: {
    ring(value) {
      return [value.rung, this.time < value.at ? value : { at: value.at + 1000, rung: value.rung + 1 }]
    },
  },
  queries: { rung: ({ rung }) => rung },
})

/** A leader whose entries are stamped with the host's clock less 500 ms, and committed when the test says so. */
function setting(machine = alarm) {
  const world = { leads: true, hasRoom: true, last: 0, term: 3 }
  const tail = new LogTail(0)
  const entries: LogEntry[] = []
  const core = {
    stampAt: (now: number) => (world.leads ? now - 500 : null),
    termAt: (index: number) => (index <= world.last ? world.term : undefined),
    step(_: unknown, now: number) {
      if (!world.hasRoom) return { taken: false, reason: 'no-room' }
      return { taken: true, index: ++world.last, term: world.term, count: 1, time: now - 500 }
    },
  } as unknown as Core
  const put = tail.put.bind(tail)
  tail.put = (entry) => {
    entries.push(entry)
    put(entry)
  }
  const state = new ReplicatedState({ machine, codec: valueCodec })
  const times = new TimeEntries({ machine, codec: valueCodec, core, tail, hooks: { commandFailed() {} } })
  const turn = (now: number, leads = world.leads): number => {
    times.ask(now)
    times.look(state, leads, now)
    return times.dueAt
  }
  return { world, entries, state, turn, core, tail }
}

test('an entry is due when it would carry the deadline, and the next one when that is applied', () => {
  const { entries, state, turn } = setting()
  expect(turn(700)).toBe(1500)
  expect(turn(1499.5)).toBe(1500)
  expect(entries).toEqual([])
  expect(turn(1500)).toBe(Number.POSITIVE_INFINITY)
  expect(entries).toMatchObject([{ index: 1, term: 3, kind: EntryKind.time, time: 1000 }])
  expect(valueCodec.decode(entries[0]!.payload)).toEqual(['ring'])
  // It is under way: nobody asks for it again.
  expect(turn(1600)).toBe(Number.POSITIVE_INFINITY)
  expect(state.apply(entries[0]!)).toMatchObject({ status: 'ok', index: 1 })
  expect(state.instance.value).toEqual({ at: 2000, rung: 1 })
  expect(turn(1600)).toBe(2500)
})

test('one that was lost with the leadership is made again by whoever leads next', () => {
  const { world, entries, turn } = setting()
  turn(700)
  turn(1500)
  expect(entries.length).toBe(1)
  world.leads = false
  expect(turn(1510)).toBe(Number.POSITIVE_INFINITY)
  // Another leader has cut it off, and this one leads again.
  world.last = 0
  world.term = 5
  world.leads = true
  expect(turn(1600)).toBe(1600)
  turn(1600)
  expect(entries.length).toBe(2)
})

test('a member that has not applied the first entry of its term makes none: it doesn’t know what the deadline is', () => {
  const { entries, turn } = setting()
  expect(turn(5000, false)).toBe(Number.POSITIVE_INFINITY)
  expect(turn(6000, false)).toBe(Number.POSITIVE_INFINITY)
  expect(entries).toEqual([])
})

test('without room it is tried again, some fifty times a second', () => {
  const { world, entries, turn } = setting()
  turn(700)
  world.hasRoom = false
  expect(turn(1500)).toBe(1520)
  expect(turn(1519)).toBe(1520)
  world.hasRoom = true
  turn(1520)
  expect(entries.length).toBe(1)
})

test('a command of the machine’s own that is refused changes nothing, and stops nobody', () => {
  const { state, entries, turn } = setting()
  turn(700)
  turn(1500)
  const unknown = { ...entries[0]!, payload: valueCodec.encode(['no such']) }
  expect(state.apply(unknown).status).toBe('refused')
  expect(state.instance.value).toEqual({ at: 1000, rung: 0 })
  expect(state.time).toBe(1000)
})
