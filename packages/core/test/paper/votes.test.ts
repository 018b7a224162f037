/** RequestVote, as its receiver sees it (paper figure 2, §5.2, §5.4.1). */
import { describe, expect, test } from 'vitest'
import { alone } from '../by-hand.ts'
import { append, preVote, vote, voteRequest } from './messages.ts'

describe('RequestVote RPC, receiver implementation', () => {
  // "1. Reply false if term < currentTerm (§5.1)"
  test('a request of an older term is refused, with the current term', () => {
    const b = alone('b', { term: 5 })
    expect(b.hear(voteRequest('a', 'b', 4, [9, 4]))).toEqual([vote('b', 'a', 5, false)])
    expect(b.writes).toEqual([])
  })

  // "2. If votedFor is null or candidateId, and candidate's log is at least as up-to-date as receiver's log, grant
  // vote (§5.2, §5.4)"
  test('a vote that is free is given to whoever asks first with a good log', () => {
    const b = alone('b', { term: 1 })
    b.hear(voteRequest('a', 'b', 2))
    expect(b.writes).toMatchObject([{ term: 2, vote: 'a' }])
    expect(b.complete()).toEqual([vote('b', 'a', 2)])
  })

  // "If votedFor is null or candidateId…": the same candidate may ask again, its first answer may be lost.
  test('whoever has the vote gets the same answer again', () => {
    const b = alone('b', { term: 1 })
    b.hear(voteRequest('a', 'b', 2))
    b.complete()
    expect(b.hear(voteRequest('a', 'b', 2))).toEqual([vote('b', 'a', 2)])
    expect(b.writes).toEqual([])
  })

  // "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis" (§5.2)
  test.each(['while the vote is being written', 'once it is durable', 'after a restart'])(
    'nobody else gets the vote of the same term: %s',
    (when) => {
      const b = alone('b', { term: 1 })
      b.hear(voteRequest('a', 'b', 2))
      if (when !== 'while the vote is being written') b.complete()
      if (when === 'after a restart') b.restart()
      expect(b.hear(voteRequest('c', 'b', 2, [9, 1]))).toEqual([vote('b', 'c', 2, false)])
    },
  )

  // "Each server will vote for at most one candidate in a given term…" (§5.2)
  test('a new term frees the vote', () => {
    const b = alone('b', { term: 2, vote: 'a' })
    b.hear(voteRequest('c', 'b', 3))
    expect(b.complete()).toEqual([vote('b', 'c', 3)])
  })

  // "Each server will vote for at most one candidate in a given term…" (§5.2): the term of the answer is the term of
  // the vote.
  test('a vote that is overtaken by a newer term is never told', () => {
    const b = alone('b', { term: 1 })
    b.hear(voteRequest('a', 'b', 2))
    b.hear(voteRequest('c', 'b', 3))
    expect(b.complete()).toEqual([vote('b', 'c', 3)])
  })

  // A candidate votes for itself (§5.2), so its vote of that term is given.
  test('a candidate votes for nobody else in its own term', () => {
    const b = alone('b')
    b.group.timeOut('b')
    b.hear(preVote('c', 'b', 0, 1))
    b.complete()
    expect(b.core.standing).toMatchObject({ role: 'candidate', term: 1 })
    expect(b.hear(voteRequest('a', 'b', 1, [9, 0]))).toEqual([vote('b', 'a', 1, false)])
  })
})

describe('the election restriction (§5.4.1)', () => {
  // "If the logs have last entries with different terms, then the log with the later term is more up-to-date. If the
  // logs end with the same term, then whichever log is longer is more up-to-date."
  test.each([
    { index: 3, term: 2, granted: true, why: 'the same log' },
    { index: 4, term: 2, granted: true, why: 'a longer log of the same term' },
    { index: 2, term: 2, granted: false, why: 'a shorter log of the same term' },
    { index: 1, term: 3, granted: true, why: 'a shorter log of a later term' },
    { index: 9, term: 1, granted: false, why: 'a longer log of an earlier term' },
    { index: 0, term: 0, granted: false, why: 'an empty log' },
  ])('$why: granted $granted', ({ index, term, granted }) => {
    const b = alone('b', { log: [1, 1, 2], term: 4 })
    const said = [...b.hear(voteRequest('a', 'b', 5, [index, term])), ...b.complete()]
    expect(said).toEqual([vote('b', 'a', 5, granted)])
    expect(b.disk.vote).toBe(granted ? 'a' : null)
  })

  // "the voter denies its vote if its own log is more up-to-date than that of the candidate" (§5.4.1): its log is all
  // it has accepted, durable or not.
  test('entries that are still being written count', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1]))
    b.group.now += 5000
    expect(b.hear(voteRequest('c', 'b', 2, [1, 1]))).toContainEqual(vote('b', 'c', 2, false))
  })

  // "If RPC request or response contains term T > currentTerm: set currentTerm = T" (figure 2), also with the vote
  // refused.
  test('the term of a refused candidate is taken over', () => {
    const b = alone('b', { log: [1, 1, 2], term: 4 })
    b.hear(voteRequest('a', 'b', 7))
    b.complete()
    expect(b.disk).toMatchObject({ term: 7, vote: null })
  })
})

describe('the election timer', () => {
  // "If election timeout elapses without receiving AppendEntries RPC from current leader or granting vote to
  // candidate: convert to candidate" (figure 2)
  test('granting a vote begins a new election timeout', () => {
    const b = alone('b', { term: 1 })
    b.group.now = 900
    b.hear(voteRequest('a', 'b', 2))
    expect(b.core.wakeAt).toBe(900 + 1500)
  })

  // The same sentence: refusing one does not.
  test('refusing a vote does not', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.group.now = 900
    b.hear(voteRequest('a', 'b', 2))
    expect(b.core.wakeAt).toBe(1500)
  })
})

describe('who may ask', () => {
  // "A server also grants its vote to a candidate that is not part of the server's latest configuration (if the
  // candidate has a sufficiently up-to-date log and a current term)." (thesis §4.1) [F9]
  test('a candidate that the receiver does not know gets the vote', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(voteRequest('x', 'b', 2, [1, 1]))
    expect(b.complete()).toContainEqual(vote('b', 'x', 2))
  })

  // "servers process incoming RPC requests without consulting their current configurations" (thesis §4.1): a learner
  // may be behind its own promotion. [F41]
  test('a learner votes too', () => {
    const d = alone('d', { log: [1], term: 1 }, 'abc', 'd')
    d.hear(voteRequest('a', 'd', 2, [1, 1]))
    expect(d.complete()).toContainEqual(vote('d', 'a', 2))
  })
})
