import type { AnyDefinition, Codec, ValueDefinition } from '@rafted/contracts'
import { expect, expectTypeOf, test } from 'vitest'
import { said } from './scripted-link.ts'
import { leaderAt, setting } from './setting.ts'

function define<D extends AnyDefinition>(
  commandNames: readonly string[],
  queryNames: readonly string[],
  codec: Codec | null = null,
) {
  return { version: 1, codec, failure: 'command', commandNames, queryNames } as unknown as D
}

type Queue = ValueDefinition<
  { enqueue: (item: string) => number; swap: (a: number, b: number) => void },
  { length: () => number }
>

const queue = define<Queue>(['enqueue', 'swap'], ['length'])

test('a handle has a method for each operation, which travels as its name and its arguments', async () => {
  const { link, client } = setting()
  link.script = leaderAt('a')
  const q = client.value('queue', queue)
  expectTypeOf(q.enqueue).toEqualTypeOf<(item: string) => Promise<number>>()
  expect(await q.enqueue('a')).toEqual(['enqueue', 'a'])
  expect(await q.swap(1, 2)).toEqual(['swap', 1, 2])
  expect(await q.length()).toEqual(['length'])
  expect(link.requests('command').map(({ request }) => said(request))).toEqual([
    ['enqueue', 'a'],
    ['swap', 1, 2],
  ])
  expect(link.requests('query')).toMatchObject([{ request: { read: 'linearizable' } }])
})

test('a handle is no thenable', async () => {
  const { client } = setting()
  const q = client.value('queue', queue)
  expect('then' in q).toBe(false)
  expect(await q).toBe(q)
})

test('`with` sets options on top of those before; undefined changes nothing', async () => {
  const { clock, link, client } = setting({ addresses: ['a'] })
  link.script = leaderAt('a')
  const q = client.value('queue', queue)
  const keyed = q.with({ key: 'k', read: 'stale' })
  const both = keyed.with({ timeoutMs: 50, key: undefined })
  await both.enqueue('x')
  await both.length()
  await q.enqueue('y')
  await keyed.with({ read: 'linearizable' }).length()
  expect(link.requests('command').map(({ request }) => request.key)).toEqual(['k', null])
  expect(link.requests('query').map(({ request }) => request.read)).toEqual(['stale', 'linearizable'])
  link.script = () => 'hold'
  const call = both.enqueue('z').then(null, (error) => error.code)
  await clock.advance(50)
  expect(await call).toBe('timeout')
})

test("a definition's own codec wins over the client's", async () => {
  const { link, client } = setting()
  link.script = leaderAt('a')
  const json: Codec = {
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode: (bytes) => ({ json: JSON.parse(new TextDecoder().decode(bytes)) }),
  }
  link.script = (address, request) =>
    request.kind === 'command'
      ? { kind: 'result', status: 'ok', index: 1, term: 1, payload: request.payload }
      : leaderAt('a')(address, request)
  const q = client.value('queue', define<Queue>(['enqueue'], [], json))
  expect(await q.enqueue('a')).toEqual({ json: ['enqueue', 'a'] })
  expect(await client.machine('queue', { codec: json }).command(5)).toEqual({ json: 5 })
  expect(await client.machine('queue', { codec: null }).command(5)).toEqual(5)
})
