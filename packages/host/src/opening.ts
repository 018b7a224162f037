/** A member as its storage gives it back: the log's heads, and the state of the newest snapshot. */
import {
  isRaftedError,
  type LogEntry,
  type LogWrite,
  RaftedError,
  type SnapshotMeta,
} from '@rafted/contracts'
import {
  type ConfigurationEntry,
  EntryKind,
  type MemberId,
  type Position,
  type SnapshotPosition,
  type Stored,
} from '@rafted/core'
import { decodeConfiguration, decodeLease, FIRST_SETTINGS, type LeasePayload } from '@rafted/wire'
import type { HostContext } from './context.ts'
import { checkLevel } from './feature-level.ts'
import { checkVersion, versionsOf } from './machine-versions.ts'
import type { Versions } from './raising.ts'
import type { ReplicatedState, StateOptions } from './replicated-state.ts'
import type { Watch } from './restoring.ts'
import { type KnownSettings, knownSettings, NOTHING_KNOWN } from './settings.ts'
import { restoreState } from './snapshot-content.ts'

type OpenedLog = NonNullable<Awaited<ReturnType<HostContext['logs']['open']>>>

/** Where a log begins that knows nothing any more. */
const NOTHING: SnapshotPosition = {
  index: 0,
  term: 0,
  time: 0,
  configuration: { index: 0, configuration: { voters: [], outgoing: null, learners: [] } },
}

export interface Opened {
  readonly incarnation: string
  readonly member: MemberId
  /** Set when the member was removed from its group: nothing else of it is of use. */
  readonly removedAt: number | null
  readonly stored: Stored
  readonly restored: { readonly state: ReplicatedState; readonly size: number } | null
  readonly known: KnownSettings
}

type Stores = Pick<HostContext, 'logs' | 'snapshots' | 'event'>
type Restored = NonNullable<Opened['restored']>

/**
 * Opens what the stores hold of a group, or null if they hold nothing of it. A snapshot newer than the log is whole on its own (it
 * was saved before the log could be reset): the log is dropped unless it holds the snapshot's last entry.
 *
 * A snapshot that is damaged is set aside. Where the log reaches back to the one before it, nothing is lost. Else the log can't be
 * used, and what it held is lost to this member until a leader has shown it all again: the log says so (`lostTo`) before the file goes.
 * @throws {RaftedError} `damaged-storage`; `machine-too-old`, `machine-too-new`, `version-mismatch`, before anything is applied.
 */
export async function openMember(
  stores: Stores,
  group: string,
  options: StateOptions,
  watch: Watch = (_, chunks) => chunks,
): Promise<Opened | null> {
  const { logs, snapshots, event } = stores
  let log = await logs.open(group)
  if (log === null) return null
  const { incarnation, member, removedAt } = log
  if (removedAt !== null)
    return {
      incarnation,
      member,
      removedAt,
      stored: storedOf(group, log, []),
      restored: null,
      known: NOTHING_KNOWN,
    }
  const wasLost = log.lostTo !== null
  for (;;) {
    try {
      const metas = (await snapshots.list(group)).filter((meta) => meta.incarnation === incarnation)
      const newest = metas.length > 0 ? await snapshots.latest(group) : null
      if (newest !== null && newest.meta.incarnation !== incarnation) throw foreign(group, newest.meta)
      const restored =
        newest === null
          ? null
          : {
              state: await restoreState(newest.meta, watch(newest.meta, newest.chunks), options),
              size: newest.meta.size,
            }
      log = await reconcile(stores, group, log, metas, wasLost)
      return begin(stores, group, log, metas, restored, options)
    } catch (error) {
      const index = damagedSnapshot(error)
      if (index === null) throw error
      log = await losing(stores, group, log, index)
      await snapshots.setAside(group, index)
      event({ kind: 'snapshot', level: 'warn', group, what: 'set-aside', index, bytes: 0, error })
    }
  }
}

function begin(
  { event }: Stores,
  group: string,
  log: OpenedLog,
  metas: readonly SnapshotMeta[],
  restored: Restored | null,
  { machine }: StateOptions,
): Opened {
  const { incarnation, member, removedAt, damaged, lostTo } = log
  const lease = leaseOf(log) ?? restored?.state.lease ?? null
  // Itself it has promised nothing.
  const abstainMs = lease === null || lease.leader === member ? 0 : lease.abstainMs
  const stored = { ...storedOf(group, log, metas), abstainMs }
  if (damaged.length > 0 || lostTo !== null)
    event({ kind: 'log-damaged', level: 'warn', group, damaged, lostTo })
  const known = knownOf(log, restored)
  if (known.upTo > 0) checkLevel(known.settings.featureLevel, `at entry ${known.upTo} of the log here`)
  checkVersionsOf(log, restored, known, versionsOf(machine))
  return { incarnation, member, removedAt, stored, restored, known }
}

/**
 * That the machine knows all versions by which entries of the log are to be applied. Whether the last of them are committed is not known; where they are not,
 * code that knows more is never wrong.
 * @throws {RaftedError} `machine-too-old`, `machine-too-new`.
 */
function checkVersionsOf(
  { special, base, last, lostTo }: OpenedLog,
  restored: Restored | null,
  { settings, upTo }: KnownSettings,
  versions: Versions,
): void {
  if (upTo > 0) checkVersion(versions, settings.machineVersion, `at entry ${upTo} of the log here`)
  // What a snapshot begins with was looked at when it was restored. A whole log begins with what its founder said in the second entry.
  if (restored !== null || base.index > 0 || last < 2 || lostTo !== null) return
  const founding = special.find(({ kind, index }) => kind === EntryKind.settings && index === 2)
  const begins = knownSettings(FIRST_SETTINGS, founding === undefined ? [] : [founding])
  checkVersion(versions, begins.settings.machineVersion, 'where the log here begins')
}

function knownOf({ special }: OpenedLog, restored: Restored | null): KnownSettings {
  const { applied, settings } = restored?.state ?? { applied: { index: 0 }, settings: FIRST_SETTINGS }
  const isNew = ({ kind, index }: LogEntry): boolean => kind === EntryKind.settings && index > applied.index
  return knownSettings(settings, special.filter(isNew))
}

/**
 * Of the last leader that takes leases, as far as the log goes back. Such an entry can always be read; where it is lost (`lostTo`), this
 * member votes for nobody until a leader counts no promise of it any more.
 */
function leaseOf({ special }: OpenedLog): LeasePayload | null {
  const last = special.findLast(({ kind }) => kind === EntryKind.lease)
  return last === undefined ? null : decodeLease(last.payload)
}

/** Where the snapshot ends that can't be read, if that is what was thrown. */
function damagedSnapshot(error: unknown): number | null {
  if (!isRaftedError(error) || error.code !== 'damaged-storage') return null
  const { index } = error.details as { readonly index?: unknown }
  return typeof index === 'number' ? index : null
}

/** The log says that it is of no use on its own, before the snapshot it begins after is set aside. */
async function losing({ logs }: Stores, group: string, log: OpenedLog, index: number): Promise<OpenedLog> {
  if (log.lostTo !== null) return log
  return await rewrite({ logs }, group, log, { lostTo: Math.max(log.last, index) })
}

async function rewrite(
  { logs }: Pick<Stores, 'logs'>,
  group: string,
  { term, vote }: OpenedLog,
  change: Partial<LogWrite>,
): Promise<OpenedLog> {
  const write: LogWrite = { term, vote, reset: null, truncateFrom: null, entries: [], ...change }
  await logs.write([{ group, write }])
  return (await logs.open(group))!
}

/**
 * Brings the log to begin at a snapshot that is kept, so that the configuration in effect there is known, and so that none of the entries
 * that the newest snapshot covers is one that can't be read.
 */
async function reconcile(
  stores: Stores,
  group: string,
  log: OpenedLog,
  metas: readonly SnapshotMeta[],
  wasLost: boolean,
): Promise<OpenedLog> {
  const newest = metas[0]
  const isUsable =
    newest === undefined ? log.base.index === 0 : holds(log, newest) || newest.index > log.base.index
  if (!isUsable) {
    if (log.lostTo === null) throw missing(group, log.base)
    return await rewrite(stores, group, log, { reset: newest ?? NOTHING })
  }
  // A snapshot was set aside that the log can do without.
  const whole = log.lostTo !== null && !wasLost ? await rewrite(stores, group, log, { lostTo: null }) : log
  if (newest === undefined) return whole
  if (!holds(whole, newest)) return await rewrite(stores, group, whole, { reset: newest })
  const kept = metas.findLast((meta) => meta.index >= whole.base.index && holds(whole, meta))!
  const isReadable = (whole.damaged[0]?.from ?? Number.POSITIVE_INFINITY) > newest.index
  const base = isReadable ? kept : newest
  if ((whole.base.index === 0 && isReadable) || base.index === whole.base.index) return whole
  await stores.logs.compact(group, { index: base.index, term: base.term })
  return (await stores.logs.open(group))!
}

function holds({ base, runs, last }: OpenedLog, { index, term }: Position): boolean {
  if (index === base.index) return term === base.term
  if (index < base.index || index > last) return false
  return runs.findLast((run) => run.first <= index)?.term === term
}

function storedOf(group: string, log: OpenedLog, metas: readonly SnapshotMeta[]): Stored {
  const { term, vote, base, runs, last, special, damaged, lostTo } = log
  const atBase = metas.find((meta) => meta.index === base.index)
  if (base.index > 0 && atBase === undefined && log.removedAt === null) throw missing(group, base)
  const configurations: ConfigurationEntry[] = special
    .filter(({ kind }) => kind === EntryKind.configuration)
    .map(({ index, payload }) => ({ index, configuration: decodeConfiguration(payload) }))
  return {
    term,
    vote,
    base,
    baseTime: atBase?.time ?? 0,
    baseConfiguration: atBase?.configuration ?? null,
    commit: Math.max(base.index, metas[0]?.index ?? 0),
    heads: runs.length === 0 ? null : { runs, last, configurations },
    damaged,
    lostTo,
  }
}

/** A store keeps none of this group beside a newer one of another: somebody has put that there. */
function foreign(group: string, { index, incarnation }: SnapshotMeta): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The newest snapshot of "${group}", at ${index}, is one of another group that had the name. ` +
      'Take its file away, or remove this member from its group and let it join anew.',
    { outcome: 'not-applied', details: { group, at: index, incarnation } },
  )
}

function missing(group: string, base: Position): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The log of "${group}" begins after entry ${base.index}, and the snapshot that holds what was before it is missing. ` +
      'Bring the file back, or remove this member from its group and let it join anew.',
    { outcome: 'not-applied', details: { group, base: base.index } },
  )
}
