/** Machines that wait for a time to come: real hosts on virtual time (F102b). */
import { type Change, defineValue, type Machine } from '@rafted/contracts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DrillHosts, group } from '../recovery/drill-hosts.ts'

const settings = { heartbeatMs: 50, electionMs: 250, snapshotMinBytes: 1_000_000 }

interface Reminders {
  /** Replicated times at which something is due, ascending. */
  readonly waiting: readonly number[]
  readonly came: readonly number[]
}

const reminders = defineValue({
  init: (): Reminders => ({ waiting: [], came: [] }),
  deadline: ({ waiting }) => waiting[0] ?? null,
  atDeadline: 'ring',
  commands: {
    remind({ waiting, came }, inMs: number) {
      const at = this.time + inMs
      return [at, { waiting: [...waiting, at].toSorted((a, b) => a - b), came }]
    },
    ring({ waiting, came }) {
      const due = waiting.filter((at) => at <= this.time)
      return [
        due.length,
        { waiting: waiting.slice(due.length), came: [...came, ...due.map(() => this.time)] },
      ]
    },
  },
  queries: { came: ({ came }) => came },
})

/** It can tell when its time is over, and does nothing then. */
const lease = defineValue({
  init: () => 0,
  deadline: (until) => (until === 0 ? null : until),
  commands: {
    take(_, ms: number) {
      return [this.time + ms, this.time + ms]
    },
  },
  queries: {
    isHeld(until) {
      return this.time < until
    },
  },
})

async function started(machine: Machine): Promise<DrillHosts> {
  const hosts = await DrillHosts.started(5, settings, machine)
  onTestFinished(() => hosts.end())
  return hosts
}

/** What comes within a minute of virtual time. */
async function soon<T>(hosts: DrillHosts, coming: AsyncIterator<T>): Promise<T> {
  const late = hosts.pause(60_000).then(() => Promise.reject(new Error('nothing has come for a minute')))
  return (await Promise.race([coming.next(), late])).value
}

const leader = (hosts: DrillHosts): string | undefined => hosts.leader

const lastIndex = (hosts: DrillHosts): number => hosts.host(leader(hosts)!).status(group)!.lastIndex

describe('where nothing else comes', () => {
  test('the command of the machine is applied once the deadline has come, and watchers see it (F102b)', async () => {
    const hosts = await started(reminders)
    const handle = hosts.client(hosts.ids[1]!).value(group, reminders)
    const watch = handle.watch()
    const at = await handle.remind(10_017)
    const index = lastIndex(hosts)
    const asked = hosts.clock.now()
    await soon(hosts, watch)
    const change = (await soon(hosts, watch)) as Change
    expect(change).toMatchObject({ kind: 'change', command: ['ring'] })
    expect(change.time).toBeGreaterThanOrEqual(at)
    expect(change.time).toBeLessThan(at + 5)
    expect(hosts.clock.now() - asked).toBeLessThan(10_100)
    expect(await handle.came()).toEqual([change.time])
    // Once, and nothing more is due.
    await hosts.pause(5000)
    expect(lastIndex(hosts)).toBe(index + 1)
  })

  test('queries see that the time is over, of a machine that has nothing to do then', async () => {
    const hosts = await started(lease)
    const handle = hosts.client(hosts.ids[1]!).value(group, lease)
    const answers = handle.watchQuery('isHeld')
    expect(await soon(hosts, answers)).toBe(false)
    await handle.take(3000)
    const index = lastIndex(hosts)
    expect(await soon(hosts, answers)).toBe(true)
    expect(await soon(hosts, answers)).toBe(false)
    await hosts.pause(5000)
    expect(lastIndex(hosts)).toBe(index + 1)
  })

  test('a new leader goes on waiting', async () => {
    const hosts = await started(reminders)
    const follower = hosts.ids.find((id) => id !== leader(hosts))!
    const handle = hosts.client(follower).value(group, reminders)
    const at = await handle.remind(4000)
    hosts.kill(leader(hosts)!)
    await hosts.until('another leads', () => leader(hosts) !== undefined)
    const answers = handle.watchQuery('came')
    expect(await soon(hosts, answers)).toEqual([])
    const [came] = await soon(hosts, answers)
    expect(came).toBeGreaterThanOrEqual(at)
  })
})

test('a deadline that stays where it was when it has come fills no log', { timeout: 10_000 }, async () => {
  const stuck = defineValue({
    init: () => 0,
    deadline: () => 1,
    atDeadline: 'nothing',
    commands: { nothing: (n) => [n, n] },
    queries: { n: (n) => n },
  })
  const hosts = await started(stuck)
  const before = lastIndex(hosts)
  await hosts.pause(2000)
  const grown = lastIndex(hosts) - before
  expect(grown).toBeGreaterThan(60)
  expect(grown).toBeLessThanOrEqual(100)
})

test('a machine that can’t tell its deadline goes on', async () => {
  const broken = defineValue({
    init: () => 0,
    deadline: () => {
      throw new RangeError('no idea')
    },
    commands: { add: (n, by: number) => [n + by, n + by] },
    queries: { n: (n) => n },
  })
  const hosts = await started(broken)
  const told: string[] = []
  hosts.host(leader(hosts)!).on('command-failed', ({ error }) => told.push(String(error)))
  const handle = hosts.client(hosts.ids[0]!).value(group, broken)
  expect(await handle.add(2)).toBe(2)
  expect(await handle.n()).toBe(2)
  expect(told).toContain('RangeError: no idea')
})
