/** Quiet groups of which a member stops, or whose leader goes on without one: whoever relies on it learns of it, and nobody else. */
import { expect, test } from 'vitest'
import {
  at,
  groups,
  hosts,
  ids,
  isQuiet,
  leader,
  lose,
  pause,
  rollCalls,
  until,
  value,
} from './quiet-hosts.ts'

test('are led by others when the leader alone has stopped, and its host is there', async () => {
  await groups(3)
  await pause(20_000)
  const id = leader('g0')!
  at(id).inspect('g0')!.halt(new Error('its machine is broken'))
  await until(() => leader('g0') !== undefined && leader('g0') !== id, 5000)
  const other = leader('g0')!
  expect(await value(other, 'g0').add('x')).toBe(1)
})

test('stay as they are when another group of their host has ended (F131d)', async () => {
  const count = 100
  await groups(count, 'a')
  const others = Array.from({ length: count - 1 }, (_, i) => `g${i + 1}`)
  await pause(20_000)
  const terms = others.map((name) => at('b').status(name)!.term)
  at('a').stop('g0')
  let mostAwake = 0
  await until(() => {
    mostAwake = Math.max(mostAwake, others.filter((name) => ids.some((id) => !isQuiet(id, name))).length)
    return leader('g0') !== undefined
  }, 5000)
  await pause(60_000)
  expect(mostAwake).toBe(0)
  expect(others.map((name) => at('b').status(name)!.term)).toEqual(terms)
  expect(others.every((name) => leader(name) === 'a')).toBe(true)
})

test.each([0, 50, 150, 300])(
  'are led by others when the leader stops %i ms after they fell quiet (F131d)',
  async (ms) => {
    await groups(6)
    await pause(20_000)
    const id = leader('g0')!
    at(id).stir('g0')
    await until(() => ids.every((one) => !isQuiet(one, 'g0')))
    await until(() => ids.every((one) => isQuiet(one, 'g0')))
    await pause(ms)
    at(id).stop('g0')
    await until(() => leader('g0') !== undefined, 5000)
  },
)

test('are led by others when what their leader said since it woke is lost, and its stopping as well (F131e)', async () => {
  await groups(6)
  await pause(20_000)
  const id = leader('g0')!
  lose((from) => from === id)
  at(id).stir('g0')
  await pause(50)
  at(id).stop('g0')
  await pause(50)
  lose(() => false)
  // Each member is named once a minute to the host that it relies on.
  await until(() => leader('g0') !== undefined, 65_000)
})

test('take back a follower that their leader alone took for lost, within a minute (F131e)', async () => {
  await groups(6)
  await pause(20_000)
  const id = leader('g0')!
  const lost = ids.find((one) => one !== id)!
  // The connection broke on one side, and is there again.
  at(id).inspect('g0')!.onPeer(lost, 'lost')
  await pause(1000)
  expect(at(id).status('g0')!.unresponsive).toEqual([at(lost).inspect('g0')!.id])
  expect(isQuiet(id, 'g0')).toBe(true)
  await until(() => at(id).status('g0')!.unresponsive.length === 0, 65_000)
  expect(leader('g0')).toBe(id)
})

test('are named to nobody while nothing is wrong, also where one of them rests without a member that has stopped', async () => {
  await groups(60)
  await pause(20_000)
  rollCalls()
  await pause(120_000)
  expect(rollCalls()).toBe(0)
  const id = leader('g0')!
  const stopped = ids.find((one) => one !== id)!
  at(stopped).stop('g0')
  await pause(5000)
  expect(at(id).status('g0')!.unresponsive.length).toBe(1)
  rollCalls()
  await pause(120_000)
  expect(rollCalls()).toBe(0)
})

test('tell a member that it is removed, also one that has heard nothing since its leader woke (F131e)', async () => {
  await groups(6)
  await pause(20_000)
  const id = leader('g0')!
  const [stays, goes] = ids.filter((one) => one !== id) as ['a', 'b']
  lose((from, to) => from === id && to === goes)
  const voters = [id, stays].map((one) => at(one).inspect('g0')!.id)
  const changed = hosts.get(stays)!.client.changeMembership('g0', { voters, learners: [] })
  await until(() => at(id).status('g0')!.configuration!.configuration.voters.length === 2, 5000)
  lose(() => false)
  await changed
  await until(() => at(goes).status('g0')?.removedAt !== null, 65_000)
})

test('are not taken apart by what their leader has not heard of: a member that has stopped without a word is no majority (F37c)', async () => {
  await groups(3)
  await pause(20_000)
  const id = leader('g0')!
  const [stopped, leaves] = ids.filter((one) => one !== id) as ['a', 'b']
  lose((from) => from === stopped)
  at(stopped).inspect('g0')!.halt(new Error('its machine is broken'))
  await pause(100)
  lose(() => false)
  expect(at(id).status('g0')!.unresponsive).toEqual([])
  const error = await at(leaves)
    .leave('g0')
    .catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'quorum-at-risk', outcome: 'not-applied' })
  expect(leader('g0')).toBe(id)
  expect(await value(id, 'g0').add('x')).toBe(1)
})
