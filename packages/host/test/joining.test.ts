/** Which group a host joins. */
import type { Clock, RaftedEvent } from '@rafted/contracts'
import { errorResponse, type Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Joining } from '../src/joining.ts'

const incarnationOf = (incarnation: string): Response => ({
  kind: 'located',
  id: 0,
  knows: 'member',
  incarnation,
  term: 1,
  leader: null,
  members: [],
})

/** Joins through addresses that answer like this, until it would pause. @returns the incarnations it would join, and what it has told. */
async function joined(answers: Record<string, Response>): Promise<{ created: string[]; told: string[] }> {
  const created: string[] = []
  const told: string[] = []
  const clock = { now: () => 0, wall: () => 0, soon: () => {} }
  await new Promise<void>((paused) => {
    const after: Clock['after'] = () => {
      paused()
      return () => {}
    }
    const joining = new Joining({
      group: 'count',
      host: 'x',
      address: 'at-x',
      durable: true,
      learner: false,
      formerDataLost: false,
      join: Object.keys(answers),
      clock: { ...clock, after },
      random: { number: () => 0, bytes: () => new Uint8Array() },
      call: async (address) => answers[address]!,
      event: (event: RaftedEvent) => {
        if (event.kind === 'join') told.push(event.what)
      },
      create: async (incarnation) => {
        created.push(incarnation)
        return null
      },
    })
    joining.start(null)
  })
  return { created, told }
}

test('the one that is known, by whoever knows it', async () => {
  const silent = errorResponse('unreachable', 'not-applied', 'Nobody listens.')
  expect(await joined({ a: silent, b: incarnationOf('one'), c: incarnationOf('one') })).toEqual({
    created: ['one'],
    told: [],
  })
})

test('none of two that have one name (F99)', async () => {
  expect(await joined({ a: incarnationOf('one'), b: incarnationOf('two') })).toEqual({
    created: [],
    told: ['ambiguous'],
  })
})
