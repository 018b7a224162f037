/** What the commands do, on the machine itself. */
import { expect, test } from 'vitest'
import { seats } from '../src/seats.ts'

function machine() {
  const instance = seats.create(seats.codec!)
  let index = 0
  return {
    at: (time: number, ...command: unknown[]): unknown =>
      instance.apply(command, { index: ++index, term: 1, time, version: 1 }),
    holder: (seat: string): unknown => instance.query(['holder', seat]),
    deadline: (): unknown => instance.deadline!(),
  }
}

test('a seat that is held is taken until the time is over', () => {
  const { at, holder, deadline } = machine()
  expect(deadline()).toBeNull()
  expect(at(100, 'hold', 'A1', 'ann', 50)).toBe(150)
  expect(deadline()).toBe(150)
  expect(() => at(149, 'hold', 'A1', 'bob', 50)).toThrow('A1 is taken.')
  expect(at(150, 'hold', 'A1', 'bob', 50)).toBe(200)
  expect(holder('A1')).toBe('bob')
})

test('a seat is booked by who holds it, for good', () => {
  const { at, holder, deadline } = machine()
  at(0, 'hold', 'A1', 'ann', 50)
  expect(() => at(10, 'book', 'A1', 'bob')).toThrow('bob does not hold A1.')
  expect(at(20, 'book', 'A1', 'ann')).toBe(1)
  expect(deadline()).toBeNull()
  expect(() => at(1000, 'hold', 'A1', 'bob', 50)).toThrow('A1 is taken.')
  at(1000, 'hold', 'B1', 'ann', 50)
  expect(() => at(1050, 'book', 'B1', 'ann')).toThrow('ann does not hold B1.')
  expect(holder('A1')).toBe('ann')
})
