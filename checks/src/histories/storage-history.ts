/** Random things that a host does with its storage: all that a log store and a snapshot store can be asked for, by several groups. */
import { crc32 } from 'node:zlib'
import type {
  GroupIdentity,
  LogEntry,
  LogStore,
  LogWrite,
  SnapshotMeta,
  SnapshotStore,
} from '@rafted/contracts'
import { SeededRandom } from '@rafted/testing'

/** What is known of a group's log before the next step. */
export interface KnownLog {
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: { readonly index: number; readonly term: number }
  readonly entries: readonly LogEntry[]
}

export interface HistoryOptions {
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
  readonly random: SeededRandom
  /** The log of a group as all calls so far have made it. */
  known(group: string): KnownLog | undefined
  /** Time in which nothing is asked for. */
  pause(ms: number): Promise<void>
}

const GROUPS = ['orders', 'Users & co', 'ß', 'idle']
const VOTES = [null, 'a', 'b']

/** How often each kind of step comes. */
const STEPS = [
  { weight: 30, step: appends },
  { weight: 8, step: severalAtOnce },
  { weight: 6, step: truncates },
  { weight: 6, step: votes },
  { weight: 3, step: resets },
  { weight: 8, step: compacts },
  { weight: 4, step: saves },
  { weight: 1, step: removesSnapshots },
  { weight: 2, step: marksRemoved },
  { weight: 2, step: removes },
  { weight: 2, step: ({ pause }: HistoryOptions) => pause(1500) },
] as const

/** Does `steps` things, one after the other. */
export async function storageHistory(options: HistoryOptions, steps: number): Promise<void> {
  const { random } = options
  const weighted = STEPS.flatMap(({ weight, step }) => Array.from({ length: weight }, () => step))
  for (let i = 0; i < steps; i++) await random.pick(weighted)(options)
}

/** @returns a group that can be written, which is created if it has no log. */
async function writable({ logs, known, random }: HistoryOptions): Promise<string> {
  for (;;) {
    const group = random.pick(GROUPS)
    const log = known(group)
    if (log === undefined) await logs.create(group, identityBy(random))
    else if (log.removedAt !== null) await logs.remove(group)
    if (log === undefined || log.removedAt === null) return group
  }
}

function identityBy(random: SeededRandom): GroupIdentity {
  const id = (): string => Buffer.from(random.bytes(16)).toString('hex')
  return { incarnation: id(), member: id() }
}

function write({ logs, known }: HistoryOptions, group: string, change: Partial<LogWrite>): Promise<void> {
  const { term = 0, vote = null } = known(group) ?? {}
  const write = { term, vote, reset: null, truncateFrom: null, entries: [], ...change }
  return logs.write([{ group, write }])
}

function lastOf({ base, entries }: KnownLog): {
  readonly index: number
  readonly term: number
  readonly time: number
} {
  return entries.at(-1) ?? { ...base, time: 0 }
}

/** Entries behind `index`. */
function entriesBehind(group: string, index: number, term: number, random: SeededRandom): LogEntry[] {
  return Array.from({ length: 1 + random.below(4) }, (_, i) => entryAt(group, index + 1 + i, term))
}

/** Index and term name an entry (paper §5.3): one that was cut off and comes again is the same one. */
function entryAt(group: string, index: number, term: number): LogEntry {
  const random = new SeededRandom(crc32(`${group} ${index} ${term}`))
  const isLarge = random.chance(0.012)
  return {
    index,
    term,
    kind: random.pick([0, 1, 2, 3, 3, 3, 4, 5] as const),
    time: index,
    payload: random.bytes(isLarge ? 16_000 + random.below(5_000) : random.below(200)),
  }
}

async function appends(options: HistoryOptions): Promise<void> {
  await append(options, await writable(options))
}

function append(options: HistoryOptions, group: string): Promise<void> {
  const { known, random } = options
  const log = known(group)!
  const last = lastOf(log)
  const term = Math.max(1, log.term, last.term) + (random.chance(0.2) ? 1 : 0)
  const vote = term === log.term ? log.vote : random.pick(VOTES)
  return write(options, group, { term, vote, entries: entriesBehind(group, last.index, term, random) })
}

/** They go into one batch, or into two. */
async function severalAtOnce(options: HistoryOptions): Promise<void> {
  const first = await writable(options)
  const second = await writable(options)
  const isStill = (group: string): boolean => options.known(group)?.removedAt === null
  const calls = [first, second, first].filter(isStill).map((group) => append(options, group))
  await Promise.all(calls)
}

async function truncates(options: HistoryOptions): Promise<void> {
  const group = await writable(options)
  const { base, entries, term } = options.known(group)!
  if (entries.length === 0) return
  const kept = Math.max(0, entries.length - 1 - options.random.below(5))
  const last = kept === 0 ? { ...base, time: 0 } : entries[kept - 1]!
  // Only a leader of a newer term cuts. What it has there is its own, or of the term of the one before.
  const next = Math.max(1, options.random.chance(0.3) ? last.term : term + 1)
  const written = options.random.chance(0.3) ? [] : entriesBehind(group, last.index, next, options.random)
  await write(options, group, {
    term: term + 1,
    truncateFrom: entries[kept]!.index,
    entries: written,
  })
}

async function votes(options: HistoryOptions): Promise<void> {
  const group = await writable(options)
  const { term } = options.known(group)!
  await write(options, group, { term: term + 1, vote: options.random.pick(VOTES) })
}

async function resets(options: HistoryOptions): Promise<void> {
  const group = await writable(options)
  const log = options.known(group)!
  const last = lastOf(log)
  const term = Math.max(1, log.term, last.term)
  const index = last.index + 1 + options.random.below(20)
  const reset = { index, term, time: last.time, configuration: configurationAt(index) }
  const entries = options.random.chance(0.5) ? entriesBehind(group, index, term, options.random) : []
  await write(options, group, { term, reset, entries })
}

async function compacts(options: HistoryOptions): Promise<void> {
  const group = await writable(options)
  const { entries } = options.known(group)!
  if (entries.length === 0) return
  const { index, term } = options.random.pick(entries)
  await options.logs.compact(group, { index, term })
}

async function saves(options: HistoryOptions): Promise<void> {
  const { random, snapshots, known } = options
  const group = await writable(options)
  const { index, term } = lastOf(known(group)!)
  if (index === 0) return
  const size = random.pick([0, 3, 700, 3_000, 70_000])
  const content = random.bytes(Math.min(size, 1000))
  const chunks = async function* () {
    for (let at = 0; at < size; at += 1000) yield content.subarray(0, Math.min(1000, size - at))
  }
  let checksum = 0
  for await (const chunk of chunks()) checksum = crc32(chunk, checksum)
  const meta: SnapshotMeta = {
    incarnation: '1'.repeat(32),
    index,
    term: Math.max(1, term),
    time: index,
    configuration: configurationAt(index),
    format: 1,
    machineVersion: 1,
    size,
    checksum,
  }
  await snapshots.save(group, chunks(), () => meta)
}

function configurationAt(index: number): SnapshotMeta['configuration'] {
  const member = (id: string) => ({
    id,
    host: id,
    address: `${id}:1`,
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  })
  const learners = index % 2 === 0 ? [{ ...member('c'), promote: true }] : []
  const outgoing = index % 3 === 0 ? [member('a')] : null
  return { index: 1, configuration: { voters: [member('a'), member('b')], outgoing, learners } }
}

async function removesSnapshots({ snapshots, random }: HistoryOptions): Promise<void> {
  await snapshots.remove(random.pick(GROUPS))
}

async function marksRemoved(options: HistoryOptions): Promise<void> {
  const group = await writable(options)
  await options.logs.markRemoved(group, lastOf(options.known(group)!).index)
}

async function removes({ logs, random }: HistoryOptions): Promise<void> {
  await logs.remove(random.pick(GROUPS))
}

/** The groups that a history may write. */
export const historyGroups: readonly string[] = GROUPS
