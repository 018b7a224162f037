/** A member as its storage gives it back: the log's heads, and the state of the newest snapshot. */
import { RaftedError, type SnapshotMeta } from '@rafted/contracts'
import { type ConfigurationEntry, EntryKind, type MemberId, type Position, type Stored } from '@rafted/core'
import { decodeConfiguration, decodeSettings, type SettingsPayload } from '@rafted/wire'
import type { HostContext } from './context.ts'
import type { ReplicatedState, StateOptions } from './replicated-state.ts'
import type { Watch } from './restoring.ts'
import { restoreState } from './snapshot-content.ts'

type OpenedLog = NonNullable<Awaited<ReturnType<HostContext['logs']['open']>>>

export interface Opened {
  readonly incarnation: string
  readonly member: MemberId
  /** Set when the member was removed from its group: nothing else of it is of use. */
  readonly removedAt: number | null
  readonly stored: Stored
  readonly restored: { readonly state: ReplicatedState; readonly size: number } | null
}

/**
 * Opens what the stores hold of a group, or null if they hold nothing of it. A snapshot newer than the log is whole on its own (it
 * was saved before the log could be reset): the log is dropped unless it holds the snapshot's last entry.
 * @throws {RaftedError} `damaged-storage`.
 */
export async function openMember(
  { logs, snapshots }: Pick<HostContext, 'logs' | 'snapshots'>,
  group: string,
  options: StateOptions,
  watch: Watch = (_, chunks) => chunks,
): Promise<Opened | null> {
  let log = await logs.open(group)
  if (log === null) return null
  const { incarnation, member, removedAt } = log
  const metas = (await snapshots.list(group)).filter((meta) => meta.incarnation === incarnation)
  if (removedAt === null) log = await reconcile({ logs }, group, log, metas)
  const newest = removedAt === null && metas.length > 0 ? await snapshots.latest(group) : null
  const restored =
    newest === null
      ? null
      : {
          state: await restoreState(newest.meta, watch(newest.meta, newest.chunks), options),
          size: newest.meta.size,
        }
  const settings = settingsOf(log) ?? restored?.state.settings ?? null
  // Itself it has promised nothing.
  const abstainMs = settings === null || settings.leader === member ? 0 : settings.abstainMs
  return { incarnation, member, removedAt, stored: { ...storedOf(group, log, metas), abstainMs }, restored }
}

/** Those of the last leader that has said any, as far as the log goes back. */
function settingsOf({ special }: OpenedLog): SettingsPayload | null {
  const last = special.findLast(({ kind }) => kind === EntryKind.settings)
  return last === undefined ? null : decodeSettings(last.payload)
}

/** Brings the log to begin at a snapshot that is kept, so that the configuration in effect there is known. */
async function reconcile(
  { logs }: Pick<HostContext, 'logs'>,
  group: string,
  log: OpenedLog,
  metas: readonly SnapshotMeta[],
): Promise<OpenedLog> {
  const newest = metas[0]
  if (newest === undefined) return log
  if (!holds(log, newest)) {
    if (newest.index <= log.base.index) throw missing(group, log.base)
    const write = { term: log.term, vote: log.vote, reset: newest, truncateFrom: null, entries: [] }
    await logs.write([{ group, write }])
  } else {
    const kept = metas.findLast((meta) => meta.index >= log.base.index && holds(log, meta))
    if (log.base.index === 0 || kept === undefined || kept.index === log.base.index) return log
    await logs.compact(group, { index: kept.index, term: kept.term })
  }
  return (await logs.open(group))!
}

function holds({ base, runs, last }: OpenedLog, { index, term }: Position): boolean {
  if (index === base.index) return term === base.term
  if (index < base.index || index > last) return false
  return runs.findLast((run) => run.first <= index)?.term === term
}

function storedOf(group: string, log: OpenedLog, metas: readonly SnapshotMeta[]): Stored {
  const { term, vote, base, runs, last, special } = log
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
  }
}

function missing(group: string, base: Position): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The log of "${group}" begins after entry ${base.index}, and the snapshot that holds what was before it is missing. ` +
      'Bring the file back, or remove this member from its group and let it join anew.',
    { outcome: 'not-applied', details: { group, base: base.index } },
  )
}
