/** Which members move next, and who votes in the control group. */
import { describe, expect, test } from 'vitest'
import { place } from '../src/placement.ts'
import { controlVoters, planMoves, toPurge } from '../src/planner.ts'
import type { GroupRecord, HostRecord } from '../src/registry/records.ts'
import { RegistryState } from '../src/registry/state.ts'

function hostOf(id: string, changes: Partial<HostRecord> = {}): HostRecord {
  return {
    id,
    zone: id[0]!,
    capacity: 1,
    address: id,
    wire: [1, 1],
    machines: { room: [1, 1] },
    persisted: { life: id, durable: true },
    memory: { life: id, durable: false },
    process: id,
    formerLost: false,
    isDraining: false,
    ...changes,
  }
}

function groupOf(name: string, hosts: readonly string[], changes: Partial<GroupRecord> = {}): GroupRecord {
  return {
    name,
    raft: `room/${name}@000000000001`,
    incarnation: '1',
    machine: 'room',
    machineVersion: 1,
    isPersisted: true,
    settings: {},
    replicas: 3,
    hosts,
    founders: null,
    isFounded: true,
    former: [],
    isServing: true,
    move: null,
    movedAt: 0,
    version: 1,
    ...changes,
  }
}

function stateOf(
  hosts: readonly (string | HostRecord)[],
  groups: readonly GroupRecord[] = [],
): RegistryState {
  const state = new RegistryState()
  for (const host of hosts) {
    const record = typeof host === 'string' ? hostOf(host) : host
    state.setHost(record.id, record)
  }
  for (const group of groups) state.setGroup(group.name, group)
  return state
}

const six = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']
const LATER = 1e6
const plan = (state: RegistryState, most = 64) => planMoves(state, state.groups.keys(), LATER, most)
const idealOf = (name: string, ids: readonly string[], replicas = 3) =>
  place(
    name,
    ids.map((id) => hostOf(id)),
    replicas,
  )

/** A group whose members are where they should be. */
const settled = (name: string, ids: readonly string[] = six) => groupOf(name, idealOf(name, ids))

describe('a plan', () => {
  test('leaves alone what is where it should be', () => {
    expect(plan(stateOf(six, [settled('g'), settled('h')]))).toEqual({
      moves: [],
      hopeless: [],
      stillborn: [],
      unsettled: [],
    })
  })

  test('has those founded anew that can not come to be, and moves none of their members (F106b)', () => {
    const founders = idealOf('g', six).map((host) => {
      const versions = [1, 1] as const
      const drawn = { life: host, mayBegin: false, hasBegun: false }
      return {
        host,
        member: host,
        address: host,
        durable: true,
        wire: versions,
        machine: versions,
        ...drawn,
      }
    })
    const state = stateOf(six, [{ ...settled('g'), founders, isFounded: false, isServing: false }])
    const [first, second] = founders
    const lost = { persisted: { life: 'another', durable: true } }
    state.setHost(first!.host, hostOf(first!.host, lost))
    expect(plan(state).stillborn).toEqual([])
    state.setHost(second!.host, null)
    expect(plan(state)).toMatchObject({ moves: [], stillborn: ['g'], unsettled: ['g'] })
  })

  test('takes one step of a group at a time, until it is there', () => {
    const state = stateOf(six, [groupOf('g', ['a1', 'a2', 'b1'])])
    const ideal = idealOf('g', six)
    let steps = 0
    for (; steps < 10; steps++) {
      const [move] = plan(state).moves
      if (move === undefined) break
      const group = state.group('g')!
      expect(move.hosts.filter((host) => !group.hosts.includes(host)).length).toBeLessThanOrEqual(1)
      state.setGroup('g', { ...group, hosts: move.hosts })
    }
    expect(state.group('g')!.hosts).toEqual(ideal)
    expect(steps).toBeLessThanOrEqual(4)
  })

  test('replaces a member whose host is gone, and removes none for nothing: it may come back (F96)', () => {
    const five = six.filter((id) => id !== 'c2')
    const gone = stateOf(five, [groupOf('g', ['c2', 'a1', 'b1'])])
    const [move] = plan(gone).moves
    expect(move).toMatchObject({ from: 'c2' })
    expect(move!.to).not.toBe(null)
    const few = stateOf(['a1', 'b1'], [groupOf('g', ['a1', 'b1', 'c1'])])
    expect(plan(few).moves).toEqual([])
    expect(plan(stateOf([], [groupOf('g', ['a1', 'b1', 'c1'])])).moves).toEqual([])
    // There are to be fewer: it is the first to go (F95b).
    const less = stateOf(['a1', 'b1'], [groupOf('g', ['a1', 'b1', 'c1'], { replicas: 1 })])
    expect(plan(less).moves).toMatchObject([{ from: 'c1', to: null }])
  })

  test('empties a host that drains, though fewer members are left, but for the last', () => {
    const draining = hostOf('c1', { isDraining: true })
    const state = stateOf(['a1', 'b1', draining], [groupOf('g', ['a1', 'b1', 'c1'])])
    expect(plan(state).moves).toMatchObject([{ from: 'c1', to: null }])
    expect(plan(stateOf([draining], [groupOf('g', ['c1'])])).moves).toEqual([])
  })

  test('moves first what has lost a member, then what drains, then what lacks one, then the rest', () => {
    const hosts = [...six.slice(0, 5), hostOf('c2', { isDraining: true })]
    const names = Array.from({ length: 60 }, (_, i) => `g${i}`)
    const active = six.slice(0, 5)
    const state = stateOf(hosts)
    state.settings = { ...state.settings, movesPerHost: 1000, movesPerZone: 1000 }
    const [gone, drains, lacks, rest] = [0, 15, 30, 45].map((from) => names.slice(from, from + 15))
    for (const name of names) {
      const ideal = idealOf(name, active)
      const other = active.find((id) => !ideal.includes(id))!
      const at = gone!.includes(name)
        ? [...ideal.slice(0, 2), 'x1']
        : drains!.includes(name)
          ? [...ideal.slice(0, 2), 'c2']
          : lacks!.includes(name)
            ? ideal.slice(0, 2)
            : [...ideal.slice(0, 2), other]
      state.setGroup(name, groupOf(name, at))
    }
    const kinds = plan(state).moves.map(({ group }) =>
      [gone, drains, lacks, rest].findIndex((part) => part!.includes(group)),
    )
    expect(kinds.length).toBe(60)
    expect(kinds).toEqual(kinds.toSorted())
  })

  test('begins no more than the limits allow, of one host and of one zone', () => {
    const names = Array.from({ length: 100 }, (_, i) => `g${i}`)
    const state = stateOf(
      six,
      names.map((name) => settled(name, ['a1', 'b1', 'c1', 'b2'])),
    )
    const { moves, unsettled } = plan(state)
    const counts = new Map<string, number>()
    for (const { from, to } of moves)
      for (const host of [from, to]) if (host !== null) counts.set(host, (counts.get(host) ?? 0) + 1)
    expect(moves.length).toBeGreaterThan(1)
    expect(Math.max(...counts.values())).toBe(state.settings.movesPerHost)
    expect(unsettled.length).toBeGreaterThan(moves.length)
  })

  test('gives up a move to a host that is gone, or takes nothing any more', () => {
    const move = { from: 'a1', to: 'c9', hosts: ['b1', 'c1', 'c9'], at: 0 }
    const state = stateOf(six, [groupOf('g', ['a1', 'b1', 'c1'], { move, version: 5 })])
    expect(plan(state)).toMatchObject({ moves: [], hopeless: [{ group: 'g', version: 5 }] })
  })

  test('puts no member where the machine is not known', () => {
    const hosts = six.map((id) => hostOf(id, id === 'a1' ? { machines: {} } : {}))
    const state = stateOf(hosts, [groupOf('g', ['a2', 'b1', 'c1']), groupOf('h', ['a1', 'b1', 'c1'])])
    for (const { to } of plan(state).moves) expect(to).not.toBe('a1')
    for (let steps = 0; steps < 4; steps++)
      for (const { group, hosts: next } of plan(state).moves)
        state.setGroup(group, { ...state.group(group)!, hosts: next })
    expect(state.group('h')!.hosts).not.toContain('a1')
  })
})

test('a host is to be given up when most have not reached it for the window', () => {
  const state = stateOf(six)
  const since = LATER - state.settings.purgeAfterMs
  for (const by of ['a1', 'a2', 'b1']) state.observations.set(by, { unreachable: { c1: since } })
  expect(toPurge(state, LATER)).toEqual([])
  state.observations.set('b2', { unreachable: { c1: since } })
  expect(toPurge(state, LATER)).toEqual(['c1'])
  expect(toPurge(state, LATER - 1)).toEqual([])
})

test('an odd number votes in the control group, spread over the zones, and none that drains', () => {
  expect(controlVoters(stateOf(['a1']), 'fleet')).toEqual(['a1'])
  expect(controlVoters(stateOf(['a1', 'b1']), 'fleet').length).toBe(1)
  expect(controlVoters(stateOf(['a1', 'b1', 'c1']), 'fleet').length).toBe(3)
  expect(controlVoters(stateOf(['a1', 'b1', 'c1', 'a2']), 'fleet').length).toBe(3)
  const voters = controlVoters(stateOf(six), 'fleet')
  expect(voters.length).toBe(5)
  expect(Math.max(...['a', 'b', 'c'].map((zone) => voters.filter((id) => id[0] === zone).length))).toBe(2)
  const draining = six.map((id) => hostOf(id, { isDraining: id === 'a1' }))
  expect(controlVoters(stateOf(draining), 'fleet')).not.toContain('a1')
})
