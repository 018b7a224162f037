/** Changes of members: what may be asked for, who may take whose place, and when calls are answered. */
import type { Configuration, Core, Input, Learner, Member, Place, Refusal } from '@rafted/core'
import type { JoinRequest, Response } from '@rafted/wire'
import { describe, expect, test } from 'vitest'
import { type ChangeRequest, Changes } from '../src/changes.ts'
import { configurationOf } from './log-entries.ts'

const electionMs = 1000
const begun = 10_000

interface Start {
  /** The other voters, each heard as long ago as said. */
  readonly silentMs?: Record<string, number>
  readonly learners?: readonly Learner[]
  readonly outgoing?: readonly Member[]
  readonly committed?: number
  readonly refusal?: Refusal
  readonly quietAfterMs?: number
  /** In force. */
  readonly machineVersion?: number
  readonly featureLevel?: number
}

/** The leader `a` of these voters, in whose log the configuration stands at 7. A change that begins gets the index 8. */
function setting({
  silentMs = { b: 0, c: 0 },
  learners = [],
  outgoing,
  committed = 7,
  refusal: firstRefusal,
  quietAfterMs = 0,
  machineVersion = 1,
  featureLevel = 1,
}: Start = {}) {
  let now = begun
  let refusal = firstRefusal
  let woken = 0
  const heardAt = Object.fromEntries(Object.entries(silentMs).map(([id, ms]) => [id, now - ms]))
  const told: string[] = []
  const inputs: Extract<Input, { kind: 'change' }>[] = []
  const { voters } = configurationOf('a', ...Object.keys(silentMs))
  const configuration = { index: 7, configuration: { voters, outgoing: outgoing ?? null, learners } }
  const standing = { role: 'leader', term: 3, configuration, committedConfigurationIndex: committed }
  const terms = new Map([
    [7, 3],
    [8, 3],
  ])
  const core = {
    standing,
    commitIndex: 7,
    peers: () => Object.entries(heardAt).map(([id, lastHeard]) => ({ id, lastHeard })),
    termAt: (index: number) => terms.get(index),
    step: (input: Extract<Input, { kind: 'change' }>) => {
      inputs.push(input)
      return refusal === undefined ? { taken: true, index: 8 } : { taken: false, reason: refusal }
    },
  }
  const changes = new Changes({
    incarnation: 'one',
    times: () => ({ electionMs, quietAfterMs }),
    now: () => now,
    wake: () => {
      woken++
    },
    required: (setting) => (setting === 'machineVersion' ? machineVersion : featureLevel),
    core: core as unknown as Core,
    answers: {
      answer: (_, response: Response) => {
        const at = response.kind === 'done' ? response.configuration?.index : undefined
        told.push(`${response.kind} ${at}`)
      },
      refuse: (_, code, outcome) => {
        told.push(`${code} ${outcome}`)
      },
    },
  })
  const ask = (request: Partial<ChangeRequest>, id = 1): void => {
    const whole = { group: 'count', incarnation: 'one', ...request, id }
    changes.ask(whole as ChangeRequest, 'at-x', now)
  }
  const join = (member: Learner, more: Partial<JoinRequest> = {}): void =>
    ask({ kind: 'join', member, promote: true, formerDataLost: false, ...more })
  const put = (
    places: Readonly<Record<string, Place>>,
    { others = 'keep' as 'keep' | 'remove', at = null as number | null, anyway = false } = {},
  ): void => {
    const placed = Object.entries(places).map(([member, place]) => ({ member, place }))
    const base = { ifConfigurationAt: at, evenIfQuorumAtRisk: anyway }
    ask({ kind: 'change-members', places: placed, others, ...base })
  }
  /** This configuration is committed and applied, and the leader leads, or not. */
  const commit = (index: number, committed: Configuration, leads = true): void => {
    standing.committedConfigurationIndex = index
    changes.settle({ index, configuration: committed }, leads)
  }
  /** What the change that has begun asks for. */
  const wanted = (): string => {
    const { voters, learners } = inputs.at(-1)!
    const marked = learners.map(({ id, promote }) => `${id}${promote ? '+' : ''}`)
    return `${voters.map(({ id }) => id).join('')}/${marked.join('')}`
  }
  /** Time passes; this one is heard at its end, if it is named; then it is settled. From then on changes are refused for this, if for anything. */
  const pass = (ms: number, heard: string | null, then: Refusal | undefined): void => {
    now += ms
    if (heard !== null) heardAt[heard] = now
    refusal = then
    changes.settle(configuration, true)
  }
  const wakes = (): number => woken
  return {
    changes,
    told,
    inputs,
    ask,
    join,
    put,
    commit,
    wanted,
    configuration,
    standing,
    terms,
    pass,
    wakes,
  }
}

const memberOn = (id: string, host = `host-${id}`): Member => ({
  id,
  host,
  address: `at-${id}`,
  durable: true,
  wire: [1, 1],
  machine: [1, 1],
})
const learner = (id: string, promote = false, host?: string): Learner => ({ ...memberOn(id, host), promote })
const newcomer = (host: string): Learner => learner('x', true, host)

/** Voters and learners by their ids, a `+` behind those that are to be promoted. */
function made(voters: string, learners = '', outgoing: string | null = null): Configuration {
  const list = (ids: string): Member[] => [...ids].map((id) => memberOn(id))
  const learning = [...learners.matchAll(/(\w)(\+?)/g)].map(([, id, plus]) => learner(id!, plus === '+'))
  return { voters: list(voters), outgoing: outgoing === null ? null : list(outgoing), learners: learning }
}

describe('joining', () => {
  test('a member on a host that answers is not replaced, whatever the newcomer says of itself', () => {
    const { told, inputs, join } = setting({ silentMs: { b: electionMs - 1, c: 0 } })
    join(newcomer('host-b'), { formerDataLost: true })
    join(newcomer('host-a'), { formerDataLost: true })
    expect(told).toEqual(['host-id-in-use not-applied', 'host-id-in-use not-applied'])
    expect(inputs).toEqual([])
  })

  test('a durable member on a host that is silent is replaced only when a person says that it is lost', () => {
    const { told, inputs, join } = setting({ silentMs: { b: electionMs, c: 0 } })
    join(newcomer('host-b'))
    expect(told).toEqual(['member-lost not-applied'])
    expect(inputs).toEqual([])
    join(newcomer('host-b'), { formerDataLost: true })
    expect(inputs).toHaveLength(1)
  })

  test('is answered when the member votes, not when it is added', () => {
    const { told, join, commit } = setting()
    join(newcomer('host-x'))
    commit(8, made('abc', 'x+'))
    commit(9, made('abcx', '', 'abc'))
    expect(told).toEqual([])
    commit(10, made('abcx'))
    expect(told).toEqual(['done 10'])
  })

  test('as a learner for good is answered when that is committed', () => {
    const { told, join, commit, configuration } = setting()
    join(learner('x', false, 'host-x'), { promote: false })
    commit(7, configuration.configuration)
    expect(told).toEqual([])
    commit(8, made('abc', 'x'))
    expect(told).toEqual(['done 8'])
  })

  test('of a member that has moved since it was added records where it is (F42d)', () => {
    const { told, join, wanted, inputs, commit } = setting({ learners: [learner('x', true)] })
    join({ ...learner('x', true), address: 'elsewhere' })
    expect([wanted(), inputs[0]!.learners[0]!.address]).toEqual(['abc/x+', 'elsewhere'])
    commit(8, made('abc', 'x+'))
    expect(told).toEqual([])
    commit(10, made('abcx'))
    expect(told).toEqual(['done 10'])
  })

  // Whoever waits for as long as it takes to catch up asks every few seconds.
  test('asked again and again, is a few calls that wait, the last ones', () => {
    const { told, join, put, commit } = setting({ learners: [learner('x', true)] })
    for (let i = 0; i < 1000; i++) join({ ...configurationOf('x').voters[0]!, promote: true })
    put({ b: 'out' })
    expect(told).toEqual([])
    commit(9, made('acx'))
    expect(told).toEqual(Array(5).fill('done 9'))
  })

  test('is over when the member is removed before it votes, or made a learner for good', () => {
    for (const after of [made('abc'), made('abc', 'x')]) {
      const { told, join, commit } = setting()
      join(newcomer('host-x'))
      commit(9, after)
      expect(told).toEqual(['configuration-changed unknown'])
    }
  })
})

describe('putting members where they are to be', () => {
  test('each change asks the core for what follows from the configuration in effect', () => {
    const { put, wanted, inputs } = setting({ learners: [learner('d'), learner('e', true)] })
    put({ d: 'promoted' })
    expect(wanted()).toBe('abc/d+e+')
    put({ b: 'learner' })
    expect(wanted()).toBe('ac/bde+')
    put({ c: 'out' })
    expect(wanted()).toBe('ab/de+')
    put({ d: 'voter', c: 'out' })
    expect(wanted()).toBe('abd/e+')
    put({ a: 'voter', d: 'voter', b: 'learner' }, { others: 'remove', anyway: true })
    expect(wanted()).toBe('ad/b')
    expect(inputs.map(({ ifConfigurationAt }) => ifConfigurationAt)).toEqual([7, 7, 7, 7, 7])
    expect(inputs.map(({ evenIfQuorumAtRisk }) => evenIfQuorumAtRisk)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
  })

  test('a change is answered when it is committed as a whole, and open when its leader stops leading', () => {
    for (const leads of [true, false]) {
      const { told, put, commit, configuration } = setting()
      put({ c: 'out' })
      commit(8, made('ab', '', 'abc'))
      expect(told).toEqual([])
      if (leads) commit(9, made('ab'))
      else commit(7, configuration.configuration, false)
      expect(told).toEqual([leads ? 'done 9' : 'not-leader unknown'])
    }
  })

  // By then the entry it waits for may be another one.
  test('a leader of another term knows of the changes of the one before by their entries only', () => {
    for (const isSame of [true, false]) {
      const { told, put, commit, standing, terms } = setting()
      put({ c: 'out' })
      standing.term = 5
      if (!isSame) terms.set(8, 4)
      commit(8, made('ab'))
      expect(told).toEqual([isSame ? 'done 8' : 'not-leader unknown'])
    }
  })

  test('a change is done when it is committed, whatever another one has made of it since', () => {
    const { told, put, commit } = setting({ learners: [learner('d')] })
    put({ d: 'out' })
    commit(12, made('abc', 'd'))
    expect(told).toEqual(['done 12'])
  })

  test('promoting is answered when the learner votes', () => {
    const { told, put, commit } = setting({ learners: [learner('d')] })
    put({ d: 'promoted' })
    commit(8, made('abc', 'd+'))
    expect(told).toEqual([])
    commit(10, made('abcd'))
    expect(told).toEqual(['done 10'])
  })

  test('what is so is done, and nothing is begun', () => {
    const { told, put, inputs, commit } = setting({ learners: [learner('d')] })
    put({ a: 'promoted' })
    put({ d: 'learner' })
    put({ a: 'voter', b: 'voter', c: 'voter', d: 'learner' }, { others: 'remove', at: 3 })
    commit(7, made('abc', 'd'))
    expect(told).toEqual(['done 7', 'done 7', 'done 7'])
    expect(inputs).toEqual([])
  })

  test('what is under way is waited for, and not begun again', () => {
    const voters = configurationOf('a', 'b', 'c', 'd').voters
    const { told, put, inputs, commit } = setting({ outgoing: voters, committed: 6 })
    put({ d: 'out' })
    commit(7, made('abc', '', 'abcd'))
    expect(told).toEqual([])
    commit(8, made('abc'))
    expect([told, inputs]).toEqual([['done 8'], []])
  })

  // The caller forgets its files then. Were the removal lost with this leader, the group might need them for a majority.
  test('a removal that was asked for twice is answered when it is committed, not before (F35d)', () => {
    const { changes, told, inputs, put, configuration, commit } = setting({
      silentMs: { b: 0 },
      committed: 6,
    })
    put({ x: 'out' })
    changes.settle({ index: 6, configuration: configurationOf('a', 'b', 'x') }, true)
    expect(told).toEqual([])
    commit(7, configuration.configuration)
    expect(told).toEqual(['done 7'])
    expect(inputs).toEqual([])
  })

  // It has been started again, leads, and applies what was committed long ago: the member was not there then.
  test('a leader that has committed nothing of its own says of nobody whether it is a member (F35l)', () => {
    const { told, put, join, terms } = setting({ learners: [learner('d', true)] })
    terms.set(7, 2)
    put({ x: 'out' })
    put({ b: 'learner' })
    join(learner('d', true))
    join(newcomer('host-x'))
    expect(told).toEqual(Array(4).fill('no-own-term-entry not-applied'))
  })

  test('a removal is not answered by a configuration of before the member was added (F35f)', () => {
    const { changes, told, put, configuration, commit } = setting({ silentMs: { x: 0 } })
    put({ x: 'out' })
    changes.settle(null, true)
    changes.settle({ index: 1, configuration: configurationOf('a') }, true)
    changes.settle(configuration, true)
    expect(told).toEqual([])
    commit(8, configurationOf('a'))
    expect(told).toEqual(['done 8'])
  })

  test('the base that is named goes to the core', () => {
    const { put, inputs } = setting()
    put({ c: 'out' }, { at: 7 })
    expect(inputs.map(({ ifConfigurationAt }) => ifConfigurationAt)).toEqual([7])
  })
})

describe('what is refused', () => {
  test('by a member that does not lead', () => {
    const { told, put, standing } = setting()
    standing.role = 'follower'
    put({ c: 'out' })
    expect(told).toEqual(['not-leader not-applied'])
  })

  test.each([
    ['removing', { x: 'out' }],
    ['promoting', { x: 'promoted' }],
    ['demoting', { x: 'learner' }],
    ['replacing', { d: 'voter', x: 'out' }],
    ['replacing by', { x: 'voter', c: 'out' }],
  ] as const)('%s who is no member', (_, places) => {
    const { told, put, inputs } = setting({ learners: [learner('d')] })
    put(places)
    expect([told, inputs]).toEqual([['no-such-member not-applied'], []])
  })

  test('replacing by one that votes already', () => {
    const { told, put, inputs } = setting()
    put({ b: 'voter', c: 'out' })
    expect([told, inputs]).toEqual([['already-member not-applied'], []])
  })

  test.each([
    ['change-pending', 'change-pending'],
    ['transferring', 'transferring'],
    ['no-own-term-entry', 'no-own-term-entry'],
    ['quorum-at-risk', 'quorum-at-risk'],
    ['not-caught-up', 'not-caught-up'],
    ['invalid-configuration', 'invalid-configuration'],
    // Another call of the same turn was first; nothing was named that could have changed.
    ['configuration-changed', 'change-pending'],
  ] as const)('what the core refuses: %s', (refusal, code) => {
    const { told, put } = setting({ refusal })
    put({ c: 'out' })
    expect(told).toEqual([`${code} not-applied`])
  })

  test('a change of another configuration than the one it is based on, whoever it names', () => {
    const { told, put, inputs } = setting({ refusal: 'configuration-changed' })
    put({ c: 'out' }, { at: 6 })
    put({ x: 'out' }, { at: 6 })
    put({ x: 'voter' }, { others: 'remove', at: 6 })
    expect(told).toEqual(Array(3).fill('configuration-changed not-applied'))
    expect(inputs.map(({ ifConfigurationAt }) => ifConfigurationAt)).toEqual([6, 6, 6])
  })

  test('more than can wait, before it is begun', () => {
    const { told, put, inputs } = setting()
    for (let i = 0; i < 257; i++) put({ c: 'out' })
    expect(told).toEqual(['overloaded not-applied'])
    expect(inputs).toHaveLength(256)
  })
})

describe('a member that is dialled elsewhere (F42)', () => {
  const moved = { ...memberOn('b'), address: 'elsewhere' }

  test('stays who it is; the change puts nobody at risk', () => {
    const { ask, inputs, told, commit } = setting({ learners: [learner('d', true)] })
    ask({ kind: 'update-member', member: moved })
    expect(inputs[0]!.voters.find(({ id }) => id === 'b')!.address).toBe('elsewhere')
    expect(inputs[0]!.evenIfQuorumAtRisk).toBe(true)
    ask({ kind: 'update-member', member: { ...memberOn('d'), address: 'there' } })
    expect(inputs[1]!.learners).toMatchObject([{ id: 'd', address: 'there', promote: true }])
    commit(8, made('abc', 'd+'))
    expect(told).toEqual(['done 8', 'done 8'])
  })

  test('reads other wire versions: that is recorded too', () => {
    const { ask, inputs } = setting()
    const known = configurationOf('b').voters[0]!
    ask({ kind: 'update-member', member: { ...known, wire: [1, 2] } })
    expect(inputs[0]!.voters.find(({ id }) => id === 'b')).toEqual({ ...known, wire: [1, 2] })
    ask({ kind: 'update-member', member: known })
    expect(inputs).toHaveLength(1)
  })

  test('reads no longer what the feature level takes, or not yet: that is not recorded, and nobody is added who does not read it (F111b)', () => {
    const { ask, inputs, told, join } = setting({ featureLevel: 2 })
    const known = configurationOf('b').voters[0]!
    ask({ kind: 'update-member', member: { ...known, address: 'elsewhere', wire: [1, 1] } })
    ask({ kind: 'update-member', member: { ...known, wire: [1, 3] } })
    expect(inputs[0]!.voters.find(({ id }) => id === 'b')).toEqual({ ...known, wire: [1, 3] })
    join({ ...learner('x'), wire: [1, 1] })
    expect(told).toEqual(['version-mismatch not-applied', 'version-mismatch not-applied'])
    expect(inputs).toHaveLength(1)
  })

  test('runs other code: that is recorded too, unless it does not know the version in force (F112b)', () => {
    const { ask, inputs, told, join } = setting({ machineVersion: 2 })
    const known = configurationOf('b').voters[0]!
    ask({ kind: 'update-member', member: { ...known, machine: [1, 2] } })
    expect(inputs[0]!.voters.find(({ id }) => id === 'b')).toEqual({ ...known, machine: [1, 2] })
    ask({ kind: 'update-member', member: { ...known, address: 'elsewhere', machine: [1, 1] } })
    ask({ kind: 'update-member', member: { ...known, machine: [3, 4] } })
    join({ ...learner('x'), machine: [1, 1] })
    join({ ...learner('x'), machine: [3, 3] })
    expect(told).toEqual([
      'machine-too-old not-applied',
      'machine-too-new not-applied',
      'machine-too-old not-applied',
      'machine-too-new not-applied',
    ])
    expect(inputs).toHaveLength(1)
  })

  test('is refused if it is no member, or one of another host, or reads no version of these', () => {
    const { ask, told, inputs } = setting()
    ask({ kind: 'update-member', member: memberOn('x') })
    ask({ kind: 'update-member', member: { ...moved, host: 'host-c' } })
    ask({ kind: 'update-member', member: { ...moved, wire: [7, 9] } })
    expect(told).toEqual([
      'no-such-member not-applied',
      'invalid-argument not-applied',
      'version-mismatch not-applied',
    ])
    expect(inputs).toEqual([])
  })
})

describe('a change that is asked of a leader which has not heard enough members since its group was quiet (F37c)', () => {
  const quiet = { refusal: 'unheard', quietAfterMs: 100 } as const

  test('begins as soon as they have been heard', () => {
    const { put, told, inputs, changes, pass, wakes, commit } = setting(quiet)
    put({ c: 'learner' })
    pass(1, null, 'unheard')
    expect([inputs.length, wakes()]).toEqual([1, 0])
    expect(changes.isIdle).toBe(false)
    pass(1, 'b', 'unheard')
    expect([inputs.length, wakes()]).toEqual([2, 1])
    pass(1, 'c', undefined)
    expect([inputs.length, wakes()]).toEqual([3, 2])
    expect(told).toEqual([])
    commit(8, made('ab', 'c'))
    expect(told).toEqual(['done 8'])
    expect(changes.isIdle).toBe(true)
  })

  test('is refused once they have been silent for too long, or somebody else leads', () => {
    const { put, told, inputs, pass } = setting(quiet)
    put({ c: 'learner' })
    pass(electionMs - 1, null, 'quorum-at-risk')
    expect(inputs.length).toBe(1)
    pass(1, null, 'quorum-at-risk')
    expect(told).toEqual(['quorum-at-risk not-applied'])
    const other = setting(quiet)
    other.put({ c: 'learner' })
    other.standing.role = 'follower'
    other.pass(1, 'b', 'unheard')
    expect(other.told).toEqual(['not-leader not-applied'])
  })

  test('waits an election timeout at most, also if others are heard meanwhile; and is waited for, as its group may rest again', () => {
    const { put, told, changes, pass } = setting(quiet)
    expect(changes.dueAt).toBe(Number.POSITIVE_INFINITY)
    put({ c: 'learner' })
    for (let i = 0; i < 9; i++) pass(electionMs / 10, 'b', 'unheard')
    expect(changes.dueAt).toBe(begun + electionMs)
    expect(told).toEqual([])
    pass(electionMs / 10, null, 'unheard')
    expect(told).toEqual(['overloaded not-applied'])
    expect(changes.dueAt).toBe(Number.POSITIVE_INFINITY)
  })

  test('is refused when the member takes part no more; nothing of it has happened', () => {
    const { put, told, changes } = setting(quiet)
    put({ c: 'learner' })
    changes.stop('closed', 'The host is closed.')
    expect(told).toEqual(['closed not-applied'])
    expect(changes.isIdle).toBe(true)
  })

  test('is refused at once where no group falls quiet, and where too many wait', () => {
    const awake = setting({ refusal: 'unheard' })
    awake.put({ c: 'learner' })
    expect(awake.told).toEqual(['overloaded not-applied'])
    const { put, told } = setting(quiet)
    for (let i = 0; i < 257; i++) put({ c: 'learner' })
    expect(told).toEqual(['overloaded not-applied'])
  })
})
