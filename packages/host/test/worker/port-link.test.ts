/** The link to a host in another thread, over a port without threads (F94s). */
import type { ErrorCode } from '@rafted/contracts'
import {
  errorResponse,
  type Link,
  type QueryRequest,
  type Request,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import { expect, test } from 'vitest'
import { drainingClock } from '../../src/worker/draining-clock.ts'
import type { FromWorker, ToWorker } from '../../src/worker/messages.ts'
import { PortLink } from '../../src/worker/port-link.ts'
import { ServedCalls } from '../../src/worker/served-calls.ts'
import { fakePorts } from './fake-ports.ts'
import { ManualClock } from './manual-clock.ts'

const query = (text: string): WithoutId<QueryRequest> => ({
  kind: 'query',
  group: 'g',
  incarnation: null,
  read: 'linearizable',
  maxStalenessMs: 0,
  here: false,
  payload: new TextEncoder().encode(text),
})

interface Asked {
  readonly to: string | null
  readonly request: Request
  readonly timeoutMs: number
  answer(payload?: Uint8Array): void
}

function setUp(maxCalls = 100) {
  const clock = new ManualClock()
  const [here, there] = fakePorts<ToWorker, FromWorker>()
  const asked: Asked[] = []
  const hosts: Link = {
    local: true,
    close: async () => {},
    call: (to, request, timeoutMs) =>
      new Promise((resolve) => {
        const answer = (payload = new Uint8Array(1)): void =>
          resolve({ kind: 'result', id: 77, status: 'ok', index: 1, term: 1, payload })
        asked.push({ to, request: request as Request, timeoutMs, answer })
      }),
  }
  const served = new ServedCalls({ port: there, link: hosts, cluster: 'c', clock })
  there.listen((message) => {
    if (message.kind === 'calls') served.take(message.calls)
  })
  const random = { number: () => 0.5, bytes: (count: number) => new Uint8Array(count) }
  const draining = drainingClock(clock, () => here.drain())
  const link = new PortLink({ port: here, cluster: 'c', clock: draining, random, maxCalls })
  here.listen((message) => {
    if (message.kind === 'answers') link.answers(message.batches)
  })
  /** The worker takes what has come. */
  const worker = async (): Promise<void> => {
    await clock.turn()
    there.drain()
    await clock.turn()
  }
  return { clock, here, there, asked, link, worker }
}

const codeOf = (response: Response): ErrorCode | null => (response.kind === 'error' ? response.code : null)
const outcomeOf = (response: Response): string | null => (response.kind === 'error' ? response.outcome : null)

test('requests of a turn are one message, a batch for each address, in buffers that change hands', async () => {
  const { here, there, asked, link, clock, worker } = setUp()
  const calls = [
    link.call(null, query('a'), 1000),
    link.call('x:1', query('b'), 2000),
    link.call(null, query('c'), 3000),
  ]
  await clock.turn()
  expect(there.waiting).toHaveLength(1)
  expect(here.transferred).toHaveLength(2)
  expect(here.transferred.every(({ byteLength }) => byteLength === 0)).toBe(true)
  await worker()
  expect(asked.map(({ to, timeoutMs }) => [to, timeoutMs])).toEqual([
    [null, 1000],
    [null, 3000],
    ['x:1', 2000],
  ])
  for (const { request, answer } of asked) answer((request as QueryRequest).payload)
  await clock.turn()
  expect(here.waiting).toHaveLength(1)
  here.drain()
  const texts = (await Promise.all(calls)).map((response) =>
    response.kind === 'result' ? new TextDecoder().decode(response.payload) : response,
  )
  expect(texts).toEqual(['a', 'b', 'c'])
})

test('what the worker holds is bounded, also when nobody waits for it any more', async () => {
  const { asked, link, clock, here, worker } = setUp(2)
  const aborting = new AbortController()
  const first = link.call(null, query('a'), 1000, aborting.signal)
  const second = link.call(null, query('b'), 1000)
  await worker()
  aborting.abort()
  await clock.pass(1000)
  expect([codeOf(await first), codeOf(await second)]).toEqual(['aborted', 'timeout'])
  // One that is taken waits, and that is what this would show.
  const taken = clock.turn().then(() => errorResponse('timeout', 'unknown', 'It was taken.'))
  const refused = await Promise.race([link.call(null, query('c'), 1000), taken])
  expect([codeOf(refused), outcomeOf(refused)]).toEqual(['overloaded', 'not-applied'])
  asked[0]!.answer()
  await clock.turn()
  here.drain()
  void link.call(null, query('d'), 1000)
  await worker()
  expect(asked).toHaveLength(3)
})

test('bytes are bounded as well; one call is taken whatever its size', async () => {
  const { asked, link, worker } = setUp()
  const large = { ...query(''), payload: new Uint8Array(129 * 1024 * 1024) }
  void link.call(null, large, 1000)
  expect(codeOf(await link.call(null, query('b'), 1000))).toBe('overloaded')
  await worker()
  expect(asked).toHaveLength(1)
})

test('an answer that is there when its time is over is not late', async () => {
  const { asked, link, clock, here, worker } = setUp()
  const call = link.call(null, query('a'), 1000)
  await worker()
  asked[0]!.answer()
  await clock.turn()
  expect(here.waiting).toHaveLength(1)
  await clock.pass(5000)
  expect((await call).kind).toBe('result')
})

test('where the worker ends, what it had may have happened, and what it was never given has not', async () => {
  const { link, worker } = setUp()
  const given = link.call(null, query('a'), 1000)
  await worker()
  const kept = link.call(null, query('b'), 1000)
  link.end()
  const later = link.call(null, query('c'), 1000)
  const ends = await Promise.all([given, kept, later])
  expect(ends.map(codeOf)).toEqual(['closed', 'closed', 'closed'])
  expect(ends.map(outcomeOf)).toEqual(['unknown', 'not-applied', 'not-applied'])
})

test('a link that is closed sends what it took, and nothing after it', async () => {
  const { link, there } = setUp()
  const taken = link.call(null, query('a'), 1000)
  await link.close()
  expect(there.waiting).toHaveLength(1)
  expect(outcomeOf(await taken)).toBe('unknown')
  expect(outcomeOf(await link.call(null, query('b'), 1000))).toBe('not-applied')
  expect(there.waiting).toHaveLength(1)
})

test('a request that can not be encoded takes no other along', async () => {
  const { asked, link, worker } = setUp()
  const bad = link.call(null, { ...query('a'), group: 'x'.repeat(300) }, 1000)
  void link.call(null, query('b'), 1000)
  await worker()
  expect([codeOf(await bad), outcomeOf(await bad)]).toEqual(['invalid-argument', 'not-applied'])
  expect(asked).toHaveLength(1)
})
