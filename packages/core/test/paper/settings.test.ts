/** Times that change while a core runs: it goes by the new ones at once, and nobody pays for the old ones (F4b). */
import { describe, expect, test } from 'vitest'
import { Core, type CoreSettings } from '../../src/index.ts'
import { alone, aloneLeading, electionMs, Group, heartbeatMs } from '../by-hand.ts'
import { ack, heartbeat, preVoteRequest } from './messages.ts'

const settings = (part: Partial<CoreSettings>): { kind: 'settings'; settings: CoreSettings } => ({
  kind: 'settings',
  settings: {
    heartbeatMs,
    electionMs,
    maxUncommittedBytes: 1000,
    clockDriftMarginMs: 0,
    quietAfterMs: 0,
    ...part,
  },
})

describe('a follower', () => {
  test('waits for its leader by the new election timeout, from when it has it', () => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.group.now += electionMs
    b.input(settings({ electionMs: 10 * electionMs }))
    const since = b.group.now
    expect(b.core.wakeAt).toBe(since + 15 * electionMs)
    b.input(settings({ electionMs: 2 * heartbeatMs }))
    expect(b.core.wakeAt).toBe(since + 3 * heartbeatMs)
  })

  // "…within the minimum election timeout of hearing from a current leader" (thesis §4.2.3): its own, whatever the candidate's is.
  test('refuses pre-votes for as long as its own timeout says', () => {
    const b = alone('b', { term: 1 })
    const asks = (): unknown => b.hear(preVoteRequest('c', 'b', 1)).find(({ kind }) => kind === 'pre-vote')
    b.hear(heartbeat('a', 'b', 1, 1))
    b.input(settings({ electionMs: 10 * electionMs }))
    b.group.now += electionMs
    expect(asks()).toMatchObject({ granted: false })
    b.input(settings({ electionMs }))
    expect(asks()).toMatchObject({ granted: true })
  })
})

describe('a leader', () => {
  test('sends a heartbeat at once, which tells the others, and then by the new interval', () => {
    const a = aloneLeading('a')
    a.group.now += 1
    const at = a.group.now
    expect(a.input(settings({ heartbeatMs: 30 })).filter(({ kind }) => kind === 'heartbeat')).toHaveLength(2)
    expect(a.core.wakeAt).toBe(at + 30)
  })

  test('that hears the others as often as it had to does not give up by a shorter timeout', () => {
    const a = aloneLeading('a')
    a.hear(ack('b', 'a', 1, 1, 1))
    a.group.now += heartbeatMs
    a.input(settings({ heartbeatMs: 10, electionMs: 50 }))
    expect(a.core.standing.role).toBe('leader')
    a.group.now += 49
    a.turn()
    expect(a.core.standing.role).toBe('leader')
    a.group.now += 1
    a.turn()
    expect(a.core.standing.role).toBe('follower')
  })

  test('takes as much as the new limit allows', () => {
    const a = aloneLeading('a')
    a.input(settings({ maxUncommittedBytes: 100 }))
    expect(a.propose(1, 60).taken).toBe(true)
    expect(a.propose(1, 60)).toEqual({ taken: false, reason: 'too-many-uncommitted' })
    a.input(settings({ maxUncommittedBytes: 200 }))
    expect(a.propose(1, 60).taken).toBe(true)
  })

  test('says since when it hands over, also by another timeout than it began with', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    const since = group.now
    a.step({ kind: 'transfer', to: 'b' })
    a.step(settings({ electionMs: 7 * electionMs }))
    expect(a.core.transfer).toEqual({ to: 'b', since })
  })
})

test('members with different times elect one leader, and it stays', () => {
  const group = new Group({ voters: 'abc' })
  group.at('b').step(settings({ heartbeatMs: 10, electionMs: 50 }))
  group.at('c').step(settings({ heartbeatMs: 2000, electionMs: 10_000 }))
  group.pass(20 * electionMs)
  expect(group.leaders).toHaveLength(1)
})

test('they are saved and loaded with the core', () => {
  const a = aloneLeading('a')
  a.input(settings({ heartbeatMs: 30 }))
  a.group.now += 30
  const loaded = Core.load(JSON.parse(JSON.stringify(a.core.save())), { id: 'a', random: () => 0.5 })
  loaded.drain(a.group.now)
  expect(loaded.wakeAt).toBe(a.group.now + 30)
})

test.each([
  ['electionMs', { heartbeatMs: 100, electionMs: 199 }],
  ['heartbeatMs', { heartbeatMs: 0 }],
  ['maxUncommittedBytes', { maxUncommittedBytes: Number.NaN }],
])('a core is given no %s that it could not begin with', (option, part) => {
  const a = alone('a')
  const before = JSON.stringify(a.core.save())
  expect(() => a.step(settings(part))).toThrow(expect.objectContaining({ code: 'invalid-option', option }))
  expect(JSON.stringify(a.core.save())).toBe(before)
})
