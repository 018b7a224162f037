/**
 * Recovery of a group whose majority is lost for ever: a person's act, offline, over all directories that are left. Nothing here is ever done by a host
 * itself: giving up data to regain a quorum is not for automation to decide (F40, F95).
 */
import { type Clock, type FileSystem, isRaftedError, RaftedError, type Random } from '@rafted/contracts'
import type { Machine } from '../files/machine.ts'
import { nodeFileSystem } from '../node-file-system.ts'
import { nodeMachine } from '../node-machine.ts'
import { openStores } from '../open-stores.ts'
import { type FormerVoter, planRecovery, type RecoveryPlan, refusal, type SurvivorReport } from './plan.ts'
import { readRecoveryRecord } from './recovery-record.ts'
import { checkSkipped, renew } from './renewal.ts'
import { settleRenewed } from './renewed-snapshots.ts'
import type { RecoverySeams } from './seams.ts'
import { copyAside, setAside } from './set-aside.ts'
import { type Position, type Survivor, survivorOf } from './survivor.ts'
import { type GivenDirectory, withDirectories, withSurvivors } from './survivors.ts'

/** What is left, and what is to be done with it. */
export interface RecoverOptions {
  /** The directories of all hosts that are left, each of another one. None of them may be running. */
  readonly directories: readonly string[]
  /** The group; null for all that have lost their majority. */
  readonly group: string | null
  /** The index of a command that no machine can apply: nobody applies it from now on. Only with a group. Default null. */
  readonly skipIndex?: number | null
  /** Says what would be done, and changes nothing. Default false. */
  readonly dryRun?: boolean
  /**
   * Asks a voter that is to be given up whether it is there. One that is refuses the recovery: then it isn't lost. Default: nobody is asked.
   */
  readonly answers?: (voter: FormerVoter) => Promise<boolean>
  readonly clock: Clock
  readonly random: Random
  /** Default: the real one. */
  readonly fileSystem?: FileSystem
  /** Default: the one this process runs on. */
  readonly machine?: Machine
}

/** What has become of one group, or would. */
export interface RecoveryReport {
  readonly group: string
  /** `planned`: with `dryRun`. `finished`: a recovery that had been cut short. */
  readonly done: 'planned' | 'recovered' | 'finished'
  readonly former: string
  /** The new one; null as long as it is only planned. */
  readonly incarnation: string | null
  readonly base: { readonly host: string; readonly path: string; readonly last: Position }
  /** The base first. */
  readonly survivors: readonly SurvivorReport[]
  readonly voters: readonly FormerVoter[]
  /** Entries of the base from here on are not known to have been committed, and are from now on. Null if there are none. */
  readonly uncertainFrom: number | null
  readonly skipped: number | null
  /** Where the members of the others are kept, for people; where a command is skipped, first what the base held before. */
  readonly setAside: readonly { readonly host: string; readonly path: string }[]
}

/** What a recovery has done, group by group. */
export interface Recovery {
  readonly cluster: string
  readonly reports: readonly RecoveryReport[]
  /** Groups that were left as they are, with the reason: only where all are asked for. */
  readonly untouched: readonly { readonly group: string; readonly reason: RaftedError }[]
}

/**
 * @throws {RaftedError} and nothing has changed: `quorum-survives`, `voter-answers`, `directory-in-use`, `wrong-directory`, `damaged-storage`,
 * `group-mismatch`, `no-such-group`, `invalid-argument`. After an error of the disk (`storage-failed`) or a crash each group is as it was or recovered:
 * call it again.
 */
export async function recover(options: RecoverOptions): Promise<Recovery> {
  const { directories, dryRun = false, fileSystem = nodeFileSystem(), machine = nodeMachine() } = options
  const { clock, random, group, skipIndex = null } = options
  checkSkipIndex(group, skipIndex)
  const seams: RecoverySeams = { clock, random, fileSystem, machine }
  return await withDirectories(directories, seams, !dryRun, async (given) => {
    const cluster = given[0]!.stored.cluster
    const { groups, untouched } = await withSurvivors(given, seams, async (opened) => {
      const names = group === null ? await groupsIn(opened.map(({ log }) => log)) : [group]
      const groups: string[] = []
      const untouched: Recovery['untouched'][number][] = []
      // All is decided before anything is done.
      for (const name of names) {
        try {
          const survivors = await survivorsOf(opened, name)
          const decided = await decide(options, seams, name, survivors)
          if ('base' in decided) await checkVoters(options, decided)
          groups.push(name)
        } catch (error) {
          if (group !== null || !isRaftedError(error, 'quorum-survives')) throw error
          untouched.push({ group: name, reason: error })
        }
      }
      return { groups, untouched }
    })
    const reports: RecoveryReport[] = []
    for (const name of groups) reports.push(await recoverGroup(options, seams, given, name))
    return { cluster, reports, untouched }
  })
}

/** A base that has been renewed already, and others that have not heard of it. */
interface Unfinished {
  readonly done: Survivor
  readonly left: readonly Survivor[]
}

async function decide(
  { skipIndex = null }: RecoverOptions,
  { fileSystem }: RecoverySeams,
  group: string,
  survivors: readonly Survivor[],
): Promise<RecoveryPlan | Unfinished> {
  if (survivors.length === 0)
    throw refusal(
      'no-such-group',
      `None of the directories holds a member of group "${group}". See "rafted inspect" for the groups there are.`,
    )
  for (const done of survivors) {
    const record = await readRecoveryRecord(fileSystem, done.directory.path, group)
    if (record === null || record.incarnation !== done.log.incarnation) continue
    const left = survivors.filter((each) => each !== done)
    const isOurs = left.every(({ log }) => log.incarnation === record.former)
    if (left.length > 0 && isOurs) return { done, left }
  }
  const plan = planRecovery({ group, survivors, skipIndex })
  if (skipIndex !== null) await checkSkipped(plan, skipIndex)
  return plan
}

async function checkVoters(
  { answers }: RecoverOptions,
  { group, voters, survivors }: RecoveryPlan,
): Promise<void> {
  if (answers === undefined) return
  const here = new Set(survivors.map(({ host }) => host))
  for (const voter of voters)
    if (!voter.survives && !here.has(voter.host) && (await answers(voter)))
      throw new RaftedError(
        'voter-answers',
        `Host "${voter.host}" at ${voter.address} answers, and it was a voter of group "${group}". If it has its data, stop it and name its directory as well; ` +
          'if it has lost them, stop it until the group is recovered.',
        { outcome: 'not-applied', details: { ...voter } },
      )
}

async function recoverGroup(
  options: RecoverOptions,
  seams: RecoverySeams,
  given: readonly GivenDirectory[],
  group: string,
): Promise<RecoveryReport> {
  const { skipIndex = null, dryRun = false } = options
  return await withSurvivors(given, seams, async (opened) => {
    const decided = await decide(options, seams, group, await survivorsOf(opened, group))
    if ('done' in decided) return await finish(group, decided, given, seams, dryRun)
    const plan = decided
    const { base, others, survivors, voters, uncertainFrom } = plan
    const { host, path } = base.directory
    const report = {
      group,
      former: base.log.incarnation,
      base: { host, path, last: base.last },
      survivors,
      voters,
      uncertainFrom,
      skipped: skipIndex,
    }
    if (dryRun) return { ...report, done: 'planned', incarnation: null, setAside: [] }
    const kept: { host: string; path: string }[] = []
    const { incarnation } = await inDirectory(given, path, seams, async ({ logs, snapshots }, place) => {
      // What is skipped stands nowhere else afterwards.
      if (skipIndex !== null)
        kept.push({ host, path: await copyAside({ logs, snapshots }, { ...place, group }, seams) })
      return await renew({ plan, skipIndex, logs, seams })
    })
    const { id } = given.find(({ stored }) => stored.path === path)!.stored
    await settleRenewed({ fileSystem: seams.fileSystem, path, id })
    return {
      ...report,
      done: 'recovered',
      incarnation,
      setAside: [...kept, ...(await setAsideAll(group, others, given, seams))],
    }
  })
}

async function finish(
  group: string,
  { done, left }: Unfinished,
  given: readonly GivenDirectory[],
  seams: RecoverySeams,
  dryRun: boolean,
): Promise<RecoveryReport> {
  const { host, path } = done.directory
  const survivors = [done, ...left].map(({ directory, log, last }) => {
    return {
      host: directory.host,
      path: directory.path,
      member: log.member,
      last,
      lostTo: log.lostTo,
      dropped: null,
    }
  })
  return {
    group,
    done: dryRun ? 'planned' : 'finished',
    former: left[0]!.log.incarnation,
    incarnation: done.log.incarnation,
    base: { host, path, last: done.last },
    survivors,
    voters: [],
    uncertainFrom: null,
    skipped: null,
    setAside: dryRun ? [] : await setAsideAll(group, left, given, seams),
  }
}

async function setAsideAll(
  group: string,
  others: readonly Survivor[],
  given: readonly GivenDirectory[],
  seams: RecoverySeams,
): Promise<RecoveryReport['setAside']> {
  const kept: { host: string; path: string }[] = []
  for (const { directory } of others) {
    const { host, path } = directory
    const where = await inDirectory(given, path, seams, (stores, place) =>
      setAside(stores, { ...place, group }, seams),
    )
    kept.push({ host, path: where })
  }
  return kept
}

/** Opens the stores of one of the directories that are held. */
async function inDirectory<T>(
  given: readonly GivenDirectory[],
  path: string,
  seams: RecoverySeams,
  run: (
    stores: Awaited<ReturnType<typeof openStores>>,
    place: { readonly path: string; readonly cluster: string; readonly host: string },
  ) => Promise<T>,
): Promise<T> {
  const { held, stored } = given.find((each) => each.stored.path === path)!
  const { cluster, host } = stored
  const stores = await openStores(held!, seams)
  try {
    return await run(stores, { path, cluster, host })
  } finally {
    await stores.logs.close()
    await stores.snapshots.close()
  }
}

async function survivorsOf(
  opened: readonly Survivor['directory'][],
  group: string,
): Promise<readonly Survivor[]> {
  const found: Survivor[] = []
  for (const directory of opened) {
    const survivor = await survivorOf(directory, group)
    if (survivor !== null) found.push(survivor)
  }
  return found
}

async function groupsIn(logs: readonly { groups(): Promise<readonly string[]> }[]): Promise<string[]> {
  const names = new Set<string>()
  for (const log of logs) for (const group of await log.groups()) names.add(group)
  return [...names].sort()
}

function checkSkipIndex(group: string | null, skipIndex: number | null): void {
  if (skipIndex === null) return
  if (group === null)
    throw refusal('invalid-argument', 'An index to skip is one of a certain group: name the group.')
  if (!Number.isSafeInteger(skipIndex) || skipIndex < 1)
    throw refusal('invalid-argument', `${skipIndex} is no index of an entry: a whole number from 1 on.`)
}

/**
 * Sets the member of a group in one directory aside, as recovery does with those that are not its base: for a host that comes back with a former
 * incarnation of the group. It joins anew when it is started. @returns where it is kept. @throws {RaftedError} as `recover`.
 */
export async function setMemberAside(
  options: Pick<RecoverOptions, 'clock' | 'random' | 'fileSystem' | 'machine'> & {
    readonly directory: string
    readonly group: string
  },
): Promise<string> {
  const { directory, group, clock, random } = options
  const { fileSystem = nodeFileSystem(), machine = nodeMachine() } = options
  const seams: RecoverySeams = { clock, random, fileSystem, machine }
  return await withDirectories([directory], seams, true, async (given) => {
    const { path } = given[0]!.stored
    return await inDirectory(given, path, seams, async (stores, place) => {
      if ((await stores.logs.open(group)) === null)
        throw refusal('no-such-group', `The directory ${path} holds no member of group "${group}".`)
      return await setAside(stores, { ...place, group }, seams)
    })
  })
}
