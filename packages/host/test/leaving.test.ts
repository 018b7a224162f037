/** What a host that leaves makes of the answers it gets. */
import type { Clock } from '@rafted/contracts'
import { errorResponse, type Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { removeMember } from '../src/leaving.ts'
import type { Member } from '../src/member.ts'

/** Time passes when it is waited for, and otherwise not. */
function clockOf(): Clock {
  let now = 0
  return {
    now: () => now,
    wall: () => now,
    after(ms, run) {
      now += ms
      queueMicrotask(run)
      return () => {}
    },
    soon: queueMicrotask,
  }
}

const known = { incarnation: 'i', id: 'm', addresses: ['a', 'b'], ended: null, term: 5 }
const random = { number: () => 0, bytes: () => new Uint8Array() }

/** An answer, and what its log says by the time that comes. */
type Answer =
  | Response
  | { readonly response: Response; readonly namedAt?: number; readonly isAdded?: boolean }

/** Asks in turn what `answers` say; the last one for ever. Its log names the member where `namedAt` says, at first. */
function leave(first: number | null, ...answers: Answer[]) {
  const asked: string[] = []
  const member = { ...known, namedAt: first }
  let isBeingAdded = false
  const call = async (address: string): Promise<Response> => {
    asked.push(address)
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    if ('kind' in answer) return answer
    member.namedAt = answer.namedAt ?? member.namedAt
    isBeingAdded = answer.isAdded === false
    return answer.response
  }
  const options = {
    group: 'g',
    address: 'a',
    join: ['c', 'a'],
    clock: clockOf(),
    random,
    call,
    isBeingAdded: () => isBeingAdded,
    timeoutMs: 1000,
  }
  return { asked, done: removeMember(member as unknown as Member, options) }
}

const done: Response = { kind: 'done', id: 0, incarnation: 'i', configuration: null }
const unreachable = errorResponse('unreachable', 'not-applied', 'gone')
const silent = errorResponse('timeout', 'unknown', 'silent')

test('an election is waited for', async () => {
  const { asked, done: left } = leave(null, unreachable, unreachable, unreachable, unreachable, done)
  await left
  expect(asked).toEqual(['a', 'b', 'c', 'a', 'b'])
})

test('where nobody has taken it, it has not happened', async () => {
  await expect(leave(null, unreachable).done).rejects.toMatchObject({
    code: 'unreachable',
    outcome: 'not-applied',
  })
})

test('where one may have taken it, it may have happened, whatever the others say later', async () => {
  for (const later of [unreachable, errorResponse('quorum-at-risk', 'not-applied', 'too few')])
    await expect(leave(null, silent, later).done).rejects.toMatchObject({
      code: later.code,
      outcome: 'unknown',
    })
})

const goneSaid = (term: number): Response => errorResponse('no-such-member', 'not-applied', 'gone', { term })

// Its host asks to be added, and to be removed at once. The later is answered first, and what has forgotten its files is counted on.
test('a member that was added after the question asks again (F35l)', async () => {
  for (const said of [goneSaid(5), done]) {
    const { asked, done: left } = leave(null, { response: said, namedAt: 8 }, goneSaid(5))
    await left
    expect(asked).toHaveLength(2)
  }
  const { asked, done: left } = leave(8, { response: done, namedAt: 12 }, done)
  await left
  expect(asked).toHaveLength(2)
})

test('a member that may be added yet waits for what becomes of that (F35l)', async () => {
  const { asked, done: left } = leave(
    null,
    { response: goneSaid(5), isAdded: false },
    { response: goneSaid(5), isAdded: true },
  )
  await left
  expect(asked).toHaveLength(2)
})

test('a member that its log names does not believe a leader of before its term', async () => {
  const { asked, done: left } = leave(8, goneSaid(4), goneSaid(5))
  await left
  expect(asked).toHaveLength(2)
  await expect(leave(8, goneSaid(4)).done).rejects.toMatchObject({ code: 'no-such-member' })
  await leave(null, goneSaid(4)).done
})

test('a removal that was overtaken by an addition again and again has an unknown outcome', async () => {
  const again = Array.from({ length: 20 }, (_, at) => ({ response: done, namedAt: at }))
  await expect(leave(null, ...again).done).rejects.toMatchObject({
    code: 'configuration-changed',
    outcome: 'unknown',
  })
})
