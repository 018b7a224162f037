/** Each promise is seen to be broken in a made-up situation that breaks it, and in no other. */
import { expect, test } from 'vitest'
import type { MemberView } from '../../src/exploration/explored-member.ts'
import { brokenPromise, type Committed, committedBy } from '../../src/exploration/group-promises.ts'

const ids = ['a', 'b', 'c']
const nothing: Committed = { terms: [], knownIn: [] }

function member(some: Partial<MemberView>): MemberView {
  const { log = [], disk = log, term = 2, diskTerm = term } = some
  return {
    ...{ role: 'follower', commit: 0, matches: [], led: [], writes: 0, noticeDue: false },
    ...{ vote: null, diskVote: null },
    ...{ ...some, log, disk, term, diskTerm },
  }
}

interface MadeUp {
  readonly views: readonly [Partial<MemberView>, Partial<MemberView>, Partial<MemberView>]
  readonly committed?: Committed
  /** Null if no promise is broken. */
  readonly broken: string | null
}

const situations: readonly MadeUp[] = [
  { views: [{}, {}, {}], broken: null },
  { views: [{ led: [1] }, { led: [2] }, { led: [3] }], broken: null },
  {
    views: [{ led: [1, 3] }, { led: [2] }, { led: [3] }],
    broken: 'election safety: c and a are both elected in term 3',
  },
  { views: [{ log: [1, 2] }, { log: [1, 1, 1] }, { log: [1, 1] }], broken: null },
  {
    views: [{ log: [1, 2, 2] }, { log: [] }, { log: [2, 2] }],
    broken: 'log matching: the logs of a and c agree at an entry and not below it',
  },
  {
    views: [{ log: [1], disk: [1, 3] }, { log: [] }, { log: [], disk: [2, 3] }],
    broken: 'log matching: the logs of a and c agree at an entry and not below it',
  },
  {
    views: [{ log: [1] }, { log: [1] }, { role: 'leader', term: 2, log: [2] }],
    committed: { terms: [1], knownIn: [1] },
    broken: 'leader completeness: c leads term 2 without entry 1 of term 1, which is committed',
  },
  {
    views: [{ log: [1] }, { log: [1] }, { role: 'leader', term: 2, log: [2] }],
    committed: { terms: [1], knownIn: [2] },
    broken: null,
  },
  {
    views: [{ log: [1] }, { log: [1], disk: [] }, {}],
    committed: { terms: [1], knownIn: [1] },
    broken: 'durable on a quorum: entry 1 of term 1 is committed and on 1 of 3 disks',
  },
  {
    views: [{ role: 'leader', log: [1, 2], matches: [0, 1, 2] }, { log: [1] }, { log: [1], diskTerm: 2 }],
    broken: 'match: a takes entry 2 to be durable at c',
  },
  {
    views: [{ role: 'leader', log: [1, 2], matches: [0, 1, 2] }, { log: [1] }, { log: [1], term: 3 }],
    broken: null,
  },
]

test.each(situations)('%j', ({ views, committed = nothing, broken }) => {
  expect(brokenPromise(ids, views.map(member), committed, 0)).toBe(broken)
})

test('another entry where one was committed is noticed, and a longer commit remembered', () => {
  const first = committedBy(nothing, member({ term: 2, log: [1, 2, 2], commit: 2 }))
  expect(first).toEqual({ terms: [1, 2], knownIn: [2, 2] })
  expect(committedBy(first as Committed, member({ term: 3, log: [1, 2, 3], commit: 1 }))).toBe(first)
  expect(committedBy(first as Committed, member({ term: 3, log: [1, 2, 3], commit: 3 }))).toEqual({
    terms: [1, 2, 3],
    knownIn: [2, 2, 3],
  })
  expect(committedBy(first as Committed, member({ term: 3, log: [1, 3], commit: 2 }))).toBe(
    'state machine safety: entry 2 is committed with term 2 and with term 3',
  )
})
