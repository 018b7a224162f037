/** Groups in which nothing happens, on whole hosts (F131). */
import { expect, test } from 'vitest'
import { list } from '../recovery/drill-hosts.ts'
import {
  at,
  groups,
  hosts,
  ids,
  isQuiet,
  leader,
  now,
  pause,
  sent,
  until,
  value,
  voters,
} from './quiet-hosts.ts'

test('cost two batches per pair of hosts and heartbeat, however many they are, and no term begins', async () => {
  await groups(60)
  const names = Array.from({ length: 60 }, (_, i) => `g${i}`)
  const terms = names.map((name) => at('a').status(name)!.term)
  sent()
  await pause(60_000)
  // Three pairs, both ways, five times a second.
  const batches = sent()
  expect(batches).toBeLessThanOrEqual(3 * 2 * 5 * 60 * 1.01)
  expect(batches).toBeGreaterThan(3 * 2 * 5 * 60 * 0.9)
  expect(names.map((name) => at('a').status(name)!.term)).toEqual(terms)
  expect(at('a').status('g0')!.unresponsive).toEqual([])
  // And each answers at once.
  for (const name of names.slice(0, 6)) {
    const from = now()
    expect(await value('b', name).add('x')).toBe(1)
    expect(now() - from).toBeLessThan(20)
    expect(await value('c', name).all()).toEqual(['x'])
  }
  await until(() => names.every((name) => ids.every((id) => isQuiet(id, name))))
})

test('cost no batches where those of another group leave anyway', async () => {
  await groups(60)
  const awake = { machine: list, join: ids, settings: { quietAfterMs: 0 } } as const
  await at('a').createGroup('awake', { ...awake, unreachable: 'checked' })
  for (const id of ['b', 'c'] as const) await at(id).group('awake', awake)
  await until(() => voters('awake') === 3)
  await pause(5000)
  sent()
  await pause(60_000)
  // Heartbeats to two, their answers, and what the other two send each other: five times a second each.
  expect(sent()).toBeLessThanOrEqual((2 + 2 + 2) * 5 * 60 * 1.05)
  expect(leader('awake')).toBe('a')
})

test('are woken where they are led by a host that wants to know who answers, and for as long (F95c)', async () => {
  await groups(1)
  const led = leader('g0')!
  await pause(10_000)
  const { term } = at(led).status('g0')!
  for (let again = 0; again < 20; again++) {
    expect(isQuiet(led, 'g0')).toBe(again === 0)
    at(led).stir('g0')
    await pause(500)
  }
  await until(() => ids.every((id) => isQuiet(id, 'g0')))
  for (const id of ids) if (id !== led) at(id).stir('g0')
  at(led).stir('no such group')
  await pause(100)
  expect(isQuiet(led, 'g0')).toBe(true)
  expect(at(led).status('g0')!.term).toBe(term)
})

test('tell whoever watches what changes, however long nothing did', async () => {
  await groups(1)
  const seen: unknown[] = []
  const watch = value('b', 'g0').watch()
  const watching = (async () => {
    for await (const event of watch) seen.push(event)
  })()
  // Where it begins is asked for, which wakes the group.
  await pause(100)
  await until(() => ids.every((id) => isQuiet(id, 'g0')))
  await value('c', 'g0').add('x')
  // It is told of it: only after a while would it ask again.
  await until(() => seen.length === 1, 1000)
  await watch.return?.()
  await watching
})

test('are led by others soon after the host of their leaders is gone', async () => {
  await groups(30)
  const names = Array.from({ length: 30 }, (_, i) => `g${i}`)
  await pause(20_000)
  const gone = leader('g0')!
  const led = names.filter((name) => leader(name) === gone)
  const others = names.filter((name) => !led.includes(name)).map((name) => [name, leader(name)!] as const)
  const { client, end } = hosts.get(gone)!
  end()
  void client.close()
  hosts.delete(gone)
  // An election timeout of silence, and a draw from there.
  expect(await until(() => led.every((name) => leader(name) !== undefined))).toBeLessThan(3000)
  // Of the other groups none was woken: a majority is there. They say who is missing.
  for (const [name, id] of others) {
    expect(isQuiet(id, name)).toBe(true)
    expect(at(id).status(name)!.unresponsive.length).toBe(1)
  }
  const left = [...hosts.keys()]
  await until(() => names.every((name) => left.every((id) => isQuiet(id, name))))
  for (const name of led.slice(0, 3)) expect(await value(left[0]!, name).add('x')).toBe(1)
  for (const [name] of others.slice(0, 3)) expect(await value(left[1]!, name).add('x')).toBe(1)
})

test('are led again few at a time, each after one campaign, where one host led hundreds (F131b)', async () => {
  const count = 400
  await groups(count, 'a')
  const names = Array.from({ length: count }, (_, i) => `g${i}`)
  const { client, end } = hosts.get('a')!
  end()
  void client.close()
  hosts.delete('a')
  const woken = (): number => names.filter((name) => !isQuiet('b', name) || !isQuiet('c', name)).length
  await until(() => woken() > 0)
  // What each of two hosts tells at a time.
  expect(woken()).toBeLessThanOrEqual(2 * 128)
  // Nobody is refused by one that has not been told yet, and none has to wait for a second turn.
  expect(await until(() => names.every((name) => leader(name) !== undefined))).toBeLessThan(200)
  const campaigns = names.map((name) =>
    (['b', 'c'] as const).reduce((sum, id) => sum + at(id).status(name)!.elections.campaigns, 0),
  )
  expect(campaigns.filter((tries) => tries !== 1)).toEqual([])
})

test('of a host that is cut off follow another, and it learns so when it is back, also if it led', async () => {
  const network = await groups(6)
  await pause(20_000)
  const id = leader('g0')!
  network.isolate(id)
  await until(
    () => [...hosts.keys()].some((other) => other !== id && at(other).status('g0')?.role === 'leader'),
    5000,
  )
  // Its own hosts say nothing either: it gives up.
  await until(() => at(id).status('g0')!.role !== 'leader', 5000)
  const other = ids.find((one) => one !== id)!
  expect(await value(other, 'g0').add('x')).toBe(1)
  network.rejoin(id)
  await until(() => ids.every((one) => isQuiet(one, 'g0')))
  expect(await value(id, 'g0').all()).toEqual(['x'])
})

test('take in a host that comes back, and fall quiet again', async () => {
  const network = await groups(3)
  await pause(20_000)
  const id = ids.find((one) => one !== leader('g0'))!
  const { term } = at(id).status('g0')!
  network.isolate(id)
  await pause(10_000)
  const first = leader('g0')!
  expect(await value(first, 'g0').add('x')).toBe(1)
  network.rejoin(id)
  await until(() => ids.every((one) => isQuiet(one, 'g0')))
  expect(at(id).status('g0')).toMatchObject({ term, commitIndex: at(first).status('g0')!.commitIndex })
})
