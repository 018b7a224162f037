/** The HTTP API, asked without a network, of a host in memory. */
import { type Kv, kv, kvStore } from '@rafted/recipes'
import { openHosts } from 'rafted-memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, apiOf, GROUP } from '../src/api.ts'

let host: Awaited<ReturnType<typeof openHosts>>[number]
let store: Kv
let api: Api

beforeAll(async () => {
  const [opened] = await openHosts('a')
  host = opened!
  store = kv(host.value(GROUP, kvStore))
  api = apiOf(host, store)
})

afterAll(async () => {
  await api.close()
  await host.close()
})

const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  api.app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })

const tagOf = (response: Response): string => response.headers.get('etag')!

/** Messages of a stream, each as its fields; comments as they are. */
async function* messages(response: Response): AsyncGenerator<string | Record<string, string>> {
  let text = ''
  for await (const bytes of response.body!) {
    const parts = (text + new TextDecoder().decode(bytes)).split('\n\n')
    text = parts.pop()!
    for (const part of parts)
      yield part.startsWith(':')
        ? part
        : Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s, 2)))
  }
}

test('lives before there is a group, and is ready once there is one', async () => {
  expect((await ask('GET', '/livez')).status).toBe(200)
  expect((await ask('GET', '/readyz')).status).toBe(503)
  const refused = await ask('GET', '/kv/a')
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { code: 'no-such-group', outcome: 'not-applied' },
  ])
  expect(refused.headers.get('retry-after')).toBe('1')
  await host.createGroup(GROUP, { machine: kvStore })
  const isReady = async () => (await ask('GET', '/readyz')).status === 200
  await expect.poll(isReady, { interval: 5, timeout: 30_000 }).toBe(true)
})

test('puts, gets and deletes, on the condition of a tag', async () => {
  expect((await ask('GET', '/kv/a%2Fb')).status).toBe(404)
  const first = await ask('PUT', '/kv/a%2Fb', { 'if-none-match': '*' }, { n: 1 })
  expect(first.status).toBe(204)
  const again = await ask('PUT', '/kv/a%2Fb', { 'if-none-match': '*' }, { n: 2 })
  expect([again.status, tagOf(again)]).toEqual([412, tagOf(first)])
  const second = await ask('PUT', '/kv/a/b', { 'if-match': tagOf(first) }, { n: 2 })
  expect(second.status).toBe(204)
  expect((await ask('PUT', '/kv/a/b', { 'if-match': tagOf(first) }, { n: 3 })).status).toBe(412)
  const found = await ask('GET', '/kv/a/b')
  expect([await found.json(), tagOf(found)]).toEqual([{ n: 2 }, tagOf(second)])
  expect((await ask('GET', '/kv/a/b', { 'if-none-match': tagOf(second) })).status).toBe(304)
  expect((await ask('DELETE', '/kv/a/b', { 'if-match': tagOf(first) })).status).toBe(412)
  expect((await ask('DELETE', '/kv/a/b', { 'if-match': tagOf(second) })).status).toBe(204)
  expect((await ask('DELETE', '/kv/a/b')).status).toBe(404)
})

test('a request with a key is done once', async () => {
  const headers = { 'idempotency-key': 'order 7', 'if-none-match': '*' }
  const first = await ask('PUT', '/kv/once', headers, 1)
  const again = await ask('PUT', '/kv/once', headers, 1)
  expect([first.status, again.status, tagOf(again)]).toEqual([204, 204, tagOf(first)])
})

test('gives ranges, page by page', async () => {
  for (const name of ['x', 'y', 'z']) await ask('PUT', `/kv/r/${name}`, {}, name)
  const page = (await (await ask('GET', '/kv?prefix=r/&limit=2&reverse=true')).json()) as {
    entries: object[]
    next: string
  }
  expect(page).toMatchObject({ entries: [{ key: 'r/z' }, { key: 'r/y' }], next: 'r/x' })
  expect(await (await ask('GET', `/kv?prefix=r/&to=${page.next}&reverse=true`)).json()).toMatchObject({
    entries: [{ value: 'x' }],
    next: null,
  })
})

test('says what is wrong with a request', async () => {
  const statuses = [
    await ask('PUT', '/kv/a', {}),
    await ask('PUT', '/kv/a', { 'if-match': 'W/"x"' }, 1),
    await ask('PUT', '/kv/a?ttlMs=soon', {}, 1),
    await ask('GET', '/kv?limit=0'),
    await ask('GET', '/kv?nonsense=1'),
    await ask('GET', '/watch?after=x'),
    await ask('PUT', '/kv/a', {}, 'x'.repeat(1024 * 1024)),
    await ask('PUT', `/kv/${'k'.repeat(1025)}`, {}, 1),
  ].map(({ status }) => status)
  expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 413, 400])
})

test('tells watchers what becomes of keys, also those who come back', async () => {
  const stream = messages(await ask('GET', '/watch?prefix=w/'))
  expect((await stream.next()).value).toMatch(/^: begun behind \d+$/)
  await ask('PUT', '/kv/w/a?ttlMs=50', {}, 1)
  await ask('PUT', '/kv/other', {}, 1)
  const put = (await stream.next()).value as Record<string, string>
  expect([put.event, JSON.parse(put.data!)]).toMatchObject([
    'changes',
    [{ kind: 'put', entry: { key: 'w/a', value: 1 } }],
  ])
  const gone = (await stream.next()).value as Record<string, string>
  expect(JSON.parse(gone.data!)).toEqual([{ kind: 'expire', key: 'w/a' }])
  await stream.return(undefined)
  const back = messages(await ask('GET', '/watch?prefix=w/', { 'last-event-id': put.id! }))
  await back.next()
  expect((await back.next()).value).toEqual(gone)
  await back.return(undefined)
})

test('gives watchers all there is where their place is not remembered', async () => {
  await store.limit({ historyEvents: 1 })
  await ask('PUT', '/kv/s/a', {}, 1)
  await ask('PUT', '/kv/s/b', {}, 2)
  const stream = messages(await ask('GET', '/watch?prefix=s/&after=0'))
  await stream.next()
  const { value } = (await stream.next()) as { value: Record<string, string> }
  expect([value.event, JSON.parse(value.data!)]).toMatchObject(['snapshot', [{ key: 's/a' }, { key: 's/b' }]])
  // The host stops.
  const ended = stream.next()
  await api.close()
  expect((await ended).done).toBe(true)
  expect((await ask('GET', '/watch')).status).toBe(503)
})
