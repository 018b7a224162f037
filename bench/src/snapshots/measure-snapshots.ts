/**
 * A large value under load: each member takes a snapshot of it; then the leader's goes over a slow link to a member that joins, and is installed
 * there. Three processes, on files and TCP; the load and the link are in a fourth.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { createClient } from 'rafted'
import { freePorts } from '../free-ports.ts'
import { moduleHere } from '../here.ts'
import { asText, type Figure } from '../storage/figure.ts'
import { until } from '../until.ts'
import type { BareQuestion } from './bare-process.ts'
import { Load, type LoadFigures } from './load.ts'
import type { LoopFigures } from './loop-watch.ts'
import { SlowLink } from './slow-link.ts'
import type { HostFigures, Look, Question } from './snapshot-host.ts'
import { type Form, forms, itemsIn } from './values.ts'

export interface SnapshotBench {
  /** Of the value. */
  readonly mib: number
  readonly itemBytes: number
  readonly linkMibPerSecond: number
}

const MIB = 2 ** 20
/** Items of the value when the first snapshot is taken: it is small, and the log begins after it, so that who joins needs one. */
const FIRST_ITEMS = 4

/** How long is looked what the machine does by itself, as long as a transfer of a gigabyte takes. */
const BARE_MS = 50_000

export async function measureSnapshots(bench: SnapshotBench): Promise<Figure[]> {
  const figures: Figure[] = []
  const tell = (more: readonly Figure[]): void => {
    figures.push(...more)
    for (const figure of more) console.log(asText(figure))
  }
  tell(await measureMachine())
  for (const form of forms) tell(await measureForm(form, bench))
  tell(await measureMachine())
  return figures
}

/** What a process on each processor goes through that does nothing but adding: a host is not held up less. */
async function measureMachine(): Promise<Figure[]> {
  const program = moduleHere('snapshots/bare-process')
  const bare = Array.from({ length: availableParallelism() }, () => new ChildHost({ program }))
  try {
    const ask = (question: BareQuestion) =>
      Promise.all(bare.map(async (child) => (await child.ask(question)) as LoopFigures))
    await ask('begin')
    await new Promise((resolve) => {
      setTimeout(resolve, BARE_MS)
    })
    const seen = await ask('figures')
    return [
      {
        what: `the machine by itself, ${BARE_MS / 1000} s: worst stall of a loop that adds numbers`,
        value: Math.max(...seen.map(({ stallMs }) => stallMs)),
        unit: 'ms',
      },
      {
        what: '  stalls of more than 50 ms',
        value: seen.reduce((sum, { stalls }) => sum + stalls, 0),
        unit: '',
      },
    ]
  } finally {
    await Promise.all(bare.map((child) => child.kill()))
  }
}

async function measureForm(form: Form, bench: SnapshotBench): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
  const [a, b, c, dialled] = (await freePorts(4)) as [number, number, number, number]
  const link = await SlowLink.open(dialled, c, bench.linkMibPerSecond * MIB)
  const addresses = [a, b].map((port) => `127.0.0.1:${port}`)
  const hosts: ChildHost[] = []
  const start = (id: string, port: number, advertised = port): ChildHost => {
    const places = [`127.0.0.1:${port}`, `127.0.0.1:${advertised}`, join(directory, id)]
    const child = new ChildHost({
      program: moduleHere('snapshots/snapshot-host'),
      args: [id, ...places, form, ...addresses],
    })
    hosts.push(child)
    return child
  }
  const client = await createClient({ cluster: 'bench', addresses })
  const load = new Load(client.value('items', itemsIn(form)), bench.itemBytes)
  try {
    const leader = start('a', a)
    const follower = start('b', b)
    await ask(leader, 'create')
    await ask(follower, 'join')
    await until(async () => (await look(leader)).status?.configuration?.configuration.voters.length === 2)
    return await measure(form, bench, { leader, follower, join: () => start('c', c, dialled) }, load)
  } finally {
    await load.stop()
    await client.close()
    await Promise.all(hosts.map((host) => host.kill()))
    link.close()
    await rm(directory, { recursive: true })
  }
}

interface Hosts {
  readonly leader: ChildHost
  readonly follower: ChildHost
  /** Starts the third, behind the slow link. */
  join(): ChildHost
}

async function measure(
  form: Form,
  { mib, itemBytes, linkMibPerSecond }: SnapshotBench,
  { leader, follower, join }: Hosts,
  load: Load,
): Promise<Figure[]> {
  const taken = async (count: number): Promise<boolean> =>
    (await look(leader)).taken >= count && (await look(follower)).taken >= count
  await load.fill(FIRST_ITEMS)
  load.start()
  await until(() => taken(1))
  await load.stop()
  await load.fill(Math.floor((mib * MIB) / itemBytes))
  const filled = await figuresOf(leader)
  await figuresOf(follower)
  load.take()
  load.start()
  await until(() => taken(2))
  const taking = { leader: await figuresOf(leader), follower: await figuresOf(follower) }
  const loadOfTaking = load.take()
  const begin = performance.now()
  const joiner = join()
  await ask(joiner, 'join')
  const empty = await figuresOf(joiner)
  await until(async () => (await look(joiner)).installed > 0)
  const seconds = (performance.now() - begin) / 1000
  const sending = {
    leader: await figuresOf(leader),
    follower: await figuresOf(follower),
    joiner: await figuresOf(joiner),
  }
  const loadOfSending = load.take()
  // It goes on from the log behind the snapshot: a second one would be too late again.
  const { commitIndex } = sending.leader.status!
  await until(async () => ((await look(joiner)).status?.appliedIndex ?? 0) >= commitIndex)
  const { installed, failed } = await look(joiner)
  const what = `${mib} MiB, ${form}`
  const terms = sending.leader.status!.term - filled.status!.term
  const campaigns = Object.values(sending).reduce((all, host) => all + host.campaigns, 0) - filled.campaigns
  return [
    { what: `${what}: load average of the machine`, value: loadavg()[0]!, unit: '' },
    ...ofLoop(`${what}, taken by the leader`, taking.leader),
    ...ofLoop(`${what}, taken by the follower`, taking.follower),
    ...ofLoad(`${what}, taken`, loadOfTaking),
    memory(`${what}, taken by the leader`, taking.leader.peakRssMiB - filled.rssMiB),
    { what: `${what}, sent and installed`, value: seconds, unit: 's' },
    { what: `  over a link of ${linkMibPerSecond} MiB/s`, value: mib / seconds, unit: 'MiB/s' },
    ...ofLoop(`${what}, sent by the leader`, sending.leader),
    ...ofLoop(`${what}, received and restored by the third`, sending.joiner),
    ...ofLoad(`${what}, sent`, loadOfSending),
    memory(`${what}, sent by the leader`, sending.leader.peakRssMiB - filled.rssMiB),
    memory(`${what}, restored by the third`, sending.joiner.peakRssMiB - empty.rssMiB - mib),
    { what: `${what}: new terms since it was filled`, value: terms, unit: '' },
    { what: '  members that asked for votes, or would have', value: campaigns, unit: '' },
    { what: `${what}: snapshots that the third needed`, value: installed + failed, unit: '' },
  ]
}

function ofLoop(what: string, { stallMs, ownMs, busyMs, stalls, collectionMs }: HostFigures): Figure[] {
  return [
    { what: `${what}: worst stall of the loop`, value: stallMs, unit: 'ms' },
    { what: '  the longest, less what its thread waited for a processor', value: ownMs, unit: 'ms' },
    { what: '  the longest that its thread ran at one go', value: busyMs, unit: 'ms' },
    { what: '  stalls of more than 50 ms', value: stalls, unit: '' },
    { what: '  longest pause of a garbage collection', value: collectionMs, unit: 'ms' },
  ]
}

function ofLoad(what: string, { answered, slowestMs }: LoadFigures): Figure[] {
  return [
    { what: `${what}: commands answered meanwhile`, value: answered, unit: '' },
    { what: '  the slowest of them', value: slowestMs, unit: 'ms' },
  ]
}

function memory(what: string, value: number): Figure {
  return { what: `${what}: peak of memory beyond the value`, value, unit: 'MiB' }
}

async function ask(host: ChildHost, question: Question): Promise<unknown> {
  return await host.ask(question)
}

async function look(host: ChildHost): Promise<Look> {
  return (await ask(host, 'look')) as Look
}

async function figuresOf(host: ChildHost): Promise<HostFigures> {
  return (await ask(host, 'figures')) as HostFigures
}
