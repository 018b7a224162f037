/** What is under way where messages arrive in the order they were sent. */
import { describe, expect, test } from 'vitest'
import { Inboxes } from '../../src/exploration/inboxes.ts'
import type { Moves } from '../../src/exploration/moves.ts'

/** Messages 10 to 19 come from the first member, 20 to 29 from the second. */
const moves = {
  ids: ['a', 'b', 'c'],
  messageHashes: Int32Array.from({ length: 120 }, (_, at) => Math.imul(at + 1, 0x9e3779b1)),
  message: (number: number) => ({ from: Math.floor(number / 10) - 1 }),
} as unknown as Moves

const holding = (inboxes: Inboxes, ...messages: number[]) =>
  messages.reduce((inbox, message) => inboxes.with(inbox, message), inboxes.empty)

const hashOf = ({ hashes }: Inboxes, inbox: number) => [...hashes.slice(inbox * 2, inbox * 2 + 2)]

describe('an inbox', () => {
  test('gives what each sender sent first, or later messages for the loss of those before', () => {
    const inboxes = new Inboxes(moves, 1)
    const inbox = holding(inboxes, 10, 20, 11, 12)
    expect(inboxes.arrivals(inbox)).toEqual([
      { message: 10, losses: 0, rest: holding(inboxes, 20, 11, 12) },
      { message: 11, losses: 1, rest: holding(inboxes, 20, 12) },
      { message: 12, losses: 2, rest: holding(inboxes, 20) },
      { message: 20, losses: 0, rest: holding(inboxes, 10, 11, 12) },
    ])
  })

  test('is the same whenever the same is under way, in the order of each sender', () => {
    const inboxes = new Inboxes(moves, 1)
    const inbox = holding(inboxes, 10, 20, 11)
    expect(holding(inboxes, 20, 10, 11)).toBe(inbox)
    const other = holding(inboxes, 20, 11, 10)
    expect(other).not.toBe(inbox)
    expect(hashOf(inboxes, other)).not.toEqual(hashOf(inboxes, inbox))
    expect(inboxes.without(inbox, (message) => message === 10)).toBe(holding(inboxes, 11, 20))
  })

  test('keeps the end of each queue, or nothing of it, when the connections break', () => {
    const inboxes = new Inboxes(moves, 1)
    const left = [[10, 11, 20], [10, 11], [11, 20], [11], [20], []]
    expect(inboxes.leftovers(holding(inboxes, 10, 20, 11))).toEqual(
      left.map((messages) => holding(inboxes, ...messages)),
    )
  })
})
