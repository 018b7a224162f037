/** Whom a member asks that hears no leader: those it knows, and whoever is where its host was told to look. */
import type { Message } from '@rafted/core'
import { expect, test } from 'vitest'
import type { HostContext } from '../src/context.ts'
import { Mail } from '../src/mail.ts'
import { Routes } from '../src/routes.ts'
import { LogTail } from '../src/tail.ts'

/** Addresses at which `x` asks `to`. It is at `here` now, its configuration has it at `there`, and `b` at `at-b`. */
function askedOf(to: string): string[] {
  const asked: string[] = []
  const push = (address: string): void => void asked.push(address)
  const routes = new Routes()
  const [x, b] = [
    { id: 'x', host: 'x', address: 'there', durable: true, wire: [1, 1] as const, machine: [1, 1] as const },
    { id: 'b', host: 'b', address: 'at-b', durable: true, wire: [1, 1] as const, machine: [1, 1] as const },
  ]
  routes.follow({ voters: [x, b], outgoing: null, learners: [] })
  const host = { address: 'here', outbox: { push } } as unknown as HostContext
  const join = ['here', 'there', 'at-b', 'at-c']
  const halt = (error: unknown): never => {
    throw error
  }
  const mine = { host, group: 'g', incarnation: 'one', id: 'x' }
  const mail = new Mail({ ...mine, tail: new LogTail(0), routes, join: { now: () => join }, halt })
  const request: Message = {
    kind: 'pre-vote-request',
    from: 'x',
    to,
    term: 1,
    campaign: 2,
    lastIndex: 1,
    lastTerm: 1,
  }
  mail.send(request)
  return asked
}

test('another member is asked once where it is, and wherever the host was told to look', () => {
  expect(askedOf('b').toSorted()).toEqual(['at-b', 'at-c', 'there'])
})

// Another one may be by now where this member was.
test('a member that asks itself asks all others, where it was itself as well (F35j)', () => {
  expect(askedOf('x').toSorted()).toEqual(['at-b', 'at-c', 'there'])
})
