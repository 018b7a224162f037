/** The one way to count, against counting by hand: with and without joint configurations, for every use of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Configuration } from '../../src/index.ts'
import { isVoter, reachedByQuorum, rosterOf } from '../../src/quorum.ts'
import { configurationOf, Group, type Hand, win } from '../by-hand.ts'
import { ack, ofKind, preVote, vote } from '../paper/messages.ts'

const ids = [...'abcdefg']
const some = (minLength: number) => fc.subarray(ids, { minLength }).map((list) => list.join(''))
const configurations = fc
  .record({ voters: some(1), outgoing: fc.option(some(1)), learners: some(0) })
  .map(({ voters, outgoing, learners }) => ({ voters, outgoing, learners: without(learners, voters) }))
  .map(({ voters, outgoing, learners }) =>
    configurationOf(voters, { learners, ...(outgoing === null ? {} : { outgoing }) }),
  )

function without(list: string, others: string): string {
  return [...list].filter((id) => !others.includes(id)).join('')
}

/** By hand: whether those who hold `holds` are a majority of each half. */
function agree({ voters, outgoing }: Configuration, holds: (id: string) => boolean): boolean {
  return [voters, ...(outgoing === null ? [] : [outgoing])].every(
    (half) => half.filter(({ id }) => holds(id)).length * 2 > half.length,
  )
}

/** By hand: the highest of `values` that both majorities reach. */
function highest(configuration: Configuration, values: ReadonlyMap<string, number>): number {
  const reached = [...values.values()].filter((value) =>
    agree(configuration, (id) => values.get(id)! >= value),
  )
  return Math.max(...reached)
}

const valuesUpTo = (max: number) =>
  fc.tuple(...ids.map(() => fc.nat(max))).map((list) => new Map(ids.map((id, at) => [id, list[at]!])))

describe('counting', () => {
  test('the highest value that a majority reaches, of each half', () => {
    fc.assert(
      fc.property(configurations, valuesUpTo(5), (configuration, values) => {
        const roster = rosterOf(configuration)
        const items = roster.ids.map((id) => values.get(id)!)
        expect(reachedByQuorum(roster, items, (value) => value)).toBe(highest(configuration, values))
      }),
    )
  })

  test('every member is listed once, and who counts is known', () => {
    fc.assert(
      fc.property(configurations, (configuration) => {
        const { voters, outgoing, learners } = configuration
        const roster = rosterOf(configuration)
        const counts = new Set([...voters, ...(outgoing ?? [])].map(({ id }) => id))
        expect(roster.ids.toSorted()).toEqual(
          [...new Set([...counts, ...learners.map(({ id }) => id)])].sort(),
        )
        for (const id of [...ids, 'x']) expect(isVoter(roster, id)).toBe(counts.has(id))
      }),
    )
  })

  test('two quorums of one configuration always meet, and those of the two halves of a joint one', () => {
    fc.assert(
      fc.property(configurations, some(0), some(0), (configuration, one, other) => {
        fc.pre(
          agree(configuration, (id) => one.includes(id)) && agree(configuration, (id) => other.includes(id)),
        )
        expect([...one].some((id) => other.includes(id))).toBe(true)
      }),
    )
  })
})

/** A member of a group with this configuration in its log, of which nobody else runs. */
function memberOf(configuration: Configuration, id: string): Hand {
  const start = { log: [1, 1], term: 1, commit: 1, configurations: { 2: configuration } }
  return new Group({
    voters: configuration.voters.map((each) => each.id).join(''),
    starts: { [id]: start },
  }).at(id)
}

/** Configurations, and one who counts in each. */
const withVoter = fc.tuple(configurations, fc.nat()).map(([configuration, at]) => ({
  configuration,
  id: pick([...configuration.voters, ...(configuration.outgoing ?? [])], at),
}))

function pick(list: readonly { id: string }[], at: number): string {
  return list[at % list.length]!.id
}

describe('elections', () => {
  test('willing and unwilling members decide as counted by hand', () => {
    const answers = fc.array(fc.tuple(fc.constantFrom(...ids), fc.boolean()), { maxLength: 12 })
    fc.assert(
      fc.property(withVoter, answers, ({ configuration, id }, given) => {
        fc.pre(!agree(configuration, (each) => each === id))
        const hand = memberOf(configuration, id)
        hand.group.timeOut(id)
        const heard = new Map([[id, true]])
        for (const [from, granted] of given) {
          if (from === id || hand.core.standing.role !== 'pre-candidate') continue
          heard.set(from, granted)
          hand.hear(preVote(from, id, 1, 2, granted))
          const won = agree(configuration, (each) => heard.get(each) === true)
          const lost = !agree(configuration, (each) => heard.get(each) !== false)
          expect(hand.core.standing.role).toBe(won ? 'candidate' : lost ? 'follower' : 'pre-candidate')
        }
      }),
    )
  })

  test('votes elect as counted by hand', () => {
    fc.assert(
      fc.property(withVoter, fc.shuffledSubarray(ids), ({ configuration, id }, voting) => {
        fc.pre(!agree(configuration, (each) => each === id))
        const hand = memberOf(configuration, id)
        hand.group.timeOut(id)
        for (const from of ids) if (from !== id) hand.hear(preVote(from, id, 1, 2))
        hand.complete()
        const given = new Set([id])
        for (const from of voting) {
          if (from === id) continue
          given.add(from)
          hand.hear(vote(from, id, 2))
          const elected = agree(configuration, (each) => given.has(each))
          expect(hand.core.standing.role).toBe(elected ? 'leader' : 'candidate')
          if (elected) return
        }
      }),
    )
  })
})

describe('a leader', () => {
  test('commits what is counted by hand, and nothing of an earlier term', () => {
    fc.assert(
      fc.property(withVoter, valuesUpTo(7), ({ configuration, id }, values) => {
        fc.pre(!agree(configuration, (each) => each === id))
        const hand = win(memberOf(configuration, id))
        // Entries 1 and 2 are of term 1, 3 to 7 of its own; its own are written, the write of the last two is under
        // way.
        hand.propose(2)
        hand.complete()
        hand.propose(2)
        const holds = new Map(values).set(id, 5)
        for (const [from, match] of values)
          if (from !== id) hand.step({ kind: 'message', message: ack(from, id, 2, match) })
        hand.turn()
        const expected = highest(configuration, holds)
        const joint = configuration.outgoing !== null && expected >= 3
        expect(hand.core.commitIndex).toBe(expected >= 3 ? expected : 1)
        // A committed joint configuration is followed by the next one.
        expect(hand.core.lastIndex).toBe(joint ? 8 : 7)
      }),
    )
  })

  test('confirms a read with a round that is answered as counted by hand', () => {
    fc.assert(
      fc.property(withVoter, fc.shuffledSubarray(ids), ({ configuration, id }, answering) => {
        // A joint configuration is left as soon as it is committed; a plain one stays.
        const plain = { ...configuration, outgoing: null }
        fc.pre(plain.voters.some((each) => each.id === id) && plain.voters.length > 1)
        const hand = win(memberOf(plain, id))
        for (const { id: from } of plain.voters) if (from !== id) hand.hear(ack(from, id, 2, 3, 1))
        hand.group.drop()
        hand.input({ kind: 'read', id: 1 })
        const round = ofKind(hand.group.drop(), 'heartbeat')[0]!.round
        const answered = new Set([id])
        for (const from of answering) {
          if (from === id) continue
          answered.add(from)
          hand.hear(ack(from, id, 2, 3, round))
          expect(hand.ready.length).toBe(agree(plain, (each) => answered.has(each)) ? 1 : 0)
        }
      }),
    )
  })

  test('confirms a read while a change is under way by both majorities', () => {
    const changes = fc.tuple(some(2), some(1)).filter(([from]) => from.includes('a'))
    fc.assert(
      fc.property(changes, fc.shuffledSubarray(ids), ([from, to], answering) => {
        fc.pre([...to].sort().join() !== [...from].sort().join())
        const group = new Group({ voters: from, starts: { a: {} } })
        const hand = win(group.at('a'))
        for (const id of from) if (id !== 'a') hand.hear(ack(id, 'a', 1, 1, 1))
        hand.change(configurationOf(to), { evenIfQuorumAtRisk: true })
        const joint = hand.core.standing.configuration!.configuration
        expect(joint.outgoing).not.toBeNull()
        hand.group.drop()
        hand.input({ kind: 'read', id: 1 })
        const round = ofKind(hand.group.drop(), 'heartbeat')[0]!.round
        const answered = new Set(['a'])
        for (const id of answering) {
          if (id === 'a') continue
          answered.add(id)
          hand.hear(ack(id, 'a', 1, 1, round))
          expect(hand.ready.length).toBe(agree(joint, (each) => answered.has(each)) ? 1 : 0)
        }
      }),
    )
  })
})
