/** One timer for all members of a host, and what becomes of their writes. */
import type { Clock, LogStore } from '@rafted/contracts'
import { expect, test } from 'vitest'
import type { Agenda } from '../src/agenda.ts'
import type { Member } from '../src/member.ts'
import type { Outbox } from '../src/outbox.ts'
import { Turn, type TurnOptions } from '../src/turn.ts'
import { agendaOf } from './agendas.ts'

/** The turn of a host with one member, to which nothing comes from outside. */
function turnOf(clock: Clock, member: object, more: Partial<TurnOptions> = {}): Turn {
  return new Turn({
    clock,
    logs: {} as LogStore,
    outbox: { flush: () => {} } as Outbox,
    agenda: agendaOf(member),
    onBatch: () => {},
    onRequest: () => {},
    onStorageFailed: () => {},
    ...more,
  })
}

test('a timer that comes a trifle early does not leave the host without one', () => {
  let now = 0.1
  const timers: { ms: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    wall: () => 0,
    after: (ms, run) => {
      timers.push({ ms, run })
      return () => {}
    },
    soon: (run) => run(),
  }
  let drained = 0
  const member = {
    isDirty: true,
    wakeAt: 1000.3,
    drain: () => {
      drained++
      member.isDirty = false
    },
    settle: () => {},
  }
  const turn = turnOf(clock, member)
  turn.wake()
  now = 1000.2999999999
  timers.pop()!.run()
  expect([drained, timers]).toMatchObject([1, [{ ms: member.wakeAt - now }]])
  now = member.wakeAt
  timers.pop()!.run()
  expect(drained).toBe(2)
})

test('a write counts when the store says that it is durable; one that fails never does, and ends the storage', async () => {
  const ends: { resolve(): void; reject(error: unknown): void }[] = []
  const write = (): Promise<void> => new Promise((resolve, reject) => ends.push({ resolve, reject }))
  const persisted: number[] = []
  const failures: unknown[] = []
  let seq = 0
  const member = {
    isDirty: true,
    wakeAt: Number.POSITIVE_INFINITY,
    drain: (writes: unknown[]) => writes.push({ member, seq: ++seq }),
    settle: () => {},
    persisted: (written: number) => persisted.push(written),
  }
  const waiting: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    wall: () => 0,
    after: () => () => {},
    soon: (run) => void waiting.push(run),
  }
  const agenda = agendaOf(member)
  const turn = new Turn({
    clock,
    logs: { write } as unknown as LogStore,
    outbox: { flush: () => {} } as Outbox,
    agenda,
    onBatch: () => {},
    onRequest: () => {},
    onStorageFailed: (error) => failures.push(error),
  })
  const next = async (): Promise<void> => {
    agenda.stir(member as object as Member)
    turn.wake()
    waiting.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await next()
  await next()
  expect(persisted).toEqual([])
  ends[0]!.resolve()
  await next()
  await next()
  expect(persisted).toEqual([1])
  ends[1]!.reject(new Error('the disk is gone'))
  await next()
  await next()
  expect(persisted).toEqual([1])
  expect(failures).toEqual([new Error('the disk is gone')])
})

test('the timer runs for whoever wants to be woken first, also when that becomes earlier', () => {
  const timers: { ms: number; isCancelled: boolean }[] = []
  const clock: Clock = {
    now: () => 0,
    wall: () => 0,
    after: (ms) => {
      const timer = { ms, isCancelled: false }
      timers.push(timer)
      return () => {
        timer.isCancelled = true
      }
    },
    soon: (run) => run(),
  }
  const member = { isDirty: true, wakeAt: 1500, drain: () => {}, settle: () => {} }
  const agenda = agendaOf(member)
  const turn = turnOf(clock, member, { agenda })
  member.drain = () => {
    member.isDirty = false
  }
  turn.wake()
  Object.assign(member, { isDirty: true, wakeAt: 200 })
  agenda.stir(member as object as Member)
  turn.wake()
  expect(timers.filter(({ isCancelled }) => !isCancelled)).toEqual([{ ms: 200, isCancelled: false }])
})

test('what is still to be done after as many writes as a turn has is done in the next', () => {
  const waiting: (() => void)[] = []
  let left = 9
  const member = {
    isDirty: true,
    wakeAt: Number.POSITIVE_INFINITY,
    drain: (writes: unknown[]) => {
      member.isDirty = false
      if (left > 0) writes.push({ member, seq: left-- })
    },
    settle: () => {},
    persisted: () => {
      member.isDirty = true
      agenda.stir(member as object as Member)
      turn.wake()
    },
  }
  const agenda: Agenda<Member> = agendaOf(member)
  const turn: Turn = new Turn({
    clock: { now: () => 0, wall: () => 0, after: () => () => {}, soon: (run) => void waiting.push(run) },
    logs: { durableAtOnce: true, write: () => Promise.resolve() } as unknown as LogStore,
    outbox: { flush: () => {} } as Outbox,
    agenda,
    onBatch: () => {},
    onRequest: () => {},
    onStorageFailed: () => {},
  })
  turn.wake()
  while (waiting.length > 0) waiting.shift()!()
  expect(left).toBe(0)
})

test('it tells how late its timers ran, and when a turn is over', () => {
  let now = 0
  const timers: (() => void)[] = []
  const clock: Clock = {
    now: () => now,
    wall: () => 0,
    after: (_ms, run) => {
      timers.push(run)
      return () => {}
    },
    soon: (run) => run(),
  }
  const order: string[] = []
  const member = {
    isDirty: true,
    wakeAt: 100,
    drain: () => {
      member.isDirty = false
    },
    settle: () => {
      order.push('settled')
      member.wakeAt += 100
    },
  }
  const turn = turnOf(clock, member, {
    onTimer: (lateMs) => order.push(`late ${lateMs}`),
    afterTurn: () => order.push('over'),
  })
  turn.wake()
  expect(order).toEqual(['settled', 'over'])
  now = 200
  timers.pop()!()
  expect(order.slice(2)).toEqual(['late 0', 'settled', 'over'])
  now = 342
  timers.pop()!()
  expect(order.slice(5)).toEqual(['late 42', 'settled', 'over'])
})
