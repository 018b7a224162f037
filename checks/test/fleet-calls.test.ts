/** What the calls of a fleet are refused with, and what they leave to people: on simulated hosts. */
import { defineValue } from '@rafted/contracts'
import { afterEach, describe, expect, test } from 'vitest'
import { FleetHosts, room } from './fleet/fleet-hosts.ts'

let hosts: FleetHosts
afterEach(() => hosts.end())

const three = ['a1', 'b1', 'c1'] as const
const six = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'] as const
const add = (name: string, by = 'a1'): Promise<void> => hosts.fleet(by).addGroup(name, { machine: 'room' })
const refused = (code: string) => ({ code, outcome: 'not-applied' })

/** Groups of these names, where they are wanted, with a word in each. */
async function added(...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => add(name)))
  for (const name of names) await hosts.fleet('a1').value(name, room).say(name)
  await hosts.until('all are where they are wanted', () => areInPlace(names))
}

async function areInPlace(names: readonly string[], by = 'a1'): Promise<boolean> {
  const groups = await hosts.fleet(by).groups()
  return names.every((name) => {
    const group = groups.find((one) => one.name === name)
    return group?.move === null && hosts.holders(name)?.join() === group.hosts.toSorted().join()
  })
}

describe('a fleet begins', () => {
  test('by nobody’s silence: until somebody has initialised it, hosts are told that there is none', async () => {
    hosts = new FleetHosts(1, [...three])
    for (const id of three) await hosts.start(id, { zone: null })
    const { a1, b1 } = { a1: hosts.fleet('a1'), b1: hosts.fleet('b1') }
    await hosts.pause(60_000)
    await expect(a1.activate({ zone: 'a' })).rejects.toMatchObject(refused('not-initialised'))
    await expect(b1.groups({ timeoutMs: 2000 })).rejects.toMatchObject(refused('not-initialised'))
    await expect(add('lobby')).rejects.toMatchObject(refused('not-initialised'))
    await a1.initialise()
    await a1.activate({ zone: 'a' })
    await expect(b1.initialise()).rejects.toMatchObject(refused('already-exists'))
  })

  test('only if every address in `join` has answered, unless a person has looked', async () => {
    hosts = new FleetHosts(2, [...three])
    await hosts.start('a1', { zone: null })
    await expect(hosts.fleet('a1').initialise()).rejects.toMatchObject(refused('peers-unreachable'))
    await hosts.fleet('a1').initialise({ unreachable: 'checked' })
  })
})

describe('a host', () => {
  test('takes part when it is activated, is told where it does already, and where it does not', async () => {
    hosts = await FleetHosts.started(3, [...three])
    await hosts.start('b2', { zone: null })
    const b2 = hosts.fleet('b2')
    await expect(b2.drain()).rejects.toMatchObject(refused('inactive'))
    await expect(b2.deactivate()).rejects.toMatchObject(refused('inactive'))
    await b2.activate({ zone: 'b', capacity: 2 })
    await expect(b2.activate({ zone: 'b' })).rejects.toMatchObject(refused('not-inactive'))
    const zones = await hosts.fleet('c1').activeHosts()
    const found = [...zones].map(([zone, members]) => [zone, members.map(({ id }) => id).sort()])
    expect(Object.fromEntries(found)).toEqual({ a: ['a1'], b: ['b1', 'b2'], c: ['c1'] })
    expect(zones.get('b')!.find(({ id }) => id === 'b2')).toMatchObject({ capacity: 2, isDraining: false })
  })

  test('that is not active calls groups all the same, and holds none', async () => {
    hosts = await FleetHosts.started(4, [...three])
    await hosts.start('web', { zone: null })
    const web = hosts.fleet('web')
    await web.addGroup('lobby', { machine: 'room' })
    expect(await web.value('lobby', room).say('hello')).toBe(1)
    expect(web.status()).toMatchObject({ isActive: false, groups: 1, here: 0, led: 0 })
    expect(hosts.host('web').groups()).toEqual(['fleet'])
  })

  test('with no capacity holds nothing, though it is active', async () => {
    hosts = await FleetHosts.started(5, [...three])
    await hosts.start('a2', { capacity: 0 })
    await added('g1', 'g2', 'g3', 'g4')
    expect(hosts.host('a2').groups()).toEqual(['fleet'])
  })

  test('that is restarted is activated anew, and nothing moves meanwhile', async () => {
    hosts = await FleetHosts.started(6, [...six])
    const names = ['g1', 'g2', 'g3', 'g4']
    await added(...names)
    const before = await hosts.fleet('a1').groups()
    for (const id of six) {
      await hosts.stop(id)
      await hosts.start(id, { zone: null })
      await hosts.fleet(id).activate({ zone: id[0]! })
      await hosts.until('it has them back', () => hosts.fleet(id).status().here === runningOn(id))
    }
    await hosts.until('all are in place', () => areInPlace(names, 'b1'))
    expect((await hosts.fleet('b1').groups()).map((group) => group.hosts)).toEqual(
      before.map((group) => group.hosts),
    )
    for (const name of names) expect(await hosts.fleet('c1').value(name, room).all()).toEqual([name])
  })

  test('that has drained is empty, still takes part, and is given members again once it is restarted and activated', async () => {
    hosts = await FleetHosts.started(7, [...six])
    await hosts.fleet('a1').changeSettings({ coolDownMs: 100 })
    await added('g1', 'g2', 'g3', 'g4', 'g5', 'g6')
    const left: number[] = []
    await hosts.fleet('a1').drain({ timeoutMs: 120_000, onProgress: (count) => left.push(count) })
    expect(left.at(-1)).toBe(0)
    await hosts.until('it has cleared up', () => runningOn('a1') === 0)
    const isDraining = async (): Promise<boolean | undefined> =>
      (await hosts.fleet('b1').activeHosts()).get('a')!.find(({ id }) => id === 'a1')?.isDraining
    expect(await isDraining()).toBe(true)
    await hosts.stop('a1')
    await hosts.start('a1')
    expect(await isDraining()).toBe(false)
    await hosts.until('it has some again', () => runningOn('a1') > 0)
  })

  test('that others can not reach is told, with since when and by whom', async () => {
    hosts = await FleetHosts.started(8, [...three])
    expect(await hosts.fleet('a1').unreachableHosts()).toEqual([])
    hosts.kill('c1')
    await hosts.until('both say so', async () => {
      const [found] = await hosts.fleet('a1').unreachableHosts()
      return found?.by.length === 2
    })
    await hosts.pause(10_000)
    const [found, ...others] = await hosts.fleet('b1').unreachableHosts()
    expect(others).toEqual([])
    expect(found!.by.toSorted()).toEqual(['a1', 'b1'])
    expect(found!.forMs).toBeGreaterThan(9000)
    expect(found!.forMs).toBeLessThan(20_000)
  })
})

const runningOn = (id: string): number => hosts.host(id).groups().length - 1

describe('a group', () => {
  test('that is there already, that nobody can hold, or that can not be, is not added', async () => {
    hosts = await FleetHosts.started(10, [...three])
    const { addGroup } = { addGroup: hosts.fleet('a1').addGroup.bind(hosts.fleet('a1')) }
    await add('lobby')
    await expect(add('lobby', 'c1')).rejects.toMatchObject(refused('already-exists'))
    await expect(addGroup('x', { machine: 'unknown' })).rejects.toMatchObject(refused('no-active-host'))
    await expect(addGroup('', { machine: 'room' })).rejects.toMatchObject(refused('invalid-argument'))
    await expect(addGroup('x', { machine: 'no name' })).rejects.toMatchObject(refused('invalid-argument'))
    for (const replicas of [0, 10, 1.5])
      await expect(addGroup('x', { machine: 'room', replicas })).rejects.toMatchObject(
        refused('invalid-argument'),
      )
    const settings = { heartbeatMs: 100, electionMs: 100 }
    await expect(addGroup('x', { machine: 'room', settings })).rejects.toMatchObject(
      refused('invalid-argument'),
    )
    expect((await hosts.fleet('b1').groups()).map(({ name }) => name)).toEqual(['lobby'])
  })

  test('begins with the settings it is given, on all hosts', async () => {
    hosts = await FleetHosts.started(11, [...three])
    const settings = { heartbeatMs: 50, electionMs: 300, retainedResults: 7 }
    await hosts.fleet('a1').addGroup('lobby', { machine: 'room', settings })
    const statuses = () => three.map((id) => hosts.host(id).status(hosts.raft('lobby')!))
    await hosts.until('all have begun', () => statuses().every((status) => status !== null))
    for (const status of statuses()) expect(status!.settings).toMatchObject(settings)
    // Later they are changed as those of any group, also those of the control group.
    const { client } = hosts.fleet('b1')
    expect(await client.changeSettings(hosts.raft('lobby')!, { heartbeatMs: 70 })).toMatchObject({
      heartbeatMs: 70,
    })
    expect(await client.changeSettings('fleet', { electionMs: 2000 })).toMatchObject({ electionMs: 2000 })
  })

  test('that was asked for by a host that died at that moment is there all the same', async () => {
    hosts = await FleetHosts.started(18, [...six])
    void add('lobby').catch(() => {})
    await hosts.until('the registry knows it', () => hosts.fleet('b1').status().groups === 1)
    hosts.kill('a1')
    await hosts.until('it serves', async () => {
      const [group] = await hosts.fleet('b1').groups()
      return group?.isServing === true
    })
    expect(await hosts.fleet('c1').value('lobby', room).say('hello')).toBe(1)
  })

  test('has as many members as it is to have, one more or less at a time', async () => {
    hosts = await FleetHosts.started(12, [...six])
    await hosts.fleet('a1').changeSettings({ coolDownMs: 100 })
    await added('lobby')
    const counts = new Set<number>()
    const count = async (wanted: number): Promise<void> => {
      await hosts.fleet('b1').setReplicas('lobby', wanted)
      await hosts.until(`${wanted} members`, async () => {
        const now = hosts.holders('lobby')
        if (now !== null) counts.add(now.length)
        return now?.length === wanted && (await areInPlace(['lobby']))
      })
    }
    await count(5)
    await count(1)
    expect([...counts].sort()).toEqual([1, 2, 3, 4, 5])
    expect(await hosts.fleet('c1').value('lobby', room).all()).toEqual(['lobby'])
    await expect(hosts.fleet('a1').setReplicas('lobby', 10)).rejects.toMatchObject(
      refused('invalid-argument'),
    )
  })

  test('that is not there is told of by every call that names one', async () => {
    hosts = await FleetHosts.started(13, [...three])
    const fleet = hosts.fleet('b1')
    const nobody = refused('no-such-group')
    await expect(fleet.removeGroup('x')).rejects.toMatchObject(nobody)
    await expect(fleet.restoreRemoved('x')).rejects.toMatchObject(nobody)
    await expect(fleet.setReplicas('x', 3)).rejects.toMatchObject(nobody)
    await expect(fleet.whereIsLeader('x')).rejects.toMatchObject(nobody)
    await expect(fleet.value('x', room).say('hello')).rejects.toMatchObject(nobody)
    await expect(fleet.machine('x', room).query(['all'])).rejects.toMatchObject(nobody)
  })

  test('is led, after a while, by the host that is named first: leaders are spread as members are', async () => {
    hosts = await FleetHosts.started(17, [...six])
    const names = Array.from({ length: 6 }, (_, i) => `g${i}`)
    await added(...names)
    const groups = await hosts.fleet('a1').groups()
    expect(new Set(groups.map((group) => group.hosts[0])).size).toBeGreaterThan(2)
    await hosts.until(
      'each is led by the first',
      () => groups.every((group) => hosts.leader(group.name) === group.hosts[0]),
      60_000,
    )
  })

  test('is called by its name with a machine that has no named operations as well', async () => {
    hosts = await FleetHosts.started(14, [...three])
    await added('lobby')
    const lobby = hosts.fleet('c1').machine('lobby', room)
    expect(await lobby.command(['say', 'hello'])).toBe(2)
    expect(await lobby.query(['all'])).toEqual(['lobby', 'hello'])
  })

  test('is given only to hosts whose code knows its machine', async () => {
    const other = defineValue({ init: () => 0, commands: { add: (n) => [n + 1, n + 1] }, queries: {} })
    hosts = await FleetHosts.started(15, [...three])
    await hosts.start('a2', { machines: { room, other } })
    await hosts.fleet('b1').addGroup('count', { machine: 'other' })
    expect((await hosts.fleet('b1').groups())[0]!.hosts).toEqual(['a2'])
    expect(await hosts.fleet('c1').value('count', other).add()).toBe(1)
  })

  test('that lives in memory is gone when it is removed, and can not be restored', async () => {
    hosts = await FleetHosts.started(16, [...three])
    await hosts.fleet('a1').addGroup('passing', { machine: 'room', persist: false })
    await hosts.fleet('a1').removeGroup('passing')
    await expect(hosts.fleet('a1').restoreRemoved('passing')).rejects.toMatchObject(refused('no-such-group'))
    await hosts.until('nothing is kept', async () => (await hosts.host('a1').held()).length === 1)
  })
})

describe('settings', () => {
  test('hold for all hosts from when they are changed; what can not be is refused', async () => {
    hosts = await FleetHosts.started(20, [...three])
    expect(await hosts.fleet('a1').changeSettings({})).toEqual({
      movesPerHost: 2,
      movesPerZone: 8,
      coolDownMs: 10_000,
      moveBytesPerSecond: 32 * 1024 * 1024,
      purgeAfterMs: 30 * 60_000,
      keepRemovedMs: 24 * 3600_000,
      controlVoters: 5,
    })
    expect((await hosts.fleet('b1').changeSettings({ coolDownMs: 7 })).coolDownMs).toBe(7)
    expect((await hosts.fleet('c1').changeSettings({})).coolDownMs).toBe(7)
    for (const changes of [{ coolDownMs: 0 }, { controlVoters: 4 }, { movesPerHost: 1.5 }, { other: 1 }])
      await expect(hosts.fleet('a1').changeSettings(changes)).rejects.toMatchObject(
        refused('invalid-argument'),
      )
  })
})

describe('what is left to people', () => {
  test('groups without a leader are found, the control group included, with how their members stand', async () => {
    hosts = await FleetHosts.started(30, [...six])
    await added('g1', 'g2', 'g3', 'g4')
    expect(await hosts.fleet('a1').groupsWithoutLeader()).toEqual([])
    for (const id of ['b1', 'b2', 'c1', 'c2']) hosts.kill(id)
    await hosts.until('nobody leads', () => ['g1', 'g2', 'g3', 'g4'].every((name) => !hosts.leader(name)))
    const leadsAll = (id: string): boolean => hosts.host(id).status('fleet')?.role === 'leader'
    await hosts.until('nor the control group', () => !leadsAll('a1') && !leadsAll('a2'))
    const found = await hosts.fleet('a1').groupsWithoutLeader()
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set([null, 'g1', 'g2', 'g3', 'g4']))
    for (const { name, members } of found) {
      const standing = members.filter(({ status }) => status !== null).map(({ host }) => host)
      const answering = members.filter(({ error }) => error === null).map(({ host }) => host)
      expect(answering.every((host) => host[0] === 'a')).toBe(true)
      expect(standing.length).toBe(name === null ? 2 : 1)
    }
  })

  test('while the control group has no quorum groups go on, and are called by their names; nothing is added', async () => {
    hosts = await FleetHosts.started(35, [...six])
    const names = Array.from({ length: 8 }, (_, i) => `g${i}`)
    await added(...names)
    const voters = (): string[] =>
      hosts
        .host('a1')
        .status('fleet')!
        .configuration!.configuration.voters.map(({ host }) => host)
    await hosts.until('five vote', () => voters().length === 5)
    const groups = await hosts.fleet('a1').groups()
    const lost = voters().slice(0, 3)
    for (const id of lost) hosts.kill(id)
    const left = six.filter((id) => !lost.includes(id))
    const goOn = groups.filter((group) => group.hosts.filter((id) => lost.includes(id)).length < 2)
    expect(goOn.length).toBeGreaterThan(1)
    for (const { name } of goOn) expect(await hosts.fleet(left[0]!).value(name, room).all()).toEqual([name])
    const fleet = hosts.fleet(left[1]!)
    await expect(fleet.addGroup('x', { machine: 'room', timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'timeout',
    })
    await expect(fleet.removeDeadHost(lost[0]!, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'timeout',
    })
    const found = await fleet.groupsWithoutLeader()
    expect(found.map(({ name }) => name)).toContain(null)
    expect(found.length).toBe(1 + groups.length - goOn.length)
  })

  test('a dead host is given up at once when a person says so, and every group it held is whole again', async () => {
    hosts = await FleetHosts.started(31, [...six])
    const names = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6']
    await hosts.fleet('a1').changeSettings({ coolDownMs: 100 })
    await added(...names)
    hosts.kill('b1')
    await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null))
    await hosts.fleet('a1').removeDeadHost('b1')
    await hosts.until('all are whole', () => areInPlace(names))
    for (const name of names) expect(hosts.holders(name)).toHaveLength(3)
    expect((await hosts.fleet('a1').activeHosts()).get('b')!.map(({ id }) => id)).toEqual(['b2'])
    await expect(hosts.fleet('a1').removeDeadHost('b1')).rejects.toMatchObject(refused('inactive'))
  })

  test('a dead host is not given up where a group of it has no leader: nothing but a quorum removes members', async () => {
    hosts = await FleetHosts.started(32, ['a1', 'a2', 'b1', 'b2', 'b3'])
    const names = Array.from({ length: 8 }, (_, i) => `g${i}`)
    await hosts.fleet('a1').changeSettings({ coolDownMs: 100, purgeAfterMs: 60_000 })
    await added(...names)
    const before = await hosts.fleet('a1').groups()
    hosts.kill('a1')
    hosts.kill('a2')
    const stuck = before.filter((group) => group.hosts.filter((id) => id[0] === 'a').length === 2)
    expect(stuck.length).toBeGreaterThan(0)
    const stopped = stuck.map(({ name }) => name)
    await hosts.until('the others are led', () =>
      names.every((name) => stopped.includes(name) === (hosts.leader(name) === null)),
    )
    const error = await hosts
      .fleet('b1')
      .removeDeadHost('a1')
      .then(
        () => null,
        (thrown: unknown) => thrown as { message: string; details: { groups: string[] } },
      )
    expect(error).toMatchObject(refused('no-leader'))
    const named = stuck.filter((group) => group.hosts.includes('a1'))
    expect(error!.details.groups.toSorted()).toEqual(named.map(({ name }) => name).toSorted())
    for (const { raft } of named) expect(error!.message).toContain(`rafted recover '${raft}' DIRECTORY...`)
    // Not after any time either: those that have a leader are made whole, these stay as they are until a host comes back.
    await hosts.until('the others are whole', () =>
      areInPlace(
        names.filter((name) => !stopped.includes(name)),
        'b1',
      ),
    )
    await hosts.pause(120_000)
    const after = (await hosts.fleet('b1').groups()).filter(({ name }) => stopped.includes(name))
    expect(after.map((group) => group.hosts)).toEqual(stuck.map((group) => group.hosts))
    for (const name of stopped) expect(hosts.leader(name)).toBeNull()
    await hosts.start('a1')
    await hosts.start('a2')
    for (const name of stopped) expect(await hosts.fleet('a1').value(name, room).all()).toEqual([name])
  })

  test('a fleet of two hosts gives up neither', async () => {
    hosts = await FleetHosts.started(33, ['a1', 'b1'])
    await hosts.fleet('a1').changeSettings({ purgeAfterMs: 1000 })
    hosts.kill('b1')
    await hosts.pause(600_000)
    await hosts.start('b1')
    expect([...(await hosts.fleet('a1').activeHosts()).keys()].sort()).toEqual(['a', 'b'])
    expect(hosts.events.filter((event) => event.kind === 'fleet' && event.what.includes('given up'))).toEqual(
      [],
    )
  })

  test('calls of a fleet that is closed are told so', async () => {
    hosts = await FleetHosts.started(34, [...three])
    const fleet = hosts.fleet('a1')
    await fleet.close()
    await expect(fleet.groups()).rejects.toMatchObject(refused('closed'))
    await expect(fleet.addGroup('x', { machine: 'room' })).rejects.toMatchObject(refused('closed'))
  })
})
