/** What clients may do: who is asked about, what refuses, and what is told (F93g). */
import type { RaftedEvent, Sender } from '@rafted/contracts'
import type { Request, Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { checkAuthorise } from '../src/checks.ts'
import { Requests } from '../src/requests.ts'
import { type Authorise, Rights } from '../src/rights.ts'

const web: Sender = { name: 'web', role: 'client', reply: 'client#1' }
const status: Request = { kind: 'status', id: 7, group: 'queue', incarnation: null }

function setUp(authorise: Authorise) {
  const events: RaftedEvent[] = []
  const counts: string[] = []
  const answers: Response[] = []
  const clock = { at: 0, now: () => clock.at }
  const rights = new Rights({
    authorise,
    clock,
    observer: {
      event: (event) => void events.push(event),
      count: (name, by, group) => void counts.push(`${name} ${by} ${group}`),
    },
  })
  const seats: string[] = []
  const requests = new Requests({
    hostId: 'a',
    rights,
    address: () => 'a',
    addresses: () => ['a', 'b'],
    call: () => Promise.reject(new Error('nobody is called')),
    backups: { take: () => {} },
    seat: (group) => {
      seats.push(group)
      return undefined
    },
    answer: (_, response) => answers.push(response),
  })
  return { events, counts, answers, clock, requests, seats }
}

const unsound: readonly [string, () => unknown][] = [
  ['says no', () => false],
  ['says nothing', () => undefined],
  ['says what only looks like yes', () => 1],
  ['promises to answer later', async () => true],
]
test.each(unsound)('who %s lets nobody do anything, and nothing is even looked at', (_, authorise) => {
  const { requests, seats, answers, events, counts } = setUp(authorise as Authorise)
  requests.of(status, web)
  expect(seats).toEqual([])
  expect(answers).toMatchObject([{ kind: 'error', id: 7, code: 'not-allowed', outcome: 'not-applied' }])
  expect(events).toEqual([
    { kind: 'not-allowed', level: 'warn', client: 'web', group: 'queue', right: 'status' },
  ])
  expect(counts).toEqual(['host_not_allowed 1 null'])
})

test('who throws as well, and what is thrown is told', () => {
  const error = new Error('no table of rights')
  const { requests, seats, events } = setUp(() => {
    throw error
  })
  requests.of(status, web)
  expect(seats).toEqual([])
  expect(events).toMatchObject([{ kind: 'not-allowed', error }])
})

test('hosts are not asked about, nor what lives in this one', () => {
  const { requests, seats, events } = setUp(() => false)
  requests.of(status, { name: 'b', role: 'peer', reply: 'b:1' })
  requests.on(status, null)
  expect(seats).toEqual(['queue', 'queue'])
  expect(events).toEqual([])
})

test('events about it are limited, counts are not', () => {
  const { requests, events, counts, clock } = setUp(() => false)
  for (let id = 1; id <= 30; id++) requests.of({ ...status, id }, web)
  expect([events.length, counts.length]).toEqual([20, 30])
  clock.at = 1000
  requests.of({ ...status, id: 31 }, web)
  expect(events).toHaveLength(21)
})

test('it is a function', () => {
  checkAuthorise(() => true)
  for (const given of [null, true, 'web', {}])
    expect(() => checkAuthorise(given)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
