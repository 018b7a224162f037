/** Which group a host joins. */
import type { Clock, RaftedEvent } from '@rafted/contracts'
import { errorResponse, type Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Joining } from '../src/joining.ts'
import type { Member } from '../src/member.ts'

const incarnationOf = (incarnation: string): Response => ({
  kind: 'located',
  id: 0,
  knows: 'member',
  incarnation,
  term: 1,
  leader: null,
  members: [],
})

interface Joined {
  /** The incarnations it would join. */
  readonly created: string[]
  readonly asked: string[]
  readonly told: string[]
}

/** Joins through addresses that answer like this, with the member there is already, until it would pause. */
async function joined(answers: Record<string, Response>, member: Member | null = null): Promise<Joined> {
  const created: string[] = []
  const asked: string[] = []
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
      call: async (address, request) => {
        asked.push(request.kind)
        return answers[address]!
      },
      event: (event: RaftedEvent) => {
        if (event.kind === 'join') told.push(event.what)
      },
      create: async (incarnation) => {
        created.push(incarnation)
        return null
      },
    })
    joining.start(member)
  })
  return { created, asked, told }
}

test('the one that is known, by whoever knows it', async () => {
  const silent = errorResponse('unreachable', 'not-applied', 'Nobody listens.')
  expect(await joined({ a: silent, b: incarnationOf('one'), c: incarnationOf('one') })).toMatchObject({
    created: ['one'],
    told: [],
  })
})

test('none of two that have one name (F99)', async () => {
  expect(await joined({ a: incarnationOf('one'), b: incarnationOf('two') })).toMatchObject({
    created: [],
    told: ['ambiguous'],
  })
})

// It may have been removed while it was down: asked again, the leader would add it once more, and nobody would stay removed.
test('a member that its own log names does not ask to be added; one that it does not name does', async () => {
  const refused = errorResponse('not-leader', 'not-applied', 'Nobody leads.')
  const member = { incarnation: 'one', id: 'm', addresses: ['a'], isMember: false, ended: null }
  const asked = async (isInLog: boolean): Promise<string[]> =>
    (await joined({ a: refused }, { ...member, isInLog } as unknown as Member)).asked
  expect(await asked(true)).toEqual([])
  expect(await asked(false)).toContain('join')
})
