/** What a turn finds to do does not depend on how many members there are, and misses none. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Agenda } from '../src/agenda.ts'
import { Timetable } from '../src/timetable.ts'

test('a timetable gives each item at its last time, the first first', () => {
  const act = fc.record({ item: fc.integer({ min: 0, max: 12 }), at: fc.integer({ min: 0, max: 40 }) })
  const step = fc.record({ sets: fc.array(act, { maxLength: 8 }), now: fc.integer({ min: 0, max: 40 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const timetable = new Timetable<number>()
      const plain = new Map<number, number>()
      for (const { sets, now } of steps) {
        for (const { item, at } of sets) {
          // The latest stands for none.
          timetable.set(item, at === 40 ? Number.POSITIVE_INFINITY : at)
          if (at === 40) plain.delete(item)
          else plain.set(item, at)
        }
        expect(timetable.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...plain.values()))
        const due = [...plain].filter(([, at]) => at <= now)
        const taken = timetable.takeUntil(now)
        expect(taken.toSorted()).toEqual(due.map(([item]) => item).toSorted())
        expect(taken.map((item) => plain.get(item))).toEqual(due.map(([, at]) => at).sort((a, b) => a - b))
        for (const item of taken) plain.delete(item)
      }
    }),
  )
})

interface Made {
  isDirty: boolean
  wakeAt: number
  asked: number
}

/** Counts who is looked at. */
function made(wakeAt: number): Made {
  const member = {
    asked: 0,
    isDirty: false,
    at: wakeAt,
    get wakeAt() {
      this.asked++
      return this.at
    },
    set wakeAt(at: number) {
      this.at = at
    },
  }
  return member
}

test('whoever has nothing to do is not looked at', () => {
  const agenda = new Agenda<Made>()
  const members = Array.from({ length: 1000 }, (_, i) => made(100 + i))
  for (const member of members) {
    agenda.add(member)
    member.asked = 0
  }
  members[7]!.isDirty = true
  agenda.stir(members[7]!)
  members[3]!.isDirty = true
  agenda.stir(members[3]!)
  // In the order in which they came.
  expect(agenda.take(101)).toEqual([members[0], members[1], members[3], members[7]])
  expect(agenda.isDue).toBe(false)
  members[3]!.wakeAt = 50
  agenda.note(members[3]!)
  expect(agenda.next).toBe(50)
  expect(members.filter(({ asked }) => asked > 0)).toEqual([members[3]])
})

test('whoever has gone is not woken, and leaves nothing behind', () => {
  const agenda = new Agenda<Made>()
  const member = made(100)
  agenda.add(member)
  agenda.remove(member)
  member.isDirty = true
  agenda.stir(member)
  agenda.note(member)
  expect([agenda.isDue, agenda.next, agenda.take(1000)]).toEqual([false, Number.POSITIVE_INFINITY, []])
})
