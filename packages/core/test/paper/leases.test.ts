/** Leases (thesis §6.4.1): when a leader may answer by itself (F46), and what its followers have promised (F46a). The stories are in the scenario scripts. */
import { describe, expect, test } from 'vitest'
import { Core, CoreOptionError, EntryKind, emptyLog } from '../../src/index.ts'
import { alone, aloneLeading, electionMs, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, append, heartbeat, ofKind, preVoteRequest, vote, voteRequest } from './messages.ts'

const margin = 200
const options = { clockDriftMarginMs: margin }

/** A leader of three that takes leases and has committed the entry of its own term; its first round has not been answered. */
function leading(voters = 'abc'): Hand {
  const a = aloneLeading('a', { options }, voters)
  for (const from of voters.slice(1)) a.hear(ack(from, 'a', 1, 1))
  return a
}

/** The next round of heartbeats begins. */
function nextRound(a: Hand): number {
  a.group.drop()
  a.group.now += heartbeatMs
  a.turn()
  return ofKind(a.group.drop(), 'heartbeat')[0]!.round
}

describe('the leader', () => {
  // "…the leader would use the normal heartbeat mechanism to maintain a lease": from when they were sent, until a
  // little before the followers' promises end.
  test('has a lease for an election timeout less the margin, once a majority has answered', () => {
    const a = leading()
    expect(a.core.leaseUntil).toBe(Number.NEGATIVE_INFINITY)
    const round = nextRound(a)
    const sentAt = a.group.now
    a.group.now += 150
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.core.leaseUntil).toBe(sentAt + electionMs - margin)
  })

  test('answers at once while it has it, and by a round when it has not', () => {
    const a = leading()
    const round = nextRound(a)
    a.hear(ack('b', 'a', 1, 1, round))
    const sentAt = a.group.now
    a.group.now = sentAt + electionMs - margin - 1
    a.turn()
    a.group.drop()
    a.input({ kind: 'read', id: 1, lease: true })
    expect(a.ready).toEqual([{ id: 1, index: 1, asOf: a.group.now, byLease: true }])
    a.group.now++
    a.input({ kind: 'read', id: 2, lease: true })
    expect(a.ready).toHaveLength(1)
    const { round: next } = ofKind(a.group.drop(), 'heartbeat').at(-1)!
    a.hear(ack('c', 'a', 1, 1, next))
    expect(a.ready[1]).toMatchObject({ id: 2, index: 1, byLease: false })
  })

  test('is one of a majority of five, and of both majorities while joint', () => {
    const a = leading('abcde')
    const first = nextRound(a)
    a.hear(ack('b', 'a', 1, 1, first))
    expect(a.core.leaseUntil).toBe(Number.NEGATIVE_INFINITY)
    a.hear(ack('c', 'a', 1, 1, first))
    expect(a.core.leaseUntil).toBe(a.group.now + electionMs - margin)
    a.change({
      voters: a.core.standing.configuration!.configuration.voters.slice(3),
      outgoing: null,
      learners: [],
    })
    expect(a.core.leaseUntil).toBe(Number.NEGATIVE_INFINITY)
  })

  test('asks for nothing and has none unless it is told the margin', () => {
    const a = aloneLeading('a')
    a.hear(ack('b', 'a', 1, 1))
    const round = nextRound(a)
    expect(a.hear(ack('b', 'a', 1, 1, round))).toEqual([])
    expect(a.core.leaseUntil).toBe(Number.NEGATIVE_INFINITY)
    a.input({ kind: 'read', id: 1, lease: true })
    expect(ofKind(a.group.drop(), 'heartbeat')).toMatchObject([{ abstainMs: 0 }, { abstainMs: 0 }])
  })

  // A late turn "never extends a lease": it excuses the others, and not this clock. [F94g]
  test('that comes late has lost the time that has passed', () => {
    const a = leading()
    a.hear(ack('b', 'a', 1, 1, nextRound(a)))
    const until = a.core.leaseUntil
    a.group.now += 900
    a.input({ kind: 'read', id: 1, lease: true })
    expect(a.core.leaseUntil).toBe(until)
    expect(a.ready).toEqual([])
  })

  test('remembers few of its rounds, however many reads begin one, and takes an earlier one for those between', () => {
    const a = leading()
    nextRound(a)
    for (let id = 0; id < 2000; id++) {
      a.group.now += 0.5
      a.input({ kind: 'read', id })
      const { round } = ofKind(a.group.drop(), 'heartbeat')[0]!
      a.hear(ack('b', 'a', 1, 1, round))
      expect(a.core.leaseUntil - a.group.now).toBeGreaterThan(electionMs - margin - electionMs / 30)
      expect(a.core.leaseUntil - a.group.now).toBeLessThanOrEqual(electionMs - margin)
    }
    const { leading: state } = a.core.save().state as { leading: { marks: unknown[] } }
    expect(state.marks.length).toBeLessThanOrEqual(34)
  })

  test('appends the entry that names what it asks for also where a proposal is faster, and counts only who holds it', () => {
    const a = alone('a', { options })
    a.group.timeOut('a')
    a.hear({ kind: 'pre-vote', from: 'b', to: 'a', term: 0, campaign: 1, granted: true })
    a.complete()
    a.step({ kind: 'message', message: vote('b', 'a', 1) })
    a.step({ kind: 'propose', count: 1, bytes: 10 })
    expect(a.turn().own).toMatchObject([{ index: 2, kind: EntryKind.lease, abstainMs: electionMs }])
    a.complete()
    const round = nextRound(a)
    a.hear(ack('b', 'a', 1, 1, round))
    expect(a.core.leaseUntil).toBe(Number.NEGATIVE_INFINITY)
    a.hear(ack('b', 'a', 1, 2, round))
    expect(a.core.leaseUntil).toBe(a.group.now + electionMs - margin)
  })
})

describe('a follower', () => {
  /** It has heard a heartbeat that asks it to abstain for as long as its own election timeout, three times over. */
  function promised(): Hand {
    const b = alone('b', { log: [1], term: 1, commit: 1 })
    b.hear(heartbeat('a', 'b', 1, 1, 1, 3 * electionMs))
    return b
  }
  const request = { ...preVoteRequest('c', 'b', 1, [1, 1]) }

  test('votes for nobody else for as long as it was asked to', () => {
    const b = promised()
    b.group.now += 3 * electionMs - 1
    expect(ofKind(b.hear(request), 'pre-vote')).toMatchObject([{ granted: false }])
    expect(b.hear(voteRequest('c', 'b', 2, [1, 1]))).toEqual([])
    expect(b.core.standing.term).toBe(1)
    b.group.now++
    b.hear(voteRequest('c', 'b', 2, [1, 1]))
    expect(ofKind(b.complete(), 'vote')).toMatchObject([{ granted: true }])
  })

  // "…except … leadership transfer" (thesis §4.2.3): the leader has no lease any more.
  test('votes for whom its leader has told to campaign', () => {
    const b = promised()
    b.hear({ ...voteRequest('c', 'b', 2, [1, 1]), transfer: true })
    expect(ofKind(b.complete(), 'vote')).toMatchObject([{ granted: true }])
  })

  test('votes for the leader itself: that one no longer leads', () => {
    const b = promised()
    b.hear(voteRequest('a', 'b', 2, [1, 1]))
    expect(ofKind(b.complete(), 'vote')).toMatchObject([{ granted: true }])
  })

  test('that starts again abstains from all, for as long as its log says', () => {
    const stored = { ...emptyLog(), term: 1, abstainMs: 500 }
    const core = new Core({ id: 'b', random: () => 0 }, stored, 1000)
    core.step({ kind: 'message', message: voteRequest('a', 'b', 2) }, 1499)
    expect(core.drain(1499).write).toBeNull()
    core.step({ kind: 'message', message: voteRequest('a', 'b', 2) }, 1500)
    expect(core.drain(1500).write).toMatchObject({ vote: 'a' })
  })

  test('whose leader takes no leases has promised nothing', () => {
    const b = alone('b', { log: [1], term: 1, commit: 1 })
    b.hear(append('a', 'b', 1, [1, 1]))
    b.hear(heartbeat('a', 'b', 1, 1, 1))
    b.group.now += electionMs
    expect(ofKind(b.hear(request), 'pre-vote')).toMatchObject([{ granted: true }])
  })

  // [F46b]
  test('extends its promise by what only one of its clocks has counted, and at most to all of it', () => {
    const b = promised()
    b.group.now += 2 * electionMs
    b.input({ kind: 'clock-doubt', aheadMs: electionMs })
    b.group.now += 2 * electionMs - 1
    expect(ofKind(b.hear(request), 'pre-vote')).toMatchObject([{ granted: false }])
    b.group.now++
    expect(ofKind(b.hear(request), 'pre-vote')).toMatchObject([{ granted: true }])
    b.input({ kind: 'clock-doubt', aheadMs: electionMs })
    expect(ofKind(b.hear(request), 'pre-vote')).toMatchObject([{ granted: true }])
  })
})

test('the margin lies between nothing and an election timeout', () => {
  const start = (clockDriftMarginMs: number) =>
    new Core({ id: 'a', random: () => 0, clockDriftMarginMs }, emptyLog(), 0)
  for (const wrong of [-1, 1000, Number.NaN]) expect(() => start(wrong)).toThrow(CoreOptionError)
  start(999)
  start(0)
})
