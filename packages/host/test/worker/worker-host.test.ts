/** The application's side of a host in a worker, with a thread that is none (F94t). */
import type { RaftedEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import type { WorkerGroupOptions } from '../../src/worker/group-options.ts'
import type { FromWorker, ToWorker } from '../../src/worker/messages.ts'
import { MAX_QUESTIONS } from '../../src/worker/questions.ts'
import type { Ending } from '../../src/worker/thread.ts'
import { WorkerHost } from '../../src/worker/worker-host.ts'
import { fakePorts } from './fake-ports.ts'
import { ManualClock } from './manual-clock.ts'

const machine = { module: 'file:///machine.js' }
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing was wrong',
    (error: unknown) => error,
  )

function setUp() {
  const clock = new ManualClock()
  const [here, there] = fakePorts<ToWorker, FromWorker>()
  const received: ToWorker[] = []
  there.listen((message) => received.push(message))
  let end = (_: Ending): void => {}
  const ended = new Promise<Ending>((resolve) => {
    end = resolve
  })
  const thread = { port: here, ended, terminate: () => end({ exitCode: 1, error: undefined }) }
  const told: RaftedEvent[] = []
  const observer = { event: (event: RaftedEvent) => told.push(event) }
  const random = { number: () => 0.5, bytes: (count: number) => new Uint8Array(count) }
  const host = new WorkerHost({ id: 'a', cluster: 'c', thread, clock, random, observer })
  /** Answers the question that came last. */
  const answer = (
    given: (FromWorker & { kind: 'answer' })['answer'],
    standing: (FromWorker & { kind: 'answer' })['standing'] = null,
  ): void => {
    there.drain()
    const last = received.at(-1) as ToWorker & { kind: 'question' }
    there.post({ kind: 'answer', id: last.id, answer: given, standing })
    here.drain()
  }
  return { clock, here, there, received, host, end, told, answer }
}

test('a question is answered, and how the group stands then is known at once', async () => {
  const { host, answer, received } = setUp()
  const group = host.group('g', { machine, join: ['x:1'], settings: { electionMs: 500 } })
  const token = { term: 3, index: 9 }
  answer({ done: true }, ['g', { token, member: 'm', addresses: ['x:1'] }])
  await group
  expect(received.at(-1)).toMatchObject({
    question: {
      what: 'group',
      options: { machine: { module: 'file:///machine.js', export: 'default' }, hooks: null, join: ['x:1'] },
    },
  })
  expect(host.leadership('g').token).toEqual(token)
  expect(host.addresses('g')).toEqual(['x:1'])
  expect(host.groups()).toEqual(['g'])
  const left = host.leave('g')
  answer({ done: true }, ['g', null])
  await left
  expect(() => host.leadership('g')).toThrow(expect.objectContaining({ code: 'no-such-group' }))
  expect(host.groups()).toEqual([])
})

test('what has arrived is read by whoever asks whether it leads', async () => {
  const { host, there, answer } = setUp()
  const group = host.group('g', { machine })
  answer({ done: true }, ['g', { token: null, member: 'm', addresses: [] }])
  await group
  const leadership = host.leadership('g')
  expect(leadership.isLeader).toBe(false)
  const standing = { token: { term: 1, index: 1 }, member: 'm', addresses: [] }
  there.post({ kind: 'news', events: [], counts: [], gauges: [], standings: [['g', standing]] })
  expect(leadership.isLeader).toBe(true)
})

test('questions are bounded, but for the last one', async () => {
  const { host, received, there } = setUp()
  for (let i = 0; i < MAX_QUESTIONS; i++) void failure(host.status('g'))
  expect(await failure(host.status('g'))).toMatchObject({ code: 'overloaded', outcome: 'not-applied' })
  void failure(host.close())
  there.drain()
  expect(received.at(-1)).toMatchObject({ question: { what: 'close' } })
})

test('what can not cross is refused by name', async () => {
  const { host, received, there } = setUp()
  const refused = async (options: unknown): Promise<void> =>
    expect(await failure(host.group('g', options as WorkerGroupOptions))).toMatchObject({
      code: 'invalid-argument',
      outcome: 'not-applied',
    })
  await refused(null)
  await refused({})
  await refused({ machine: { create: () => {} } })
  await refused({ machine: { module: './relative.js' } })
  await refused({ machine: { module: 'file:///a.js', export: '' } })
  await refused({ machine, hooks: { elected: () => {} } })
  await refused({ machine, join: [() => {}] })
  there.drain()
  expect(received).toEqual([])
})

test('a thread that ends by itself is told to everybody, once', async () => {
  const { host, there, end, told, here } = setUp()
  const asked = failure(host.createGroup('g', { machine }))
  there.drain()
  const cause = new RangeError('no more')
  end({ exitCode: 7, error: cause })
  const failed = await failure(host.exited)
  expect(failed).toMatchObject({
    code: 'worker-failed',
    outcome: 'not-applied',
    details: { exitCode: 7 },
    cause,
  })
  expect(await asked).toMatchObject({ code: 'worker-failed', outcome: 'unknown' })
  expect(await failure(host.group('g', { machine }))).toBe(failed)
  expect(told).toEqual([{ kind: 'worker-failed', level: 'error', error: failed }])
  expect(here.closed).toBe(true)
  await host.ended
  await host.close()
})

test('what was answered before the end is answered', async () => {
  const { host, there, end, received } = setUp()
  const asked = host.status('g')
  there.drain()
  const { id } = received.at(-1) as ToWorker & { kind: 'question' }
  there.post({ kind: 'answer', id, answer: { status: null }, standing: null })
  end({ exitCode: 1, error: undefined })
  expect(await asked).toBe(null)
  expect(await failure(host.exited)).toMatchObject({ code: 'worker-failed' })
})

test('closing ends the thread once the host is closed, and says what went wrong', async () => {
  const { host, answer, told } = setUp()
  const closed = host.close({ transfer: false })
  expect(host.close()).toBe(closed)
  answer({ done: true })
  await closed
  await host.exited
  expect(told).toEqual([])
  expect(await failure(host.group('g', { machine }))).toMatchObject({
    code: 'closed',
    outcome: 'not-applied',
  })
  expect(await host.status('g')).toBe(null)
})

test('a backup is asked for piece by piece, and given up where nobody reads on', async () => {
  const { host, answer, received, there } = setUp()
  /** What has been asked for by now. */
  const asked = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    there.drain()
    return received.map((message) => (message.kind === 'question' ? message.question : null))
  }
  const read: Uint8Array[] = []
  const reading = (async () => {
    for await (const piece of host.backup('g', { history: true })) read.push(piece)
  })()
  const question = { what: 'backup', group: 'g', backup: 1, options: { history: true } }
  for (const piece of [Uint8Array.of(1), Uint8Array.of(2, 3), null]) {
    expect(await asked()).toEqual(Array.from({ length: read.length + 1 }, () => question))
    answer({ piece })
  }
  await reading
  expect(read).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)])
  expect(await asked()).toHaveLength(3)

  const other = host.backup('g')[Symbol.asyncIterator]()
  const first = other.next()
  await asked()
  answer({ piece: Uint8Array.of(9) })
  expect(await first).toEqual({ done: false, value: Uint8Array.of(9) })
  const over = other.return()
  expect((await asked()).at(-1)).toEqual({ what: 'stop-backup', backup: 2 })
  answer({ done: true })
  await over
})
