/** Calls that end in doubt, and what their callers learn of them later, in a group of hosts (F58b, F58e). */
import { type CommandId, createClient, openClient } from '@rafted/client'
import { defineValue, type RaftedError, type Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { decodeBatch } from '@rafted/wire'
import { afterEach, expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { delegated } from '../delegated-transport.ts'

const seams = { clock: realClock, random: realRandom }
const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})
const ADDRESSES = ['a', 'b', 'c']

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

/** Keeps a copy of each batch with a command in it that a client sends, and loses what it is told to. */
function copying(inner: Transport) {
  const log = {
    copies: [] as (() => void)[],
    loses: false,
    /** Called when a command has left, or was lost. */
    sent: (): void => {},
  }
  const send: Transport['send'] = (address, batch, lane) => {
    const isCommand = decodeBatch(batch).items.some(
      (item) => item.kind === 'request' && item.request.kind === 'command',
    )
    if (isCommand)
      log.copies.push(() => {
        for (const to of ADDRESSES) inner.send(to, batch, lane)
      })
    const isTaken = (isCommand && log.loses) || inner.send(address, batch, lane)
    if (isCommand) log.sent()
    return isTaken
  }
  return Object.assign(delegated(inner, { send }), { log })
}

async function trio() {
  const network = memoryNetwork({ clock: realClock })
  const hosts: Host[] = []
  for (const id of ADDRESSES) {
    const { logs, snapshots } = memoryStorage().open()
    const transport = network.transport({ name: id, role: 'peer' })
    const host = await openHost({
      id,
      cluster: 'test',
      transport,
      logs,
      snapshots,
      durable: false,
      observer: {},
      ...seams,
    })
    hosts.push(host)
    opened.push(host)
  }
  await hosts[0]!.createGroup('list', { machine: list, settings: { heartbeatMs: 20, electionMs: 200 } })
  for (const host of hosts.slice(1)) await host.group('list', { machine: list, join: ['a'] })
  await until(() => hosts.every((host) => voters(host) === 3))
  return { network, hosts }
}

const voters = (host: Host): number => host.status('list')?.configuration?.configuration.voters.length ?? 0
const leaderOf = (hosts: readonly Host[]): Host =>
  hosts.find((host) => host.status('list')?.role === 'leader')!

async function clientOf(network: ReturnType<typeof memoryNetwork>, name: string) {
  const transport = copying(network.transport({ name, role: 'client' }))
  const client = await openClient({
    transport,
    cluster: 'test',
    name,
    addresses: ADDRESSES,
    attemptTimeoutMs: 300,
    ...seams,
  })
  opened.push(client)
  return { client, transport, value: client.value('list', list) }
}

const doubtOf = async (call: Promise<unknown>): Promise<{ id: CommandId; error: RaftedError }> => {
  const error = await call.then(
    () => expect.fail('it was answered'),
    (reason: RaftedError) => reason,
  )
  expect(error.outcome).toBe('unknown')
  return { id: error.details.id as CommandId, error }
}

test('a command that was lost on its way never takes effect, however often its copies come later', async () => {
  const { network } = await trio()
  const { client, transport, value } = await clientOf(network, 'till')
  await value.add('first')
  transport.log.loses = true
  const { id } = await doubtOf(value.with({ timeoutMs: 400 }).add('lost'))
  expect(await client.resolve('list', list, id)).toMatchObject({
    outcome: 'not-applied',
    error: { code: 'withdrawn' },
  })
  transport.log.loses = false
  for (const again of transport.log.copies) again()
  await value.add('second')
  for (const again of transport.log.copies) again()
  expect(await client.resolve('list', list, id)).toMatchObject({ outcome: 'not-applied' })
  expect(await value.all()).toEqual(['first', 'second'])
})

test('a command that was done while its caller gave up: another process learns its result', async () => {
  const { network } = await trio()
  const { value, transport, client } = await clientOf(network, 'till')
  await value.add('first')
  const controller = new AbortController()
  transport.log.sent = () => controller.abort()
  const { id } = await doubtOf(value.with({ signal: controller.signal }).add('second'))
  const other = await clientOf(network, 'office')
  // It is on its way, or done: done first, then asked after.
  await until(async () => (await other.value.all()).length === 2)
  await client.close()
  const stored = JSON.parse(JSON.stringify(id)) as CommandId
  expect(await other.client.resolve('list', list, stored)).toEqual({ outcome: 'applied', result: 1 })
  expect(await other.value.all()).toEqual(['first', 'second'])
})

test('one that stands in the log of a leader that was cut off is settled by the next: it never comes back', async () => {
  const { network, hosts } = await trio()
  const before = leaderOf(hosts)
  const others = hosts.filter((host) => host !== before)
  const inside = createClient({ link: before.link, addresses: [], ...seams })
  opened.push(inside)
  const value = inside.value('list', list)
  await value.add('first')
  for (const { id } of others) network.cut(before.id, id)
  const appended = before.status('list')!.lastIndex
  const call = doubtOf(value.with({ timeoutMs: 1000 }).add('cut off'))
  await until(() => before.status('list')!.lastIndex > appended)
  const { id } = await call
  const { client, value: seen } = await clientOf(network, 'till')
  const resolved = client.resolve('list', list, id)
  expect(await resolved).toMatchObject({ outcome: 'not-applied', error: { code: 'withdrawn' } })
  for (const { id: other } of others) network.heal(before.id, other)
  await seen.add('second')
  await until(() => before.status('list')!.appliedIndex === leaderOf(others).status('list')!.appliedIndex)
  expect(await seen.all()).toEqual(['first', 'second'])
})

test('a client that was started again asks by its key', async () => {
  const { network } = await trio()
  const { client, transport, value } = await clientOf(network, 'till')
  await value.with({ key: 'order 1' }).add('first')
  transport.log.loses = true
  await doubtOf(value.with({ key: 'order 2', timeoutMs: 400 }).add('lost'))
  await client.close()
  const again = await clientOf(network, 'till')
  expect(await again.client.resolve('list', list, { key: 'order 1' })).toEqual({
    outcome: 'applied',
    result: 0,
  })
  expect(await again.client.resolve('list', list, { key: 'order 2' })).toMatchObject({
    outcome: 'not-applied',
  })
  await expect(again.value.with({ key: 'order 2' }).add('too late')).rejects.toMatchObject({
    code: 'withdrawn',
    outcome: 'not-applied',
  })
  expect(await again.value.with({ key: 'order 3' }).add('second')).toBe(1)
  expect(await again.value.all()).toEqual(['first', 'second'])
})

test('commands that wait behind one that is withdrawn are done, in order', async () => {
  const { network } = await trio()
  const { client, transport, value } = await clientOf(network, 'till')
  await value.add('first')
  transport.log.loses = true
  const controller = new AbortController()
  const lost = value.with({ signal: controller.signal }).add('lost')
  const behind = ['second', 'third'].map((item) => value.add(item))
  await until(() => transport.log.copies.length > 1)
  controller.abort()
  const { id } = await doubtOf(lost)
  expect(await client.resolve('list', list, id)).toMatchObject({ outcome: 'not-applied' })
  transport.log.loses = false
  expect(await Promise.all(behind)).toEqual([1, 2])
  expect(await value.all()).toEqual(['first', 'second', 'third'])
})
