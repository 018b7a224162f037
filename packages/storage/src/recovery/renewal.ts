/** Gives the group of the base another incarnation, with the member there as its only voter. A crash leaves all of it or nothing. */
import { join } from 'node:path'
import { drawId, type LogEntry, type LogStore, type LogWrite, RaftedError } from '@rafted/contracts'
import { decodeCommandPayload, encodeCommandPayload, encodeConfiguration, WIRE_VERSIONS } from '@rafted/wire'
import type { RenewableLogs } from '../files/file-log-store.ts'
import { canGive, type RecoveryPlan, refusal, unreadableIn } from './plan.ts'
import { writeRecoveryRecord } from './recovery-record.ts'
import { renewSnapshots } from './renewed-snapshots.ts'
import type { RecoverySeams } from './seams.ts'
import type { Member, Survivor } from './survivor.ts'

const CONFIGURATION: LogEntry['kind'] = 1
const COMMAND: LogEntry['kind'] = 3
const TIME: LogEntry['kind'] = 5
const PAGE_ENTRIES = 4096
const PAGE_BYTES = 1024 * 1024
/** What follows a command that is skipped is written once more, in one piece. */
const MOST_BYTES_BEHIND = 256 * 1024 * 1024

export interface Renewed {
  readonly incarnation: string
  /** Who the member of the base is from now on. */
  readonly member: string
}

export interface RenewalOptions {
  readonly plan: RecoveryPlan
  readonly skipIndex: number | null
  /** Of the base. */
  readonly logs: RenewableLogs
  readonly seams: RecoverySeams
}

/** Durable when resolved, but for its snapshots' names: they are settled when the directory is opened next. */
export async function renew(options: RenewalOptions): Promise<Renewed> {
  const { plan, skipIndex, logs, seams } = options
  const { group, base, voters } = plan
  const { fileSystem, clock, random } = seams
  await heal(options)
  const renewed = { incarnation: drawId(random), member: drawId(random) }
  const write = await writeOf(options, renewed.member)
  const { path } = base.directory
  const lost = voters.filter(({ survives }) => !survives).map(({ host }) => host)
  await writeRecoveryRecord(fileSystem, path, {
    group,
    former: base.log.incarnation,
    ...renewed,
    ...base.last,
    skipped: skipIndex ?? 0,
    lost: lost.join(' ').slice(0, 1024),
    at: new Date(clock.wall()).toISOString(),
  })
  const snapshots = base.snapshots.map(({ file, meta }) => ({ group, file, meta }))
  await renewSnapshots(fileSystem, join(path, 'snapshots'), snapshots, renewed.incarnation)
  await logs.renew(group, renewed, write)
  return renewed
}

/** What the base can't read it gets from the others: that changes nothing of the group as it was. */
async function heal({ plan, logs }: RenewalOptions): Promise<void> {
  const { group, base, others } = plan
  for (const index of unreadableIn(base)) {
    const giver = others.find((other) => canGive(other, base, index))!
    const [entry] = await giver.directory.log.read(group, index, 1, 1)
    if (entry === undefined) throw unread(group, index)
    await logs.restore(group, [entry])
  }
}

async function writeOf({ plan, skipIndex, logs }: RenewalOptions, member: string): Promise<LogWrite> {
  const { group, base, others } = plan
  const { last, lastTime, isSnapshotAlone, snapshots } = base
  // A term in which nobody was elected: no entry of it stands anywhere else.
  const term = Math.max(last.term, ...[base, ...others].map(({ log }) => log.term)) + 1
  const behind = skipIndex === null ? [] : await skipping(logs, group, skipIndex, base)
  const payload = encodeConfiguration({ voters: [selfOf(base, member)], outgoing: null, learners: [] })
  const configuration = { index: last.index + 1, term, kind: CONFIGURATION, time: lastTime, payload }
  return {
    term,
    vote: null,
    reset: isSnapshotAlone ? snapshots[0]!.meta : null,
    truncateFrom: skipIndex,
    entries: [...behind, configuration],
    // All that the new member ever acknowledges stands in its log.
    lostTo: null,
  }
}

/** The member of the base as it was, but for its id. */
function selfOf({ directory, log, configuration }: Survivor, member: string): Member {
  const { voters, outgoing, learners } = configuration!.configuration
  const known = [...voters, ...(outgoing ?? []), ...learners].find(({ id }) => id === log.member)
  const { host } = directory
  // A host that is dialled elsewhere, or whose code knows other versions of the machine, says so when it starts.
  const { address = host, durable = true, wire = WIRE_VERSIONS, machine = [1, 1] } = known ?? {}
  return { id: member, host, address, durable, wire, machine }
}

/** @throws {RaftedError} `invalid-argument` if the entry is no command; `damaged-storage` if it can't be read. */
export async function checkSkipped({ group, base }: RecoveryPlan, index: number): Promise<void> {
  const [entry] = await base.directory.log.read(group, index, 1, 1)
  if (entry === undefined)
    throw refusal(
      'damaged-storage',
      `Entry ${index} can't be read, so it can't be told which session it belongs to, and it is not skipped. Leave this directory out.`,
      { index },
    )
  if (entry.kind !== COMMAND && !(entry.kind === TIME && entry.payload.length > 0))
    throw refusal('invalid-argument', `Entry ${index} is no command: no machine has stopped because of it.`)
  if (entry.kind === COMMAND && decodeCommandPayload(entry.payload).skipped)
    throw refusal('invalid-argument', `Entry ${index} has been skipped already.`)
}

/** The entries from the one that is skipped on: in its place stands a command that has failed, in the same session. */
async function skipping(
  logs: LogStore,
  group: string,
  index: number,
  { last }: Survivor,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  let bytes = 0
  for (let next = index; next <= last.index; ) {
    const page = await logs.read(group, next, PAGE_ENTRIES, PAGE_BYTES)
    if (page.length === 0) throw unread(group, next)
    entries.push(...page)
    for (const { payload } of page) bytes += payload.byteLength
    if (bytes > MOST_BYTES_BEHIND)
      throw new RaftedError(
        'too-large',
        `Behind entry ${index} stand more than ${MOST_BYTES_BEHIND} bytes: they are not written once more.`,
        { outcome: 'not-applied' },
      )
    next += page.length
  }
  return [skipped(entries[0]!), ...entries.slice(1)]
}

function skipped(entry: LogEntry): LogEntry {
  // The machine's own command: nobody waits for what comes of it.
  if (entry.kind === TIME) return { ...entry, payload: new Uint8Array(0) }
  const { session, sequence, acknowledged, key } = decodeCommandPayload(entry.payload)
  const command = new Uint8Array(0)
  const payload = encodeCommandPayload({ session, sequence, acknowledged, key, command, skipped: true })
  return { ...entry, payload }
}

function unread(group: string, index: number): RaftedError {
  return refusal(
    'damaged-storage',
    `Entry ${index} of group "${group}" could be read a moment ago, and can't be now. Look at the disk.`,
    { index },
  )
}
