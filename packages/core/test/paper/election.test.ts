/** Roles, terms and elections (paper figure 2 "Rules for Servers", §5.1, §5.2; thesis §3.4). */
import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/index.ts'
import { alone, aloneLeading, Group, type Hand, heartbeatMs } from '../by-hand.ts'
import { ack, append, conflict, heartbeat, ofKind, preVote, vote, voteRequest } from './messages.ts'

/** The member has asked for votes in the term after its own. */
function campaigning(id: string, start: Parameters<typeof alone>[1] = {}, voters = 'abc'): Hand {
  const hand = alone(id, start, voters)
  hand.group.timeOut(id)
  const { term } = hand.core.standing
  for (const from of voters) if (from !== id) hand.hear(preVote(from, id, term, term + 1))
  hand.complete()
  expect(hand.core.standing).toMatchObject({ role: 'candidate', term: term + 1 })
  return hand
}

describe('all servers', () => {
  // "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to follower (§5.1)" [F11]
  const newer: Message[] = [
    vote('a', 'b', 9, false),
    append('a', 'b', 9, [0, 0]),
    heartbeat('a', 'b', 9, 1),
    ack('a', 'b', 9, 0),
    conflict('a', 'b', 9, 1, [0, 0]),
    preVote('a', 'b', 9, 10, false),
    { kind: 'snapshot', from: 'a', to: 'b', term: 9, index: 5, indexTerm: 5 },
    { kind: 'stale', from: 'a', to: 'b', term: 9 },
    { kind: 'removed', from: 'a', to: 'b', term: 9, index: 0, commit: 0 },
  ]
  const roles = {
    follower: () => alone('b', { term: 1 }),
    'pre-candidate': () => {
      const b = alone('b', { term: 1 })
      b.group.timeOut('b')
      return b
    },
    candidate: () => campaigning('b', { term: 1 }),
    leader: () => aloneLeading('b', { term: 1 }),
  }
  for (const [role, make] of Object.entries(roles))
    test.each(newer)(`a ${role} takes over the higher term of a message: $kind`, (message) => {
      const b = make()
      expect(b.core.standing.role).toBe(role)
      b.hear(message)
      expect(b.core.standing).toMatchObject({ role: 'follower', term: 9 })
      b.complete()
      expect(b.disk).toMatchObject({ term: 9, vote: null })
    })

  // The same sentence, for a request for votes: whoever hears no leader takes over its term.
  test.each(['follower', 'pre-candidate', 'candidate'] as const)(
    'a %s that hears no leader takes over the term of a candidate',
    (role) => {
      const b = roles[role]()
      b.hear(voteRequest('a', 'b', 9))
      expect(b.core.standing).toMatchObject({ role: 'follower', term: 9 })
    },
  )

  // "If a server receives a request with a stale term number, it rejects the request." (§5.1)
  test.each([append('a', 'b', 3, [0, 0], [3]), heartbeat('a', 'b', 3, 1)])(
    'a leader of an older term is told of the newer one, and nothing else happens: $kind',
    (message) => {
      const b = alone('b', { term: 4 })
      const wakeAt = b.core.wakeAt
      b.group.now = 100
      expect(b.hear(message)).toEqual([{ kind: 'stale', from: 'b', to: 'a', term: 4 }])
      expect(b.core).toMatchObject({ lastIndex: 0, wakeAt })
    },
  )

  // The same sentence, for answers: what an earlier term's peers said means nothing in this one.
  test('answers of an older term are not heard', () => {
    const b = campaigning('b', { term: 4 })
    b.hear(vote('a', 'b', 4))
    expect(b.core.standing.role).toBe('candidate')
  })

  // "Current terms are exchanged whenever servers communicate" (§5.1)
  test('every message names the term of its sender', () => {
    const group = new Group({ voters: 'abc' })
    const said: Message[] = []
    group.hooks.onTurn = (hand, effects) => {
      for (const message of effects.messages) expect(message.term).toBe(hand.core.standing.term)
      said.push(...effects.messages)
    }
    group.elect('a').propose()
    group.settle()
    expect(said.length).toBeGreaterThan(8)
  })
})

describe('followers', () => {
  // "A server remains in follower state as long as it receives valid RPCs from a leader or candidate." (§5.2)
  test('a member that hears its leader goes on following', () => {
    const b = alone('b', { term: 1 })
    for (let round = 1; round <= 20; round++) {
      b.group.now += 900
      b.hear(heartbeat('a', 'b', 1, round))
    }
    expect(b.core.standing).toMatchObject({ role: 'follower', leader: 'a', term: 1 })
  })

  // "When servers start up, they begin as followers." (§5.2)
  test('a member that starts follows nobody yet, and says nothing', () => {
    const group = new Group({ voters: 'abc' })
    expect(group.wire).toEqual([])
    for (const hand of group.hands.values())
      expect(hand.core.standing).toMatchObject({ role: 'follower', leader: null })
  })

  // "Followers are passive: they issue no requests on their own but simply respond to requests from leaders and
  // candidates." (§5.1)
  test('a follower sends no requests', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1, 1]))
    b.complete()
    b.group.pass(900)
    b.hear(heartbeat('a', 'b', 1, 1))
    expect(new Set(b.group.wire.map((message) => message.kind))).toEqual(new Set(['ack']))
  })

  // "If election timeout elapses without receiving AppendEntries RPC from current leader or granting vote to
  // candidate: convert to candidate" (figure 2). It asks for pre-votes first (thesis §9.6).
  test('a follower that hears nothing for an election timeout campaigns, and not before', () => {
    const b = alone('b', { term: 1 })
    b.group.now = 1499
    expect(b.turn().messages).toEqual([])
    b.group.now = 1500
    expect(ofKind(b.turn().messages, 'pre-vote-request').map(({ to }) => to)).toEqual(['a', 'c'])
    expect(b.core.standing.role).toBe('pre-candidate')
  })

  // "…from current leader" (figure 2)
  test('a leader of an older term does not hold back the election', () => {
    const b = alone('b', { term: 2 })
    b.group.now = 1400
    b.hear(heartbeat('a', 'b', 1, 1))
    b.group.now = 1500
    b.turn()
    expect(b.core.standing.role).toBe('pre-candidate')
  })
})

describe('randomised timeouts', () => {
  // "election timeouts are chosen randomly from a fixed interval" (§5.2)
  test.each([
    [0, 1000],
    [0.25, 1250],
    [0.999, 1999],
  ])('chance %d gives an election timeout of %d ms', (chance, timeout) => {
    const group = new Group({ voters: 'abc', starts: { b: { options: { random: () => chance } } } })
    expect(group.at('b').core.wakeAt).toBe(timeout)
  })

  // "Each candidate restarts its randomized election timeout at the start of an election, and it waits for that
  // timeout to elapse before starting the next election; this reduces the likelihood of another split vote in the new
  // election." (§5.2) [F8]
  test('each election draws a timeout of its own', () => {
    const b = alone('b', { term: 1 })
    b.chance = 0.1
    b.group.timeOut('b')
    expect(b.core.wakeAt).toBe(1500 + 1100)
    b.chance = 0.7
    b.group.timeOut('b')
    expect(b.core.wakeAt).toBe(2600 + 1700)
  })

  // "…to ensure that split votes are rare and that they are resolved quickly" (§5.2) [F8]
  test('a split vote is resolved by the next timeouts', () => {
    const group = new Group({ voters: 'abcd' })
    for (const [at, hand] of [...group.hands.values()].entries()) hand.chance = [0.2, 0.6, 0.8, 0.95][at]!
    // All four wait for the same time once, and so ask at the same time.
    group.now = 1500
    for (const hand of group.hands.values()) hand.turn()
    group.settle()
    group.pass(10_000)
    expect(group.leaders).toHaveLength(1)
    for (const hand of group.hands.values()) expect(hand.core.standing.leader).toBe(group.leaders[0])
  })
})

describe('candidates', () => {
  // "On conversion to candidate, start election: Increment currentTerm; Vote for self; Reset election timer; Send
  // RequestVote RPCs to all other servers" (figure 2)
  test('a campaign raises the term, votes for itself and asks everyone else, with the end of its log', () => {
    const b = alone('b', { log: [1, 3, 3], term: 4 }, 'abcde')
    b.group.timeOut('b')
    b.group.now += 100
    for (const from of 'ac') b.hear(preVote(from, 'b', 4, 5))
    expect(b.core.standing).toMatchObject({ role: 'candidate', term: 5, leader: null })
    expect(b.core.wakeAt).toBe(b.group.now + 1500)
    const asked = b.complete()
    expect(b.disk).toMatchObject({ term: 5, vote: 'b' })
    expect(asked).toEqual([...'acde'].map((to) => voteRequest('b', to, 5, [3, 3])))
  })

  // "If votes received from majority of servers: become leader" (figure 2); "…in the full cluster for the same term"
  // (§5.2)
  test.each([
    ['abc', 1],
    ['abcd', 2],
    ['abcde', 2],
    ['abcdefg', 3],
  ])('of %s, %d votes besides its own elect', (voters, needed) => {
    const a = campaigning('a', {}, voters)
    for (const from of voters.slice(1, needed)) a.hear(vote(from, 'a', 1))
    expect(a.core.standing.role).toBe('candidate')
    a.hear(vote(voters[needed]!, 'a', 1))
    expect(a.core.standing).toMatchObject({ role: 'leader', term: 1, leader: 'a' })
  })

  // "A candidate wins an election if it receives votes from a majority of the servers…" (§5.2): of servers, not of
  // messages.
  test('repeated votes, refusals and votes of strangers and learners do not elect', () => {
    const group = new Group({ voters: 'abcde', learners: 'l', starts: { a: {} } })
    const a = group.at('a')
    group.timeOut('a')
    for (const from of 'bc') a.hear(preVote(from, 'a', 0, 1))
    a.complete()
    for (const said of [
      vote('b', 'a', 1),
      vote('b', 'a', 1),
      vote('l', 'a', 1),
      vote('x', 'a', 1),
      vote('c', 'a', 1, false),
    ])
      a.hear(said)
    expect(a.core.standing.role).toBe('candidate')
  })

  // "If the leader's term (included in its RPC) is at least as large as the candidate's current term, then the
  // candidate recognizes the leader as legitimate and returns to follower state." (§5.2)
  test.each([append('a', 'b', 1, [0, 0]), heartbeat('a', 'b', 1, 1)])(
    'a candidate follows whoever has won its term: $kind',
    (message) => {
      const b = campaigning('b')
      b.hear(message)
      expect(b.core.standing).toMatchObject({ role: 'follower', leader: 'a', term: 1 })
    },
  )

  // "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects the RPC and
  // continues in candidate state." (§5.2)
  test('a candidate rejects a leader of an older term', () => {
    const b = campaigning('b', { term: 4 })
    expect(b.hear(append('a', 'b', 4, [0, 0]))).toEqual([{ kind: 'stale', from: 'b', to: 'a', term: 5 }])
    expect(b.core.standing.role).toBe('candidate')
  })

  // "If election timeout elapses: start new election" (figure 2)
  test('a campaign without a result is followed by another, in a new term', () => {
    const b = campaigning('b', { term: 4 })
    b.group.timeOut('b')
    for (const from of 'ac') b.hear(preVote(from, 'b', 5, 6))
    expect(ofKind(b.complete(), 'vote-request').map(({ term }) => term)).toEqual([6, 6])
    b.hear(vote('a', 'b', 5))
    expect(b.core.standing).toMatchObject({ role: 'candidate', term: 6 })
  })

  // "election safety: at most one leader can be elected in a given term" (§5.2, figure 3)
  test('of two candidates in one term one is elected at most', () => {
    const group = new Group({ voters: 'abc' })
    for (const id of 'ab') group.at(id).chance = 0
    group.now = 1500
    for (const id of 'ab') group.at(id).turn()
    // c answers both, so both campaign in term 1.
    group.deliver((message) => message.to === 'c')
    group.deliver((message) => message.kind === 'pre-vote')
    for (const id of 'ab') group.at(id).complete()
    for (const id of 'ab') expect(group.at(id).core.standing).toMatchObject({ role: 'candidate', term: 1 })
    group.settle()
    expect(group.leaders).toEqual(['a'])
    expect(group.at('b').core.standing).toMatchObject({ role: 'follower', leader: 'a', term: 1 })
  })
})

describe('leaders', () => {
  // "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server; repeat during idle periods to
  // prevent election timeouts (§5.2)" (figure 2)
  test('a leader speaks to everyone at once, learners too, and goes on doing so', () => {
    const a = aloneLeading('a', {}, 'abc', 'l')
    const heard = () => new Set(ofKind(a.group.drop(), 'heartbeat').map(({ to }) => to))
    expect(heard()).toEqual(new Set(['b', 'c', 'l']))
    for (let round = 2; round <= 4; round++) {
      a.group.now += heartbeatMs - 1
      a.turn()
      expect(heard()).toEqual(new Set())
      a.group.now += 1
      a.turn()
      expect(heard()).toEqual(new Set(['b', 'c', 'l']))
    }
  })

  // "…to prevent election timeouts" (figure 2)
  test('an idle group keeps its leader and its term', () => {
    const group = new Group({ voters: 'abc' })
    group.elect('a')
    group.pass(60_000)
    expect(group.leaders).toEqual(['a'])
    expect(group.at('a').core.standing.term).toBe(1)
  })

  // "…each leader commit a blank no-op entry into the log at the start of its term" (§8)
  test('a term begins with an entry of its own', () => {
    const a = aloneLeading('a', { log: [1, 2], term: 4 })
    expect(a.disk.terms).toEqual([1, 2, 5])
    expect(a.core.lastIndex).toBe(3)
  })

  // "If command received from client: append entry to local log" (figure 2); only the leader does.
  test('proposals are taken by a leader and by nobody else', () => {
    expect(alone('b').propose()).toEqual({ taken: false, reason: 'not-leader' })
    expect(campaigning('b').propose()).toEqual({ taken: false, reason: 'not-leader' })
    const a = aloneLeading('a')
    expect(a.propose(3)).toMatchObject({ taken: true, index: 2, term: 1, count: 3 })
    a.hear(append('b', 'a', 2, [0, 0]))
    expect(a.propose()).toEqual({ taken: false, reason: 'not-leader' })
  })
})

describe('a group of one', () => {
  // "Updated on stable storage before responding to RPCs" (figure 2) and the other rules hold for one member as for
  // many. [F12] [F43]
  test('leads at once, after its term and vote are durable, and commits after its entry is', () => {
    const a = alone('a', {}, 'a')
    expect(a.core.standing).toMatchObject({ role: 'candidate', term: 1 })
    expect(a.writes).toMatchObject([{ term: 1, vote: 'a', entries: null }])
    a.complete()
    expect(a.core.standing.role).toBe('leader')
    expect(a.core).toMatchObject({ lastIndex: 1, commitIndex: 0 })
    a.complete()
    expect(a.core.commitIndex).toBe(1)
    a.group.pass(10_000)
    expect(a.core.standing).toMatchObject({ role: 'leader', term: 1 })
  })
})

describe('time', () => {
  // "The paper assumes that timers fire in time" (docs/divergence.md): a turn that comes late moves the election
  // deadline by one heartbeat, once, so that what waits unread is read first. [F94g] [F94h]
  test('a member that was paused reads what has arrived before it campaigns', () => {
    const b = alone('b', { term: 1 })
    b.hear(heartbeat('a', 'b', 1, 1))
    b.group.now = 30_000
    expect(b.turn().messages).toEqual([])
    b.hear(heartbeat('a', 'b', 1, 2))
    expect(b.core.standing).toMatchObject({ role: 'follower', leader: 'a' })
    expect(b.core.wakeAt).toBe(31_500)
  })

  test('the delay is given once: then it campaigns', () => {
    const b = alone('b', { term: 1 })
    b.group.now = 30_000
    b.turn()
    expect(b.core.wakeAt).toBe(30_000 + 1.5 * heartbeatMs)
    b.group.timeOut('b')
    expect(b.core.standing.role).toBe('pre-candidate')
  })
})

describe('what can never be', () => {
  // "Raft divides time into terms of arbitrary length … Terms are numbered with consecutive integers." (§5.1) [F89]
  test.each([-1, 0.5, 2 ** 53, Number.NaN])('a message of term %d stops this member', (term) => {
    expect(() => alone('b').hear(heartbeat('a', 'b', term, 1))).toThrow('invariant 11')
  })

  // Terms end somewhere: whoever lies can say that they have, and nothing is written that no disk has a place for. [F89]
  test('a term that no disk has a place for stops the member that would begin it', () => {
    expect(() => alone('a', { term: 2 ** 53 - 1 }, 'a')).toThrow('invariant 15')
  })

  // Time is handed in, and monotonic.
  test('time that goes back stops this member', () => {
    const b = alone('b')
    b.group.now = -1
    expect(() => b.turn()).toThrow('invariant 14')
  })
})

describe('the first of those who begin a group together', () => {
  test('campaigns after as long as it is told, and after that by election timeouts', () => {
    const a = alone('a', { options: { firstWaitMs: heartbeatMs } })
    expect(a.core.wakeAt - a.group.now).toBe(heartbeatMs)
    a.group.timeOut('a')
    expect(a.core.standing.role).toBe('pre-candidate')
    // Nobody answers: the others have not begun yet.
    expect(a.core.wakeAt - a.group.now).toBeGreaterThanOrEqual(1000)
  })

  test('waits no longer than others do', () => {
    const b = alone('b', { options: { firstWaitMs: 1e9 } })
    expect(b.core.wakeAt - b.group.now).toBeLessThanOrEqual(2000)
  })

  test.each([-1, Number.NaN])('is told a time, not %s', (firstWaitMs) => {
    expect(() => alone('a', { options: { firstWaitMs } })).toThrow(/firstWaitMs/)
  })
})
