/** One timer for all members of a host. */
import type { Clock, LogStore } from '@rafted/contracts'
import { expect, test } from 'vitest'
import type { Member } from '../src/member.ts'
import type { Outbox } from '../src/outbox.ts'
import { Turn } from '../src/turn.ts'

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
  const turn = new Turn({
    clock,
    logs: {} as LogStore,
    outbox: { flush: () => {} } as Outbox,
    members: () => [member as unknown as Member],
    onBatch: () => {},
    onRequest: () => {},
    onStorageFailed: () => {},
  })
  turn.wake()
  now = 1000.2999999999
  timers.pop()!.run()
  expect([drained, timers]).toMatchObject([1, [{ ms: member.wakeAt - now }]])
  now = member.wakeAt
  timers.pop()!.run()
  expect(drained).toBe(2)
})
