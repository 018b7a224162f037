import type { Random } from '@rafted/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Backoff } from '../src/backoff.ts'
import type { Command } from '../src/command.ts'
import { CommandQueue } from '../src/command-queue.ts'
import { Deadlines, type Due } from '../src/deadlines.ts'
import { RetryBudget } from '../src/retry-budget.ts'
import { Session } from '../src/session.ts'
import { WaitingRoom } from '../src/waiting-room.ts'
import { seeded } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

const always = (number: number): Random => ({ number: () => number, bytes: () => new Uint8Array() })

describe('back-off', () => {
  test('is uniform below a ceiling that doubles from 10 ms to 1 s', () => {
    const ceilings = [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]
    const highest = new Backoff(always(1))
    const lowest = new Backoff(always(0))
    expect(ceilings.map(() => highest.next())).toEqual(ceilings)
    expect(ceilings.map(() => lowest.next())).toEqual(ceilings.map(() => 0))
    const random = seeded(5)
    const draws = Array.from({ length: 2000 }, () => new Backoff(random).next())
    expect(draws.every((ms) => ms >= 0 && ms < 10)).toBe(true)
    for (const tenth of [1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(Math.abs(draws.filter((ms) => ms < tenth).length / 2000 - tenth / 10)).toBeLessThan(0.05)
  })
})

describe('the retry budget', () => {
  test('gives what it holds at once, then so many per second, in turn', async () => {
    const clock = new VirtualClock()
    const budget = new RetryBudget(clock, 3, 10)
    expect([1, 2, 3, 4, 5].map(() => budget.take())).toEqual([0, 0, 0, 100, 200])
    await clock.advance(200)
    expect(budget.take()).toBeCloseTo(100)
    await clock.advance(60_000)
    expect([1, 2, 3, 4].map(() => budget.take())).toEqual([0, 0, 0, 100])
  })

  test('a token that is given back can be taken by another', () => {
    const budget = new RetryBudget(new VirtualClock(), 1, 10)
    expect(budget.take()).toBe(0)
    expect(budget.take()).toBe(100)
    budget.giveBack()
    expect(budget.take()).toBe(100)
    budget.giveBack()
    budget.giveBack()
    budget.giveBack()
    expect([budget.take(), budget.take()]).toEqual([0, 100])
  })
})

describe('deadlines', () => {
  test('each ends when it is due, the newest of those due together first, all on one timer', async () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const ended: string[] = []
    const add = (name: string, ms: number) => {
      const due: Due = {
        deadline: clock.now() + ms,
        expire: () => ended.push(name),
        earlier: null,
        later: null,
      }
      deadlines.add(due)
      return due
    }
    add('c', 30)
    add('a1', 10)
    add('a2', 10)
    const withdrawn = add('b', 20)
    expect(clock.timers).toBe(1)
    await clock.advance(10)
    expect(ended).toEqual(['a2', 'a1'])
    deadlines.delete(withdrawn)
    deadlines.delete(withdrawn)
    await clock.advance(10)
    add('d', 5)
    await clock.advance(5)
    expect(ended).toEqual(['a2', 'a1', 'd'])
    await clock.advance(100)
    expect(ended).toEqual(['a2', 'a1', 'd', 'c'])
    expect(clock.timers).toBe(0)
  })

  test('thousands are swept together, late by a millisecond per thousand at most', async () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const late: number[] = []
    let sweeps = 0
    const after = clock.after.bind(clock)
    clock.after = (ms, run) => {
      sweeps++
      return after(ms, run)
    }
    for (let i = 0; i < 5000; i++) {
      const deadline = clock.now() + 10 + i / 100
      deadlines.add({
        deadline,
        expire: () => late.push(clock.now() - deadline),
        earlier: null,
        later: null,
      })
    }
    await clock.advance(100)
    expect(late.length).toBe(5000)
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...late)).toBeLessThanOrEqual(5)
    expect(sweeps).toBeLessThan(100)
  })
})

interface Fake {
  sequence: number
  waited: boolean
  payload: Uint8Array
  name: number
}

const fake = (name: number): Fake => ({ sequence: 0, waited: true, payload: new Uint8Array(1), name })
const asCommand = (value: Fake) => value as unknown as Command

describe('the queue of commands', () => {
  test('is a queue from which anything can be withdrawn', () => {
    const step = fc.oneof(
      fc.constant('push' as const),
      fc.constant('shift' as const),
      fc.constant('unshift' as const),
      fc.nat(20),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new CommandQueue(new WaitingRoom({ calls: 0, bytes: 0 }))
        let model: Fake[] = []
        let name = 0
        for (const step of steps) {
          if (step === 'push' || step === 'unshift') {
            const command = fake(name++)
            queue[step](asCommand(command))
            model[step](command)
          } else if (step === 'shift') expect(queue.shift()).toBe(model.shift() ?? null)
          else if (model.length > 0) {
            const command = model[step % model.length]!
            queue.remove(asCommand(command))
            model = model.filter((other) => other !== command)
          }
          expect([queue.size, queue.bytes]).toEqual([model.length, model.length])
          expect(queue.first).toBe(model[0] ?? null)
        }
        expect(model.map(() => queue.shift())).toEqual(model)
      }),
    )
  })
})

describe('the sequences of a session', () => {
  test('are those of a plain list', () => {
    const step = fc.tuple(fc.constantFrom('admit', 'answer', 'abandon', 'take back'), fc.nat(40))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, window) => {
        const session = new Session({
          kind: 'session',
          id: 1,
          incarnation: 'i',
          session: 1,
          timeoutMs: 1,
          window,
        })
        let unanswered: Fake[] = []
        let next = 1
        for (const [what, which] of steps) {
          const low = unanswered[0]?.sequence ?? next
          const command = unanswered[which % Math.max(1, unanswered.length)]
          if (what === 'admit') {
            expect(session.hasRoomFor(1)).toBe(next - low < window)
            if (next - low < window) {
              const admitted = fake(next)
              session.admit(asCommand(admitted))
              expect(admitted.sequence).toBe(next++)
              unanswered.push(admitted)
            }
          } else if (what === 'answer' && command !== undefined) {
            expect(session.answered(asCommand(command))).toBe(true)
            expect(session.answered(asCommand(command))).toBe(false)
            unanswered = unanswered.filter((other) => other !== command)
          } else if (what === 'abandon' && command?.waited) {
            session.abandoned()
            command.waited = false
          } else if (what === 'take back' && command !== undefined && which > 35) {
            const taken = unanswered.filter(({ sequence }) => sequence >= command.sequence)
            expect(session.takeBackFrom(command.sequence)).toEqual(taken.filter(({ waited }) => waited))
            unanswered = unanswered.filter((other) => !taken.includes(other))
            next = command.sequence
          }
          const waited = unanswered.filter((command) => command.waited)
          expect(session.acknowledged).toBe(unanswered[0]?.sequence ?? next)
          expect(session.next).toBe(next)
          expect(session.waited).toBe(waited.length)
          expect(session.lastWaited()).toBe(waited.at(-1)?.sequence ?? 0)
          expect(session.unanswered()).toEqual(unanswered)
          for (let sequence = 0; sequence <= next + 1; sequence++)
            expect(session.at(sequence)).toBe(
              unanswered.find((command) => command.sequence === sequence) ?? null,
            )
        }
      }),
    )
  })
})
