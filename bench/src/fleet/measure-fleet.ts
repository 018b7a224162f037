/**
 * Many groups on three hosts, each a process of its own on files and TCP: how fast they are added, what they cost while nothing happens, what they do together, and
 * how soon they are led again when the host that leads a third of them is killed. All in one run of the same processes; how long hosts take to come back is measured behind that.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ChildHost } from '@rafted/testing'
import { freePorts } from '../free-ports.ts'
import { moduleHere } from '../here.ts'
import { spreadOf } from '../spread.ts'
import { asText, type Figure } from '../storage/figure.ts'
import { until } from '../until.ts'
import type { Look, Question, Weight } from './fleet-host.ts'
import { measureReturns } from './returns.ts'

export interface FleetBench {
  readonly groups: number
  /** That are added first, and are busy together. */
  readonly busy: number
  readonly idleMs: number
  readonly loadMs: number
}

const IDS = ['a', 'b', 'c']
/** Under way at each host while the groups are busy. */
const AT_ONCE = 128
/** Of these groups: nobody said otherwise. */
const ELECTION_MS = 1000

export async function measureFleet(bench: FleetBench): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const addresses = (await freePorts(IDS.length)).map((port) => `127.0.0.1:${port}`)
  const start = (i: number): ChildHost =>
    new ChildHost({
      program: moduleHere('fleet/fleet-host'),
      args: [IDS[i]!, addresses[i]!, join(directory, IDS[i]!), ...addresses],
    })
  const hosts = IDS.map((_, i) => start(i))
  const figures: Figure[] = []
  const note = (what: string, value: number, unit: string): void => {
    figures.push({ what, value, unit })
    console.log(asText({ what, value, unit }))
  }
  try {
    const lost = await measure(bench, hosts, note)
    await pause(FORGOTTEN_MS)
    await measureReturns({ hosts, lost, groups: bench.groups, start, note })
    return figures
  } finally {
    await Promise.all(hosts.map((host) => host.kill()))
    await rm(directory, { recursive: true })
  }
}

/** @returns the host that was killed. */
async function measure(
  { groups, busy, idleMs, loadMs }: FleetBench,
  hosts: readonly ChildHost[],
  note: (what: string, value: number, unit: string) => void,
): Promise<number> {
  const [first] = hosts as [ChildHost]
  await ask(first, { ask: 'initialise' })
  await Promise.all(hosts.map((host) => ask(host, { ask: 'activate' })))
  const empty = await weights(hosts)
  note('load average of the machine', loadavg()[0]!, '')

  note(`${busy} groups added`, await secondsOf(ask(first, { ask: 'add', from: 0, count: busy })), 's')
  await settled(hosts, busy)
  await sumOf(hosts, { ask: 'load', groups: busy, atOnce: AT_ONCE, ms: loadMs })
  const load = async (many: number): Promise<{ readonly count: number; readonly cpuMs: number }> => {
    const before = await cpuOf(hosts)
    const count = await sumOf(hosts, { ask: 'load', groups: many, atOnce: AT_ONCE, ms: loadMs })
    return { count, cpuMs: (await cpuOf(hosts)) - before }
  }
  const one = await load(1)
  const all = await load(busy)
  const alone = (await ask(first, { ask: 'load', groups: 1, atOnce: 1, ms: loadMs })) as number
  const each = await sumOf(hosts, {
    ask: 'load',
    groups: busy,
    atOnce: Math.ceil(busy / hosts.length),
    ms: loadMs,
  })
  note('commands of one group', (one.count / loadMs) * 1000, '/s')
  note('  time of the processor for each, all hosts', (one.cpuMs / one.count) * 1000, 'µs')
  note(`commands of ${busy} groups together`, (all.count / loadMs) * 1000, '/s')
  note('  time of the processor for each, all hosts', (all.cpuMs / all.count) * 1000, 'µs')
  note('  as a multiple of one group', all.count / one.count, '×')
  note('one command at a time, of one group', (alone / loadMs) * 1000, '/s')
  note(`as many at a time as there are groups, of ${busy}`, (each / loadMs) * 1000, '/s')
  note('  as a multiple of one group', each / alone, '×')

  const rest = ask(first, { ask: 'add', from: busy, count: groups - busy })
  note(`${groups - busy} more groups added`, await secondsOf(rest), 's')
  await settled(hosts, groups)
  await pause(FORGOTTEN_MS)
  const idle = await shares(hosts, idleMs)
  note(
    `${groups} groups, idle for ${idleMs / 1000} s: of one core, all hosts`,
    sum(idle, (share) => share) / WINDOWS,
    '%',
  )
  // The engine collects for a while after much was done: a collection of a host takes about a second, and there are few.
  note(`  in the middle one of ${WINDOWS} parts of that`, spreadOf(idle).median, '%')
  const after = await looks(hosts)
  // Weighing collects, and the engine goes on collecting for a while: so it comes last.
  const full = await weights(hosts)
  const members = sum(after, ({ here }) => here)
  const live = sum(full, ({ liveBytes }) => liveBytes) - sum(empty, ({ liveBytes }) => liveBytes)
  const resident =
    sum(full, ({ residentBytes }) => residentBytes) - sum(empty, ({ residentBytes }) => residentBytes)
  note('  memory per member, what lives', live / members / 1024, 'KiB')
  note('  memory per member, what the system counts', resident / members / 1024, 'KiB')

  const most = after.reduce((best, { led }, i) => (led > after[best]!.led ? i : best), 0)
  const left = hosts.filter((_, i) => i !== most)
  const spent = await cpuOf(left)
  const begin = performance.now()
  await hosts[most]!.kill()
  // The control group is one more.
  await until(async () => (await sumOf(left, { ask: 'led' })) > groups)
  const ms = performance.now() - begin
  note(`the host killed that led ${after[most]!.led}: all led again after`, ms, 'ms')
  note('  as election timeouts', ms / ELECTION_MS, '')
  note('  time of the processor, both hosts', (await cpuOf(left)) - spent, 'ms')
  const writes = secondsOf(ask(left[0]!, { ask: 'write', from: 0, count: groups, atOnce: AT_ONCE }))
  note(`one write to each of ${groups} groups, all done after`, await writes, 's')
  return most
}

/** Everybody leads what it is to lead, and nothing is under way. */
async function settled(hosts: readonly ChildHost[], groups: number): Promise<void> {
  let last = Number.NaN
  await until(async () => {
    const found = await looks(hosts)
    const led = sum(found, ({ led }) => led)
    const cpuMs = sum(found, ({ cpuMs }) => cpuMs)
    // Elections, hand-overs and steps take time of the processor: once little is taken for two seconds, nothing is left to do.
    const isCalm = cpuMs - last < SETTLED_MS
    last = cpuMs
    if (led >= groups && found.every(({ here, moving }) => here === groups && moving === 0) && isCalm)
      return true
    await pause(2000)
    return false
  })
}

const SETTLED_MS = 400
const WINDOWS = 5
/** Clients have let go of sessions that they have not used for so long. */
const FORGOTTEN_MS = 90_000

async function ask(host: ChildHost, question: Question): Promise<unknown> {
  return await host.ask(question)
}

async function looks(hosts: readonly ChildHost[]): Promise<Look[]> {
  return await Promise.all(hosts.map(async (host) => (await ask(host, { ask: 'look' })) as Look))
}

/** What they take of one core, in percent, in each of the parts of that time. */
async function shares(hosts: readonly ChildHost[], ms: number): Promise<number[]> {
  const shares: number[] = []
  for (let before = await cpuOf(hosts); shares.length < WINDOWS; ) {
    await pause(ms / WINDOWS)
    const after = await cpuOf(hosts)
    shares.push(((after - before) / (ms / WINDOWS)) * 100)
    before = after
  }
  return shares
}

/** Milliseconds of the processor since they began. */
async function cpuOf(hosts: readonly ChildHost[]): Promise<number> {
  return sum(await looks(hosts), ({ cpuMs }) => cpuMs)
}

async function weights(hosts: readonly ChildHost[]): Promise<Weight[]> {
  return await Promise.all(hosts.map(async (host) => (await ask(host, { ask: 'weigh' })) as Weight))
}

async function sumOf(hosts: readonly ChildHost[], question: Question): Promise<number> {
  const counts = await Promise.all(hosts.map(async (host) => (await ask(host, question)) as number))
  return sum(counts, (count) => count)
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work
  return (performance.now() - begin) / 1000
}
