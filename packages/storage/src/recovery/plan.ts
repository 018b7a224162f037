/** Chooses among those that are left of a group, and says what may be lost with those that are not. Decides only: nothing is read or written here. */
import { RaftedError } from '@rafted/contracts'
import { type Configuration, type Member, type Position, type Survivor, termAt } from './survivor.ts'

/** One voter of the group as it was. */
export interface FormerVoter {
  readonly member: string
  readonly host: string
  readonly address: string
  /** Whether its directory was given. */
  readonly survives: boolean
}

/** What one of those that are left holds. */
export interface SurvivorReport {
  readonly host: string
  readonly path: string
  readonly member: string
  readonly last: Position
  /** Up to this index its log has held entries that are lost, or null. */
  readonly lostTo: number | null
  /**
   * Indexes (inclusive) of entries that it holds and the base does not: they were never committed, or a majority that had them is lost. Null if there are
   * none, or if it is the base.
   */
  readonly dropped: { readonly from: number; readonly to: number } | null
}

export interface RecoveryPlan {
  readonly group: string
  readonly base: Survivor
  readonly others: readonly Survivor[]
  readonly survivors: readonly SurvivorReport[]
  readonly voters: readonly FormerVoter[]
  /**
   * Entries of the base from here on are not known to have been committed: with the new incarnation they are. Null if all that it holds was.
   */
  readonly uncertainFrom: number | null
}

export interface PlanOptions {
  readonly group: string
  readonly survivors: readonly Survivor[]
  /** The index whose command no machine is to apply, or null. */
  readonly skipIndex: number | null
}

/** @throws {RaftedError} `group-mismatch`, `quorum-survives`, `damaged-storage`, `invalid-argument`. */
export function planRecovery({ group, survivors, skipIndex }: PlanOptions): RecoveryPlan {
  checkIdentities(group, survivors)
  const [base, ...others] = [...survivors].sort(newestFirst)
  checkFault(group, base!)
  const { configuration } = base!
  if (configuration === null) throw nothingKnown(group)
  const voters = votersOf(configuration.configuration, survivors)
  // Where no machine can apply a command, a quorum doesn't help.
  if (skipIndex === null) checkQuorum(group, configuration.configuration, survivors)
  else checkSkip(base!, skipIndex)
  checkReadable(group, base!, others)
  const committed = Math.max(0, ...survivors.map(({ snapshots }) => snapshots[0]?.meta.index ?? 0))
  return {
    group,
    base: base!,
    others,
    survivors: [base!, ...others].map((each) => reportOf(each, base!)),
    voters,
    uncertainFrom: committed < base!.last.index ? committed + 1 : null,
  }
}

/** As voters compare logs (paper §5.4.1): the higher last term, then the higher last index; among equals one that has lost nothing. */
function newestFirst(a: Survivor, b: Survivor): number {
  return (
    b.last.term - a.last.term ||
    b.last.index - a.last.index ||
    Number(a.fault !== null) - Number(b.fault !== null) ||
    a.unreadable.length - b.unreadable.length ||
    (a.directory.host < b.directory.host ? -1 : 1)
  )
}

function checkIdentities(group: string, survivors: readonly Survivor[]): void {
  const of = new Map<string, string>()
  for (const { directory, log } of survivors) of.set(log.incarnation, directory.host)
  if (of.size > 1)
    throw refusal(
      'group-mismatch',
      `The directories hold different groups named "${group}": ${[...of].map(([id, host]) => `incarnation ${id} on host "${host}"`).join(', ')}. ` +
        'Name those of one incarnation; a member that is left over from a former one can be set aside by itself.',
      { incarnations: [...of.keys()] },
    )
  const hosts = new Map<string, string>()
  for (const { directory, log } of survivors) {
    const other = hosts.get(log.member)
    if (other !== undefined)
      throw refusal(
        'invalid-argument',
        `The directories of hosts "${other}" and "${directory.host}" hold the same member of group "${group}": one is a copy of the other. Name only the one that was in use last.`,
      )
    hosts.set(log.member, directory.host)
  }
}

/** One of which it can't be told how far it goes may be the one that knows most. */
function checkFault(group: string, { fault, directory }: Survivor): void {
  if (fault === null) return
  throw refusal(
    'damaged-storage',
    `Of those that are left of group "${group}" host "${directory.host}" knows most, and what it holds can't be used: ${fault.message} ` +
      'Bring the file back, or leave this directory out: then what only it holds is lost.',
    { ...fault.details, host: directory.host },
  )
}

function checkQuorum(
  group: string,
  { voters, outgoing }: Configuration,
  survivors: readonly Survivor[],
): void {
  const there = new Set(survivors.filter(({ fault }) => fault === null).map(({ log }) => log.member))
  const isQuorum = (members: readonly Member[]): boolean =>
    2 * members.filter(({ id }) => there.has(id)).length > members.length
  if (!isQuorum(voters) || (outgoing !== null && !isQuorum(outgoing))) return
  throw refusal(
    'quorum-survives',
    `Of the ${voters.length} ${voters.length === 1 ? 'voter' : 'voters'} of group "${group}" those that are left are a quorum: ${nameHosts(voters.filter(({ id }) => there.has(id)))}. ` +
      'It needs no recovery and loses nothing: start these hosts, and remove the members that are lost.',
    { voters: voters.length, survivors: there.size },
  )
}

function checkSkip({ last, snapshots, log, isSnapshotAlone }: Survivor, index: number): void {
  const covered = Math.max(log.base.index, snapshots[0]?.meta.index ?? 0)
  if (index > last.index)
    throw refusal('invalid-argument', `There is no entry ${index} to skip: the log ends with ${last.index}.`)
  if (isSnapshotAlone || index <= covered)
    throw refusal(
      'invalid-argument',
      `Entry ${index} was applied: a snapshot at ${covered} holds what it did. Only a command that no machine has applied can be skipped; the error of the member that stopped names it.`,
    )
}

/** What the base can't read must be readable somewhere else: index and term name an entry (Log Matching, paper §5.3). */
function checkReadable(group: string, base: Survivor, others: readonly Survivor[]): void {
  for (const index of unreadableIn(base))
    if (!others.some((other) => canGive(other, base, index)))
      throw refusal(
        'damaged-storage',
        `Entry ${index} of group "${group}" can't be read on host "${base.directory.host}", which knows most, and nobody else that is left has it. ` +
          'Bring its file back, or leave this directory out: then what only it holds is lost.',
        { host: base.directory.host, index },
      )
}

/** Indexes of entries that the base needs and can't read, ascending. */
export function* unreadableIn({ unreadable }: Survivor): Generator<number> {
  for (const { from, to } of unreadable) for (let index = from; index <= to; index++) yield index
}

/** Whether this one can read the entry that stands at `index` of the base. */
export function canGive({ log, isSnapshotAlone }: Survivor, base: Survivor, index: number): boolean {
  return (
    !isSnapshotAlone &&
    index > log.base.index &&
    termAt(log, index) === termAt(base.log, index) &&
    !log.damaged.some(({ from, to }) => from <= index && index <= to)
  )
}

function votersOf({ voters, outgoing }: Configuration, survivors: readonly Survivor[]): FormerVoter[] {
  const there = new Set(survivors.map(({ log }) => log.member))
  const all = new Map([...voters, ...(outgoing ?? [])].map((member) => [member.id, member]))
  return [...all.values()].map(({ id, host, address }) => ({
    member: id,
    host,
    address,
    survives: there.has(id),
  }))
}

function reportOf(survivor: Survivor, base: Survivor): SurvivorReport {
  const { directory, log, last } = survivor
  const { host, path } = directory
  const dropped = survivor === base ? null : droppedOf(survivor, base)
  return { host, path, member: log.member, last, lostTo: log.lostTo, dropped }
}

/** Two logs that have an entry in common have all before it in common (Log Matching, paper §5.3). */
function droppedOf(survivor: Survivor, base: Survivor): SurvivorReport['dropped'] {
  const { last, log } = survivor
  const first = survivor.isSnapshotAlone ? last.index : log.base.index
  let common = Math.min(last.index, base.last.index)
  // What stands before the base of either is in a snapshot, so it was committed, and the other has it.
  const least = Math.max(first, base.isSnapshotAlone ? base.last.index : base.log.base.index)
  while (common > least && termAt(log, common) !== termAt(base.log, common)) common--
  return common < last.index ? { from: common + 1, to: last.index } : null
}

function nothingKnown(group: string): RaftedError {
  return refusal(
    'no-such-group',
    `Those that are left of group "${group}" know nothing of it yet: no log says who its members are. Create it anew.`,
  )
}

function nameHosts(members: readonly Member[]): string {
  return members.map(({ host }) => `"${host}"`).join(', ')
}

export function refusal(
  code: 'group-mismatch' | 'quorum-survives' | 'damaged-storage' | 'invalid-argument' | 'no-such-group',
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied', details })
}
