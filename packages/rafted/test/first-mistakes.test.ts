/** What somebody new does wrong at first, and what they are told. */
import { defineValue, isRaftedError, type RaftedError, type RaftedEvent } from 'rafted'
import { expect, test } from 'vitest'
import { client, freeAddress, host, secret } from './place.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

async function failure(call: Promise<unknown>): Promise<RaftedError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isRaftedError(error)) throw error ?? new Error('it did not fail')
  return error
}

test('a value is used before its group was created: the next line is named, and works', async () => {
  const listen = await freeAddress()
  const a = await host({ listen })
  await a.group('list', { machine: list, join: [listen] })
  const early = await failure(a.value('list', list).add('x'))
  expect(early).toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
  expect(early.message).toContain(`client.createGroup('list', { at: '${listen}' })`)

  const outside = await client({ addresses: [listen] })
  expect(await failure(outside.value('list', list).add('x'))).toMatchObject({ code: 'no-such-group' })
  await outside.createGroup('list', { at: listen })
  expect(await outside.value('list', list).add('x')).toBe(0)
  expect(await failure(outside.createGroup('list', { at: listen }))).toMatchObject({ code: 'already-exists' })
})

test('hosts are down: the call says so when its time is over', async () => {
  const address = await freeAddress()
  const outside = await client({ addresses: [address], timeoutMs: 1000 })
  const error = await failure(outside.value('list', list).add('x'))
  expect(error).toMatchObject({ code: 'timeout', outcome: 'not-applied', details: { last: 'unreachable' } })
  expect(error.message).toContain('within 1000 ms')
  expect(error.message).toMatch(
    new RegExp(
      `"${address}" can't be reached\\. .*ECONNREFUSED ${address}\\. Check that a host runs there\\.$`,
    ),
  )
})

test.each([
  [
    'another secret',
    { secret: 'not the one that the hosts know' },
    'wrong-secret',
    /another secret, or none\. Give every host/,
  ],
  [
    'no secret',
    { secret: undefined },
    'wrong-secret',
    /has a secret and this side has none|another secret, or none/,
  ],
  ['another cluster', { cluster: 'market' }, 'wrong-cluster', /doesn't belong to cluster "market"/],
])(
  'a client with %s is told so when its time is over, and at once if it asks one host',
  async (_, changes, code, message) => {
    const listen = await freeAddress()
    const a = await host({ listen })
    await a.createGroup('list', { machine: list })
    const outside = await client({ addresses: [listen], ...changes })
    const handle = outside.value('list', list).with({ timeoutMs: 1000 })
    for (const call of [handle.add('x'), handle.all()]) {
      const error = await failure(call)
      expect(error).toMatchObject({ code: 'timeout', outcome: 'not-applied', details: { last: code } })
      expect(error.message).toMatch(message)
    }
    const direct = await failure(outside.createGroup('other', { at: listen }))
    expect(direct).toMatchObject({ code, outcome: 'not-applied' })
    expect(direct.message).toMatch(message)
  },
)

test('one of three hosts has another secret, another one is down: whoever creates the group is told both', async () => {
  const [own, other, down] = [await freeAddress(), await freeAddress(), await freeAddress()]
  const join = [own, other, down]
  const events: RaftedEvent[] = []
  const a = await host({ listen: own, observer: { event: (event) => void events.push(event) } })
  const b = await host({ id: 'b', listen: other, secret: `${secret}, but not quite` })
  await a.group('list', { machine: list, join })
  await b.group('list', { machine: list, join })
  const error = await failure(a.createGroup('list', { machine: list }))
  expect(error).toMatchObject({
    code: 'peers-unreachable',
    outcome: 'not-applied',
    details: { silent: [other, down] },
  })
  expect(error.message).toContain(`"${other}" can't be reached. The other side has another secret, or none.`)
  expect(error.message).toContain(`"${down}" can't be reached. There is no connection: connect ECONNREFUSED`)
  expect(error.message).toContain("{ unreachable: 'checked' }")
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'transport', what: 'handshake-failed', address: other }),
  )
})

test('what is no address is refused where it is given, or named where it is used', async () => {
  expect(await failure(client({ addresses: ['a'] }))).toMatchObject({
    code: 'invalid-argument',
    message: `"a" is no address to dial. Write it like this: 'a:7000', '[::1]:7000'`,
  })
  const remote = await failure(client({ addresses: ['192.0.2.1:7000'], secret: undefined }))
  expect(remote.message).toMatch(/Add: secret: process\.env\.RAFTED_SECRET$/)
  expect(await failure(client({ addresses: [] }))).toMatchObject({ code: 'invalid-argument' })
  const a = await host()
  const error = await failure(a.createGroup('list', { machine: list, join: ['b'] }))
  expect(error.code).toBe('peers-unreachable')
  expect(error.message).toContain('"b" is no address to dial.')
})
