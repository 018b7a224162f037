/** Hosts that a client can't dial are asked through one that it can (F107b). */
import type { Request } from '@rafted/wire'
import { expect, test } from 'vitest'
import { error, located, type Reply } from './scripted-link.ts'
import { leaderAt, type SettingOptions, setting, watched } from './setting.ts'

/** Hosts a, b and c, led by a; of them only those in `dialled` can be reached. */
function cluster(options: SettingOptions = {}) {
  const all = setting({ addresses: ['b'], ...options })
  const world = { dialled: new Set(['b']), leader: 'a', lost: new Set<string>() }
  const answer = (address: string | null, request: Request): Reply => {
    if (request.kind === 'locate') return located(world.leader, { members: ['a', 'b', 'c'] })
    return leaderAt(world.leader)(address, request)
  }
  all.link.script = (address, request) => {
    if (address === null || !world.dialled.has(address)) return 'unreachable'
    if (request.kind !== 'relay') return answer(address, request)
    if (world.lost.has(request.to)) return error('unreachable', { outcome: 'unknown' })
    return answer(request.to, { ...request.request, id: request.id })
  }
  const ways = (): string[] =>
    all.link.sent.splice(0).map(({ address, request }) => {
      if (request.kind !== 'relay') return `${request.kind} at ${address}`
      return `${request.request.kind} at ${request.to} through ${address}`
    })
  return { ...all, world, ways }
}

test('one address is enough: after one attempt all goes through it, commands and queries alike', async () => {
  const { clock, command, query, ways } = cluster()
  const first = command('x')
  await clock.advance(2000)
  expect(first.value).toBe('x')
  ways()
  const more = [command('y'), query('z')]
  await clock.turn()
  expect(more.map(({ value }) => value)).toEqual(['y', 'z'])
  expect(ways().toSorted()).toEqual(['command at a through b', 'query at a through b'])
})

test('where the leader is another one, that one is asked in the same way', async () => {
  const { clock, command, world } = cluster()
  const first = command('x')
  await clock.advance(2000)
  world.leader = 'c'
  const second = command('y')
  await clock.advance(4000)
  expect([first.value, second.value]).toEqual(['x', 'y'])
})

test('a host that is gone is looked for as any other: what passes on says that it is not there', async () => {
  const { clock, command, world } = cluster()
  command('x')
  await clock.advance(2000)
  world.lost.add('a')
  const second = command('y')
  await clock.advance(500)
  world.leader = 'b'
  await clock.advance(4000)
  expect(second.value).toBe('y')
})

test('now and then it is tried directly again, and nobody waits for that', async () => {
  const { clock, command, world, ways } = cluster()
  command('x')
  await clock.advance(2000)
  await clock.advance(10_000)
  ways()
  const during = command('y')
  await clock.turn()
  expect(during.value).toBe('y')
  expect(ways().toSorted()).toEqual(['command at a through b', 'locate at a'])
  // Not for each command.
  command('z')
  await clock.turn()
  expect(ways()).toEqual(['command at a through b'])
  world.dialled.add('a')
  await clock.advance(10_000)
  command('z')
  await clock.turn()
  ways()
  const after = command('w')
  await clock.turn()
  expect(after.value).toBe('w')
  expect(ways()).toEqual(['command at a'])
})

test('a slow host is waited for, and not asked through others who would wait in its place', async () => {
  const { clock, link, command, ways } = cluster({ addresses: ['a', 'b'], attemptTimeoutMs: 100 })
  link.script = leaderAt('a', { command: () => 'hold' })
  command('x')
  await clock.advance(3000)
  expect(ways().filter((way) => way.includes('through'))).toEqual([])
})

test('not where it is not wanted, nor by default of a client that lives in a host', async () => {
  const unwanted = cluster({ relay: false, timeoutMs: 3000 })
  const vain = unwanted.command('x')
  await unwanted.clock.advance(4000)
  expect(vain.error?.code).toBe('timeout')
  const inside = setting({ local: true, addresses: [], timeoutMs: 3000 })
  inside.link.script = (address, request) =>
    address === null && request.kind === 'locate' ? located('a') : 'unreachable'
  inside.command('x')
  await inside.clock.advance(4000)
  expect(inside.link.requests('relay')).toEqual([])
})

test('a way that is of no use is given up, and the direct one tried', async () => {
  const { clock, link, command, world } = cluster()
  command('x')
  await clock.advance(2000)
  world.dialled.add('a')
  const before = link.script
  // It is stopped: it takes what it is asked, and does nothing.
  link.script = (address, request) => (address === 'b' ? 'hold' : before(address, request))
  const second = command('y')
  await clock.advance(9000)
  expect(second.value).toBe('y')
})

test('one that can not pass on either is left for another, also one that was only heard of (80002000)', async () => {
  const { clock, link, command, world } = cluster({ timeoutMs: 20_000 })
  world.dialled.add('c')
  const before = link.script
  link.script = (address, request) => {
    if (address === 'b' && request.kind === 'relay') return 'hold'
    // Nobody hears of it by asking it: b has told of it.
    return address === 'c' && request.kind === 'locate' ? 'hold' : before(address, request)
  }
  const first = command('x')
  await clock.advance(15_000)
  expect(first.value).toBe('x')
})

test('a host that has stopped answering is not asked to pass anything on while others are there (F49f)', async () => {
  const { client, clock, link, command, query, world, ways } = cluster({ addresses: ['b', 'c'] })
  world.dialled.add('c')
  const first = command('x')
  await clock.advance(2000)
  expect(first.value).toBe('x')
  const [helper] = ways().at(-1)!.split(' ').slice(-1)
  const other = helper === 'b' ? 'c' : 'b'
  const answers = link.script
  link.script = (address, request) => (address === helper ? 'hold' : answers(address, request))
  // Found out by another question than those that go through it.
  const second = watched(client.status('queue', { at: helper!, timeoutMs: 3000 }))
  await clock.advance(3000)
  expect(second.error).toMatchObject({ code: 'timeout' })
  ways()
  const third = query('z', { timeoutMs: 3000 })
  await clock.advance(100)
  expect(third.value).toBe('z')
  expect(ways().at(-1)).toBe(`query at a through ${other}`)
})
