/** What a host does next about a group, by what the registry wants and what there is here. */
import { describe, expect, test } from 'vitest'
import { decide, isGrave, LEADS_AT_LEAST_MS, type Local, type Wanted } from '../src/decide.ts'
import type { Founder, GroupRecord, RemovedGroup } from '../src/registry/records.ts'

type Status = NonNullable<Local['status']>

function founder(host: string, changes: Partial<Founder> = {}): Founder {
  const versions = [1, 1] as const
  const place = { host, member: `m-${host}`, address: host, life: `disk of ${host}` }
  const done = { mayBegin: true, hasBegun: true }
  return { ...place, durable: true, wire: versions, machine: versions, ...done, ...changes }
}

function group(changes: Partial<GroupRecord> = {}): GroupRecord {
  return {
    name: 'g',
    raft: 'room/g@000000000001',
    incarnation: '1',
    machine: 'room',
    machineVersion: 1,
    isPersisted: true,
    settings: {},
    replicas: 3,
    hosts: ['a', 'b', 'c'],
    founders: null,
    isFounded: true,
    former: [],
    isServing: true,
    move: null,
    movedAt: 0,
    version: 7,
    ...changes,
  }
}

function local(changes: Partial<Local> = {}): Local {
  return {
    host: 'a',
    isHeld: true,
    isRunning: true,
    status: status(),
    isServing: false,
    life: 'disk of a',
    enrolledLife: 'disk of a',
    formerLost: false,
    knowsFormerLost: false,
    leadsForMs: LEADS_AT_LEAST_MS,
    ...changes,
  }
}

const member = (host: string) => ({
  id: `m-${host}`,
  host,
  address: host,
  durable: true,
  wire: [1, 1],
  machine: [1, 1],
})

interface Standing {
  readonly voters?: readonly string[]
  readonly learners?: readonly string[]
  readonly promoted?: readonly string[]
  /** Those that are behind, and those that don't answer. */
  readonly behind?: readonly string[]
  readonly silent?: readonly string[]
  readonly changes?: Partial<Status>
}

function status({
  voters = ['a', 'b', 'c'],
  learners = [],
  promoted = [],
  behind = [],
  silent = [],
  changes = {},
}: Standing = {}): Status {
  const all = [...voters, ...learners, ...promoted]
  return {
    role: 'follower',
    incarnation: '1',
    member: 'm-a',
    leader: 'm-b',
    removedAt: null,
    stopped: null,
    commitIndex: 1000,
    transfer: null,
    unresponsive: silent.map((host) => `m-${host}`),
    configuration: {
      index: 40,
      configuration: {
        voters: voters.map(member),
        outgoing: null,
        learners: [
          ...learners.map((host) => ({ ...member(host), promote: false })),
          ...promoted.map((host) => ({ ...member(host), promote: true })),
        ],
      },
    },
    peers: all
      .filter((host) => host !== 'a')
      .map((host) => ({ member: `m-${host}`, state: 'stream', match: behind.includes(host) ? 10 : 1000 })),
    log: { bytes: 100, oldestMs: 0 },
    snapshot: { bytes: 50, index: 1, ageMs: 0 },
    ...changes,
  } as unknown as Status
}

const leading = (standing: Standing = {}, changes: Partial<Local> = {}): Local =>
  local({
    status: status({ ...standing, changes: { role: 'leader', leader: 'm-a', ...standing.changes } }),
    isServing: true,
    ...changes,
  })

const wants = (changes: Partial<GroupRecord> = {}): Wanted => ({ group: group(changes), removed: null })
const removed = (changes: Partial<RemovedGroup> = {}): Wanted => ({
  group: null,
  removed: { group: group(), at: 0, isOver: false, keepers: ['a', 'b', 'c'], ...changes },
})
const nothing = { isHeld: false, isRunning: false, status: null }

describe('a member that is to be here', () => {
  const beginning = {
    founders: [founder('a', { hasBegun: false }), founder('b'), founder('c')],
    isServing: false,
  }

  test('begins the group with the others, once, in the storage that it was drawn for', () => {
    expect(decide(wants(beginning), local(nothing))).toMatchObject({ kind: 'found' })
    expect(decide(wants(beginning), local({ ...nothing, life: 'another' }))).toEqual({
      kind: 'start',
      learner: false,
      formerLost: true,
    })
    const begun = { ...beginning, founders: [founder('a'), founder('b', { hasBegun: false }), founder('c')] }
    expect(decide(wants(begun), local(nothing))).toMatchObject({ kind: 'start' })
    expect(decide(wants(), local(nothing))).toEqual({ kind: 'start', learner: false, formerLost: false })
  })

  test('begins only after the registry has let it, which lets no host begin that takes no part (F106b)', () => {
    const founders = [founder('a', { mayBegin: false, hasBegun: false }), founder('b'), founder('c')]
    const asks = wants({ ...beginning, founders })
    expect(decide(asks, local(nothing))).toEqual({ kind: 'begins' })
    expect(decide(asks, local({ ...nothing, enrolledLife: null }))).toMatchObject({ kind: 'wait' })
    expect(decide(asks, local({ ...nothing, enrolledLife: 'another' }))).toMatchObject({ kind: 'wait' })
    expect(decide(asks, local({ ...nothing, life: 'another' }))).toMatchObject({ kind: 'start' })
  })

  test('that was started before this host knew that a person has said what is lost is started again (F101b, F101f)', () => {
    const empty = { ...status(), configuration: null, leader: null }
    const lost = { formerLost: true, knowsFormerLost: false }
    expect(decide(wants(), local({ ...lost, status: empty }))).toEqual({ kind: 'stop' })
    expect(decide(wants(), local({ ...lost, status: null }))).toEqual({ kind: 'stop' })
    expect(decide(wants(), local({ ...lost, knowsFormerLost: true, status: empty }))).toMatchObject({
      kind: 'wait',
    })
    // It has got entries of a leader that had added it, and that lost its leadership, and the addition with it.
    const others = {
      ...status().configuration!,
      configuration: { voters: [member('b')], outgoing: null, learners: [] },
    }
    const lacking = { ...status(), configuration: others } as unknown as Status
    expect(decide(wants(), local({ ...lost, status: lacking }))).toEqual({ kind: 'stop' })
    expect(decide(wants(), local({ ...lost, knowsFormerLost: true, status: lacking }))).toEqual({
      kind: 'settled',
    })
    // One that is a member already needs nobody's word.
    expect(decide(wants(), local(lost))).toEqual({ kind: 'settled' })
  })

  test('that was stopped before its log held anything begins after all; one whose log is here goes on', () => {
    expect(decide(wants(beginning), local({ isHeld: false, status: null }))).toEqual({ kind: 'stop' })
    expect(decide(wants(beginning), local({ ...nothing, isHeld: true }))).toMatchObject({ kind: 'start' })
  })

  test('says that it has begun, also when another one votes in its place', () => {
    expect(decide(wants(beginning), local())).toEqual({ kind: 'begun' })
    const other = status({ changes: { member: 'another' } })
    expect(decide(wants(beginning), local({ status: other })).kind).not.toBe('begun')
    const { configuration } = other.configuration!
    const voters = configuration.voters.map((voter) =>
      voter.host === 'a' ? { ...voter, id: 'another' } : voter,
    )
    const votes = {
      ...other,
      configuration: { index: 40, configuration: { ...configuration, voters } },
    } as Status
    expect(decide(wants(beginning), local({ status: votes }))).toEqual({ kind: 'begun' })
  })

  test('joins as a learner while it is only on its way here', () => {
    const move = { from: 'c', to: 'a', hosts: ['a', 'b', 'd'], at: 0 }
    expect(decide(wants({ hosts: ['b', 'c', 'd'], move }), local(nothing))).toMatchObject({
      kind: 'start',
      learner: true,
    })
  })

  test('that was removed makes room for another', () => {
    expect(decide(wants(), local({ status: status({ changes: { removedAt: 9 } }) }))).toEqual({
      kind: 'discard',
    })
  })

  test('waits for its group, and for people where it has stopped; who leads it is its own affair', () => {
    expect(decide(wants(), local({ status: null, isHeld: false })).kind).toBe('wait')
    const knowsNothing = { ...status({ changes: { leader: null } }), configuration: null }
    expect(decide(wants(), local({ status: knowsNothing })).kind).toBe('wait')
    expect(decide(wants(), local({ status: status({ changes: { leader: null } }) })).kind).toBe('settled')
    expect(decide(wants(), local({ status: status({ changes: { stopped: 'damaged-storage' } }) }))).toEqual({
      kind: 'wait',
      why: 'damaged-storage',
    })
    expect(decide(wants(), local())).toEqual({ kind: 'settled' })
  })
})

describe('a member that is not to be here', () => {
  const elsewhere = wants({ hosts: ['b', 'c', 'd'] })

  test('leaves through its group, and forgets nothing before it is out', () => {
    expect(decide(elsewhere, local())).toEqual({ kind: 'leave' })
    expect(decide(elsewhere, local({ isRunning: false, status: null }))).toMatchObject({ kind: 'start' })
    expect(decide(elsewhere, local({ status: status({ changes: { removedAt: 9 } }) }))).toEqual({
      kind: 'discard',
    })
    expect(decide(elsewhere, local(nothing))).toEqual({ kind: 'settled' })
  })

  test('that has not found its group has nothing to leave', () => {
    expect(decide(elsewhere, local({ isHeld: false, status: null }))).toEqual({ kind: 'stop' })
  })

  test('says where the group is if nobody votes where it is to be: nobody else could, and nobody would find it (F109b)', () => {
    const changes = { hosts: ['b'], move: { from: 'b', to: 'c', hosts: ['c'], at: 0 } }
    const there = { voters: ['a', 'd'], learners: ['c'] }
    expect(decide(wants(changes), leading(there))).toEqual({
      kind: 'elsewhere',
      version: 7,
      hosts: ['a', 'd'],
    })
    // Only who leads knows, and only what is committed.
    expect(decide(wants(changes), local({ status: status(there) })).kind).toBe('wait')
    expect(decide(wants(changes), leading({ ...there, changes: { commitIndex: 39 } })).kind).toBe('wait')
    // Where one votes that is to, the others go.
    expect(decide(wants(changes), leading({ voters: ['a', 'c'] }))).toEqual({ kind: 'leave' })
    expect(decide(wants(changes), local({ status: status({ voters: ['d'], learners: ['a'] }) }))).toEqual({
      kind: 'leave',
    })
    const recovered = leading({ ...there, changes: { incarnation: '2' } })
    expect(decide(wants(changes), recovered)).toEqual({ kind: 'recovered', incarnation: '2' })
  })

  test('of a group that was removed stops, and is kept as long as it can be restored (F108)', () => {
    expect(decide(removed(), local())).toEqual({ kind: 'stop' })
    const stopped = local({ isRunning: false, status: null })
    expect(decide(removed(), stopped)).toEqual({ kind: 'settled' })
    expect(decide(removed({ isOver: true }), stopped)).toEqual({ kind: 'discard' })
    expect(decide(removed({ isOver: true }), local(nothing))).toEqual({ kind: 'discarded' })
    expect(decide(removed({ isOver: true, keepers: ['b'] }), local(nothing))).toEqual({ kind: 'settled' })
  })

  test('of a group that nobody knows of is left alone: another fleet may', () => {
    const unknown = { group: null, removed: null }
    expect(decide(unknown, local())).toEqual({ kind: 'settled' })
    expect(decide(unknown, local({ isRunning: false, status: null }))).toEqual({ kind: 'settled' })
  })
})

test('what can not be taken back is done only by a registry that is current', () => {
  const kinds = [
    'found',
    'discard',
    'start',
    'stop',
    'leave',
    'change',
    'transfer',
    'begun',
    'settled',
  ] as const
  expect(kinds.filter((kind) => isGrave({ kind } as never))).toEqual(['found', 'discard'])
})

describe('the leader', () => {
  const move = { from: 'c', to: 'd', hosts: ['a', 'b', 'd'], at: 0 }

  test('says that it serves, once it knows what was decided before', () => {
    expect(decide(wants({ isServing: false }), leading({}, { isServing: false })).kind).toBe('wait')
    expect(decide(wants({ isServing: false }), leading())).toEqual({ kind: 'serving' })
  })

  test('says that the group was recovered, and as what; of what there was before nothing is heard any more', () => {
    const other = leading({ changes: { incarnation: '2' } })
    expect(decide(wants(), other)).toEqual({ kind: 'recovered', incarnation: '2' })
    expect(decide(wants({ incarnation: '3', former: ['2', '1'] }), other).kind).toBe('wait')
  })

  test('swaps the member that goes for the one that comes when that has caught up, in one change', () => {
    expect(decide(wants({ move }), leading()).kind).toBe('wait')
    expect(decide(wants({ move }), leading({ learners: ['d'], behind: ['d'] })).kind).toBe('wait')
    expect(decide(wants({ move }), leading({ learners: ['d'] }))).toEqual({
      kind: 'change',
      voters: ['m-a', 'm-b', 'm-d'],
      learners: [],
      ifConfigurationAt: 40,
    })
    expect(decide(wants({ move }), leading({ voters: ['a', 'b', 'd'] }))).toEqual({
      kind: 'moved',
      version: 7,
      bytes: 150,
    })
  })

  test('changes nothing while a change, or a transfer, is under way', () => {
    const uncommitted = leading({ learners: ['d'], changes: { commitIndex: 39 } })
    expect(decide(wants({ move }), uncommitted).kind).toBe('wait')
    const transferring = leading({ learners: ['d'], changes: { transfer: { to: 'm-b', forMs: 1 } } })
    expect(decide(wants({ move }), transferring).kind).toBe('wait')
  })

  test('goes last: it hands over first to one that can lead', () => {
    const going = { from: 'a', to: 'd', hosts: ['b', 'c', 'd'], at: 0 }
    expect(decide(wants({ move: going }), leading({ learners: ['d'] }))).toEqual({
      kind: 'transfer',
      to: 'm-b',
    })
    expect(decide(wants({ move: going }), leading({ learners: ['d'], silent: ['b'] }))).toEqual({
      kind: 'transfer',
      to: 'm-c',
    })
    // Nobody else can: it goes all the same.
    const alone = { from: 'a', to: 'd', hosts: ['d'], at: 0 }
    expect(
      decide(wants({ hosts: ['a'], move: alone }), leading({ voters: ['a'], learners: ['d'] })),
    ).toMatchObject({
      kind: 'change',
      voters: ['m-d'],
    })
  })

  test('adds one where there are to be more, and removes one where there are to be fewer', () => {
    const more = { from: null, to: 'd', hosts: ['a', 'b', 'c', 'd'], at: 0 }
    expect(decide(wants({ move: more }), leading({ learners: ['d'] }))).toMatchObject({
      voters: ['m-a', 'm-b', 'm-c', 'm-d'],
    })
    const fewer = { from: 'c', to: null, hosts: ['a', 'b'], at: 0 }
    expect(decide(wants({ move: fewer }), leading())).toMatchObject({ voters: ['m-a', 'm-b'], learners: [] })
    expect(decide(wants({ move: fewer }), leading({ voters: ['a', 'b'] })).kind).toBe('moved')
  })

  test('removes whoever is on a host that is not to hold the group, and makes a learner that is to vote a voter', () => {
    expect(decide(wants(), leading({ learners: ['x'] }))).toMatchObject({
      voters: ['m-a', 'm-b', 'm-c'],
      learners: [],
    })
    expect(decide(wants(), leading({ voters: ['a', 'b', 'c', 'x'] }))).toMatchObject({
      voters: ['m-a', 'm-b', 'm-c'],
    })
    expect(decide(wants(), leading({ voters: ['a', 'b'], learners: ['c'] }))).toMatchObject({
      voters: ['m-a', 'm-b', 'm-c'],
    })
    expect(decide(wants(), leading({ voters: ['a', 'b'], promoted: ['c'] }))).toEqual({ kind: 'settled' })
  })

  test('has the new member of a host that lost its disk vote in place of the former one, which still stands there (F101e)', () => {
    const former = { ...member('d'), id: 'm-former' }
    const returned = (voters: readonly string[]): Local => {
      const { status: now, ...rest } = leading({ voters, learners: ['d'] })
      const { index, configuration } = now!.configuration!
      const all = { ...configuration, voters: [...configuration.voters, former] }
      return {
        ...rest,
        status: { ...now!, configuration: { index, configuration: all } } as unknown as Status,
      }
    }
    const swapped = { kind: 'change', voters: ['m-a', 'm-b', 'm-d'], learners: [], ifConfigurationAt: 40 }
    expect(decide(wants({ hosts: ['a', 'b', 'd'] }), returned(['a', 'b']))).toEqual(swapped)
    // It was to come here, and is not there while only what it lost is.
    expect(decide(wants({ move }), returned(['a', 'b', 'c']))).toEqual(swapped)
  })

  test('hands over to the host that is to lead, when it has led for a while and that one can', () => {
    const first = { hosts: ['b', 'a', 'c'] }
    expect(decide(wants(first), leading())).toEqual({ kind: 'transfer', to: 'm-b' })
    expect(decide(wants(first), leading({}, { leadsForMs: 1 })).kind).toBe('wait')
    expect(decide(wants(first), leading({ silent: ['b'] }))).toEqual({ kind: 'settled' })
    expect(decide(wants(first), leading({ behind: ['b'] }))).toEqual({ kind: 'settled' })
    expect(decide(wants(), leading())).toEqual({ kind: 'settled' })
  })
})

test('a group that is nowhere where it is to be says where it is, once that is committed (F109b)', () => {
  const alone = { local: local({ status: status({ voters: ['a'] }), isServing: true }) }
  const wanted: Wanted = { group: group({ hosts: ['x'], replicas: 1 }), removed: null }
  expect(decide(wanted, alone.local)).toEqual({ kind: 'elsewhere', version: 7, hosts: ['a'] })
  expect(decide(wanted, { ...alone.local, isServing: false })).toMatchObject({ kind: 'wait' })
  // One of those where it is to be votes: then this one leaves.
  const two = local({ status: status({ voters: ['a', 'x'] }), isServing: true })
  expect(decide(wanted, two).kind).not.toBe('elsewhere')
})
