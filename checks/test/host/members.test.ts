/** Members as people change them: promoted, demoted, replaced, removed, and all at once (F30, F32, F35, F36, F37). */
import { createClient, HostWithClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import {
  type CreateGroupOptions,
  type GroupOptions,
  type Host,
  type LeaveOptions,
  openHost,
} from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { afterEach, describe, expect, test } from 'vitest'
import { untilTurn as until } from '../../src/until.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

type OpenHost = HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions> & {
  readonly link: Host['link']
}

const opened: OpenHost[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((host) => host.close({ transfer: false })))
})

const settings = { heartbeatMs: 20, electionMs: 400 }

function setting() {
  const network = memoryNetwork({ clock: realClock })
  const seams = { clock: realClock, random: realRandom }
  const open = async (id: string, storage = memoryStorage().open()): Promise<OpenHost> => {
    const transport = network.transport({ name: id, role: 'peer' })
    const host = await openHost({ id, cluster: 'test', transport, ...storage, durable: true, ...seams })
    const client = createClient({ link: host.link, addresses: (group) => host.addresses(group), ...seams })
    const both = Object.assign(new HostWithClient(host, client), { link: host.link })
    opened.push(both)
    return both
  }
  return { network, open }
}

/** Hosts `a`, which leads, and others that vote or, in capitals, learn for good. */
async function group(others: string) {
  const { network, open } = setting()
  const a = await open('a')
  await a.createGroup('list', { machine: list, settings })
  const hosts: OpenHost[] = [a]
  for (const name of others) {
    const id = name.toLowerCase()
    const host = await open(id)
    const learner: Partial<GroupOptions> = name === id ? {} : { learner: true }
    await host.group('list', { machine: list, join: ['a'], settings, ...learner })
    await until(() => placesAt(a).includes(id) && isSettled(a))
    hosts.push(host)
  }
  await until(() => hosts.every((host) => host.status('list')?.commitIndex === a.status('list')!.lastIndex))
  return { network, open, hosts: hosts as [OpenHost, OpenHost, OpenHost, OpenHost] }
}

/** Hosts of voters and learners as the host's log has them: "a,b/c". */
function placesAt(host: OpenHost): string {
  const configuration = host.status('list')?.configuration?.configuration
  const hosts = (members: readonly { host: string }[] = []): string =>
    members
      .map((one) => one.host)
      .sort()
      .join()
  return `${hosts(configuration?.voters)}/${hosts(configuration?.learners)}`
}

function isSettled(host: OpenHost): boolean {
  const { configuration, lastIndex, commitIndex } = host.status('list')!
  const { outgoing, learners } = configuration!.configuration
  return lastIndex === commitIndex && outgoing === null && learners.every(({ promote }) => !promote)
}

const memberOf = (host: OpenHost): string => host.status('list')!.member
const baseOf = (host: OpenHost): number => host.status('list')!.configuration!.index

/** A leader that is late itself, on a machine that is busy, gives the others as much more time: silence has to be long. */
const silentFor = (leader: OpenHost, id: string, ms: number): Promise<void> =>
  until(() => leader.status('list')!.peers.some(({ member, silentMs }) => member === id && silentMs > ms))

describe('one member at a time', () => {
  test('a learner is promoted, and a voter demoted, from wherever it is asked; twice is once', async () => {
    const [a, b, c] = (await group('bC')).hosts
    const promoted = await b.promote('list', memberOf(c))
    expect(promoted.configuration.voters.map(({ host }) => host).sort()).toEqual(['a', 'b', 'c'])
    expect(placesAt(a)).toBe('a,b,c/')
    expect((await c.promote('list', memberOf(c))).index).toBe(promoted.index)
    const demoted = await a.demote('list', memberOf(c))
    expect(demoted.configuration.learners).toMatchObject([{ host: 'c', promote: false }])
    expect(placesAt(a)).toBe('a,b/c')
    expect((await b.demote('list', memberOf(c))).index).toBe(demoted.index)
  })

  test('a leader that is demoted leads no more, and learns', async () => {
    const [a, b, c] = (await group('bc')).hosts
    await a.demote('list', memberOf(a))
    await until(() => [b, c].some((host) => host.status('list')!.role === 'leader'))
    await b.value('list', list).add('x')
    await until(() => a.status('list')!.appliedIndex === b.status('list')!.lastIndex)
    expect([placesAt(b), a.status('list')!.role]).toEqual(['b,c/a', 'follower'])
  })

  // There are always two voters, and no entry is committed by one of them alone.
  test('a voter is replaced by a learner in one step, and learns that it is removed', async () => {
    const { hosts } = await group('bC')
    const [a, b, c] = hosts
    const seen = new Set<string>()
    c.on('configuration', ({ voters }) => seen.add(`${voters.length}`))
    const { configuration } = await c.replaceMember('list', memberOf(b), memberOf(c))
    expect(configuration.voters.map(({ host }) => host).sort()).toEqual(['a', 'c'])
    expect(seen).toEqual(new Set(['2']))
    await until(() => b.status('list')!.removedAt !== null)
    // Asked again, after an answer that was lost.
    const again = await a.replaceMember('list', memberOf(b), memberOf(c))
    expect(again.configuration).toEqual(configuration)
  })
})

describe('all members at once', () => {
  test('voters and learners are who is named; the others are removed', async () => {
    const [a, b, c, d] = (await group('bCD')).hosts
    const members = { voters: [memberOf(a), memberOf(c)], learners: [memberOf(b)] }
    const { index, configuration } = await d.changeMembership('list', members)
    expect(configuration.outgoing).toBeNull()
    expect(placesAt(a)).toBe('a,c/b')
    await until(() => d.status('list')!.removedAt !== null)
    expect((await b.changeMembership('list', members)).index).toBe(index)
  })

  // Two people change the members at the same time: one of them is told that there is nothing any more of what he looked at.
  test('of two changes that are based on the same one succeeds (F32)', async () => {
    const [a, b, c, d] = (await group('bCD')).hosts
    const ifConfigurationAt = baseOf(a)
    const by = (voters: OpenHost[], learners: OpenHost[]) => ({
      voters: voters.map(memberOf),
      learners: learners.map(memberOf),
    })
    const asked = [by([a, b, c], [d]), by([a, b, d], [c])]
    const answers = await Promise.allSettled(
      asked.map((members) => b.changeMembership('list', members, { ifConfigurationAt })),
    )
    const failed = answers.filter((answer) => answer.status === 'rejected')
    expect(failed).toHaveLength(1)
    expect(failed[0]!.reason).toMatchObject({ code: 'configuration-changed', outcome: 'not-applied' })
    const done = asked[answers.findIndex((answer) => answer.status === 'fulfilled')]!
    const { voters } = a.status('list')!.configuration!.configuration
    expect(voters.map(({ id }) => id).sort()).toEqual([...done.voters].sort())
    const other = asked.find((members) => members !== done)!
    const tooLate = b.changeMembership('list', other, { ifConfigurationAt })
    await expect(tooLate).rejects.toMatchObject({ code: 'configuration-changed', outcome: 'not-applied' })
    // An answer may be lost: who asks for the same again is told that it is so.
    await b.changeMembership('list', done, { ifConfigurationAt })
  })

  test('nobody is a member by being named', async () => {
    const [a] = (await group('b')).hosts
    const members = { voters: [memberOf(a), 'nobody'] }
    await expect(a.changeMembership('list', members)).rejects.toMatchObject({ code: 'no-such-member' })
  })
})

describe('what is refused', () => {
  test('to replace a member by one that votes already', async () => {
    const [a, b, c] = (await group('bc')).hosts
    const replaced = a.replaceMember('list', memberOf(b), memberOf(c))
    await expect(replaced).rejects.toMatchObject({ code: 'already-member', outcome: 'not-applied' })
  })

  test('to leave too few voters that answer, unless that is insisted on (F37)', async () => {
    const [a, b, c] = (await group('bc')).hosts
    const [of, lost] = [memberOf(b), memberOf(c)]
    await c.close({ transfer: false })
    await silentFor(a, lost, 3 * settings.electionMs)
    await expect(a.removeMember('list', of)).rejects.toMatchObject({
      code: 'quorum-at-risk',
      message: expect.stringContaining('evenIfQuorumAtRisk'),
    })
    await a.removeMember('list', lost)
    expect(placesAt(a)).toBe('a,b/')
    await a.demote('list', of, { evenIfQuorumAtRisk: true })
    expect(placesAt(a)).toBe('a/b')
  })

  test('a learner that is not there is not waited for any longer than one wants to', async () => {
    const [a, b, c] = (await group('bC')).hosts
    const [of, lost] = [memberOf(b), memberOf(c)]
    await c.close({ transfer: false })
    await silentFor(a, lost, 3 * settings.electionMs)
    await expect(a.replaceMember('list', of, lost, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
      details: { last: 'not-caught-up' },
    })
    expect(placesAt(a)).toBe('a,b/c')
  })
})

test('who asks to join is answered when the member votes; a learner, when it is added (F36)', async () => {
  const { open, hosts } = await group('b')
  const [a] = hosts
  const { incarnation } = a.status('list')!
  const d = await open('d')
  const ask = (id: string, promote: boolean) => {
    const member = {
      id,
      host: 'd',
      address: 'd',
      durable: true,
      wire: [1, 1] as const,
      machine: [1, 1] as const,
    }
    const request = {
      kind: 'join',
      group: 'list',
      incarnation,
      member,
      promote,
      formerDataLost: false,
    } as const
    return d.link.call('a', request, 300)
  }
  // It is added, and nobody is there that could catch up.
  expect(await ask('absent', true)).toMatchObject({ kind: 'error', code: 'timeout', outcome: 'unknown' })
  expect(placesAt(a)).toBe('a,b/d')
  await a.removeMember('list', 'absent')
  expect(await ask('learning', false)).toMatchObject({ kind: 'done' })
})

// It asks nobody to add it: its log says that it is a member.
test('a member that is removed while its host is down learns it when it is back, and is not added again (F35g)', async () => {
  const { open, hosts } = await group('b')
  const [a] = hosts
  const storage = memoryStorage()
  const c = await open('c', storage.open())
  await c.group('list', { machine: list, join: ['a'], settings })
  await until(() => placesAt(a) === 'a,b,c/' && isSettled(a))
  await until(() => placesAt(c) === 'a,b,c/' && isSettled(c))
  const removed = memberOf(c)
  await c.close({ transfer: false })
  await a.removeMember('list', removed)
  const back = await open('c', storage.open())
  await back.group('list', { machine: list, join: ['a', 'b'], settings })
  await until(() => back.status('list')!.removedAt !== null || placesAt(a) !== 'a,b/')
  expect([memberOf(back), placesAt(a)]).toEqual([removed, 'a,b/'])
})

// However many messages are lost: it asks until somebody tells it.
test('a member that is removed while it is cut off learns it when it is back, keeps what it has, marked, and stops (F35)', async () => {
  const { network, open, hosts } = await group('b')
  const [a] = hosts
  const storage = memoryStorage().open()
  const c = await open('c', storage)
  await c.group('list', { machine: list, join: ['a'], settings })
  await until(() => placesAt(a) === 'a,b,c/' && isSettled(a))
  await until(() => placesAt(c) === 'a,b,c/' && isSettled(c))
  const removed = memberOf(c)
  network.isolate('c')
  await a.removeMember('list', removed)
  await a.value('list', list).add('x')
  expect(c.status('list')).toMatchObject({ removedAt: null, stopped: null })
  network.rejoin('c')
  await until(() => c.status('list')!.removedAt !== null)
  expect(c.status('list')!.stopped).toContain('no longer holds it')
  const { index } = a.status('list')!.configuration!
  await until(() => c.status('list')!.removedAt === index)
  let kept = await storage.logs.open('list')
  while (kept?.removedAt !== index) kept = await storage.logs.open('list')
  expect(kept).toMatchObject({ member: removed, removedAt: index })
  expect(kept!.last).toBeGreaterThan(0)
  expect(placesAt(a)).toBe('a,b/')
})
