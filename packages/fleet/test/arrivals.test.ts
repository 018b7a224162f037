/** A host that comes back with many groups looks for the leaders of a few at a time (F131c). */
import type { Host } from '@rafted/host'
import { expect, test } from 'vitest'
import { Arrivals } from '../src/arrivals.ts'

type Listener = (event: { group: string; leader?: string | null }) => void

function setting() {
  let now = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  const listeners = new Map<string, Listener>()
  const host = {
    on: (kind: string, listener: Listener) => {
      listeners.set(kind, listener)
      return () => listeners.delete(kind)
    },
  } as unknown as Pick<Host, 'on'>
  const clock = {
    now: () => now,
    wall: () => now,
    soon: (run: () => void) => run(),
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  }
  const arrivals = new Arrivals(host, clock)
  let started = 0
  const all = (async () => {
    for (; started < 1000; started++) await arrivals.started(`g${started}`)
  })()
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 2000; i++) await Promise.resolve()
  }
  return {
    arrivals,
    all,
    listeners,
    started: () => started,
    timers: () => timers.length,
    turn,
    tell: async (kind: string, group: string, leader?: string | null) => {
      listeners.get(kind)!({ group, leader: leader as string })
      await turn()
    },
    pass: async (ms: number) => {
      now += ms
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers = timers.filter((other) => other !== timer)
        timer.run()
      }
      await turn()
    },
  }
}

test('the next is started as soon as one has found its leader, or has stopped', async () => {
  const { started, turn, tell } = setting()
  await turn()
  expect(started()).toBe(127)
  await tell('role', 'g5', null)
  await tell('role', 'another', 'm')
  expect(started()).toBe(127)
  await tell('role', 'g5', 'm')
  expect(started()).toBe(128)
  await tell('member-stopped', 'g6')
  expect(started()).toBe(129)
  await tell('role', 'g5', 'm')
  expect(started()).toBe(129)
})

test('where none is found, as others are not there yet, the next ones are started all the same', async () => {
  const { started, turn, pass, timers } = setting()
  await turn()
  await pass(249)
  expect(started()).toBe(127)
  await pass(1)
  expect(started()).toBe(255)
  expect(timers()).toBe(1)
})

test('once it is over nobody waits, nothing listens and no timer is left', async () => {
  const { arrivals, all, started, turn, listeners, timers } = setting()
  await turn()
  expect(started()).toBe(127)
  arrivals.close()
  await all
  expect(started()).toBe(1000)
  expect([listeners.size, timers()]).toEqual([0, 0])
})
