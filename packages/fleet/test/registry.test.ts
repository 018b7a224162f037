/** What the registry takes, and what it refuses. */
import { CommandError, type StateMachine } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import type { GroupRecord, HostRecord } from '../src/registry/records.ts'
import { defineRegistry, type NewGroup } from '../src/registry/registry.ts'
import { putBack, RegistryState } from '../src/registry/state.ts'
import { codec } from './codec.ts'

/** A registry of its own: commands as callers send them. */
function registryOf(ids: readonly string[], version = 3) {
  let state = new RegistryState()
  const definition = defineRegistry(() => {
    state = new RegistryState()
    return state
  })
  const machine: StateMachine = definition.create(codec)
  let index = 0
  let time = 0
  const call = (...command: readonly [name: string, ...args: unknown[]]): unknown =>
    machine.apply(command, { index: ++index, term: 1, time, version })
  const refused = (...command: readonly [name: string, ...args: unknown[]]): string | null => {
    try {
      call(...command)
      return null
    } catch (error) {
      if (error instanceof CommandError) return error.reason
      throw error
    }
  }
  for (const id of ids) call('enrol', hostOf(id))
  return {
    state,
    definition,
    machine,
    call,
    refused,
    pass: (ms: number) => {
      time += ms
    },
    group: (name: string) => state.group(name)!,
  }
}

function hostOf(id: string, changes: Partial<HostRecord> = {}): HostRecord {
  return {
    id,
    zone: id[0]!,
    capacity: 1,
    address: `at-${id}`,
    wire: [1, 1],
    machines: { room: [1, 1] },
    persisted: { life: `disk of ${id}`, durable: true },
    memory: { life: `process of ${id}`, durable: false },
    process: `1 of ${id}`,
    formerLost: false,
    isDraining: false,
    ...changes,
  }
}

function groupOf(name: string, hosts: readonly string[], incarnation = '1'): NewGroup {
  return {
    name,
    raft: `room/${name}@${incarnation.padStart(12, '0')}`,
    incarnation: incarnation.padStart(32, '0'),
    machine: 'room',
    machineVersion: 1,
    isPersisted: true,
    settings: {},
    replicas: 3,
    members: hosts.map((host) => ({ host, member: `${name} on ${host}` })),
  }
}

const three = ['a1', 'b1', 'c1']

/** The group serves, and all its members have begun. */
function served(registry: ReturnType<typeof registryOf>, name: string): void {
  const { raft, hosts } = registry.group(name)
  for (const host of hosts) registry.call('report', host, { begun: [raft] })
  registry.call('report', hosts[0]!, { serving: [raft] })
}

function loseDisk(registry: ReturnType<typeof registryOf>, id: string): void {
  const persisted = { life: `another disk of ${id}`, durable: true }
  registry.call('enrol', hostOf(id, { persisted, process: `2 of ${id}`, formerLost: true }))
}

describe('a group', () => {
  test('is added with the lives of the hosts that begin it, and they have begun when they have said so', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', three))
    expect(registry.group('g').founders!.map(({ host, life }) => [host, life])).toEqual(
      three.map((id) => [id, `disk of ${id}`]),
    )
    const { raft } = registry.group('g')
    registry.call('report', 'a1', { begun: [raft] })
    registry.call('report', 'a1', { begun: [raft] })
    expect(registry.group('g').founders!.map(({ hasBegun }) => hasBegun)).toEqual([true, false, false])
    served(registry, 'g')
    expect(registry.group('g')).toMatchObject({ founders: null, isServing: true })
  })

  test('has one life at a time, and each a name of its own for hosts', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', three))
    expect(registry.refused('addGroup', groupOf('g', three, '2'))).toBe('already-exists')
    expect(registry.refused('addGroup', groupOf('h', [...three, 'nobody']))).toBe('inactive')
    registry.call('removeGroup', 'g')
    expect(registry.refused('addGroup', groupOf('g', three))).toBe('try-again')
    registry.call('addGroup', groupOf('g', three, '2'))
    // What a host says of the former one is nothing to this one (F97).
    registry.call('report', 'a1', {
      begun: [groupOf('g', three).raft],
      discarded: [groupOf('g', three).raft],
    })
    expect(registry.group('g').founders!.every(({ hasBegun }) => !hasBegun)).toBe(true)
    expect(registry.state.removed.get(groupOf('g', three).raft)!.keepers).toEqual(['b1', 'c1'])
  })

  test('that can not come to be is founded anew under its name, and what was begun of it is discarded (F106b)', () => {
    const registry = registryOf([...three, 'd1'])
    registry.call('addGroup', groupOf('g', three))
    const { raft } = registry.group('g')
    const anew = (hosts: readonly string[], incarnation = '2') =>
      registry.refused('foundAnew', raft, groupOf('g', hosts, incarnation))
    registry.call('report', 'a1', { begins: [raft] })
    loseDisk(registry, 'b1')
    // Two of three can still begin it.
    expect(anew(['a1', 'd1'])).toBe('not-stillborn')
    registry.call('withdraw', 'c1', null, true)
    expect(anew(['a1', 'd1'], '1')).toBe('try-again')
    expect(anew(['a1', 'd1'])).toBe(null)
    expect(registry.group('g')).toMatchObject({ hosts: ['a1', 'd1'], isServing: false, isFounded: false })
    expect(registry.group('g').founders!.some(({ mayBegin }) => mayBegin)).toBe(false)
    expect(registry.state.removed.get(raft)).toMatchObject({ isOver: true, keepers: ['a1', 'b1'] })
    expect(anew(['a1', 'd1'], '3')).toBe('not-stillborn')
    // What is late, of the former one.
    registry.call('report', 'a1', { begins: [raft], begun: [raft] })
    expect(registry.group('g').founders!.some(({ mayBegin, hasBegun }) => mayBegin || hasBegun)).toBe(false)
    for (const id of ['a1', 'b1']) registry.call('report', id, { discarded: [raft] })
    expect(registry.state.removed.size).toBe(0)
  })

  test('is never founded anew once a majority was let begin: it may have acknowledged something', () => {
    for (const hosts of [['a1'], three]) {
      const registry = registryOf([...three, 'd1'])
      registry.call('addGroup', groupOf('g', hosts))
      const { raft } = registry.group('g')
      const let2 = hosts.slice(0, 2)
      for (const id of let2) registry.call('report', id, { begins: [raft] })
      expect(registry.group('g')).toMatchObject({ isFounded: true, isServing: false })
      for (const id of let2) loseDisk(registry, id)
      expect(registry.refused('foundAnew', raft, groupOf('g', ['d1'], '2'))).toBe('not-stillborn')
      expect(registry.group('g').raft).toBe(raft)
    }
  })

  test('may always have served if it was added before members asked, also where a snapshot of then says nothing of it', async () => {
    const before = registryOf(three, 1)
    before.call('addGroup', groupOf('g', ['a1']))
    before.call('addGroup', groupOf('gone', ['a1'], '7'))
    before.call('removeGroup', 'gone')
    const { raft } = before.group('g')
    expect(before.group('g')).toMatchObject({ isFounded: true, founders: [{ mayBegin: true }] })
    loseDisk(before, 'a1')
    expect(before.refused('foundAnew', raft, groupOf('g', ['b1'], '2'))).toBe('unknown-command')
    // As code of then wrote it.
    const { isFounded: _, founders, ...rest } = before.group('g')
    const old = founders!.map(({ mayBegin: _, ...one }) => one)
    const after = new RegistryState()
    putBack(after, ['group', 'g', { ...rest, founders: old } as unknown as GroupRecord])
    expect(after.group('g')).toEqual(before.group('g'))
    putBack(after, ['group', 'g', { ...rest, founders: null } as unknown as GroupRecord])
    expect(after.group('g')).toEqual({ ...before.group('g'), founders: null })
  })

  test('lets no member begin that was drawn for storage that is gone', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', ['a1']))
    const { raft } = registry.group('g')
    loseDisk(registry, 'a1')
    registry.call('report', 'a1', { begins: [raft] })
    expect(registry.group('g').founders!.some(({ mayBegin }) => mayBegin)).toBe(false)
    registry.call('foundAnew', raft, groupOf('g', ['a1'], '2'))
    registry.call('report', 'a1', { begins: [registry.group('g').raft] })
    expect(registry.group('g')).toMatchObject({ isFounded: true })
  })

  test('that was recovered is begun by nobody any more, and goes back to nothing that it was', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', three))
    const { raft, incarnation } = registry.group('g')
    const recovered = (as: string) =>
      registry.call('report', 'a1', { recovered: [{ raft, incarnation: as }] })
    recovered('2')
    expect(registry.group('g')).toMatchObject({ incarnation: '2', former: [incarnation], founders: null })
    recovered(incarnation)
    expect(registry.group('g').incarnation).toBe('2')
    for (let i = 3; i < 20; i++) recovered(String(i))
    expect(registry.group('g').former.length).toBe(8)
  })

  test('that was removed is kept until its time is over, and then until nobody keeps anything (F108)', () => {
    const registry = registryOf(three)
    registry.call('changeSettings', { keepRemovedMs: 1000 })
    registry.call('addGroup', groupOf('g', three))
    const raft = registry.call('removeGroup', 'g') as string
    expect(registry.refused('removeGroup', 'g')).toBe('no-such-group')
    expect(registry.machine.deadline!()).toBe(1000)
    registry.pass(999)
    registry.call('expire')
    expect(registry.state.removed.get(raft)!.isOver).toBe(false)
    registry.call('restoreRemoved', 'g')
    registry.call('removeGroup', 'g')
    registry.pass(1000)
    registry.call('expire')
    expect(registry.state.removed.get(raft)!.isOver).toBe(true)
    expect(registry.machine.deadline!()).toBe(null)
    expect(registry.refused('restoreRemoved', 'g')).toBe('no-such-group')
    for (const id of ['a1', 'b1']) registry.call('report', id, { discarded: [raft] })
    // One that is given up keeps nothing, as far as anybody will ever know.
    registry.call('withdraw', 'c1', null, true)
    expect(registry.state.removed.size).toBe(0)
  })
})

describe('a move', () => {
  const four = [...three, 'c2']
  const step = (registry: ReturnType<typeof registryOf>, name: string, changes: object = {}) => ({
    group: name,
    version: registry.group(name).version,
    from: 'c1',
    to: 'c2',
    hosts: ['a1', 'b1', 'c2'],
    ...changes,
  })
  function withGroups(count: number) {
    const registry = registryOf(four)
    registry.call('changeSettings', { coolDownMs: 1000 })
    for (let i = 0; i < count; i++) registry.call('addGroup', groupOf(`g${i}`, three, String(i + 1)))
    registry.pass(1000)
    return registry
  }

  test('begins only from what its planner has seen (F109)', () => {
    const registry = withGroups(1)
    const seen = step(registry, 'g0')
    registry.call('setReplicas', 'g0', 5)
    expect(registry.call('move', [seen])).toEqual(['it is another group by now'])
    expect(registry.call('move', [step(registry, 'g0')])).toEqual([null])
    expect(registry.call('move', [step(registry, 'g0')])).toEqual(['a move of it is under way'])
  })

  test('is one member, to a host that takes it', () => {
    const registry = withGroups(1)
    for (const changes of [
      { hosts: ['a1', 'c2'] },
      { hosts: ['a1', 'b1', 'c1', 'c2'] },
      { from: 'nobody' },
      { to: 'a1', hosts: ['a1', 'b1'] },
    ])
      expect(registry.call('move', [step(registry, 'g0', changes)])).toEqual(['it is no step'])
    registry.call('drain', 'c2')
    expect(registry.call('move', [step(registry, 'g0')])).toEqual(['its host takes no members'])
  })

  test('waits while enough others are under way of its hosts, or their zones, and until the group has rested (F104)', () => {
    const registry = withGroups(4)
    const moves = ['g0', 'g1', 'g2'].map((name) => step(registry, name))
    expect(registry.call('move', moves)).toEqual([null, null, 'enough moves of its host are under way'])
    registry.call('changeSettings', { movesPerHost: 9, movesPerZone: 4 })
    expect(registry.call('move', [step(registry, 'g2')])).toEqual(['enough moves of its zone are under way'])
    for (const name of ['g0', 'g1']) {
      const { raft, version } = registry.group(name)
      registry.call('report', 'a1', { moved: [{ raft, version, bytes: 0 }] })
    }
    expect(registry.group('g0')).toMatchObject({ hosts: ['a1', 'b1', 'c2'], move: null })
    const back = step(registry, 'g0', { from: 'c2', to: 'c1', hosts: ['a1', 'b1', 'c1'] })
    expect(registry.call('move', [back])).toEqual(['it has moved a short while ago'])
    registry.pass(1000)
    expect(registry.call('move', [step(registry, 'g0', { from: 'c2', to: 'c1', hosts: three })])).toEqual([
      null,
    ])
  })

  test('brings its host no more bytes than it may get in that time (F104)', () => {
    const registry = withGroups(2)
    registry.call('changeSettings', { moveBytesPerSecond: 1000 })
    registry.call('move', [step(registry, 'g0')])
    const { raft, version } = registry.group('g0')
    registry.call('report', 'a1', { moved: [{ raft, version, bytes: 5000 }] })
    expect(registry.call('move', [step(registry, 'g1')])).toEqual(['its host has got much lately'])
    registry.pass(5000)
    expect(registry.call('move', [step(registry, 'g1')])).toEqual([null])
  })

  test('takes the member that goes from those that are still to begin: it never will; who has begun stays among them (F106c)', () => {
    const registry = withGroups(1)
    const left = (): string[] =>
      registry.group('g0').founders!.map(({ host, hasBegun }) => `${host} ${hasBegun ? 'is done' : 'is not'}`)
    registry.call('report', 'b1', { begun: [registry.group('g0').raft] })
    registry.call('move', [step(registry, 'g0')])
    const { raft, version } = registry.group('g0')
    registry.call('report', 'a1', { moved: [{ raft, version, bytes: 0 }] })
    expect(left()).toEqual(['a1 is not', 'b1 is done', 'c1 is done'])
    registry.pass(1000)
    registry.call('move', [step(registry, 'g0', { from: 'b1', to: 'd1', hosts: ['a1', 'c2', 'd1'] })])
    registry.call('report', 'a1', { moved: [{ raft, version: registry.group('g0').version, bytes: 0 }] })
    expect(left()).toEqual(['a1 is not', 'b1 is done', 'c1 is done'])
    registry.call('report', 'a1', { begun: [raft] })
    expect(registry.group('g0').founders).toBe(null)
  })

  test('that was reported is not taken for another one', () => {
    const registry = withGroups(1)
    registry.call('move', [step(registry, 'g0')])
    const { raft, version } = registry.group('g0')
    registry.call('giveUpMoves', [{ group: 'g0', version }])
    registry.pass(1000)
    registry.call('move', [step(registry, 'g0')])
    registry.call('report', 'a1', { moved: [{ raft, version, bytes: 0 }] })
    expect(registry.group('g0').move).not.toBe(null)
  })

  test('that was given up although it was carried out: the group is where its leader says, and what was begun from elsewhere is over (F109b)', () => {
    const registry = withGroups(1)
    const { raft } = registry.group('g0')
    registry.call('move', [step(registry, 'g0')])
    const { version: old } = registry.group('g0')
    registry.call('giveUpMoves', [{ group: 'g0', version: old }])
    registry.call('standsOn', raft, old, ['a1', 'b1', 'c2'])
    expect(registry.group('g0').hosts).toEqual(three)
    registry.pass(1000)
    registry.call('move', [step(registry, 'g0', { from: 'c1', to: 'd1', hosts: ['a1', 'b1', 'd1'] })])
    registry.call('standsOn', raft, registry.group('g0').version, ['c2', 'a1'])
    expect(registry.group('g0')).toMatchObject({ hosts: ['c2', 'a1'], move: null })
    expect(registry.state.groupsOn('d1').size).toBe(0)
    expect(registry.group('g0').founders!.filter(({ hasBegun }) => !hasBegun)).toMatchObject([{ host: 'a1' }])
    expect(
      registry.call('move', [step(registry, 'g0', { from: null, to: 'b1', hosts: ['c2', 'a1', 'b1'] })]),
    ).toEqual(['it has moved a short while ago'])
  })
})

describe('a host', () => {
  test('is given up only when most of all hosts have not reached it for the whole window (F100, F102)', () => {
    const registry = registryOf(['a1', 'b1', 'c1', 'a2', 'b2'])
    registry.call('changeSettings', { purgeAfterMs: 1000 })
    registry.call('addGroup', groupOf('g', three))
    registry.call('observe', 'a1', ['c1'])
    registry.call('observe', 'b1', ['c1'])
    registry.pass(1500)
    expect(registry.refused('purge', 'c1')).toBe('not-agreed')
    registry.call('observe', 'a2', ['c1', 'nobody', 'a2'])
    registry.pass(999)
    // The third has not been saying so for long enough, and the first has reached it meanwhile.
    expect(registry.refused('purge', 'c1')).toBe('not-agreed')
    registry.call('observe', 'a1', [])
    registry.call('observe', 'a1', ['c1'])
    registry.pass(1)
    expect(registry.refused('purge', 'c1')).toBe('not-agreed')
    registry.pass(1000)
    expect(registry.refused('purge', 'c1')).toBe(null)
    expect(registry.state.hosts.has('c1')).toBe(false)
    // The group is what it was: nothing is removed because hosts are gone (F96).
    expect(registry.group('g').hosts).toEqual(three)
    expect(registry.refused('purge', 'c1')).toBe('inactive')
  })

  test('of two is never given up by the other: neither can say who is gone', () => {
    const registry = registryOf(['a1', 'b1'])
    registry.call('observe', 'a1', ['b1'])
    registry.pass(1e9)
    expect(registry.refused('purge', 'b1')).toBe('not-agreed')
  })

  test('that comes back without its files takes no part, unless a person says that they are lost (F101b)', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', three))
    const empty = { persisted: { life: 'another disk', durable: true }, process: '2 of b1' }
    expect(registry.refused('enrol', hostOf('b1', empty))).toBe('member-lost')
    expect(registry.refused('enrol', hostOf('b1', { ...empty, formerLost: true }))).toBe(null)
    // It is said once: the next process with these files goes on with it, one with others has to be told again.
    registry.call('enrol', hostOf('b1', { ...empty, process: '3 of b1' }))
    expect(registry.state.hosts.get('b1')!.formerLost).toBe(true)
    const third = { persisted: { life: 'a third disk', durable: true }, process: '4 of b1' }
    expect(registry.refused('enrol', hostOf('b1', third))).toBe('member-lost')
    // One that held nothing has lost nothing.
    registry.call('enrol', hostOf('d1'))
    expect(registry.refused('enrol', hostOf('d1', empty))).toBe(null)
  })

  test('leaves when no group counts on it any more, and by its own process only', () => {
    const registry = registryOf(three)
    registry.call('addGroup', groupOf('g', three))
    registry.call('drain', 'a1')
    expect(registry.refused('withdraw', 'a1', '1 of a1', false)).toBe('in-use')
    registry.call('removeGroup', 'g')
    registry.call('withdraw', 'a1', 'another process', false)
    expect(registry.state.hosts.has('a1')).toBe(true)
    registry.call('withdraw', 'a1', '1 of a1', false)
    expect(registry.state.hosts.has('a1')).toBe(false)
  })

  test('drains on through another call of its process, and not in the next one', () => {
    const registry = registryOf(three)
    registry.call('drain', 'a1')
    registry.call('enrol', hostOf('a1'))
    expect(registry.state.hosts.get('a1')!.isDraining).toBe(true)
    registry.call('enrol', hostOf('a1', { process: '2 of a1' }))
    expect(registry.state.hosts.get('a1')!.isDraining).toBe(false)
  })
})

test('settings that can not be are refused', () => {
  const registry = registryOf([])
  for (const changes of [
    { controlVoters: 4 },
    { purgeAfterMs: 0 },
    { movesPerHost: 1.5 },
    { nothing: 1 },
    null,
  ])
    expect(registry.refused('changeSettings', changes)).toBe('bad-argument')
  expect(registry.call('changeSettings', { controlVoters: 3 })).toMatchObject({
    controlVoters: 3,
    movesPerHost: 2,
  })
})

test('a snapshot holds all of it, as it was when it was taken', async () => {
  const registry = registryOf([...three, 'c2'])
  registry.call('addGroup', groupOf('g', three))
  registry.call('addGroup', groupOf('h', three, '2'))
  served(registry, 'h')
  registry.call('removeGroup', 'g')
  registry.call('observe', 'a1', ['c1'])
  const chunks = registry.machine.snapshot(1)[Symbol.iterator]()
  const first = chunks.next()
  registry.call('addGroup', groupOf('later', three, '3'))
  const restored = registryOf([])
  const before = JSON.stringify([...restored.state.groups])
  async function* all(): AsyncGenerator<Uint8Array> {
    if (!first.done) yield first.value
    for (let next = chunks.next(); !next.done; next = chunks.next()) yield next.value
  }
  let state = restored.state
  const definition = defineRegistry(() => {
    state = new RegistryState()
    return state
  })
  const instance = await definition.restore(all(), codec)
  expect(before).toBe('[]')
  expect([...state.groups.keys()]).toEqual(['h'])
  expect(state.groupOf(groupOf('h', three, '2').raft)?.name).toBe('h')
  expect([...state.groupsOn('a1')]).toEqual(['h'])
  expect([...state.hosts.keys()]).toEqual([...three, 'c2'])
  expect(state.removed.size).toBe(1)
  expect(state.observations.get('a1')).toEqual({ unreachable: { c1: 0 } })
  expect(instance.query(['version'])).toBe(registry.state.version - 1)
})
