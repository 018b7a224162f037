import { getEventListeners } from 'node:events'
import { type Clock, RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { drawFirstId, errorResponse, PendingCalls } from '../src/pending-calls.ts'
import type { DoneResponse, Request, Response, WithoutId } from '../src/request.ts'

class TestClock implements Clock {
  at = 1000
  armed = 0
  readonly timers: { at: number; run: () => void }[] = []
  now = () => this.at
  wall = () => 0
  soon = () => {
    throw new Error('not used')
  }
  after = (ms: number, run: () => void) => {
    const timer = { at: this.at + ms, run }
    this.armed++
    this.timers.push(timer)
    return () => {
      const place = this.timers.indexOf(timer)
      if (place >= 0) this.timers.splice(place, 1)
    }
  }
  advance(ms: number) {
    const end = this.at + ms
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.timers.splice(this.timers.indexOf(due), 1)
      this.at = Math.max(this.at, due.at)
      due.run()
    }
    this.at = end
  }
}

const locate: WithoutId<Request> = { kind: 'locate', group: 'g', incarnation: null }
const done = (id: number): DoneResponse => ({ kind: 'done', id, incarnation: 'i', configuration: null })

function setUp(firstId = 1) {
  const clock = new TestClock()
  const calls = new PendingCalls(clock, firstId)
  const sent: Request[] = []
  const send = (request: Request) => {
    sent.push(request)
    return true
  }
  return { clock, calls, sent, send }
}

async function settled(promise: Promise<Response>): Promise<Response | 'waits'> {
  return Promise.race([promise, new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'))])
}

test('requests are numbered in a row and each call gets its own answer, in whatever order', async () => {
  const { calls, sent, send } = setUp()
  const first = calls.call('a', locate, 100, undefined, send)
  const second = calls.call('b', locate, 100, undefined, send)
  expect(sent).toEqual([
    { ...locate, id: 1 },
    { ...locate, id: 2 },
  ])
  expect(calls.size).toBe(2)
  expect(calls.answered(done(2))).toBe('b')
  expect(await settled(second)).toEqual(done(2))
  expect(await settled(first)).toBe('waits')
  expect(calls.answered(done(1))).toBe('a')
  expect(await settled(first)).toEqual(done(1))
  expect(calls.size).toBe(0)
})

test('requests keep all their fields', () => {
  const { calls, sent, send } = setUp()
  const payload = Uint8Array.of(1, 2)
  const requests: WithoutId<Request>[] = [
    {
      kind: 'command',
      group: 'g',
      incarnation: 'i',
      session: 3,
      sequence: 4,
      acknowledged: 2,
      key: 'k',
      trace: null,
      payload,
    },
    { kind: 'query', group: 'g', incarnation: null, read: 'stale', maxStalenessMs: 0, here: true, payload },
    { kind: 'cancel-transfer', group: 'g', incarnation: null },
  ]
  for (const request of requests) void calls.call('a', request, 100, undefined, send)
  expect(sent).toEqual(requests.map((request, i) => ({ ...request, id: i + 1 })))
})

test('an answer may come before `send` returns, repeated and late answers are ignored', async () => {
  const { calls } = setUp()
  const promise = calls.call('a', locate, 100, undefined, (request) => {
    calls.answered(done(request.id))
    return true
  })
  expect(calls.answered(errorResponse('timeout', 'unknown', '', { id: 1 }))).toBeNull()
  expect(calls.answered(done(77))).toBeNull()
  expect(await settled(promise)).toEqual(done(1))
})

test('what could not be sent is `unreachable`, `not-applied`', async () => {
  const { calls } = setUp()
  const response = await settled(calls.call('a', locate, 100, undefined, () => false))
  expect(response).toMatchObject({ kind: 'error', id: 1, code: 'unreachable', outcome: 'not-applied' })
  expect(calls.size).toBe(0)
})

test('each call times out at its own deadline, with one timer for all', async () => {
  const { clock, calls, send } = setUp()
  const long = calls.call('a', locate, 500, undefined, send)
  const short = calls.call('a', locate, 100, undefined, send)
  for (let i = 0; i < 1000; i++) {
    const promise = calls.call('a', locate, 300, undefined, send)
    calls.answered(done(i + 3))
    await promise
  }
  expect(clock.timers.length).toBe(1)
  expect(clock.armed).toBe(2)
  clock.advance(99)
  expect(await settled(short)).toBe('waits')
  clock.advance(1)
  expect(await settled(short)).toMatchObject({ kind: 'error', id: 2, code: 'timeout', outcome: 'unknown' })
  clock.advance(399)
  expect(await settled(long)).toBe('waits')
  clock.advance(1)
  expect(await settled(long)).toMatchObject({ id: 1, code: 'timeout', outcome: 'unknown' })
  expect(clock.timers.length).toBe(0)
})

test('a call after the timer has run arms it again', async () => {
  const { clock, calls, send } = setUp()
  void calls.call('a', locate, 100, undefined, send)
  clock.advance(5000)
  const next = calls.call('a', locate, 100, undefined, send)
  clock.advance(100)
  expect(await settled(next)).toMatchObject({ code: 'timeout' })
})

test('many deadlines are swept in few passes, each late by at most one millisecond per thousand calls', async () => {
  const { clock, calls, send } = setUp()
  const late: number[] = []
  for (let i = 0; i < 10_000; i++) {
    const deadline = clock.at + 100 + i / 100
    void calls.call('a', locate, 100 + i / 100, undefined, send).then(() => late.push(clock.at - deadline))
  }
  for (let i = 0; i < 300; i++) {
    clock.advance(1)
    await settled(new Promise(() => {}))
  }
  expect(late.length).toBe(10_000)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...late)).toBeLessThanOrEqual(11)
  expect(clock.armed).toBeLessThan(100)
})

test('the signal ends a call that waits with outcome `unknown`, before it is sent with `not-applied`', async () => {
  const { calls, sent, send } = setUp()
  const controller = new AbortController()
  const promise = calls.call('a', locate, 100, controller.signal, send)
  controller.abort()
  expect(await settled(promise)).toMatchObject({ id: 1, code: 'aborted', outcome: 'unknown' })
  const early = calls.call('a', locate, 100, controller.signal, send)
  expect(await settled(early)).toMatchObject({ code: 'aborted', outcome: 'not-applied' })
  expect(sent.length).toBe(1)
})

test('no listener is left on a signal', async () => {
  const { clock, calls, send } = setUp()
  const { signal } = new AbortController()
  void calls.call('a', locate, 100, signal, send)
  void calls.call('b', locate, 100, signal, send)
  void calls.call('c', locate, 100, signal, send)
  void calls.call('d', locate, 100, signal, () => false)
  expect(getEventListeners(signal, 'abort').length).toBe(3)
  calls.answered(done(1))
  calls.lost('b')
  clock.advance(100)
  expect(getEventListeners(signal, 'abort').length).toBe(0)
})

test.each([
  ['unreachable', 'not-applied', 'unreachable', '"a" can\'t be reached. Why. Check that a host runs there.'],
  ['wrong-secret', 'not-applied', 'wrong-secret', '"a" can\'t be reached. Why.'],
  ['wrong-cluster', 'not-applied', 'wrong-cluster', '"a" can\'t be reached. Why.'],
  ['version-mismatch', 'not-applied', 'unreachable', '"a" can\'t be reached. Why.'],
  ['invalid-argument', 'not-applied', 'unreachable', '"a" can\'t be reached. Why.'],
  [
    'unreachable',
    'unknown',
    'unreachable',
    '"a" was lost before it answered: the request may have taken effect.',
  ],
] as const)('a peer lost for %s, %s: its calls end as %s', async (code, outcome, answer, message) => {
  const { calls, send } = setUp()
  const ended = calls.call('a', locate, 100, undefined, send)
  calls.lost('a', new RaftedError(code, 'Why.', { outcome }))
  expect(await settled(ended)).toMatchObject({ id: 1, code: answer, outcome, message })
})

test('a lost peer ends its calls and no others', async () => {
  const { calls, send } = setUp()
  const ended = [calls.call('a', locate, 100, undefined, send), calls.call('a', locate, 100, undefined, send)]
  const other = calls.call('b', locate, 100, undefined, send)
  calls.lost('a')
  for (const promise of ended)
    expect(await settled(promise)).toMatchObject({ code: 'unreachable', outcome: 'unknown' })
  expect(await settled(other)).toBe('waits')
})

test('close ends what waits as `unknown` and refuses what comes as `not-applied`', async () => {
  const { clock, calls, sent, send } = setUp()
  const promise = calls.call('a', locate, 100, undefined, send)
  calls.close()
  calls.close()
  expect(await settled(promise)).toMatchObject({ id: 1, code: 'closed', outcome: 'unknown' })
  expect(await settled(calls.call('a', locate, 100, undefined, send))).toMatchObject({
    code: 'closed',
    outcome: 'not-applied',
  })
  expect(sent.length).toBe(1)
  expect(calls.size).toBe(0)
  expect(clock.timers.length).toBe(0)
})

test('thousands wait at a time, and each gets its own answer', async () => {
  const { calls, send } = setUp()
  const promises = Array.from({ length: 5000 }, (_, i) =>
    calls.call(`peer ${i}`, locate, 100, undefined, send),
  )
  expect(calls.size).toBe(5000)
  // In an order that has nothing to do with that of the calls.
  const ids = promises.map((_, i) => ((i * 1777) % 5000) + 1)
  expect(ids.map((id) => [calls.answered(done(id)), calls.answered(done(id))])).toEqual(
    ids.map((id) => [`peer ${id - 1}`, null]),
  )
  expect(calls.size).toBe(0)
  expect(await Promise.all(promises)).toEqual(promises.map((_, i) => done(i + 1)))
})

test('the first id is a whole number from 1 to 2^40 (F60b)', () => {
  const drawn = [0, 0.25, 1 - 2 ** -53].map((number) =>
    drawFirstId({ number: () => number, bytes: (count) => new Uint8Array(count) }),
  )
  expect(drawn).toEqual([1, 2 ** 38 + 1, 2 ** 40])
})

test('ids beyond 32 bits, of which many look alike to their last bits, keep apart', async () => {
  const first = 2 ** 40 - 100
  const { calls, sent, send } = setUp(first)
  const promises = Array.from({ length: 200 }, () => calls.call('a', locate, 100, undefined, send))
  expect(sent.map(({ id }) => id)).toEqual(promises.map((_, i) => first + i))
  for (let i = 0; i < 200; i++)
    for (const other of [first + i - 2 ** 32, first + i + 2 ** 32, i])
      expect(calls.answered(done(other))).toBeNull()
  for (let i = 199; i >= 0; i--) expect(calls.answered(done(first + i))).toBe('a')
  expect(await Promise.all(promises)).toEqual(promises.map((_, i) => done(first + i)))
})

test('an id that is no number of a call finds none', () => {
  const { calls, send } = setUp()
  void calls.call('a', locate, 100, undefined, send)
  for (const id of [0, -1, 2, 65, 1 + 64 * 1024, 2 ** 32 + 1, 0.5, Number.NaN])
    expect(calls.answered(done(id))).toBeNull()
  expect(calls.size).toBe(1)
})

test('a receiver is told at once when the answer has come, once, and never in the middle of asking', async () => {
  const { calls, clock, sent, send } = setUp()
  const told: Response[] = []
  const receiver = { answered: (response: Response) => void told.push(response) }
  calls.ask('a', locate, 100, receiver, send)
  calls.answered(done(sent[0]!.id))
  expect(told).toEqual([done(1)])
  calls.answered(done(1))
  expect(told).toHaveLength(1)

  calls.ask('a', locate, 100, receiver, ({ id }) => calls.answered(done(id)) === 'a')
  calls.ask('a', locate, 100, receiver, () => false)
  expect(told).toHaveLength(1)
  await Promise.resolve()
  expect(told.slice(1)).toMatchObject([
    { kind: 'done', id: 2 },
    { code: 'unreachable', outcome: 'not-applied', id: 3 },
  ])

  calls.ask('a', locate, 100, receiver, send)
  clock.advance(100)
  calls.ask('b', locate, 100, receiver, send)
  calls.lost('b')
  calls.ask('a', locate, 100, receiver, send)
  calls.close()
  expect(told.slice(3)).toMatchObject([{ code: 'timeout' }, { code: 'unreachable' }, { code: 'closed' }])
  calls.ask('a', locate, 100, receiver, send)
  expect(told).toHaveLength(6)
  await Promise.resolve()
  expect(told[6]).toMatchObject({ code: 'closed', outcome: 'not-applied' })
})
