/** A fleet in trouble: what it does by itself, and what it leaves to people. */
import { type FleetGroup, place } from '@rafted/fleet'
import { afterEach, expect, test } from 'vitest'
import { FleetHosts, room } from './fleet-hosts.ts'

let hosts: FleetHosts
afterEach(() => hosts.end())

const six = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']

async function withGroups(seed: number, ids: readonly string[], count: number): Promise<string[]> {
  hosts = await FleetHosts.started(seed, ids)
  await hosts.fleet('a1').changeSettings({ coolDownMs: 100, purgeAfterMs: 60_000 })
  const names = Array.from({ length: count }, (_, i) => `g${i}`)
  await Promise.all(names.map((name) => hosts.fleet('a1').addGroup(name, { machine: 'room' })))
  for (const name of names) await hosts.fleet('a1').value(name, room).say(name)
  return names
}

async function placesOf(by: string): Promise<string> {
  const groups = await hosts.fleet(by).groups()
  return groups
    .map(({ name, hosts: at, move }) => `${name} ${at.join('+')} ${move === null ? '' : 'moves'}`)
    .join('; ')
}

async function haveTheirWords(names: readonly string[], by: string): Promise<void> {
  for (const name of names) expect(await hosts.fleet(by).value(name, room).all()).toEqual([name])
}

test('F95: a group that has lost its majority is reported with what is left of it, and nothing is forced; a host that it counts on is not given up', async () => {
  const names = await withGroups(11, six, 12)
  const groups = await hosts.fleet('a1').groups()
  // One of each zone but the third is enough for the control group, and too few for some of the groups.
  for (const id of ['a2', 'b2']) hosts.kill(id)
  const stuck = groups
    .filter(({ hosts: at }) => at.includes('a2') && at.includes('b2'))
    .map(({ name }) => name)
  expect(stuck.length).toBeGreaterThan(0)
  await hosts.until('the others are led', () =>
    names.every((name) => stuck.includes(name) || hosts.leader(name) !== null),
  )
  await hosts.pause(10_000)
  const leaderless = await hosts.fleet('c1').groupsWithoutLeader()
  expect(leaderless.map(({ name }) => name).toSorted()).toEqual(stuck.toSorted())
  for (const { members } of leaderless) {
    expect(members.map(({ host }) => host)).toHaveLength(3)
    expect(members.filter(({ status }) => status !== null)).toHaveLength(1)
  }
  const refused = hosts.fleet('c1').removeDeadHost('a2')
  await expect(refused).rejects.toMatchObject({
    code: 'no-leader',
    message: expect.stringContaining('rafted recover'),
  })
  // However long it lasts.
  await hosts.pause(300_000)
  const after = await hosts.fleet('c1').groups()
  for (const name of stuck) expect(hosts.leader(name)).toBe(null)
  expect(after.map(({ name }) => name)).toEqual(groups.map(({ name }) => name))
  for (const id of ['a2', 'b2']) await hosts.start(id)
  await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null))
  await haveTheirWords(names, 'b2')
})

test('F96: a group whose only host is given up stays, and serves again when that comes back', async () => {
  await withGroups(12, six, 0)
  await hosts.fleet('a1').addGroup('single', { machine: 'room', replicas: 1 })
  await hosts.fleet('a1').value('single', room).say('here')
  const id = (await hosts.fleet('a1').groups())[0]!.hosts[0]!
  const other = six.find((one) => one !== id)!
  hosts.kill(id)
  await hosts.until('it is given up', () => hosts.fleet(other).status().hosts === 5)
  await hosts.pause(120_000)
  expect((await hosts.fleet(other).groups()).map(({ name }) => name)).toEqual(['single'])
  await hosts.start(id)
  expect(await hosts.fleet(other).value('single', room).all()).toEqual(['here'])
})

test('F97: a host that was away while a group was removed and added again stops the former one, not the present one', async () => {
  await withGroups(13, ['a1', 'b1', 'c1'], 1)
  hosts.kill('c1')
  await hosts.fleet('a1').removeGroup('g0')
  await hosts.fleet('a1').addGroup('g0', { machine: 'room' })
  await hosts.fleet('a1').value('g0', room).say('anew')
  await hosts.start('c1')
  await hosts.until('it has a member of the present one', () => hosts.host('c1').groups().length === 2)
  await hosts.pause(20_000)
  for (const id of ['a1', 'b1', 'c1']) expect(hosts.host(id).groups()).toHaveLength(2)
  expect(hosts.holders('g0')).toEqual(['a1', 'b1', 'c1'])
  expect(await hosts.fleet('c1').value('g0', room).all()).toEqual(['anew'])
})

test('F99: hosts that start before they see each other begin no fleet, and find the one there is', async () => {
  hosts = new FleetHosts(14, ['a1', 'b1', 'c1'])
  for (const id of ['a1', 'b1', 'c1']) {
    hosts.network.isolate(id)
    await hosts.start(id, { zone: null })
  }
  await hosts.pause(60_000)
  for (const id of ['a1', 'b1', 'c1']) {
    expect(hosts.fleet(id).status()).toMatchObject({ hosts: 0, groups: 0 })
    await expect(hosts.fleet(id).groups({ timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'not-initialised',
    })
  }
  await expect(hosts.fleet('a1').initialise()).rejects.toMatchObject({ code: 'peers-unreachable' })
  for (const id of ['a1', 'b1', 'c1']) hosts.network.rejoin(id)
  await hosts.fleet('b1').initialise()
  await expect(hosts.fleet('a1').initialise()).rejects.toMatchObject({ code: 'already-exists' })
  for (const id of ['a1', 'b1', 'c1']) await hosts.fleet(id).activate({ zone: id[0]! })
  expect(await hosts.fleet('c1').activeHosts()).toHaveProperty('size', 3)
})

test('F99f: a fleet whose beginning was broken off is begun by the next call, on that host and on no other', async () => {
  hosts = new FleetHosts(21, ['a1', 'b1', 'c1'])
  for (const id of ['a1', 'b1', 'c1']) await hosts.start(id, { zone: null })
  // What a call leaves that came no further: the control group, and no entry of the registry in it.
  await hosts.host('b1').createGroup('fleet', { machine: room })
  await hosts.pause(10_000)
  expect(hosts.fleet('b1').status()).toMatchObject({ hosts: 0, groups: 0 })
  await expect(hosts.fleet('a1').initialise()).rejects.toMatchObject({ code: 'already-exists' })
  await hosts.fleet('b1').initialise()
  for (const id of ['a1', 'b1', 'c1']) await hosts.fleet(id).activate({ zone: id[0]! })
  expect(await hosts.fleet('c1').activeHosts()).toHaveProperty('size', 3)
  await expect(hosts.fleet('b1').initialise()).rejects.toMatchObject({ code: 'already-exists' })
})

test('F100: a host that one other can not reach is not given up, however long that lasts', async () => {
  await withGroups(15, six, 6)
  await hosts.pause(30_000)
  const before = await placesOf('a1')
  hosts.network.cut('a1', 'c2')
  await hosts.until('it says so', async () => (await hosts.fleet('b1').unreachableHosts()).length > 0)
  await hosts.pause(15 * 60_000)
  const unreachable = await hosts.fleet('b1').unreachableHosts()
  // Whether the other one can say the same depends on who leads the control group.
  expect(unreachable.map(({ host, by }) => `${host} by ${by.join()}`)).toContain('c2 by a1')
  for (const { host, by } of unreachable) expect([host, ...by].toSorted()).toEqual(['a1', 'c2'])
  for (const { forMs } of unreachable) expect(forMs).toBeGreaterThan(14 * 60_000)
  expect(await placesOf('b1')).toBe(before)
  expect(await hosts.fleet('b1').activeHosts()).toHaveProperty('size', 3)
})

test('F103: when a zone is lost every group goes on, and nothing moves as long as it may come back', async () => {
  const names = await withGroups(16, six, 30)
  await hosts.pause(30_000)
  const before = await placesOf('a1')
  for (const id of ['c1', 'c2']) hosts.kill(id)
  await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null), 10_000)
  await haveTheirWords(names, 'a2')
  await hosts.pause(30_000)
  expect(await placesOf('a1')).toBe(before)
  for (const id of ['c1', 'c2']) await hosts.start(id)
  await hosts.until('all are whole', () => names.every((name) => hosts.holders(name)?.length === 3))
  expect(await placesOf('a1')).toBe(before)
})

test('F105: while the control group has no majority, groups go on and are found, also after a restart of their hosts', async () => {
  const names = await withGroups(17, six, 6)
  await hosts.pause(20_000)
  const control = hosts.lives.get('a1')!.host.status('fleet')!.configuration!.configuration.voters
  expect(control).toHaveLength(5)
  const inGroup = hosts.holders('g0')!
  // Three of the five go; of the group one at most.
  const spared = new Set([...inGroup.slice(0, 2)])
  const gone = control
    .map(({ host }) => host)
    .filter((id) => !spared.has(id))
    .slice(0, 3)
  for (const id of gone) hosts.kill(id)
  const [one, two] = [...spared] as [string, string]
  hosts.kill(two)
  await hosts.start(two, { zone: null })
  const handle = hosts.fleet(one).value('g0', room)
  expect(await handle.all()).toEqual(['g0'])
  expect(await handle.say('on')).toBe(2)
  await expect(hosts.fleet(one).addGroup('late', { machine: 'room', timeoutMs: 5000 })).rejects.toMatchObject(
    {
      code: 'timeout',
    },
  )
  for (const id of gone) await hosts.start(id)
  await hosts.fleet(two).activate({ zone: two[0]! })
  await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null))
})

test.each(['registered', 'begun by one', 'begun by two'])(
  'F106: a group comes to be though whoever added it, and all hosts, die when it is %s',
  async (when) => {
    const ids = ['a1', 'b1', 'c1']
    await withGroups(18, ids, 0)
    const added = hosts.fleet('a1').addGroup('g', { machine: 'room', timeoutMs: 10_000 })
    added.catch(() => {})
    const begun = (): number => ids.filter((id) => hosts.host(id).groups().length > 1).length
    const wanted = ['registered', 'begun by one', 'begun by two'].indexOf(when)
    await hosts.untilTurn(() => ids.some((id) => hosts.fleet(id).status().groups === 1) && begun() >= wanted)
    for (const id of ids) hosts.kill(id)
    for (const id of ids.toReversed()) await hosts.start(id, { zone: null })
    for (const id of ids) await hosts.fleet(id).activate({ zone: id[0]! })
    await hosts.until('it is served', async () => (await hosts.fleet('b1').groups())[0]!.isServing)
    expect(await hosts.fleet('a1').value('g', room).say('hello')).toBe(1)
    await hosts.until('it is whole', () => hosts.holders('g')?.length === 3)
  },
)

test('F106: a member that was drawn for a disk that is gone never begins: its host joins, and is swapped', async () => {
  const ids = ['a1', 'b1', 'c1']
  await withGroups(19, ids, 0)
  hosts.network.isolate('c1')
  await hosts.fleet('a1').addGroup('g', { machine: 'room' })
  await hosts.fleet('a1').value('g', room).say('hello')
  hosts.kill('c1')
  hosts.wipe('c1')
  hosts.network.rejoin('c1')
  const from = hosts.events.length
  await hosts.start('c1', { formerData: 'lost' })
  await hosts.until('its own member votes', () => {
    const status = hosts.host('c1').status(hosts.raft('g')!)
    return status?.configuration?.configuration.voters.some(({ id }) => id === status.member) === true
  })
  const done = hosts.events.slice(from).filter((event) => event.kind === 'fleet' && event.by === 'c1')
  expect(done.map((event) => (event.kind === 'fleet' ? event.what : ''))).not.toContain('found')
  hosts.kill('a1')
  expect(await hosts.fleet('c1').value('g', room).all()).toEqual(['hello'])
})

test('F106c: a member that was drawn for a host which was down begins as the others did, also when they have all been replaced', async () => {
  await withGroups(27, six, 0)
  const [first, second, last] = place(
    'g',
    six.map((id) => ({ id, zone: id[0]!, capacity: 1 })),
    3,
  )
  hosts.kill(last!)
  const by = six.find((id) => ![first, second, last].includes(id))!
  await hosts.fleet(by).addGroup('g', { machine: 'room' })
  await hosts.fleet(by).value('g', room).say('hello')
  await hosts.fleet(first!).drain({ timeoutMs: 60_000 })
  await hosts.fleet(second!).drain({ timeoutMs: 60_000 })
  const raft = hosts.raft('g')!
  // It begins, and hears nobody.
  await hosts.start(last!)
  await hosts.untilTurn(() => hosts.host(last!).groups().includes(raft))
  hosts.network.isolate(last!)
  await hosts.pause(20_000)
  expect(foundedFrom(0)).toContain(`${last} ${raft}`)
  expect(hosts.host(last!).status(raft)!.leader).toBe(null)
  hosts.network.rejoin(last!)
  await hosts.until('it has all there is', () => hosts.holders('g')?.includes(last!) === true)
  expect(await hosts.fleet(last!).value('g', room).all()).toEqual(['hello'])
  expect(await hosts.fleet(by).value('g', room).say('again')).toBe(2)
})

test('F101c: a host that is given up while it is emptied, and comes back, is emptied nevertheless', async () => {
  await withGroups(28, six, 6)
  hosts.network.isolate('c2')
  const gone = hosts.fleet('c2').deactivate({ timeoutMs: 240_000 })
  gone.catch(() => {})
  await hosts.until('it is given up', () => hosts.fleet('a1').status().hosts === 5)
  hosts.network.rejoin('c2')
  await gone
  expect(hosts.host('c2').groups()).toEqual(['fleet'])
  expect(hosts.fleet('a1').status().hosts).toBe(5)
  await haveTheirWords(['g0', 'g1', 'g2', 'g3', 'g4', 'g5'], 'a1')
})

/** Names of groups that are placed there alone. */
function namesOn(id: string, among: readonly string[]): string[] {
  const placed = among.map((one) => ({ id: one, zone: one[0]!, capacity: 1 }))
  return Array.from({ length: 20 }, (_, i) => `one${i}`).filter((name) => place(name, placed, 1)[0] === id)
}

/** By the hosts' words: which of them begun what, from that event on. */
function foundedFrom(event: number): string[] {
  return hosts.events
    .slice(event)
    .flatMap((one) => (one.kind === 'fleet' && one.what === 'found' ? [`${one.by} ${one.subject}`] : []))
}

test('F109b: a host is not empty as long as something of a group is on it, though the registry has given up its move there', async () => {
  await withGroups(30, six, 0)
  const [name] = namesOn('c1', six) as [string]
  await hosts.fleet('a1').addGroup(name, { machine: 'room', replicas: 1 })
  await hosts.fleet('a1').value(name, room).say('hello')
  const raft = hosts.raft(name)!
  const emptied = hosts.fleet('c1').drain({ timeoutMs: 240_000 })
  const newcomer = (): string | undefined =>
    six.find((id) => id !== 'c1' && hosts.host(id).status(raft)?.configuration != null)
  await hosts.untilTurn(() => newcomer() !== undefined)
  const to = newcomer()!
  // The group is led where nobody gets to: whether it makes a voter of the newcomer nobody can tell.
  hosts.network.isolate('c1')
  await expect(hosts.fleet(to).drain({ timeoutMs: 30_000 })).rejects.toMatchObject({ code: 'timeout' })
  hosts.network.rejoin('c1')
  await hosts.fleet(to).drain({ timeoutMs: 240_000 })
  expect(hosts.host(to).groups()).toEqual(['fleet'])
  await emptied
  expect(await hosts.fleet('a1').value(name, room).all()).toEqual(['hello'])
})

test('F109d: a host with nothing on it is drained as soon as it votes no more, though nothing changes in the registry then', async () => {
  await withGroups(31, six, 0)
  for (const id of six.slice(0, 3)) await hosts.fleet(id).drain({ timeoutMs: 60_000 })
})

/** Ends the part of c1. What it is answered is lost, and before it hears of it the group is restored, of which it has kept something. */
async function restoredMeanwhile(seed: number, replicas: number) {
  await withGroups(seed, six, 0)
  const [name] = namesOn('c1', six) as [string]
  await hosts.fleet('a1').addGroup(name, { machine: 'room', replicas })
  await hosts.fleet('a1').value(name, room).say('hello')
  await hosts.fleet('a1').removeGroup(name)
  await hosts.fleet('c1').drain({ timeoutMs: 240_000 })
  let isLost = false
  for (const id of six)
    hosts.host(id).on('command-committed', ({ command }) => {
      if (!Array.isArray(command) || command[0] !== 'withdraw' || isLost) return
      isLost = true
      hosts.network.isolate('c1')
    })
  const gone = hosts.fleet('c1').deactivate({ timeoutMs: 60_000 })
  await hosts.until('it is isolated', () => isLost)
  hosts
    .fleet('a1')
    .restoreRemoved(name)
    .catch(() => {})
  await hosts.until('it is there again', () => hosts.raft(name) !== null)
  hosts.network.rejoin('c1')
  return { name, gone }
}

test('F109c: a group is restored on a host that has just ended its part: that host is told that it holds nothing only when the group has moved', async () => {
  const { name, gone } = await restoredMeanwhile(31, 3)
  await gone
  expect(hosts.host('c1').groups()).toEqual(['fleet'])
  expect(hosts.fleet('a1').status().hosts).toBe(5)
  await hosts.until('it is where it is wanted', () => hosts.holders(name)?.length === 3)
  expect(await hosts.fleet('a1').value(name, room).all()).toEqual(['hello'])
  // That has ended, and there is no more to it.
  await hosts.fleet('c1').deactivate()
  await expect(hosts.fleet('c1').drain()).rejects.toMatchObject({ code: 'inactive' })
})

test('F109c: the only host of such a group is not told so, and is emptied when it takes part again', async () => {
  const { name, gone } = await restoredMeanwhile(32, 1)
  await expect(gone).rejects.toMatchObject({ code: 'timeout' })
  await expect(hosts.fleet('c1').deactivate({ timeoutMs: 5000 })).rejects.toMatchObject({ code: 'timeout' })
  expect(await hosts.fleet('c1').value(name, room).all()).toEqual(['hello'])
  await hosts.fleet('c1').activate({ zone: 'c' })
  await hosts.fleet('c1').deactivate({ timeoutMs: 240_000 })
  expect(hosts.host('c1').groups()).toEqual(['fleet'])
  expect(await hosts.fleet('a1').value(name, room).all()).toEqual(['hello'])
})

test('F106b: a group that was added for a disk that is gone is founded anew, and served', async () => {
  const ids = ['a1', 'b1', 'c1']
  await withGroups(22, ids, 0)
  const [name] = namesOn('c1', ids) as [string]
  hosts.kill('c1')
  hosts.wipe('c1')
  const added = hosts.fleet('a1').addGroup(name, { machine: 'room', replicas: 1 })
  await hosts.until('it is registered', () => hosts.fleet('b1').status().groups === 1)
  const [{ raft: former }] = (await hosts.fleet('a1').groups()) as [FleetGroup]
  await hosts.start('c1', { formerData: 'lost' })
  await added
  expect(await hosts.fleet('b1').value(name, room).say('hello')).toBe(1)
  const [{ raft, hosts: at }] = (await hosts.fleet('a1').groups()) as [FleetGroup]
  expect(raft).not.toBe(former)
  expect(foundedFrom(0)).toEqual([`${at[0]} ${raft}`])
  await hosts.until('nothing is kept of the former', () => hosts.fleet('a1').status().removed === 0)
  expect(hosts.host('c1').groups()).not.toContain(former)
})

test('F106b: a group whose only host was given up before it began is founded elsewhere; that host begins it no more', async () => {
  const ids = ['a1', 'b1', 'c1']
  await withGroups(23, ids, 0)
  const [name, second] = namesOn('c1', ids) as [string, string]
  hosts.kill('c1')
  for (const one of [name, second])
    hosts
      .fleet('a1')
      .addGroup(one, { machine: 'room', replicas: 1, timeoutMs: 5000 })
      .catch(() => {})
  await hosts.until('both are registered', () => hosts.fleet('a1').status().groups === 2)
  // Neither has anything that could be lost with it.
  await hosts.fleet('a1').removeDeadHost('c1')
  await hosts.until('both are served', () => hosts.fleet('a1').status().starting === 0)
  expect(await hosts.fleet('a1').value(name, room).say('hello')).toBe(1)
  const from = hosts.events.length
  await hosts.start('c1')
  await hosts.pause(60_000)
  expect(foundedFrom(from)).toEqual([])
  expect(await hosts.fleet('c1').value(name, room).all()).toEqual(['hello'])
})

test('F106b: a group that may have served is never founded anew: a person has to decide', async () => {
  const ids = ['a1', 'b1', 'c1']
  await withGroups(24, ids, 0)
  const [name] = namesOn('c1', ids) as [string]
  // It has begun, and nobody hears of it any more.
  hosts.host('c1').on('role', ({ group }) => group !== 'fleet' && hosts.network.isolate('c1'))
  hosts
    .fleet('a1')
    .addGroup(name, { machine: 'room', replicas: 1, timeoutMs: 5000 })
    .catch(() => {})
  await hosts.until('it leads', () => hosts.leader(name) === 'c1')
  hosts.kill('c1')
  hosts.network.rejoin('c1')
  hosts.wipe('c1')
  const [{ raft }] = (await hosts.fleet('a1').groups()) as [FleetGroup]
  await hosts.start('c1', { formerData: 'lost' })
  await hosts.pause(120_000)
  expect(await hosts.fleet('a1').groups()).toMatchObject([{ raft, isServing: false, hosts: ['c1'] }])
  expect((await hosts.fleet('a1').groupsWithoutLeader()).map((one) => one.name)).toEqual([name])
  expect(foundedFrom(0)).toEqual([`c1 ${raft}`])
})

test.each([
  ['awake', 'comes back with nothing left'],
  ['awake', 'is given up'],
  ['quiet', 'comes back with nothing left'],
  ['quiet', 'is given up'],
])(
  'F95b: a group that is %s, and is to have fewer members, keeps those it needs while one that is lost has not been replaced: that %s',
  async (how, end) => {
    await withGroups(25, ['a1', 'b1', 'c1', 'd1'], 1)
    await hosts.pause(15_000)
    // Its leader has just heard all of them.
    if (how === 'awake') expect(await hosts.fleet('a1').value('g0', room).say('is awake')).toBe(2)
    const at = (await hosts.fleet('a1').groups())[0]!.hosts as [string, string, string]
    // The first stays, and the second is the next to go: the third would be needed then.
    hosts.kill(at[2])
    hosts.wipe(at[2])
    const fleet = hosts.fleet(at[0])
    await fleet.setReplicas('g0', 1)
    await hosts.pause(20_000)
    const said = how === 'awake' ? ['g0', 'is awake', 'goes on'] : ['g0', 'goes on']
    expect(await fleet.value('g0', room).say('goes on')).toBe(said.length)
    if (end === 'is given up') await fleet.removeDeadHost(at[2])
    else await hosts.start(at[2], { formerData: 'lost' })
    await hosts.until('it has one member', () => hosts.holders('g0')?.length === 1)
    expect(await fleet.value('g0', room).all()).toEqual(said)
  },
)

test('F110: the number of members, and the zone of a host, change by steps, and values stay', async () => {
  const names = await withGroups(20, six, 6)
  await hosts.fleet('b1').setReplicas('g0', 5)
  await hosts.until('it has five', () => hosts.holders('g0')?.length === 5)
  await hosts.fleet('b1').setReplicas('g0', 1)
  await hosts.until('it has one', () => hosts.holders('g0')?.length === 1)
  await hosts.fleet('b1').setReplicas('g0', 3)
  await hosts.until('it has three', () => hosts.holders('g0')?.length === 3)
  // The host is in another zone when it comes back.
  await hosts.stop('c2')
  await hosts.start('c2', { zone: 'b' })
  await hosts.until('no group has two members in one zone', async () => {
    const groups = await hosts.fleet('a1').groups()
    const zoneOf = (id: string): string => (id === 'c2' ? 'b' : id[0]!)
    return groups.every(({ hosts: at, move }) => move === null && new Set(at.map(zoneOf)).size === 3)
  })
  await haveTheirWords(names, 'c2')
})

test('every call says what is wrong', async () => {
  await withGroups(21, ['a1', 'b1', 'c1'], 1)
  const fleet = hosts.fleet('a1')
  const is = async (code: string, call: Promise<unknown>): Promise<void> => {
    await expect(call).rejects.toMatchObject({ code, outcome: 'not-applied' })
  }
  await is('already-exists', fleet.addGroup('g0', { machine: 'room' }))
  await is('no-active-host', fleet.addGroup('g9', { machine: 'unknown' }))
  await is('invalid-argument', fleet.addGroup('', { machine: 'room' }))
  await is('invalid-argument', fleet.addGroup('\ud800', { machine: 'room' }))
  await is('invalid-argument', fleet.addGroup('g9', { machine: 'no/name' }))
  await is('invalid-argument', fleet.addGroup('g9', { machine: 'room', replicas: 0 }))
  await is('invalid-argument', fleet.addGroup('g9', { machine: 'room', settings: { electionMs: -1 } }))
  await is('invalid-argument', fleet.setReplicas('g0', 17))
  await is('no-such-group', fleet.setReplicas('g9', 3))
  await is('no-such-group', fleet.removeGroup('g9'))
  await is('no-such-group', fleet.restoreRemoved('g9'))
  await is('no-such-group', fleet.whereIsLeader('g9'))
  await is('no-such-group', fleet.value('g9', room).all())
  await is('inactive', fleet.removeDeadHost('z9'))
  await is('not-inactive', fleet.activate({ zone: 'a' }))
  await is('invalid-argument', fleet.changeSettings({ controlVoters: 2 }))
  const idle = await hosts.start('d1', { zone: null })
  await is('inactive', idle.drain())
  await is('invalid-argument', idle.activate({ zone: '' }))
  await is('invalid-argument', idle.activate({ zone: 'd', capacity: -1 }))
  await idle.close()
  await is('closed', idle.groups())
})
