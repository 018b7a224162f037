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

const member = { incarnation: 'i', id: 'm', addresses: ['a', 'b'], ended: null } as unknown as Member
const random = { number: () => 0, bytes: () => new Uint8Array() }

/** Asks in turn what `answers` say; the last one for ever. */
function leave(...answers: Response[]) {
  const asked: string[] = []
  const call = async (address: string): Promise<Response> => {
    asked.push(address)
    return answers.length > 1 ? answers.shift()! : answers[0]!
  }
  const options = {
    group: 'g',
    address: 'a',
    join: ['c', 'a'],
    clock: clockOf(),
    random,
    call,
    timeoutMs: 1000,
  }
  return { asked, done: removeMember(member, options) }
}

const done: Response = { kind: 'done', id: 0, incarnation: 'i', configuration: null }
const unreachable = errorResponse('unreachable', 'not-applied', 'gone')
const silent = errorResponse('timeout', 'unknown', 'silent')

test('an election is waited for', async () => {
  const { asked, done: left } = leave(unreachable, unreachable, unreachable, unreachable, done)
  await left
  expect(asked).toEqual(['a', 'b', 'c', 'a', 'b'])
})

test('where nobody has taken it, it has not happened', async () => {
  await expect(leave(unreachable).done).rejects.toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
})

test('where one may have taken it, it may have happened, whatever the others say later', async () => {
  for (const later of [unreachable, errorResponse('quorum-at-risk', 'not-applied', 'too few')])
    await expect(leave(silent, later).done).rejects.toMatchObject({ code: later.code, outcome: 'unknown' })
})
