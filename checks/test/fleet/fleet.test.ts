/** A fleet on simulated hosts: what its calls do. */
import { afterEach, expect, test } from 'vitest'
import { FleetHosts, room } from './fleet-hosts.ts'

let hosts: FleetHosts
afterEach(() => hosts.end())

const six = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'] as const

test('a group is added, used by its name from any host, and led', async () => {
  hosts = await FleetHosts.started(1, six)
  await hosts.fleet('a2').addGroup('lobby', { machine: 'room' })
  expect(await hosts.fleet('b1').value('lobby', room).say('hello')).toBe(1)
  expect(await hosts.fleet('c2').value('lobby', room).all()).toEqual(['hello'])
  const [group] = await hosts.fleet('c1').groups()
  expect(group).toMatchObject({ name: 'lobby', machine: 'room', replicas: 3, isServing: true, move: null })
  await hosts.until('they are where they are wanted', () => hosts.holders('lobby')?.length === 3)
  expect(hosts.holders('lobby')).toEqual(group!.hosts.toSorted())
  expect(new Set(group!.hosts.map((id) => id[0])).size).toBe(3)
  expect(await hosts.fleet('a1').whereIsLeader('lobby')).toBe(hosts.leader('lobby'))
})

test('a new group is led at once, by the host that is to lead it', async () => {
  hosts = await FleetHosts.started(9, six)
  const begun = hosts.clock.now()
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => hosts.fleet('a1').addGroup(`g${i}`, { machine: 'room' })),
  )
  // Nobody waits for an election timeout, which is a second at least.
  expect(hosts.clock.now() - begun).toBeLessThan(800)
  for (const { name, hosts: at } of await hosts.fleet('a1').groups()) expect(hosts.leader(name)).toBe(at[0])
})

/** Groups `g0`, `g1` …, each with a word of its own in it. */
async function addGroups(count: number, by = 'a1'): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `g${i}`)
  await Promise.all(names.map((name) => hosts.fleet(by).addGroup(name, { machine: 'room' })))
  for (const name of names) await hosts.fleet(by).value(name, room).say(name)
  return names
}

/** Whether the members of each group are where the registry wants them, and no move is under way. */
async function areInPlace(by: string): Promise<boolean> {
  const groups = await hosts.fleet(by).groups()
  return groups.every(
    ({ name, hosts: wanted, move }) =>
      move === null && hosts.holders(name)?.join() === wanted.toSorted().join(),
  )
}

async function haveTheirWords(names: readonly string[], by: string): Promise<void> {
  for (const name of names) expect(await hosts.fleet(by).value(name, room).all()).toEqual([name])
}

test('a host that comes is given members, one of each group at most, and groups keep their values', async () => {
  hosts = await FleetHosts.started(2, ['a1', 'b1', 'c1'])
  await hosts.fleet('a1').changeSettings({ coolDownMs: 100 })
  const names = await addGroups(12)
  const before = new Map((await hosts.fleet('a1').groups()).map(({ name, hosts: at }) => [name, at]))
  await hosts.start('a2')
  await hosts.until('some have moved', () => hosts.fleet('a2').status().here > 2)
  await hosts.until('all are in place', () => areInPlace('a1'))
  await hosts.pause(10_000)
  expect(await areInPlace('a1')).toBe(true)
  for (const { name, hosts: after } of await hosts.fleet('a1').groups()) {
    const left = before.get(name)!.filter((id) => !after.includes(id))
    expect(left.length).toBeLessThanOrEqual(1)
    expect(after.filter((id) => !before.get(name)!.includes(id))).toEqual(left.length === 0 ? [] : ['a2'])
    // Spread over the three zones as before.
    expect(new Set(after.map((id) => id[0])).size).toBe(3)
  }
  await haveTheirWords(names, 'a2')
})

test('a host that drains hands over everything, its vote in the control group included, and goes', async () => {
  hosts = await FleetHosts.started(3, ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'])
  await hosts.fleet('a1').changeSettings({ coolDownMs: 100 })
  const names = await addGroups(12)
  const progress: number[] = []
  await hosts.fleet('a1').deactivate({ timeoutMs: 120_000, onProgress: (left) => progress.push(left) })
  expect(progress.at(-1)).toBe(0)
  expect(progress[0]).toBeGreaterThan(1)
  expect(hosts.host('a1').groups()).toEqual(['fleet'])
  await hosts.stop('a1')
  await hosts.until('all are in place', () => areInPlace('b1'))
  await haveTheirWords(names, 'b1')
  expect([...(await hosts.fleet('b1').activeHosts()).values()].flat().map(({ id }) => id)).not.toContain('a1')
})

test('F101: groups of a host that is killed are led by others, and stay where they are for a while; then its members are replaced, and it comes back as another', async () => {
  hosts = await FleetHosts.started(4, [...six])
  await hosts.fleet('a1').changeSettings({ coolDownMs: 100, purgeAfterMs: 60_000 })
  const names = await addGroups(12)
  await hosts.until('all are in place', () => areInPlace('a1'))
  const before = await hosts.fleet('a1').groups()
  hosts.kill('b1')
  await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null), 10_000)
  await haveTheirWords(names, 'a1')
  await hosts.pause(40_000)
  expect((await hosts.fleet('a1').groups()).map((group) => group.hosts)).toEqual(
    before.map((group) => group.hosts),
  )
  const [gone] = await hosts.fleet('c1').unreachableHosts()
  expect(gone).toMatchObject({ host: 'b1' })
  expect(gone!.by.length).toBe(5)
  await hosts.until('its members are replaced', async () =>
    (await hosts.fleet('a1').groups()).every((group) => !group.hosts.includes('b1') && group.move === null),
  )
  await hosts.start('b1', { zone: null })
  await hosts.fleet('b1').activate({ zone: 'b' })
  await hosts.until('it has learned what it lost', () => hosts.host('b1').groups().length > 1)
  await hosts.until('all are in place', () => areInPlace('a1'))
  await hosts.pause(60_000)
  expect(await areInPlace('a1')).toBe(true)
  await haveTheirWords(names, 'b1')
})

test('after all hosts were killed, each group comes back with its value, in whatever order they start', async () => {
  hosts = await FleetHosts.started(5, [...six])
  const names = await addGroups(12)
  for (const id of six) hosts.kill(id)
  for (const id of shuffled(six)) {
    await hosts.start(id, { zone: null })
    await hosts.pause(500)
  }
  // By election: whether they are activated again is not asked.
  await hosts.until('all are led', () => names.every((name) => hosts.leader(name) !== null))
  await haveTheirWords(names, 'c2')
  for (const id of six) await hosts.fleet(id).activate({ zone: id[0]! })
  await hosts.until('all are in place', () => areInPlace('a1'))
})

test('F98: a group that is removed is gone, one of the same name is another, and what was removed can be restored', async () => {
  hosts = await FleetHosts.started(6, ['a1', 'b1', 'c1'])
  const lobby = hosts.fleet('b1').value('lobby', room)
  await hosts.fleet('a1').addGroup('lobby', { machine: 'room' })
  await lobby.say('first')
  await hosts.fleet('a1').removeGroup('lobby')
  await hosts.until('its members have stopped', () => hosts.raft('lobby') === null)
  await expect(lobby.all()).rejects.toMatchObject({ code: 'no-such-group' })
  await hosts.fleet('c1').addGroup('lobby', { machine: 'room' })
  expect(await lobby.all()).toEqual([])
  await lobby.say('second')
  await expect(hosts.fleet('c1').restoreRemoved('lobby')).rejects.toMatchObject({ code: 'already-exists' })
  await hosts.fleet('c1').removeGroup('lobby')
  await hosts.pause(20_000)
  await hosts.fleet('a1').restoreRemoved('lobby')
  expect(await lobby.all()).toEqual(['second'])
  await hosts.fleet('a1').removeGroup('lobby')
  await hosts.fleet('a1').changeSettings({ keepRemovedMs: 5000 })
  await hosts.until('nothing is kept', async () => (await hosts.host('a1').held()).length === 1)
  await hosts.until('nothing is known of it', () => hosts.fleet('b1').status().removed === 0)
  await expect(hosts.fleet('a1').restoreRemoved('lobby')).rejects.toMatchObject({ code: 'no-such-group' })
})

test('F101b: a host that lost its disk takes no part until a person says that it is lost; then its members are replaced', async () => {
  hosts = await FleetHosts.started(7, ['a1', 'b1', 'c1'])
  const names = await addGroups(6)
  hosts.kill('b1')
  hosts.wipe('b1')
  await hosts.start('b1', { zone: null })
  await expect(hosts.fleet('b1').activate({ zone: 'b', timeoutMs: 10_000 })).rejects.toMatchObject({
    code: 'member-lost',
  })
  await hosts.pause(5000)
  expect(hosts.host('b1').groups()).toEqual(['fleet'])
  await hosts.stop('b1')
  await hosts.start('b1', { formerData: 'lost' })
  await hosts.until('it has them all again', () => hosts.host('b1').groups().length === 7)
  await hosts.until('all are in place', () => areInPlace('a1'))
  await haveTheirWords(names, 'b1')
})

test('hosts that keep everything in memory come back as new members, and groups go on as long as a majority of them is there', async () => {
  hosts = new FleetHosts(8, ['a1', 'b1', 'c1'])
  await hosts.start('a1', { zone: null, durable: false })
  await hosts.fleet('a1').initialise({ unreachable: 'checked' })
  await hosts.fleet('a1').activate({ zone: 'a' })
  await hosts.start('b1', { durable: false })
  await hosts.start('c1', { durable: false })
  const names = await addGroups(6)
  await hosts.until('all are in place', () => areInPlace('a1'))
  hosts.kill('b1')
  await hosts.start('b1', { durable: false })
  await hosts.until('it has them all again', () => hosts.host('b1').groups().length === 7)
  await hosts.until('all are in place', () => areInPlace('a1'))
  hosts.kill('a1')
  await haveTheirWords(names, 'b1')
})

function shuffled(ids: readonly string[]): string[] {
  const lots = new Map(ids.map((id) => [id, hosts.random.number()]))
  return ids.toSorted((a, b) => lots.get(a)! - lots.get(b)!)
}
