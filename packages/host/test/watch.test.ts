/** What a member tells of its standing. */
import type { RaftedEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { MemberWatch } from '../src/watch.ts'

test('it leads once the first entry of its term is applied, whatever that is, and says so once (F7c)', () => {
  const told: string[] = []
  const core = {
    standing: { role: 'leader', term: 3 },
    termBegins: { term: 3, index: 24 } as { term: number; index: number } | null,
    peers: () => [],
    isQuiet: false,
  }
  const event = (one: RaftedEvent): void => {
    if (one.kind === 'leadership-gained') told.push(`${one.token.term} ${one.token.index}`)
    if (one.kind === 'leadership-lost') told.push('lost')
  }
  const watch = new MemberWatch(
    {
      core,
      host: { event, now: () => 0 },
      group: 'g',
      id: 'm',
      settings: { electionMs: 1000 },
    } as unknown as ConstructorParameters<typeof MemberWatch>[0],
    { index: 0, time: 0 },
  )
  const settled = (index: number): boolean => watch.settled({ index, term: 3 })
  expect([settled(23), watch.token]).toEqual([false, null])
  expect([settled(24), settled(25), watch.token]).toEqual([true, false, { term: 3, index: 24 }])
  // It leads another term by now, which what it stands for doesn't say yet.
  core.termBegins = { term: 5, index: 30 }
  watch.onStanding(
    { role: 'follower', term: 4, leader: null } as Parameters<typeof watch.onStanding>[0],
    null,
  )
  core.standing = { role: 'leader', term: 4 }
  expect(settled(40)).toBe(false)
  expect(told).toEqual(['3 24', 'lost'])
})
