/** What a host is given is looked at when it is given: nothing is written, and the right thing can be given next. */
import { createClient, createNetwork, defineValue, type MemoryHost, openHost, openHosts } from 'rafted-memory'
import { afterEach, expect, test } from 'vitest'

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { current: (n) => n },
})
const broken = defineValue({
  init: (): number => {
    throw new Error('no first value')
  },
  commands: {},
  queries: {},
})

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

const refused = (message: RegExp) => ({
  code: 'invalid-argument',
  outcome: 'not-applied',
  message: expect.stringMatching(message),
})

async function single(): Promise<MemoryHost> {
  const [host] = await openHosts('a')
  opened.push(host)
  return host
}

const wrongOptions: [string, unknown, RegExp][] = [
  ['nothing', undefined, /options must be an object/],
  ['no machine', {}, /machine must be what defineValue/],
  ['a machine that is none', { machine: {} }, /machine must be what defineValue/],
  [
    'a machine without a first value',
    { machine: broken },
    /first value could not be made: Error: no first value/,
  ],
  ['join as one text', { machine: counter, join: 'a' }, /join must be an array/],
  ['join with what is no address', { machine: counter, join: [''] }, /each address in join/],
  ['a setting of nothing', { machine: counter, settings: { heartbeatMs: 0 } }, /heartbeatMs/],
  [
    'an election shorter than two heartbeats',
    { machine: counter, settings: { heartbeatMs: 100, electionMs: 150 } },
    /at least twice heartbeatMs/,
  ],
]

test.each(wrongOptions)('a group with %s', async (_, options, message) => {
  const host = await single()
  await expect(host.group('counter', options as never)).rejects.toMatchObject(refused(message))
  await expect(host.createGroup('counter', options as never)).rejects.toMatchObject(refused(message))
  await host.createGroup('counter', { machine: counter })
  expect(await host.value('counter', counter).add(1)).toBe(1)
})

test('names that are none', async () => {
  for (const id of ['', 5, 'x'.repeat(65)])
    await expect(openHosts(id as string)).rejects.toMatchObject(refused(/id must be text/))
  const host = await single()
  for (const name of ['', 5, 'x'.repeat(256)])
    await expect(host.group(name as string, { machine: counter })).rejects.toMatchObject(
      refused(/group name must be text/),
    )
})

test('a host or a client without a network', async () => {
  for (const none of [undefined, {}, { id: 'a', cluster: 'test', network: {} }]) {
    await expect(openHost(none as never)).rejects.toMatchObject(refused(/what createNetwork\(\) returned/))
    await expect(createClient(none as never)).rejects.toMatchObject(
      refused(/what createNetwork\(\) returned/),
    )
  }
})

test('two hosts of one name', async () => {
  const network = createNetwork()
  opened.push(await openHost({ id: 'a', cluster: 'test', network }))
  await expect(openHost({ id: 'a', cluster: 'test', network })).rejects.toMatchObject({
    code: 'address-in-use',
    outcome: 'not-applied',
  })
})

test('a group that is here already, waited for or created, is not begun twice', async () => {
  const host = await single()
  await host.group('counter', { machine: counter })
  const twice = () => host.group('counter', { machine: counter })
  const refusal = { code: 'already-exists', outcome: 'not-applied' }
  await expect(twice()).rejects.toMatchObject(refusal)
  await host.createGroup('counter', { machine: counter })
  await expect(twice()).rejects.toMatchObject(refusal)
  expect(await host.value('counter', counter).add(1)).toBe(1)
})
