/** The handles of schedules, over real hosts on virtual time. */
import { type Clock, CommandError, isRaftedError } from '@rafted/contracts'
import {
  type DueWork,
  type EveryOptions,
  type Scheduler,
  type SchedulerOptions,
  scheduler,
  schedules,
  type When,
  type Work,
} from '@rafted/recipes'
import { checkDeterminism, SeededRandom } from '@rafted/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { DrillHosts, group } from '../recovery/drill-hosts.ts'
import { followersOf, leaderOf, startedHosts } from './started-hosts.ts'

let hosts: DrillHosts

afterEach(() => hosts?.end())

/** Noon of a day; the clock of the hosts begins at 0. */
const NOON = Date.UTC(2026, 4, 4, 12)

/** What has been done, by whom. */
class Done {
  readonly runs: (DueWork & { readonly by: string; readonly at: number })[] = []
  readonly errors: unknown[] = []

  /** @param offByMs of the wall clock there. */
  at(id: string, offByMs = 0, options: SchedulerOptions = {}): Scheduler {
    const clock: Clock = {
      now: () => hosts.clock.now(),
      wall: () => NOON + offByMs + hosts.clock.now(),
      after: (ms, run) => hosts.clock.after(ms, run),
      soon: (run) => hosts.clock.soon(run),
    }
    const handle = hosts.client(id).value(group, schedules)
    const onError = (error: unknown): void => void this.errors.push(error)
    return scheduler(handle, { clock, random: hosts.random.fork(), by: id, onError, ...options })
  }

  /** Does the work there. */
  every(id: string, when: When, options: EveryOptions & { offByMs?: number; work?: Work } = {}): Scheduler {
    const { offByMs = 0, work = () => {}, ...rest } = options
    const self = this.at(id, offByMs)
    self.every(
      'tick',
      when,
      async (due, signal) => {
        this.runs.push({ ...due, by: id, at: hosts.clock.now() })
        await work(due, signal)
      },
      rest,
    )
    return self
  }

  get occurrences(): number[] {
    return this.runs.map(({ occurrence }) => occurrence)
  }

  expectOnce(): void {
    const keys = this.runs.map(({ occurrence, attempt }) => `${occurrence}/${attempt}`)
    expect(new Set(keys).size).toBe(keys.length)
  }
}

describe('every process has the same schedule', () => {
  test('and each occurrence is done once, at its time', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const all = hosts.ids.map((id, at) => done.every(id, '*/10 * * * * *', { offByMs: at * 40 }))
    await hosts.until('some have come', () => done.runs.length === 6)
    done.expectOnce()
    expect(done.occurrences.every((at) => at % 10_000 === 0)).toBe(true)
    expect(done.occurrences.at(-1)! - done.occurrences[0]!).toBe(50_000)
    for (const { occurrence, at, attempt } of done.runs) {
      expect(NOON + at - occurrence).toBeGreaterThanOrEqual(-200)
      expect(NOON + at - occurrence).toBeLessThan(300)
      expect(attempt).toBe(1)
    }
    const fences = done.runs.map(({ fence }) => fence)
    expect(fences).toEqual(fences.toSorted((a, b) => a - b))
    const history = await all[0]!.history('tick', 5)
    expect(history.map(({ occurrence }) => occurrence)).toEqual(done.occurrences.slice(1).toReversed())
    await Promise.all(all.map((one) => one.close()))
    await hosts.pause(30_000)
    expect(done.runs).toHaveLength(6)
    expect(done.errors).toEqual([])
  })

  test('and it goes on when the leader is gone, and its process with it', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const all = new Map(hosts.ids.map((id) => [id, done.every(id, { everyMs: 1000 }, { leaseMs: 3000 })]))
    await hosts.until('some have come', () => done.runs.length === 5)
    const gone = leaderOf(hosts)!
    hosts.kill(gone)
    const before = done.runs.length
    await hosts.until('more have come', () => done.runs.length === before + 15)
    done.expectOnce()
    // At most those that came while nobody led are late, and none is passed over.
    const firsts = [...new Set(done.occurrences)].toSorted((a, b) => a - b)
    expect(firsts.at(-1)! - firsts[0]!).toBe((firsts.length - 1) * 1000)
    await Promise.all([...all].filter(([id]) => id !== gone).map(([, one]) => one.close()))
  })

  test('also where they have begun before the group is', async () => {
    hosts = new DrillHosts(5, {}, schedules)
    hosts.isShadowed = false
    for (const id of hosts.ids) await hosts.start(id)
    const done = new Done()
    const all = hosts.ids.map((id) => done.every(id, { everyMs: 5000 }))
    await hosts.until('there is none', () => done.errors.length > 4)
    expect(done.errors.some((error) => isRaftedError(error, 'no-such-group'))).toBe(true)
    await hosts.host(hosts.ids[0]!).createGroup(group, { machine: schedules })
    await hosts.until('some have come', () => done.runs.length >= 4)
    done.expectOnce()
    await Promise.all(all.map((one) => one.close()))
  })

  test('what one has claimed and does not finish is done by another, if that is wanted', async () => {
    for (const attempts of [2, 1]) {
      hosts = await startedHosts(schedules)
      const done = new Done()
      const [victim, other] = followersOf(hosts)
      const lost: unknown[] = []
      const work: Work = (_, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            lost.push(hosts.clock.now())
            reject(signal.reason)
          }),
        )
      const options = { leaseMs: 4000, attempts }
      done.every(victim!, { everyMs: 60_000 }, { ...options, work })
      await hosts.until('it is claimed', () => done.runs.length === 1)
      const second = done.every(other!, { everyMs: 60_000 }, options)
      // Work that takes longer than the lease keeps it.
      await hosts.pause(10_000)
      expect(done.runs).toMatchObject([{ by: victim, attempt: 1 }])
      hosts.kill(victim!)
      if (attempts === 2) {
        await hosts.until('another has it', () => done.runs.length === 2)
        const [first, next] = done.runs
        expect(next).toMatchObject({ by: other, attempt: 2, occurrence: first!.occurrence })
        expect(next!.fence).toBeGreaterThan(first!.fence)
        expect(lost[0]).toBeLessThanOrEqual(next!.at)
        let [latest] = await second.history('tick')
        while (latest!.outcome === 'running') [latest] = await second.history('tick')
        expect(await second.history('tick')).toMatchObject([
          { attempt: 2, outcome: 'done', by: other },
          { attempt: 1, outcome: 'lapsed', by: victim },
        ])
      } else {
        await hosts.pause(10_000)
        expect(await second.history('tick')).toMatchObject([{ attempt: 1, outcome: 'missed', by: victim }])
        expect(done.runs).toHaveLength(1)
      }
      await second.close()
      if (attempts === 2) await hosts.end()
    }
  })
})

describe('while no process was there', () => {
  test.each([
    ['last', 1],
    ['none', 0],
  ] as const)('%s is caught up with', async (catchUp, count) => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const [here, there] = followersOf(hosts)
    const first = done.every(here!, { everyMs: 60_000 }, { catchUp })
    await hosts.until('one has come', () => done.runs.length === 1)
    await first.close()
    await hosts.pause(200_000)
    const all = [here!, there!].map((id) => done.every(id, { everyMs: 60_000 }, { catchUp }))
    await hosts.pause(2000)
    expect(done.runs).toHaveLength(1 + count)
    if (count === 1) expect(done.occurrences[1]! - done.occurrences[0]!).toBe(180_000)
    await Promise.all(all.map((one) => one.close()))
  })

  test.each([
    ['last', [0, 200_000, 400_000]],
    ['none', [0, 400_000]],
  ] as const)('or no leader, for long: %s', async (catchUp, expected) => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const [here] = followersOf(hosts)
    const one = done.every(here!, { everyMs: 200_000 }, { catchUp })
    await hosts.pause(150_000)
    await hosts.until('one has come', () => done.runs.length === 1)
    const others = hosts.ids.filter((id) => id !== here)
    for (const id of others) hosts.kill(id)
    await hosts.pause(290_000)
    await Promise.all(others.map((id) => hosts.start(id)))
    await hosts.until('it goes on', () => done.runs.length === expected.length)
    expect(done.occurrences.map((occurrence) => occurrence - done.occurrences[0]!)).toEqual(expected)
    await one.close()
  })

  test('of a schedule that is new nothing is caught up with', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const one = done.every(hosts.ids[0]!, { everyMs: 3_600_000 }, { catchUp: 'last' })
    await hosts.pause(5000)
    expect(done.runs).toEqual([])
    await one.close()
  })
})

describe('clocks', () => {
  test('one that is a day ahead claims nothing, and says so; the others go on', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const [wrong, ...right] = hosts.ids
    const day = 24 * 3600 * 1000
    const all = [
      done.every(wrong!, { everyMs: 10_000 }, { offByMs: day + 5000 }),
      ...right.map((id) => done.every(id, { everyMs: 10_000 })),
    ]
    await hosts.until('some have come', () => done.runs.length === 4)
    expect(done.runs.some(({ by }) => by === wrong)).toBe(false)
    expect(done.occurrences.every((occurrence) => occurrence < NOON + day)).toBe(true)
    expect(done.errors[0]).toMatchObject({ code: 'command-error', details: { reason: 'ahead' } })
    await Promise.all(all.map((one) => one.close()))
  })

  test('a process that is alone waits a second for others', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const one = done.every(hosts.ids[0]!, { everyMs: 10_000 })
    await hosts.until('two have come', () => done.runs.length === 2)
    const late = done.runs.map(({ occurrence, at }) => NOON + at - occurrence)
    expect(late[0]).toBeGreaterThanOrEqual(1000)
    expect(late[0]).toBeLessThan(2500)
    expect(late[1]).toBeLessThan(300)
    await one.close()
  })

  test('what has come meanwhile is claimed behind it, and nothing is passed over', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    const one = done.every(hosts.ids[0]!, { everyMs: 400 })
    await hosts.until('some have come', () => done.runs.length === 8)
    expect(done.occurrences.map((occurrence) => occurrence - done.occurrences[0]!)).toEqual([
      0, 400, 800, 1200, 1600, 2000, 2400, 2800,
    ])
    await one.close()
  })

  test('a process that was held up passes over all but the last', async () => {
    hosts = await startedHosts(schedules)
    const done = new Done()
    let offByMs = 0
    const clock = {
      now: () => hosts.clock.now(),
      wall: () => NOON + offByMs + hosts.clock.now(),
      after: (ms: number, run: () => void) => hosts.clock.after(ms, run),
      soon: (run: () => void) => hosts.clock.soon(run),
    }
    const one = done.at(hosts.ids[0]!, 0, { clock })
    const scheduled = one.every('tick', { everyMs: 60_000 }, (due) => {
      done.runs.push({ ...due, by: '', at: hosts.clock.now() })
    })
    expect(scheduled.next).toEqual(new Date(NOON + 60_000 * Math.ceil((hosts.clock.now() + 1) / 60_000)))
    await hosts.until('one has come', () => done.runs.length === 1)
    // The wall clock is set, as after a suspended machine has gone on.
    offByMs = 600_000
    await hosts.until('another has come', () => done.runs.length === 2)
    expect(done.occurrences[1]! - done.occurrences[0]!).toBeGreaterThanOrEqual(600_000)
    await one.close()
  })
})

test('work that throws has failed, and is told; a schedule that is stopped lets its work end', async () => {
  hosts = await startedHosts(schedules)
  const done = new Done()
  const one = done.at(hosts.ids[1]!)
  const watch = one.watch()
  expect((await watch.next()).value).toEqual([])
  let ended = 0
  const scheduled = one.every('bad', { everyMs: 5000 }, async ({ occurrence }) => {
    await hosts.pause(2000)
    ended += 1
    throw new Error(`no ${occurrence - NOON}`)
  })
  const running = async (): Promise<boolean> => (await one.history('bad'))[0]?.outcome === 'running'
  while (!(await running())) await hosts.pause(100)
  await scheduled.stop()
  expect(ended).toBe(1)
  const [run] = await one.history('bad')
  expect(run).toMatchObject({ outcome: 'failed', reason: `no ${run!.occurrence - NOON}`, by: hosts.ids[1] })
  expect(done.errors).toMatchObject([{ message: run!.reason }])
  expect((await watch.next()).value).toMatchObject([{ name: 'bad' }])
  await hosts.pause(20_000)
  expect(ended).toBe(1)
  expect(await one.forget('bad')).toBe(true)
  expect(await one.history('bad')).toEqual([])
  await one.close()
  await one.done
})

test('what can’t be is refused, and what can’t go on says so', async () => {
  hosts = await startedHosts(schedules)
  const client = hosts.client(hosts.ids[1]!)
  const errors: unknown[] = []
  const one = scheduler(client.value(group, schedules), {
    clock: hosts.clock,
    random: hosts.random,
    onError: (error) => errors.push(error),
  })
  const work = (): void => {}
  one.every('a', { everyMs: 1000 }, work)
  for (const call of [
    () => one.every('a', { everyMs: 1000 }, work),
    () => one.every('', { everyMs: 1000 }, work),
    () => one.every('b', 'never', work),
    () => one.every('b', '* * * * *', work, { timeZone: 'Mars/Base' }),
    () => one.every('b', '* * * * *', undefined as never),
    () => one.every('b', '* * * * *', work, { leaseMs: 99 }),
    () => one.every('b', '* * * * *', work, { attempts: 0 }),
    () => one.every('b', '* * * * *', work, { catchUp: 'all' as never }),
    () => scheduler(client.value(group, schedules), { by: '' }),
  ])
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  await client.close()
  await expect(one.done).rejects.toMatchObject({ code: 'closed' })
  expect(() => one.every('c', { everyMs: 1000 }, work)).toThrow(/closed/)
})

test('every member does the same with some hundred commands', async () => {
  const random = new SeededRandom(4)
  const pick = (most: number): number => random.below(most)
  const alone = schedules.create({ encode: () => new Uint8Array(), decode: () => null })
  const claims: [name: string, occurrence: number, fence: number][] = []
  const commands: unknown[][] = []
  const times: number[] = []
  let granted = 0
  for (let index = 1; index <= 500; index++) {
    const time = (times.at(-1) ?? 0) + pick(800)
    const process = `p${pick(4)}`
    const name = `s${pick(3)}`
    const claim = { process, by: process, leaseMs: 500 + pick(3000), attempts: 1 + pick(3) }
    const [of, at, fence] = claims[claims.length - 1 - pick(3)] ?? [name, 0, 0]
    const wall = NOON + time + (pick(20) === 0 ? 50_000 : pick(300))
    const command = [
      () => ['claim', name, Math.floor(wall / 1000) * 1000, { ...claim, wall, overlap: pick(3) > 0 }],
      () => ['claim', name, Math.floor(wall / 1000) * 1000, { ...claim, wall, overlap: true }],
      () => ['claimAgain', of, at, 1 + pick(2), claim],
      () => ['renew', of, at, fence, 2000],
      () => ['finish', of, at, fence, pick(3) === 0 ? 'failed' : 'done', 'why'],
      () => ['report', process, wall],
      () => (pick(10) === 0 ? ['forget', name] : ['settle']),
      () => ['claim', name, 'nonsense', {}],
    ][pick(8)]!()
    commands.push(command)
    times.push(time)
    try {
      const answer = alone.apply(command, { index, term: 1, time, version: 1 })
      const own =
        (answer as { fence?: number } | null)?.fence ?? (command[0] === 'claimAgain' ? answer : null)
      if (typeof own === 'number') {
        claims.push([command[1] as string, command[2] as number, own])
        granted += 1
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CommandError)
    }
  }
  expect(granted).toBeGreaterThan(60)
  const finding = await checkDeterminism({
    machine: schedules,
    commands,
    time: (place) => times[place]!,
    queries: [['history', 's1', 50], ['wanted'], ['statuses', 10, null], ['granted', 's2']],
  })
  expect(finding?.text ?? null).toBe(null)
})
