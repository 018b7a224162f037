/**
 * What a message promises must be on the disk of its sender when it leaves (paper figure 2: "before responding to
 * RPCs").
 */
import { expect } from 'vitest'
import type { Configuration, Effects, Message } from '../../src/index.ts'
import type { Group, Hand } from '../by-hand.ts'

interface Log {
  termAt(index: number): number | undefined
}

/** Both logs hold the same entries in this range. */
function same(one: Log, other: Log, from: number, to: number): void {
  for (let index = from; index <= to; index++)
    if (one.termAt(index) !== other.termAt(index))
      expect(one.termAt(index), `entry ${index}`).toBe(other.termAt(index))
}

/** Checks everything that `hand` says in this turn against its disk. */
export function checkPromises(hand: Hand, effects: Effects): void {
  for (const message of effects.messages) checkPromise(hand, message)
}

function checkPromise(hand: Hand, message: Message): void {
  const { disk } = hand
  switch (message.kind) {
    case 'ack': {
      // The term, so that no older leader is followed; and every entry up to `match`, the same as in the core.
      expect(disk.term, 'an ack in a term that is not durable').toBe(message.term)
      expect(disk.last, 'an ack of entries that are not durable').toBeGreaterThanOrEqual(message.match)
      same(disk, hand.core, Math.max(disk.base.index, hand.core.baseIndex), message.match)
      return
    }
    case 'vote':
      if (!message.granted) return
      expect([disk.term, disk.vote], 'a vote that is not durable').toEqual([message.term, message.to])
      return
    case 'vote-request':
      expect([disk.term, disk.vote], 'a campaign that is not durable').toEqual([message.term, message.from])
      expect([disk.last, disk.termAt(disk.last)], 'a campaign with a log that is not durable').toEqual([
        message.lastIndex,
        message.lastTerm,
      ])
      return
    default:
  }
}

/** An ack names only what its leader holds as well: the leader's log is compared as long as it leads. */
export function checkAgreement(group: Group, hand: Hand, effects: Effects): void {
  for (const message of effects.messages) {
    if (message.kind !== 'ack') continue
    const leader = group.hands.get(message.to)?.core
    if (leader?.standing.role !== 'leader' || leader.standing.term !== message.term) continue
    same(leader, hand.core, Math.max(leader.baseIndex, hand.core.baseIndex), message.match)
  }
}

/**
 * What a leader commits is of its own term and on the disks of a majority, of each half of a joint configuration.
 * @param counted the configuration by which it was counted.
 */
export function checkCommit(group: Group, hand: Hand, index: number, counted: Configuration): void {
  const term = hand.core.termAt(index)
  expect(term, 'committed by counting').toBe(hand.core.standing.term)
  const holds = ({ id }: { id: string }) => {
    const disk = group.hands.get(id)?.disk
    return disk !== undefined && (disk.termAt(index) === term || disk.base.index > index)
  }
  const halves = counted.outgoing === null ? [counted.voters] : [counted.voters, counted.outgoing]
  for (const half of halves)
    expect(half.filter(holds).length * 2, `entry ${index} is on too few disks`).toBeGreaterThan(half.length)
}
