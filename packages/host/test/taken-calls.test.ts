/** A call that a transport brings twice is one call (F60c). */
import type { Sender } from '@rafted/contracts'
import type { Request, Response } from '@rafted/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Requests } from '../src/requests.ts'
import { Rights } from '../src/rights.ts'
import { TakenCalls } from '../src/taken-calls.ts'

const web: Sender = { name: 'web', role: 'client', reply: 'web:9' }
const command = (id: number): Request => ({
  kind: 'command',
  id,
  group: 'queue',
  incarnation: null,
  trace: null,
  session: 1,
  sequence: 1,
  acknowledged: 0,
  key: null,
  payload: new Uint8Array(1),
})

function setUp() {
  const asked: number[] = []
  const answers: Response[] = []
  const state = { isAllowed: true }
  const observer = { event: () => {}, count: () => {} }
  const member = { ended: null, incarnation: 'f00d', onRequest: ({ id }: Request) => void asked.push(id) }
  const requests = new Requests({
    hostId: 'a',
    rights: new Rights({ authorise: () => state.isAllowed, clock: { now: () => 0 }, observer }),
    address: () => 'a:1',
    addresses: () => ['a:1'],
    call: () => Promise.reject(new Error('nobody is called')),
    backups: { take: () => {} },
    seat: () => ({ member }) as never,
    answer: (_, response) => answers.push(response),
  })
  return { asked, answers, state, requests }
}

test('what was refused is not taken when its copy comes: whoever was told that nothing happened can rely on it', () => {
  const { asked, answers, state, requests } = setUp()
  state.isAllowed = false
  requests.of(command(7), web)
  expect(answers).toMatchObject([{ id: 7, code: 'not-allowed', outcome: 'not-applied' }])
  state.isAllowed = true
  requests.of(command(7), web)
  expect([asked, answers.length]).toEqual([[], 1])
  requests.of(command(8), web)
  expect(asked).toEqual([8])
})

const changes = {
  kind: 'change-settings',
  group: 'queue',
  incarnation: null,
  settings: {},
  ifSettingsAt: null,
}
const others = { change: changes as unknown as Request, command: command(0) }

test.each(Object.entries(others))('a %s that was taken is not refused when its copy comes', (_, request) => {
  const { asked, answers, state, requests } = setUp()
  requests.of({ ...request, id: 7 }, web)
  state.isAllowed = false
  requests.of({ ...request, id: 7 }, web)
  expect([asked, answers]).toEqual([[7], []])
  // A call of another sender with this number is another call.
  requests.of({ ...request, id: 7 }, { ...web, reply: 'web:10' })
  expect(answers).toHaveLength(1)
})

test('the host’s own callers are called once, whatever their numbers are', () => {
  const { asked, requests } = setUp()
  requests.on(command(7), null)
  requests.on(command(7), null)
  expect(asked).toEqual([7, 7])
})

test('in whatever order they come, each is taken once, as long as none is 8,192 behind the newest', () => {
  const moves = fc.array(fc.oneof(fc.integer({ min: -8191, max: 20 }), fc.constantFrom(1, 2, 9000, -8191)), {
    minLength: 1,
    maxLength: 300,
  })
  const first = fc.integer({ min: 1, max: 2 ** 40 })
  fc.assert(
    fc.property(first, moves, (from, steps) => {
      const calls = new TakenCalls()
      const seen = new Set<number>([from])
      let newest = from
      expect(calls.take('web', from)).toBe(true)
      for (const step of steps) {
        const id = newest + step
        expect(calls.take('web', id)).toBe(!seen.has(id))
        seen.add(id)
        newest = Math.max(newest, id)
      }
    }),
  )
})

test('another process at the address begins anew, also with lower numbers, and has its own copies told', () => {
  const calls = new TakenCalls()
  expect([calls.take('b:1', 2 ** 40), calls.take('b:1', 500), calls.take('b:1', 500)]).toEqual([
    true,
    true,
    false,
  ])
})

test('one that comes very late is not told from a new one, and the others still are', () => {
  const calls = new TakenCalls()
  for (const id of [1, 10_000]) calls.take('web', id)
  expect([calls.take('web', 1), calls.take('web', 10_000)]).toEqual([true, false])
})

test('so many senders are remembered, those that sent last', () => {
  const calls = new TakenCalls()
  for (let sender = 0; sender <= 4096; sender++) calls.take(`at-${sender}`, 1)
  expect([calls.take('at-4096', 1), calls.take('at-1', 1), calls.take('at-0', 1)]).toEqual([
    false,
    false,
    true,
  ])
})
