/** What a host that is to create a group makes of the answers of the others (F99). */
import type { Clock } from '@rafted/contracts'
import { errorResponse, type Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { nameCheck } from '../src/name-check.ts'

const random = { number: () => 0, bytes: () => new Uint8Array() }
const located = (knows: 'member' | 'waiting' | 'unknown'): Response => ({
  kind: 'located',
  id: 0,
  knows,
  incarnation: null,
  term: 0,
  leader: null,
  members: [],
})
const refused = errorResponse('unreachable', 'not-applied', 'Nobody listens at b.')

/** Each address answers what its list says, in turn, and the last of it for ever. */
function check(
  answers: Record<string, Response[]>,
  { unreachableChecked = false, closedAfter = Number.POSITIVE_INFINITY } = {},
) {
  let now = 0
  const asked: string[] = []
  const clock: Clock = { now: () => now, wall: () => now, after: () => () => {}, soon: () => {} }
  const done = nameCheck({
    group: 'queue',
    addresses: Object.keys(answers),
    unreachableChecked,
    clock,
    random,
    call: async (address) => {
      asked.push(address)
      const list = answers[address]!
      return list.length > 1 ? list.shift()! : list[0]!
    },
    pause: async (ms) => {
      now += ms
      return now >= closedAfter
    },
  })
  return { asked, done, time: () => now }
}

test("all say that they don't know the name: it may be created", async () => {
  const { asked, done } = check({ b: [located('waiting')], c: [located('unknown')] })
  expect(await done).toBeNull()
  expect(asked).toEqual(['b', 'c'])
})

test('one that has only just begun to listen is asked again, and nobody else', async () => {
  const { asked, done } = check({ b: [refused, refused, located('waiting')], c: [located('waiting')] })
  expect(await done).toBeNull()
  expect(asked).toEqual(['b', 'c', 'b', 'b'])
})

test('one that knows the name is believed, also when others are silent', async () => {
  const { done } = check({ b: [refused], c: [refused, located('member')] })
  expect(await done).toMatchObject({ code: 'already-exists', outcome: 'not-applied' })
})

test('one that stays silent keeps the group from being created, and the error says why, within two seconds', async () => {
  const { done, time } = check({ b: [refused], c: [located('waiting')] })
  const error = await done
  expect(error).toMatchObject({ code: 'peers-unreachable', details: { silent: ['b'] } })
  expect(error!.message).toBe(
    '"b" did not say whether group "queue" exists there. Nobody listens at b. Start them, or, once you have looked for ' +
      "yourself, create it with { unreachable: 'checked' }.",
  )
  expect(time()).toBeGreaterThan(1000)
  expect(time()).toBeLessThan(2000)
})

test('an answer that does not fit is no answer', async () => {
  const odd: Response = { kind: 'done', id: 0, incarnation: 'i', configuration: null }
  expect(await check({ b: [odd] }).done).toMatchObject({ code: 'peers-unreachable' })
})

test('once a person has looked, silence is asked once and then taken for a no', async () => {
  const { asked, done } = check({ b: [refused], c: [located('waiting')] }, { unreachableChecked: true })
  expect(await done).toBeNull()
  expect(asked).toEqual(['b', 'c'])
  const other = check({ b: [refused], c: [located('member')] }, { unreachableChecked: true })
  expect(await other.done).toMatchObject({ code: 'already-exists' })
})

test('a host that is closed asks no more', async () => {
  const { asked, done } = check({ b: [refused] }, { closedAfter: 1 })
  expect(await done).toMatchObject({ code: 'peers-unreachable' })
  expect(asked).toEqual(['b'])
})
