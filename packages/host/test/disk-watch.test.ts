/** A disk that is slow for a while is told of once, and once when that is over (F90). */
import type { Clock, EventOf, LogStore } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { DiskWatch } from '../src/disk-watch.ts'
import type { Outbox } from '../src/outbox.ts'
import { Turn } from '../src/turn.ts'
import { agendaOf } from './agendas.ts'

/** A disk that is looked at between answers, too; one is slow beyond 500 ms. */
function setting() {
  const events: EventOf<'slow-disk'>[] = []
  const disk = new DiskWatch({
    slowMs: 500,
    event: (event) => void events.push(event as EventOf<'slow-disk'>),
  })
  let now = 0
  const pass = (ms: number): void => {
    for (const until = now + ms; now < until; ) {
      now = Math.min(until, now + 100)
      disk.look(now)
    }
  }
  /** Writes for so long, one write after the other, each of which takes `tookMs`. */
  const write = (ms: number, tookMs: number): void => {
    for (const until = now + ms; now < until; ) {
      disk.asked(now)
      pass(tookMs)
      disk.answered(1, now)
    }
  }
  const skip = (ms: number): void => {
    now += ms
  }
  const told = () => events.splice(0).map(({ state, level }) => `${level} ${state}`)
  return { disk, pass, write, told, events, now: () => now, skip }
}

test('it is told once when the disk has been slow for ten seconds more than quick, and once when it is as much quicker again', () => {
  const { write, told, events } = setting()
  write(60_000, 500)
  expect(told()).toEqual([])
  write(9000, 600)
  expect(told()).toEqual([])
  write(3000, 600)
  expect(events).toMatchObject([{ kind: 'slow-disk', waitingMs: 500, p50Ms: 500, p99Ms: 600, maxMs: 600 }])
  expect(told()).toEqual(['warn slow'])
  write(60_000, 600)
  write(9000, 10)
  // Neither slow nor quick for long: nothing is told of a disk that changes from one to the other.
  write(5000, 600)
  write(5000, 10)
  expect(told()).toEqual([])
  write(12_000, 10)
  expect(told()).toEqual(['info recovered'])
  write(60_000, 10)
  write(12_000, 600)
  expect(told()).toEqual(['warn slow'])
})

test('a short stall is not told, and stands in the status', () => {
  const { disk, write, told, now } = setting()
  write(30_000, 100)
  write(1, 5000)
  write(30_000, 100)
  expect(told()).toEqual([])
  expect(disk.read(now())).toEqual({
    lastMs: 100,
    p50Ms: 100,
    p99Ms: 100,
    maxMs: 5000,
    waitingMs: 0,
    stalls: 1,
  })
})

test('one that answers nothing at all is slow while it does so', () => {
  const { disk, pass, told, events, now } = setting()
  disk.asked(now())
  pass(9000)
  expect(told()).toEqual([])
  expect(disk.read(now())).toEqual({ lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0, waitingMs: 9000, stalls: 1 })
  pass(3000)
  expect(events[0]!.waitingMs).toBeGreaterThan(9000)
  expect(told()).toEqual(['warn slow'])
})

test('one that has nothing to do is neither slow nor quick', () => {
  const { disk, write, pass, told, now } = setting()
  write(15_000, 600)
  expect(told()).toEqual(['warn slow'])
  pass(600_000)
  expect(told()).toEqual([])
  expect(disk.read(now())).toMatchObject({ lastMs: 600, maxMs: 0, waitingMs: 0 })
})

test('what is measured is the disk, and not how many writes wait for it', () => {
  const { disk, pass, told, now } = setting()
  disk.asked(now())
  for (let i = 0; i < 100; i++) {
    for (let other = 0; other < 5; other++) disk.asked(now())
    pass(400)
    disk.answered(1, now())
    pass(400)
    disk.answered(5, now())
  }
  expect(told()).toEqual([])
  expect(disk.read(now())).toMatchObject({ p50Ms: 400, maxMs: 400, stalls: 0 })
})

test('a process that was paused blames nobody: what was answered may wait unread (F94g)', () => {
  const { disk, write, told, now, skip } = setting()
  write(9000, 600)
  for (let i = 0; i < 20; i++) {
    disk.asked(now())
    skip(60_000)
    disk.excuse(59_950, now())
    disk.look(now())
    disk.answered(1, now())
  }
  expect(told()).toEqual([])
  expect(disk.read(now())).toMatchObject({ lastMs: 50 })
})

test('a turn tells of its writes and of those that are durable; of a store that is memory it does not', async () => {
  for (const durableAtOnce of [false, true]) {
    const heard: string[] = []
    let now = 0
    const member = {
      isDirty: true,
      wakeAt: Number.POSITIVE_INFINITY,
      drain(writes: unknown[]) {
        member.isDirty = false
        writes.push({ member, seq: 1 })
      },
      settle: () => {},
      persisted: () => {},
    }
    const turn = new Turn({
      clock: { now: () => now, after: () => () => {}, soon: (run) => run() } as Partial<Clock> as Clock,
      logs: { durableAtOnce, write: async () => {} } as Partial<LogStore> as LogStore,
      outbox: { flush: () => {} } as Outbox,
      agenda: agendaOf(member),
      onBatch: () => {},
      onRequest: () => {},
      onStorageFailed: () => {},
      disk: {
        asked: (at) => void heard.push(`asked ${at}`),
        answered: (writes, at) => void heard.push(`answered ${writes} ${at}`),
      },
    })
    turn.wake()
    now = 5
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual(durableAtOnce ? [] : ['asked 0', 'answered 1 5'])
  }
})
