/** How members come to be: hosts that create, join, are interrupted and try again. */
import { defineValue, type RaftedEvent } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage, type Storage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { decodeBatch } from '@rafted/wire'
import { afterEach, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'
import { delegated } from '../delegated-transport.ts'

const count = defineValue({
  init: () => 0,
  commands: { add: (n) => [n + 1, n + 1] },
  queries: { current: (n) => n },
})

const opened: Host[] = []
afterEach(async () => {
  for (const host of opened.splice(0)) await host.close()
})

function network() {
  const shared = memoryNetwork({ clock: realClock })
  const open = async (
    id: string,
    { logs, snapshots }: Storage = memoryStorage().open(),
    event: (event: RaftedEvent) => void = () => {},
    loses: (to: string, batch: Uint8Array) => boolean = () => false,
  ): Promise<Host> => {
    const its = shared.transport({ name: id, role: 'peer' })
    const send: typeof its.send = (to, batch, lane) => loses(to, batch) || its.send(to, batch, lane)
    const transport = delegated(its, { send })
    const seams = { clock: realClock, random: realRandom, observer: { event } }
    const host = await openHost({ id, cluster: 'test', transport, logs, snapshots, durable: true, ...seams })
    opened.push(host)
    return host
  }
  return { shared, open }
}

/** Hosts of the voters, as the committed configuration has them. */
const voters = (host: Host) =>
  host
    .status('count')
    ?.configuration?.configuration.voters.map(({ host: id }) => id)
    .sort() ?? []

/** All that its log holds is committed. */
function isLevel(host: Host): boolean {
  const { lastIndex, commitIndex, configuration } = host.status('count')!
  return lastIndex === commitIndex && configuration!.configuration.outgoing === null
}

test('a host that is refused to create the group goes on joining it', async () => {
  const { open } = network()
  const [a, b] = [await open('a'), await open('b')]
  await a.createGroup('count', { machine: count })
  const creating = b.createGroup('count', { machine: count, join: ['a'] })
  await expect(creating).rejects.toMatchObject({ code: 'already-exists' })
  await until(() => voters(b).join() === 'a,b')
})

// A log that holds nothing was begun by a process that ended right then: to found the group, or to join it.
test('a log that was begun and holds nothing keeps nobody from creating the group, or from joining it', async () => {
  const { open } = network()
  const [storageA, storageB] = [memoryStorage(), memoryStorage()]
  for (const storage of [storageA, storageB])
    await storage.open().logs.create('count', { incarnation: 'interrupted', member: 'nobody' })
  const a = await open('a', storageA.open())
  await a.createGroup('count', { machine: count })
  await until(() => a.status('count')!.role === 'leader')
  expect(a.status('count')).toMatchObject({ lastIndex: expect.any(Number) })
  const b = await open('b', storageB.open())
  await b.group('count', { machine: count, join: ['a'] })
  await until(() => voters(b).join() === 'a,b')
  expect(b.status('count')!.member).not.toBe('nobody')
})

// The leader has added a member, told only that one, and is gone (F35b).
test('a member whose addition was lost is added again', async () => {
  const { shared, open } = network()
  const [a, b, c, d] = [await open('a'), await open('b'), await open('c'), await open('d')]
  // It does not step down so soon after it is cut off.
  await a.createGroup('count', { machine: count, settings: { electionMs: 5000 } })
  for (const host of [b, c]) await host.group('count', { machine: count, join: ['a'] })
  await until(() => voters(a).length === 3 && isLevel(a))
  const known = a.status('count')!.lastIndex
  for (const from of ['a', 'd']) for (const to of ['b', 'c']) shared.cut(from, to)
  await d.group('count', { machine: count, join: ['a'] })
  await until(() => (d.status('count')?.lastIndex ?? 0) > known)
  const { member, commitIndex } = d.status('count')!
  expect(commitIndex).toBeLessThanOrEqual(known)
  await a.close({ transfer: false })
  await until(() => [b, c].some((host) => host.status('count')!.role === 'leader'))
  for (const to of ['b', 'c']) shared.heal('d', to)
  await until(() => voters(d).join() === 'a,b,c,d')
  expect(d.status('count')!.member).toBe(member)
}, 30_000)

// A directory that is not mounted looks like one that is lost: which it is, only a person can say (F77b).
test('a host that comes back without what it kept on its disk is told so, and joins anew only when a person says that it is lost', async () => {
  const { open } = network()
  const [a, b] = [await open('a'), await open('b')]
  let c = await open('c')
  await a.createGroup('count', { machine: count })
  for (const host of [b, c]) await host.group('count', { machine: count, join: ['a', 'b'] })
  await until(() => [a, b, c].every((host) => voters(host).length === 3))
  const former = c.status('count')!.member
  const members = () => a.status('count')!.configuration!.configuration.voters.map(({ id }) => id)
  await c.close()

  const refusals: RaftedEvent[] = []
  c = await open('c', memoryStorage().open(), (event) => {
    if (event.kind === 'join' && event.level === 'error') refusals.push(event)
  })
  await c.group('count', { machine: count, join: ['a', 'b'] })
  await until(() => refusals.length > 0)
  expect(refusals).toMatchObject([{ what: 'refused', error: { code: 'member-lost' } }])
  expect(members()).toContain(former)
  await c.close()

  c = await open('c')
  await c.group('count', { machine: count, join: ['a', 'b'], formerData: 'lost' })
  // The leader's word: what the newcomer has received so far may name its former self among the voters.
  await until(() => !members().includes(former) && members().length === 3 && isLevel(a))
  expect(members()).toContain(c.status('count')!.member)
})

// Its leader has added it. Until that arrives its own log doesn't say so.
test('a member whose log holds nothing yet leaves like any other: when its removal is committed (F35c)', async () => {
  const { open } = network()
  const loses = (to: string, batch: Uint8Array): boolean =>
    to === 'b' && decodeBatch(batch).items.some((item) => 'entries' in item && item.entries.length > 0)
  const a = await open('a', undefined, undefined, loses)
  await a.createGroup('count', { machine: count })
  const b = await open('b')
  await b.group('count', { machine: count, join: ['a'] })
  const learners = (): string[] =>
    a.status('count')?.configuration?.configuration.learners.map(({ host }) => host) ?? []
  await until(() => learners().join() === 'b')
  expect(b.status('count')).toMatchObject({ lastIndex: 0, configuration: null })
  await b.leave('count')
  expect([voters(a), learners()]).toEqual([['a'], []])
})

// The one that comes second must not forget what has come meanwhile: by then it may be a member that the group counts on.
test('a host that leaves twice at a time, and joins again in between, keeps what it has become (F35e)', async () => {
  const { open } = network()
  let asked = 0
  const losesFirst = (_: string, batch: Uint8Array): boolean =>
    decodeBatch(batch).items.some(
      (item) => item.kind === 'request' && item.request.kind === 'change-members',
    ) && ++asked === 1
  const a = await open('a')
  const storage = memoryStorage().open()
  const b = await open('b', storage, undefined, losesFirst)
  await a.createGroup('count', { machine: count })
  await b.group('count', { machine: count, join: ['a'] })
  await until(() => voters(a).join() === 'a,b' && isLevel(a))
  // Its question is lost, and asked again once the other call has long been done.
  const first = b.leave('count')
  await until(() => asked > 0)
  await b.leave('count')
  await b.group('count', { machine: count, join: ['a'] })
  await until(() => voters(a).join() === 'a,b' && isLevel(a))
  const member = b.status('count')!.member
  await first
  expect(b.status('count')).toMatchObject({ member, stopped: null })
  expect(await storage.logs.open('count')).toMatchObject({ member })
})

test('a host that joins as a learner receives the log and is not promoted', async () => {
  const { open } = network()
  const [a, b, c] = [await open('a'), await open('b'), await open('c')]
  await a.createGroup('count', { machine: count })
  await b.group('count', { machine: count, join: ['a'], learner: true })
  await until(() => a.status('count')!.configuration?.configuration.learners.length === 1)
  // The next one is a voter: with it the log goes on, and whoever is to be promoted is so by then.
  await c.group('count', { machine: count, join: ['a'] })
  await until(() => voters(a).join() === 'a,c' && isLevel(a))
  await until(() => b.status('count')!.appliedIndex === a.status('count')!.commitIndex)
  expect(b.status('count')!.configuration!.configuration.learners).toMatchObject([
    { host: 'b', promote: false },
  ])
  expect(voters(b)).toEqual(['a', 'c'])
})
