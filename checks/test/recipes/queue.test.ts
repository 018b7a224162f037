/** The handles of queues, over real hosts on virtual time. */
import { CommandError, isRaftedError } from '@rafted/contracts'
import {
  type ConsumeOptions,
  type Handler,
  queue,
  queues,
  type Receipt,
  type TakenMessage,
} from '@rafted/recipes'
import { checkDeterminism, SeededRandom } from '@rafted/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { DrillHosts, group } from '../recovery/drill-hosts.ts'
import { followersOf, leaderOf, startedHosts } from './started-hosts.ts'

let hosts: DrillHosts

afterEach(() => hosts?.end())

function queueAt(id: string, name = 'jobs') {
  const seams = { clock: hosts.clock, random: hosts.random.fork() }
  return queue<string>(hosts.client(id).value(group, queues), name, seams)
}

const refused = (reason: string): object => ({ code: 'command-error', details: { reason } })

describe('a queue', () => {
  test('put in here, taken there, in order; a push with a key is done once, for each queue', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = [queueAt(hosts.ids[0]!), queueAt(hosts.ids[1]!)]
    const id = await here.push('a', { key: 'order 1' })
    expect(await there.push('a', { key: 'order 1' })).toBe(id)
    const other = queueAt(hosts.ids[1]!, 'other')
    expect(await other.push('a', { key: 'order 1' })).toBe(id + 1)
    expect(await here.pushMany(['b', 'c'])).toEqual([id + 2, id + 3])
    const [a, b] = await there.take({ max: 2, visibilityMs: 1000 })
    expect([a!.body, b!.body, a!.attempt]).toEqual(['a', 'b', 1])
    await there.ack(a!.receipt)
    expect(await there.nack(b!.receipt, { delayMs: 500, reason: 'busy' })).toBe('delayed')
    expect(await here.counts()).toMatchObject({ ready: 1, delayed: 1, taken: 0, dead: 0 })
    await expect(here.ack(b!.receipt)).rejects.toMatchObject(refused('stale-receipt'))
    await hosts.pause(600)
    expect((await here.take({ max: 5 })).map(({ body }) => body)).toEqual(['b', 'c'])
  })

  test('a worker that is late: its message is another’s by then, and its receipt is refused', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = [queueAt(hosts.ids[0]!), queueAt(hosts.ids[1]!)]
    await here.push('a')
    const [first] = await here.take({ visibilityMs: 1000 })
    await here.extend(first!.receipt, 2000)
    await hosts.pause(1500)
    expect(await there.take()).toEqual([])
    await hosts.pause(600)
    const [second] = await there.take()
    expect(second).toMatchObject({ id: first!.id, attempt: 2 })
    expect(second!.receipt.fence).toBeGreaterThan(first!.receipt.fence)
    await expect(here.ack(first!.receipt)).rejects.toMatchObject(refused('stale-receipt'))
    await there.ack(second!.receipt)
    expect(await here.counts()).toMatchObject({ ready: 0, taken: 0, bytes: 0 })
  })

  test('limits hold for all, dead letters are looked through, put back and removed', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = [queueAt(hosts.ids[0]!), queueAt(hosts.ids[1]!)]
    const watch = there.watch()
    expect((await watch.next()).value).toMatchObject({ ready: 0 })
    await here.configure({ maxAttempts: 1, maxMessages: 3 })
    expect(await there.limits()).toEqual({ maxAttempts: 1, maxMessages: 3, maxBytes: 64 * 1024 * 1024 })
    await here.pushMany(['a', 'b', 'c'])
    expect((await watch.next()).value).toMatchObject({ ready: 3 })
    await expect(there.push('d')).rejects.toMatchObject({ ...refused('full'), outcome: 'not-applied' })
    for (const { receipt, body } of await there.take({ max: 3 }))
      expect(await there.nack(receipt, { reason: `no ${body}` })).toBe('dead')
    const [a, b, c] = await here.deadLetters()
    expect([a, b, c].map((letter) => letter!.reason)).toEqual(['no a', 'no b', 'no c'])
    expect(await here.deadLetters({ limit: 1, after: a!.id })).toEqual([b])
    expect(await here.redrive([b!.id])).toEqual([b!.id])
    expect(await here.purge([a!.id, 999])).toBe(1)
    expect(await here.purge('dead')).toBe(1)
    expect(await here.counts()).toMatchObject({ ready: 1, dead: 0 })
    expect(await here.purge('all')).toBe(1)
    expect(await here.counts()).toMatchObject({ ready: 0, bytes: 0 })
  })

  test('a name that can’t be is refused at once', async () => {
    hosts = await startedHosts(queues)
    for (const name of ['', 'x'.repeat(201), 'a\ud800', 7 as never])
      expect(() => queueAt(hosts.ids[0]!, name)).toThrow(/well-formed text/)
  })
})

/** What consumers have done, and when. */
class Work {
  readonly done: { readonly at: number; readonly by: string; readonly body: string }[] = []
  readonly errors: unknown[] = []

  consume(
    by: string,
    handler: Handler<string> = () => {},
    options: ConsumeOptions<string> = {},
  ): ReturnType<ReturnType<typeof queueAt>['consume']> {
    const handle: Handler<string> = async (message, signal) => {
      await handler(message, signal)
      this.done.push({ at: hosts.clock.now(), by, body: message.body })
    }
    return queueAt(by).consume(handle, { onError: (error) => this.errors.push(error), ...options })
  }

  get bodies(): string[] {
    return this.done.map(({ body }) => body)
  }
}

describe('a consumer', () => {
  test('is told of what comes, and asks for nothing while nothing does', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = followersOf(hosts)
    const work = new Work()
    const consumer = work.consume(here!)
    await queueAt(there!).pushMany(['a', 'b', 'c'])
    await hosts.until('they are done', () => work.done.length === 3)
    expect(work.bodies).toEqual(['a', 'b', 'c'])
    await hosts.until('all is quiet', () => hosts.isLevel())
    await hosts.pause(2000)
    const index = hosts.host(here!).status(group)!.lastIndex
    await hosts.pause(120_000)
    expect(hosts.host(here!).status(group)!.lastIndex).toBe(index)
    const at = hosts.clock.now()
    await queueAt(there!).push('later', { delayMs: 5000 })
    await hosts.until('it is done', () => work.done.length === 4)
    expect(work.done[3]!.at - at).toBeGreaterThanOrEqual(5000)
    expect(work.done[3]!.at - at).toBeLessThan(5200)
    await consumer.stop()
    expect(work.errors).toEqual([])
  })

  test('has so many under way as it may, and keeps what takes long', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = followersOf(hosts)
    const work = new Work()
    let [under, most] = [0, 0]
    const slow: Handler<string> = async () => {
      most = Math.max(most, ++under)
      await hosts.pause(20_000)
      under -= 1
    }
    const options = { concurrency: 3, visibilityMs: 1000 }
    const consumers = [work.consume(here!, slow, options), work.consume(there!, slow, options)]
    const bodies = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    await queueAt(here!).pushMany(bodies)
    await hosts.until('all is done', () => work.done.length === bodies.length)
    expect(work.bodies.toSorted()).toEqual(bodies)
    expect(most).toBe(6)
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    expect(await queueAt(here!).counts()).toMatchObject({ ready: 0, taken: 0, dead: 0 })
    expect(work.errors).toEqual([])
  })

  test('that is cut off tells its handler before another is given the message', async () => {
    hosts = await startedHosts(queues)
    const [cut, other] = followersOf(hosts)
    const work = new Work()
    let lostAt: number | null = null
    const stuck: Handler<string> = (_, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          lostAt = hosts.clock.now()
          reject(signal.reason)
        })
      })
    await queueAt(other!).push('a')
    work.consume(cut!, stuck, { visibilityMs: 3000 })
    const counts = queueAt(other!)
    let { taken } = await counts.counts()
    while (taken === 0) ({ taken } = await counts.counts())
    await hosts.pause(4000)
    expect(lostAt).toBe(null)
    hosts.kill(cut!)
    const second = work.consume(other!)
    await hosts.until('another has done it', () => work.done.length === 1)
    expect(work.done).toMatchObject([{ by: other, body: 'a' }])
    expect(lostAt).not.toBe(null)
    expect(lostAt!).toBeLessThanOrEqual(work.done[0]!.at)
    expect(work.errors[0]).toMatchObject({ code: 'aborted', details: { reason: 'lost' } })
    await second.stop()
  })

  test('goes on when the leader is gone', async () => {
    hosts = await startedHosts(queues)
    const [here] = followersOf(hosts)
    const work = new Work()
    const consumer = work.consume(here!, () => hosts.pause(50))
    const jobs = queueAt(here!)
    await jobs.pushMany(['a', 'b', 'c', 'd'])
    await hosts.until('it has begun', () => work.done.length === 1)
    hosts.kill(leaderOf(hosts)!)
    await jobs.push('e')
    await hosts.until('all is done', () => work.done.length >= 5)
    await consumer.stop()
    expect(work.bodies).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('gives back what its handler throws at, later each time, until it is dead', async () => {
    hosts = await startedHosts(queues)
    const [here] = followersOf(hosts)
    const jobs = queueAt(here!)
    await jobs.configure({ maxAttempts: 4 })
    const tries: number[] = []
    const work = new Work()
    const consumer = work.consume(here!, ({ body, attempt }) => {
      if (body !== 'bad') return
      tries.push(hosts.clock.now())
      throw new Error(`attempt ${attempt}`)
    })
    await jobs.pushMany(['bad', 'good'])
    await hosts.until('it is tried', () => tries.length === 4)
    await consumer.stop()
    expect(work.bodies).toEqual(['good'])
    const waits = tries.slice(1).map((at, i) => at - tries[i]!)
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** i)
      expect(wait).toBeLessThan(1000 * 2 ** i + 200)
    }
    expect(await jobs.deadLetters()).toMatchObject([{ body: 'bad', attempts: 4, reason: 'attempt 4' }])
    expect(work.errors).toHaveLength(4)
  })

  test('waits between attempts as it is told', async () => {
    hosts = await startedHosts(queues)
    const [here] = followersOf(hosts)
    const jobs = queueAt(here!)
    const tries: number[] = []
    const work = new Work()
    const fail: Handler<string> = ({ attempt }) => {
      tries.push(hosts.clock.now())
      if (attempt < 3) throw 'no'
    }
    const consumer = work.consume(here!, fail, { backoffMs: (attempt) => attempt * 10_000 })
    await jobs.push('a')
    await hosts.until('it is done', () => work.done.length === 1)
    expect(tries[1]! - tries[0]!).toBeGreaterThanOrEqual(10_000)
    expect(tries[2]! - tries[1]!).toBeGreaterThanOrEqual(20_000)
    await consumer.stop()
  })

  test('that is stopped finishes what it has; one that is aborted gives it back', async () => {
    hosts = await startedHosts(queues)
    const [here, there] = followersOf(hosts)
    const jobs = queueAt(here!)
    const work = new Work()
    await jobs.pushMany(['a', 'b'])
    const stopped = work.consume(here!, () => hosts.pause(3000))
    let counts = await jobs.counts()
    while (counts.taken === 0) counts = await jobs.counts()
    await stopped.stop()
    expect(work.bodies).toEqual(['a'])
    expect(await jobs.counts()).toMatchObject({ ready: 1, taken: 0 })

    const ending = new AbortController()
    const reasons: unknown[] = []
    const untilEnd: Handler<string> = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const aborted = work.consume(here!, untilEnd, {
      signal: ending.signal,
      onError: (error) => reasons.push(error),
    })
    counts = await jobs.counts()
    while (counts.taken === 0) counts = await jobs.counts()
    const at = hosts.clock.now()
    ending.abort('enough')
    await aborted.done
    expect(reasons).toEqual(['enough'])
    const last = work.consume(there!)
    await hosts.until('another has done it', () => work.done.length === 2)
    expect(hosts.clock.now() - at).toBeLessThan(500)
    await last.stop()
    const before = new AbortController()
    before.abort()
    await work.consume(here!, () => {}, { signal: before.signal }).done
  })

  test('begun before the group is waits for it', async () => {
    hosts = new DrillHosts(5, {}, queues)
    hosts.isShadowed = false
    for (const id of hosts.ids) await hosts.start(id)
    const work = new Work()
    const consumer = work.consume(hosts.ids[0]!)
    await hosts.until('there is none', () => work.errors.length > 2)
    expect(work.errors.some((error) => isRaftedError(error, 'no-such-group'))).toBe(true)
    await hosts.host(hosts.ids[1]!).createGroup(group, { machine: queues })
    await queueAt(hosts.ids[1]!).push('a')
    await hosts.until('it is done', () => work.done.length === 1)
    await consumer.stop()
  })

  test('that can’t go on says so', async () => {
    hosts = await startedHosts(queues)
    const client = hosts.client(hosts.ids[1]!)
    const seams = { clock: hosts.clock, random: hosts.random }
    const jobs = queue(client.value(group, queues), 'jobs', seams)
    const consumer = jobs.consume(() => {})
    await hosts.pause(500)
    await client.close()
    await expect(consumer.done).rejects.toMatchObject({ code: 'closed' })
    for (const options of [{ concurrency: 0 }, { concurrency: 1001 }, { visibilityMs: 99 }])
      expect(() => jobs.consume(() => {}, options)).toThrow(/is a/)
    expect(() => jobs.consume(undefined as never)).toThrow(/needs a handler/)
  })
})

test('every member does the same with some hundred commands', async () => {
  const random = new SeededRandom(3)
  const pick = (most: number): number => random.below(most)
  const name = (): string => `q${pick(3)}`
  const alone = queues.create({ encode: () => new Uint8Array(), decode: () => null })
  const receipts: { readonly queue: string; readonly receipt: Receipt }[] = []
  const commands: unknown[][] = []
  const times: number[] = []
  let done = 0
  const ended = (command: string, ...args: unknown[]): unknown[] => {
    const { queue: of, receipt } = receipts[receipts.length - 1 - pick(5)] ?? { queue: 'q1', receipt: null }
    return [command, of, receipt, ...args]
  }
  const makers = [
    () => ['push', name(), Array.from({ length: 1 + pick(3) }, () => ({ n: pick(9), of: ['x', null] })), 0],
    () => ['push', name(), [new Uint8Array(pick(50))], pick(5000)],
    () => ['take', name(), 500 + pick(4000), 1 + pick(3)],
    () => ['take', name(), 500 + pick(4000), 1 + pick(3)],
    () => ended('ack'),
    () => ended('nack', pick(2) * 1000, 'why'),
    () => ended('extend', 2000),
    () => ['configure', name(), { maxAttempts: 1 + pick(3), maxMessages: 8 + pick(30), maxBytes: 3000 }],
    () => ['redrive', name(), [1 + pick(90), 1 + pick(90)]],
    () => ['remove', name(), [1 + pick(90)]],
    () => (pick(8) === 0 ? ['purge', name(), pick(2) === 0 ? 'dead' : 'all', null] : ['settle']),
    () => ['push', name(), 'nonsense', 0],
  ]
  for (let index = 1; index <= 600; index++) {
    const command = makers[pick(makers.length)]!()
    const time = (times.at(-1) ?? 0) + pick(600)
    commands.push(command)
    times.push(time)
    try {
      const answer = alone.apply(command, { index, term: 1, time, version: 1 })
      if (command[0] === 'take')
        for (const { receipt } of answer as TakenMessage[])
          receipts.push({ queue: command[1] as string, receipt })
      if (['ack', 'nack', 'extend', 'redrive'].includes(command[0] as string)) done += 1
    } catch (error) {
      expect(error).toBeInstanceOf(CommandError)
    }
  }
  expect(done).toBeGreaterThan(60)
  const finding = await checkDeterminism({
    machine: queues,
    commands,
    time: (place) => times[place]!,
    queries: [
      ['counts', 'q1'],
      ['arrival', 'q2'],
      ['deadLetters', 'q0', 10, 0],
      ['names', 10, null],
    ],
  })
  expect(finding?.text ?? null).toBe(null)
})
