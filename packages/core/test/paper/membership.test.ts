/** Changes of members: joint consensus, learners, removal (paper §6; thesis §4.1–§4.3). */
import { describe, expect, test } from 'vitest'
import { isSameArrangement, type Place, rearranged, withLearner, withUpdated } from '../../src/index.ts'
import {
  alone,
  aloneLeading,
  configurationOf,
  electionMs,
  Group,
  type Hand,
  heartbeatMs,
  learner,
  member,
  win,
} from '../by-hand.ts'
import { ack, append, heartbeat, ofKind, preVote, preVoteRequest, vote, voteRequest } from './messages.ts'

/** A leader that has committed the entry of its own term, and nobody else runs. */
function ready(voters = 'abc', learners = ''): Hand {
  const a = aloneLeading('a', {}, voters, learners)
  for (const from of voters.slice(1) + learners) a.hear(ack(from, 'a', 1, 1))
  a.group.drop()
  return a
}

function inEffect(hand: Hand): string {
  const { voters, outgoing, learners } = hand.core.standing.configuration!.configuration
  const ids = (list: readonly { id: string }[] | null) => list?.map(({ id }) => id).join('') ?? ''
  return [ids(outgoing), ids(voters), ids(learners)].join('/')
}

describe('the configuration in effect (thesis §4.1)', () => {
  // "The new configuration takes effect on each server as soon as it is added to that server's log"
  test('at the leader, as soon as it is appended', () => {
    const a = ready()
    a.change(configurationOf('abcd'), { evenIfQuorumAtRisk: true })
    expect(a.core.commitIndex).toBe(1)
    expect(inEffect(a)).toBe('abc/abcd/')
    expect(ofKind(a.group.wire, 'append').map(({ to }) => to)).toEqual(['b', 'c', 'd'])
  })

  // The same: "each server always uses the latest configuration found in its log"
  test('at a follower, as soon as it receives it', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1], { configurations: { 2: configurationOf('bde') } }))
    expect(inEffect(b)).toBe('/bde/')
    expect(b.core.standing.committedConfigurationIndex).toBe(0)
    expect(ofKind(b.group.timeOut('b'), 'pre-vote-request').map(({ to }) => to)).toEqual(['d', 'e'])
  })

  // "a server must be prepared to fall back to the previous configuration in its log" [F28] [F114]
  test('it goes back with the log', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(
      append('a', 'b', 1, [1, 1], [1, 1], {
        configurations: { 2: configurationOf('abd'), 3: configurationOf('bd') },
      }),
    )
    expect(inEffect(b)).toBe('/bd/')
    b.hear(append('c', 'b', 2, [2, 1], [2]))
    expect(inEffect(b)).toBe('/abd/')
    b.hear(append('a', 'b', 3, [1, 1], [3]))
    expect(inEffect(b)).toBe('/abc/')
  })

  // The same, over a restart: the log alone says who the members are. [F114]
  test('it is read back from the log', () => {
    const b = alone('b', { log: [1], term: 1 })
    b.hear(append('a', 'b', 1, [1, 1], [1], { configurations: { 2: configurationOf('abd') } }))
    b.restart()
    expect(inEffect(b)).toBe('/abc/')
    b.hear(append('a', 'b', 1, [1, 1], [1], { configurations: { 2: configurationOf('abd') } }))
    b.complete()
    b.restart()
    expect(inEffect(b)).toBe('/abd/')
  })

  // "A server accepts AppendEntries requests from a leader that is not part of the server's latest configuration.
  // Otherwise, a new server could never be added to the cluster"
  test('a member that knows nobody follows whoever leads', () => {
    const group = new Group({ voters: 'abc', starts: {} })
    const x = group.join('x')
    expect(x.core.wakeAt).toBe(Number.POSITIVE_INFINITY)
    x.hear(append('a', 'x', 4, [0, 0], [1, 4], { commit: 2 }))
    expect(x.complete()).toEqual([ack('x', 'a', 4, 2)])
    expect(x.core.commitIndex).toBe(2)
    x.group.now += 100_000
    expect(x.turn().messages).toEqual([])
    expect(x.core.standing.role).toBe('follower')
  })
})

describe('joint consensus (thesis §4.3)', () => {
  // "When the leader receives a request to change the configuration from C_old to C_new, it stores the configuration
  // for joint consensus (C_old,new …) as a log entry" (paper §6)
  test('a change of voters begins with both configurations', () => {
    const a = ready()
    expect(a.change(configurationOf('abd'), { evenIfQuorumAtRisk: true })).toMatchObject({
      taken: true,
      index: 2,
    })
    expect(inEffect(a)).toBe('abc/abd/')
    a.complete()
    expect(a.disk.entries.at(-1)!.configuration).toMatchObject({
      outgoing: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    })
  })

  // "Log entries are replicated to all servers in both configurations."
  test('everyone in either configuration gets the entries', () => {
    const a = ready()
    a.change(configurationOf('def'), { evenIfQuorumAtRisk: true })
    expect(ofKind(a.group.drop(), 'append').map(({ to }) => to)).toEqual([...'defbc'])
    for (const from of 'bcd') a.hear(ack(from, 'a', 1, 2))
    a.group.drop()
    a.propose()
    expect(ofKind(a.group.wire, 'append').map(({ to }) => to)).toEqual([...'dbc'])
  })

  // "Agreement (for elections and entry commitment) requires separate majorities from both the old and new
  // configurations."
  test.each([
    { from: 'bc', commits: false, why: 'all of the old, one of the new' },
    { from: 'de', commits: false, why: 'all others of the new, one of the old' },
    { from: 'bd', commits: true, why: 'two of each' },
  ])('an entry is committed by both: $why', ({ from, commits }) => {
    const a = ready()
    a.change(configurationOf('ade'), { evenIfQuorumAtRisk: true })
    a.complete()
    for (const id of from) a.hear(ack(id, 'a', 1, 2))
    expect(a.core.commitIndex).toBe(commits ? 2 : 1)
  })

  // "Agreement (for elections …)"
  test.each([
    { from: 'bc', wins: false },
    { from: 'de', wins: false },
    { from: 'bd', wins: true },
  ])('a leader is elected by both: $from, $wins', ({ from, wins }) => {
    const joint = configurationOf('ade', { outgoing: 'abc' })
    const a = alone('a', { log: [1, 1], term: 1, configurations: { 2: joint } })
    a.group.timeOut('a')
    for (const id of from) a.hear(preVote(id, 'a', 1, 2))
    expect(a.core.standing.role).toBe(wins ? 'candidate' : 'pre-candidate')
    for (const id of 'bd') a.hear(preVote(id, 'a', 1, 2))
    a.complete()
    for (const id of from) a.hear(vote(id, 'a', 2))
    expect(a.core.standing.role).toBe(wins ? 'leader' : 'candidate')
  })

  // "Any server from either configuration may serve as leader."
  test.each(['b', 'd'])('a member of one configuration only can lead: %s', (id) => {
    const configurations = { 2: configurationOf('ade', { outgoing: 'abc' }) }
    const hand = win(alone(id, { log: [1, 1], term: 1, configurations }))
    expect(hand.core.standing).toMatchObject({ role: 'leader', term: 2, removedAt: null })
  })

  // "Once C_old,new has been committed … It is now safe for the leader to create a log entry describing C_new and
  // replicate it to the cluster." (paper §6)
  test('the new configuration follows once the joint one is committed, and not before', () => {
    const a = ready()
    a.change(configurationOf('ade'), { evenIfQuorumAtRisk: true })
    a.complete()
    a.hear(ack('b', 'a', 1, 2))
    expect([inEffect(a), a.core.lastIndex]).toEqual(['abc/ade/', 2])
    a.hear(ack('d', 'a', 1, 2))
    expect([inEffect(a), a.core.lastIndex]).toEqual(['/ade/', 3])
    a.complete()
    a.hear(ack('b', 'a', 1, 3))
    expect(a.core.commitIndex).toBe(2)
    a.hear(ack('e', 'a', 1, 3))
    expect(a.core.commitIndex).toBe(3)
    expect(a.core.standing.committedConfigurationIndex).toBe(3)
  })

  // "only servers with the C_old,new log entry can be elected as leader" (paper §6): whoever it is, it finishes the
  // change. [F31]
  test('a change whose leader is gone is finished by the next one', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    for (const id of 'de') group.join(id)
    group.lost = ({ kind, from }) => kind === 'ack' && from === 'd'
    a.change(configurationOf('cde'), { evenIfQuorumAtRisk: true })
    group.deliver((message) => message.kind === 'append')
    group.cut.add('a')
    group.lost = () => false
    group.settle()
    const c = group.elect('c')
    group.pass(1000)
    expect(inEffect(c)).toBe('/cde/')
    expect(c.core.standing.committedConfigurationIndex).toBe(c.core.standing.configuration!.index)
    for (const id of 'de') expect(group.at(id).disk.terms).toEqual(c.disk.terms)
  })

  // "there must be no point during the transition where it is possible for two leaders to be elected for the same
  // term" (paper §6)
  test('a change that reached one member only is undone by the old majority', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    for (const id of 'de') group.join(id)
    for (const id of 'bc') group.cut.add(id)
    a.change(configurationOf('ade'), { evenIfQuorumAtRisk: true })
    group.settle()
    // a, d and e are all of the new configuration, and decide nothing alone.
    expect([a.core.commitIndex, inEffect(a), inEffect(group.at('d'))]).toEqual([1, 'abc/ade/', 'abc/ade/'])
    group.cut.clear()
    group.cut.add('a').add('d').add('e')
    const b = group.elect('b')
    expect(inEffect(b)).toBe('/abc/')
    group.cut.clear()
    group.pass(5000)
    expect(inEffect(a)).toBe('/abc/')
    expect(a.disk.terms).toEqual(b.disk.terms)
  })

  // "Agreement … requires separate majorities from both the old and new configurations": where the voters stay, the
  // two are the same one.
  test('a change of learners or of an address is one entry', () => {
    const a = ready()
    const withLearners = configurationOf('abc', { learners: 'l' })
    a.change(withLearners)
    expect(inEffect(a)).toBe('/abc/l')
    a.complete()
    a.hear(ack('b', 'a', 1, 2))
    const moved = {
      ...withLearners,
      voters: withLearners.voters.map((voter) => ({ ...voter, address: 'elsewhere' })),
    }
    expect(a.change(moved)).toMatchObject({ taken: true, index: 3 })
    expect(inEffect(a)).toBe('/abc/l')
  })

  // Replacing a dead member is one change, without a moment of three voters of which one is dead. [F30]
  test('one change swaps a member for another', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.cut.add('c')
    group.join('d')
    a.change(configurationOf('abd'))
    group.settle()
    group.pass(100)
    for (const id of 'abd') expect(inEffect(group.at(id))).toBe('/abd/')
    expect(a.core.commitIndex).toBe(a.core.lastIndex)
  })

  // The same counting for every size. [F43]
  test('a group grows from one to four and shrinks to one again', () => {
    const group = new Group({ voters: 'a' })
    const a = group.at('a')
    group.settle()
    for (const id of 'bcd') group.join(id)
    for (const voters of ['ab', 'abc', 'abcd', 'abc', 'ab', 'a', 'ac']) {
      expect(a.change(configurationOf(voters), { evenIfQuorumAtRisk: true })).toMatchObject({ taken: true })
      group.settle()
      expect(inEffect(a)).toBe(`/${voters}/`)
      expect(a.core.commitIndex).toBe(a.core.lastIndex)
      group.pass(50)
      for (const id of voters) expect(inEffect(group.at(id))).toBe(`/${voters}/`)
      if (voters === 'a') group.join('c')
    }
  })
})

describe('when a change may begin', () => {
  // "a leader may not append a C_new entry until it has committed an entry from its current term" (the correction of
  // the thesis's §4.1) [F16] [F29]
  test('not before an entry of the own term is committed', () => {
    const a = aloneLeading('a', { log: [1], term: 1, commit: 1 })
    const change = () => a.change(configurationOf('abd'), { evenIfQuorumAtRisk: true })
    a.hear(ack('b', 'a', 2, 1))
    expect(change()).toEqual({ taken: false, reason: 'no-own-term-entry' })
    a.hear(ack('b', 'a', 2, 2))
    expect(change()).toMatchObject({ taken: true })
  })

  // "Further configuration changes can be started. Before this point, overlapping configuration changes could degrade
  // to unsafe situations" (thesis §4.1, of the commitment of C_new)
  test('one at a time', () => {
    const a = ready()
    const change = () => a.change(configurationOf('abd'), { evenIfQuorumAtRisk: true })
    const pending = { taken: false, reason: 'change-pending' }
    change()
    expect(change()).toEqual(pending)
    a.complete()
    for (const id of 'bd') a.hear(ack(id, 'a', 1, 2))
    // The joint configuration is committed, and the new one is not.
    expect(inEffect(a)).toBe('/abd/')
    expect(change()).toEqual(pending)
    a.complete()
    for (const id of 'bd') a.hear(ack(id, 'a', 1, 3))
    expect(a.change(configurationOf('abc'), { evenIfQuorumAtRisk: true })).toMatchObject({ taken: true })
  })

  // Two people change members at the same time: a change may name the configuration it is based on. [F32] [F109]
  test('only on the configuration that it is based on, if it names one', () => {
    const a = ready()
    a.change(configurationOf('abc', { learners: 'l' }))
    a.complete()
    a.hear(ack('b', 'a', 1, 2))
    const second = configurationOf('abc', { learners: 'm' })
    expect(a.change(second, { ifConfigurationAt: 0 })).toEqual({
      taken: false,
      reason: 'configuration-changed',
    })
    expect(a.change(second, { ifConfigurationAt: 2 })).toMatchObject({ taken: true })
  })

  // A change that would leave voters of whom too few answer is refused, unless insisted on. [F37]
  test('only if a majority of the new voters answers', () => {
    const a = ready()
    expect(a.change(configurationOf('axy'))).toEqual({ taken: false, reason: 'quorum-at-risk' })
    expect(a.change(configurationOf('abx'))).toMatchObject({ taken: true })
    const late = ready()
    for (let round = 2; round <= 1 + electionMs / heartbeatMs; round++) {
      late.group.now += heartbeatMs
      late.turn()
      late.hear(ack('b', 'a', 1, 1, round))
    }
    expect(late.change(configurationOf('acd'))).toEqual({ taken: false, reason: 'quorum-at-risk' })
    expect(late.change(configurationOf('abd'))).toMatchObject({ taken: true })
  })

  // A configuration has voters, and each id and each host counts once. [F38]
  test('only with a configuration that is one', () => {
    const a = ready()
    const refused = { taken: false, reason: 'invalid-configuration' }
    const sameHost = { ...member('d'), host: 'host-b' }
    const good = configurationOf('abc')
    for (const bad of [
      configurationOf(''),
      configurationOf('abb'),
      configurationOf('abc', { learners: 'c' }),
      { ...good, voters: [...good.voters, sameHost] },
      { ...good, learners: [learner('d'), { ...learner('e'), host: 'host-d' }] },
    ])
      expect(a.change(bad, { evenIfQuorumAtRisk: true })).toEqual(refused)
  })

  // Only a leader changes members.
  test('only at the leader', () => {
    expect(alone('b').change(configurationOf('abd'))).toEqual({ taken: false, reason: 'not-leader' })
  })
})

describe('catching up new servers (thesis §4.2.1)', () => {
  // "a new server joins the cluster as a non-voting member. The leader replicates log entries to it, but it is not
  // yet counted towards majorities for voting or commitment purposes." [F36] [F41]
  test('a learner gets the whole log while the others decide', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.propose(10)
    group.settle()
    const d = group.join('d')
    a.change(configurationOf('abc', { learners: 'd' }))
    group.settle()
    expect(d.disk.terms).toEqual(a.disk.terms)
    expect(inEffect(a)).toBe('/abc/d')
    group.cut.add('b').add('c')
    a.propose()
    group.settle()
    expect(a.core.commitIndex).toBe(a.core.lastIndex - 1)
  })

  // "…not yet counted towards majorities for voting…": and it does not campaign. It asks, so that it is told if it
  // has been removed, and no answer elects it.
  test('a learner never campaigns', () => {
    const d = alone('d', { log: [1], term: 1 }, 'abc', 'd')
    expect(ofKind(d.group.timeOut('d'), 'pre-vote-request').map(({ to }) => to)).toEqual([...'abc'])
    for (const from of 'abc') d.hear(preVote(from, 'd', 1, 2))
    expect(d.core.standing).toMatchObject({ role: 'follower', term: 1 })
    expect(d.writes).toEqual([])
  })

  // "Once the new servers have caught up with the rest of the cluster, the reconfiguration can proceed" (paper §6)
  // [F36]
  test('a learner that shall be promoted is made a voter once it has caught up', () => {
    const group = new Group({ voters: 'abc', options: { maxAppendBytes: 1000 } })
    const a = group.elect('a')
    a.propose(100, 100_000)
    group.settle()
    group.join('d')
    a.change({ ...configurationOf('abc'), learners: [learner('d', true)] })
    group.lost = ({ kind, from }) => kind === 'ack' && from === 'd'
    group.settle()
    group.pass(500)
    expect(inEffect(a)).toBe('/abc/d')
    group.lost = () => false
    group.pass(1000)
    expect(inEffect(a)).toBe('/abcd/')
    expect(a.core.commitIndex).toBe(a.core.lastIndex)
  })

  // "The leader needs to determine when a new server is sufficiently caught up": one more append would bring it
  // level.
  test('not while more than one append is missing', () => {
    const group = new Group({ voters: 'ab', starts: { a: {} }, options: { maxAppendBytes: 1000 } })
    const a = win(group.at('a'))
    a.hear(ack('b', 'a', 1, 1))
    a.change({ ...configurationOf('ab'), learners: [learner('d', true)] })
    a.propose(10, 5000)
    a.complete()
    a.hear(ack('b', 'a', 1, 12))
    a.hear(ack('d', 'a', 1, 3))
    a.hear(ack('d', 'a', 1, 9))
    expect(inEffect(a)).toBe('/ab/d')
    a.hear(ack('d', 'a', 1, 10))
    expect(inEffect(a)).toBe('ab/abd/')
  })

  // The same: only a learner that is there for it.
  test('a learner that is to stay one stays one', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.join('d')
    a.change(configurationOf('abc', { learners: 'd' }))
    group.pass(5000)
    expect(inEffect(a)).toBe('/abc/d')
  })

  // A new leader finds the same in the log, and carries it out. [F31]
  test('whoever leads promotes the learner', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    group.join('d')
    group.cut.add('d')
    a.change({ ...configurationOf('abc'), learners: [learner('d', true)] })
    group.settle()
    group.pass(50)
    group.cut.delete('d')
    group.cut.add('a')
    const b = group.elect('b')
    group.pass(1000)
    expect(inEffect(b)).toBe('/abcd/')
  })

  // A host never counts twice: its former member goes in the same change. [F38]
  test('a promoted learner takes the place of the voter on its host', () => {
    const d = { ...learner('d', true), host: 'host-b' }
    const configuration = { ...configurationOf('abc'), learners: [d] }
    const { promote: _, ...asVoter } = d
    const places = [{ member: 'd', place: 'voter' }] as const
    expect(rearranged(configuration, { places, others: 'keep' })).toEqual({
      voters: [member('a'), member('c'), asVoter],
      learners: [],
    })
    expect(
      withLearner(configuration, { ...learner('e'), host: 'host-b' }).learners.map(({ id }) => id),
    ).toEqual(['e'])
  })
})

describe('whether a member was added', () => {
  // What it does not know to be committed may be lost again, be it its addition or its removal. [F35i]
  test('is what its log says, whatever came after', () => {
    const b = alone('x', { log: [1], term: 1 })
    expect(b.core.wasAdded).toBe(false)
    b.hear(append('a', 'x', 1, [1, 1], [1], { configurations: { 2: configurationOf('abcx') } }))
    expect([b.core.wasAdded, b.core.configuration?.index]).toEqual([true, 2])
    b.hear(append('a', 'x', 1, [2, 1], [1], { configurations: { 3: configurationOf('abc') } }))
    expect([b.core.wasAdded, b.core.configuration?.index]).toEqual([true, 3])
    b.hear(append('c', 'x', 2, [1, 1], [2]))
    expect(b.core.wasAdded).toBe(false)
  })
})

describe('members where they are to be', () => {
  const configuration = { ...configurationOf('abc', { learners: 'd' }) }
  const after = (places: Readonly<Record<string, Place>>, others: 'keep' | 'remove' = 'keep'): string => {
    const placed = Object.entries(places).map(([id, place]) => ({ member: id, place }))
    const { voters, learners } = rearranged(configuration, { places: placed, others })
    const marked = learners.map(({ id, promote }) => `${id}${promote ? '+' : ''}`)
    return `${voters.map(({ id }) => id).join('')}/${marked.join('')}`
  }

  test('whoever is named changes, the others stay or go', () => {
    expect(after({})).toBe('abc/d')
    expect(after({ a: 'out', d: 'out' })).toBe('bc/')
    expect(after({ b: 'learner' })).toBe('ac/bd')
    expect(after({ d: 'promoted', a: 'promoted' })).toBe('abc/d+')
    expect(after({ d: 'voter', c: 'out' })).toBe('abd/')
    expect(after({ d: 'voter', a: 'voter', b: 'learner' }, 'remove')).toBe('ad/b')
  })

  test('whom the configuration does not have is left out', () => {
    expect(after({ x: 'voter', y: 'out' })).toBe('abc/d')
    expect(after({ x: 'voter' }, 'remove')).toBe('/')
  })

  test('what is the same is told by members and places, not by their order', () => {
    const turned = { voters: [...configuration.voters].reverse(), learners: configuration.learners }
    expect(isSameArrangement(configuration, turned)).toBe(true)
    const { places, others } = {
      places: [{ member: 'd', place: 'promoted' }] as const,
      others: 'keep' as const,
    }
    expect(isSameArrangement(configuration, rearranged(configuration, { places, others }))).toBe(false)
    expect(isSameArrangement(configuration, { voters: configuration.voters, learners: [] })).toBe(false)
  })

  // Where a member is dialled is no part of who it is. [F42]
  test('a member is updated in its place', () => {
    const moved = { ...member('b'), address: 'elsewhere' }
    const updated = withUpdated(configuration, moved)
    expect(updated.voters).toEqual([member('a'), moved, member('c')])
    expect(updated.learners).toEqual(configuration.learners)
    const learning = withUpdated(configuration, { ...member('d'), address: 'there' })
    expect(learning.learners).toEqual([{ ...learner('d'), address: 'there' }])
  })

  // "…a new server … is not yet counted towards majorities": a learner that lacks much must not become a voter, in a swap neither. [F36]
  test('a learner becomes a voter only when it has caught up, unless that is insisted on', () => {
    const group = new Group({ voters: 'abc', options: { maxAppendBytes: 1000 } })
    const a = group.elect('a')
    group.join('d')
    a.change(configurationOf('abc', { learners: 'd' }))
    group.settle()
    group.lost = ({ to }) => to === 'd'
    a.propose(10, 5000)
    group.settle()
    const swap = configurationOf('abd')
    expect(a.change(swap)).toEqual({ taken: false, reason: 'not-caught-up' })
    group.lost = () => false
    group.pass(500)
    expect(a.change(swap)).toMatchObject({ taken: true })
    group.settle()
    group.pass(50)
    expect(inEffect(a)).toBe('/abd/')
    group.cut.add('c')
    group.join('e')
    group.cut.add('e')
    a.change(configurationOf('abd', { learners: 'e' }))
    group.settle()
    expect(a.change(configurationOf('abe'))).toEqual({ taken: false, reason: 'not-caught-up' })
    expect(a.change(configurationOf('abe'), { evenIfQuorumAtRisk: true })).toMatchObject({ taken: true })
  })
})

describe('removing the current leader (thesis §4.2.2)', () => {
  // "a leader that is removed from the configuration steps down once the C_new entry is committed"
  test('it leads until its removal is committed, tells the others, and stops', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.change(configurationOf('bc'))
    group.deliver()
    for (const id of 'abc') group.at(id).complete()
    group.deliver()
    expect(inEffect(a)).toBe('/bc/')
    expect(a.core.standing.role).toBe('leader')
    group.settle()
    const removal = a.core.lastIndex
    expect(a.core.standing).toMatchObject({ role: 'follower', removedAt: removal })
    for (const id of 'bc') expect(group.at(id).core.commitIndex).toBeGreaterThanOrEqual(removal)
    // No time has passed: it has told one of the others to campaign.
    expect(group.leaders).toEqual(['b'])
  })

  // "it replicates log entries but does not count itself in majorities" [F34]
  test('it does not count itself while it commits its removal', () => {
    const a = ready('abcd')
    a.change(configurationOf('bcd'))
    a.complete()
    for (const id of 'bcd') a.hear(ack(id, 'a', 1, 2))
    expect(inEffect(a)).toBe('/bcd/')
    a.complete()
    a.hear(ack('b', 'a', 1, 3))
    expect(a.core.commitIndex).toBe(2)
    a.hear(ack('c', 'a', 1, 3))
    expect(a.core).toMatchObject({ commitIndex: 3, standing: { role: 'follower', removedAt: 3 } })
  })

  // The same, for a leader that becomes a learner: it stays a member, and leads no longer.
  test('a leader that becomes a learner steps down as well', () => {
    const group = new Group({ voters: 'abc' })
    const a = group.elect('a')
    a.change(configurationOf('bc', { learners: 'a' }))
    group.settle()
    expect(a.core.standing).toMatchObject({ role: 'follower', removedAt: null })
    group.at('b').chance = 0.1
    group.pass(3000)
    expect(group.leaders).toEqual(['b'])
    group.at('b').propose()
    group.settle()
    expect(a.disk.terms).toEqual(group.at('b').disk.terms)
  })

  // "a server that is not part of its own latest configuration should still start new elections, as it might still be
  // needed until the C_new entry is committed"
  test('a member whose removal is in its log and not committed may still be elected', () => {
    const a = alone('a', { log: [1, 1], term: 1, configurations: { 2: configurationOf('bc') } })
    a.group.timeOut('a')
    expect(a.core.standing.role).toBe('pre-candidate')
    for (const from of 'bc') a.hear(preVote(from, 'a', 1, 2))
    a.complete()
    a.hear(vote('b', 'a', 2))
    expect(a.core.standing.role).toBe('candidate')
    a.hear(vote('c', 'a', 2))
    expect(a.core.standing.role).toBe('leader')
  })
})

describe('removed servers (thesis §4.2.3)', () => {
  // "a server that is not in C_new will no longer receive heartbeats … it will not know that it has been removed from
  // the cluster": it is told, and takes part in nothing from then on. [F35] [F101]
  test('a member that was removed while it was away is told when it comes back', () => {
    const group = new Group({ voters: 'abcd' })
    const a = group.elect('a')
    group.cut.add('d')
    a.change(configurationOf('abc'))
    group.pass(3000)
    group.cut.clear()
    group.pass(3000)
    const d = group.at('d')
    expect(d.core.standing).toMatchObject({
      role: 'follower',
      removedAt: a.core.standing.configuration!.index,
    })
    expect(d.core.wakeAt).toBe(Number.POSITIVE_INFINITY)
    expect(group.leaders).toEqual(['a'])
    expect(a.core.standing.term).toBe(1)
    expect(d.propose()).toEqual({ taken: false, reason: 'removed' })
    expect(d.hear(voteRequest('b', 'd', 9, [99, 9]))).toEqual([])
  })

  // The same: a member that sees its own removal committed knows it.
  test('a member that follows learns of its removal from the log', () => {
    const group = new Group({ voters: 'abcd' })
    const a = group.elect('a')
    const joint = () => a.change(configurationOf('abc'))
    joint()
    group.settle()
    const d = group.at('d')
    const removal = a.core.standing.configuration!
    // The leader speaks to d no longer, so d has the joint configuration only; somebody tells it when it asks.
    d.hear(
      append('a', 'd', 1, [d.core.lastIndex, 1], [1], {
        commit: removal.index,
        configurations: { [removal.index]: removal.configuration },
      }),
    )
    expect(d.core.standing.removedAt).toBe(removal.index)
  })

  // Only a *committed* configuration excludes anybody, and only one above the index that added the receiver. [F35]
  test('nobody is told of a removal that is not committed, or by one that only does not know it yet', () => {
    const b = alone('b', { log: [1, 1], term: 1, configurations: { 2: configurationOf('abc') } }, 'abcd')
    expect(ofKind(b.hear(preVoteRequest('d', 'b', 1, [1, 1])), 'removed')).toEqual([])
    b.hear(append('a', 'b', 1, [2, 1], [], { commit: 2 }))
    expect(ofKind(b.hear(preVoteRequest('d', 'b', 1, [1, 1])), 'removed')).toMatchObject([
      { to: 'd', index: 2 },
    ])
    const added = { 2: configurationOf('abcd') }
    const behind = alone('b', { log: [1, 1], term: 1, commit: 1, configurations: added })
    expect(ofKind(behind.hear(preVoteRequest('d', 'b', 1, [2, 1])), 'removed')).toEqual([])
  })

  // The same, at the receiver.
  test('a removal is believed above the index that added this member, and not below', () => {
    const configurations = { 3: configurationOf('abcd') }
    const d = alone('d', { log: [1, 1, 1], term: 1, configurations }, 'abc')
    for (const commit of [1, 2]) d.hear({ kind: 'removed', from: 'a', to: 'd', term: 1, index: 1, commit })
    expect(d.core.standing).toMatchObject({ removedAt: null, configuration: { index: 3 } })
    d.hear({ kind: 'removed', from: 'a', to: 'd', term: 1, index: 4, commit: 4 })
    expect(d.core.standing.removedAt).toBe(4)
    const unknown = new Group({ voters: 'abc', starts: {} }).join('d')
    unknown.hear({ kind: 'removed', from: 'a', to: 'd', term: 1, index: 4, commit: 4 })
    expect(unknown.core.standing.removedAt).toBeNull()
  })

  // A learner that was removed asks as well, and is told. [F35]
  test('a removed learner learns of it', () => {
    const group = new Group({ voters: 'abc', learners: 'l' })
    const a = group.elect('a')
    group.cut.add('l')
    a.change(configurationOf('abc'))
    group.pass(500)
    group.cut.clear()
    group.pass(5000)
    expect(group.at('l').core.standing.removedAt).toBe(2)
  })

  // A message for another member than this one (its host had one before) is not taken; but whoever still asks that
  // one may be removed as well, and know nobody else. [F35] [F94b]
  test('what is addressed to a former member of this host is not taken, and its sender is told', () => {
    const b = alone(
      'b',
      { log: [1, 1], term: 1, commit: 2, configurations: { 2: configurationOf('abc') } },
      'abcd',
    )
    expect(b.hear(preVoteRequest('d', 'former', 9, [9, 9]))).toMatchObject([
      { kind: 'removed', to: 'd', index: 2 },
    ])
    expect(b.hear(append('a', 'former', 9, [2, 1], [9]))).toEqual([])
    expect(b.core).toMatchObject({ lastIndex: 2, standing: { term: 1 } })
  })

  // "no solution based on comparing logs alone … will be sufficient to tell if an election will be disruptive":
  // whoever hears a leader heeds no candidate, whatever its log. [F9]
  test('a removed member that was not told disturbs nobody who hears a leader', () => {
    const b = alone(
      'b',
      { log: [1, 1], term: 1, commit: 2, configurations: { 2: configurationOf('abc') } },
      'abcd',
    )
    b.hear(heartbeat('a', 'b', 1, 1))
    b.complete()
    b.group.now += heartbeatMs
    expect(ofKind(b.hear(preVoteRequest('d', 'b', 5, [9, 1])), 'pre-vote')).toMatchObject([
      { granted: false },
    ])
    expect(b.hear(voteRequest('d', 'b', 9, [9, 1]))).toEqual([])
    expect(b.core.standing).toMatchObject({ term: 1, leader: 'a' })
  })
})
