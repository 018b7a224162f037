/** The directories that are left, given together: each of another host of one cluster, and all of them held while anything is decided. */
import { RaftedError } from '@rafted/contracts'
import { type OpenDirectory, openDirectory } from '../files/directory.ts'
import { openStores } from '../open-stores.ts'
import { openStoredLog } from '../reading/log-reader.ts'
import { readStorage, type StoredDirectory } from '../reading/read-storage.ts'
import { readSnapshots } from '../reading/stored-snapshots.ts'
import type { RecoverySeams } from './seams.ts'
import type { SurvivingDirectory } from './survivor.ts'

export interface GivenDirectory {
  readonly stored: StoredDirectory
  /** Null if nothing is to be changed. */
  readonly held: OpenDirectory | null
}

/**
 * @param isHeld whether to take their locks; else it is only asked whether somebody has them.
 * @throws {RaftedError} `invalid-argument`, `wrong-directory`, `directory-in-use`, and others of a directory that can't be opened.
 */
export async function withDirectories<T>(
  paths: readonly string[],
  seams: RecoverySeams,
  isHeld: boolean,
  run: (given: readonly GivenDirectory[]) => Promise<T>,
): Promise<T> {
  if (paths.length === 0)
    throw refused('invalid-argument', 'Name the directories of all hosts that are left.')
  const { fileSystem, machine, clock } = seams
  const stored: StoredDirectory[] = []
  for (const path of paths) stored.push(await readStorage({ path, fileSystem, machine }))
  checkDirectories(stored)
  for (const { path, holder } of stored) {
    const found = await holder(clock)
    if (found !== null)
      throw refused(
        'directory-in-use',
        `The directory ${path} is in use${found.pid === null ? '' : ` by process ${found.pid}`}. Stop that host first: recovery is done while all hosts that are left stand still.`,
      )
  }
  const given: GivenDirectory[] = []
  try {
    for (const each of stored) {
      const { path, cluster, host } = each
      const held = isHeld ? await openDirectory({ ...seams, path, cluster, host }) : null
      given.push({ stored: each, held })
      if (held !== null) await settle(each, held, seams)
    }
    return await run(given)
  } finally {
    for (const { held } of given) await held?.close()
  }
}

/** What a crash has left is put in order, as each start of the host does: what is read after that stays where it is. */
async function settle(stored: StoredDirectory, held: OpenDirectory, seams: RecoverySeams): Promise<void> {
  const stores = await openStores(held, seams).catch((error: unknown) => {
    throw unusable(stored, error)
  })
  await stores.logs.close()
  await stores.snapshots.close()
}

function checkDirectories(stored: readonly StoredDirectory[]): void {
  const [first, ...others] = stored
  const hosts = new Map([[first!.host, first!.path]])
  for (const { cluster, host, path } of others) {
    if (cluster !== first!.cluster)
      throw refused(
        'wrong-directory',
        `${first!.path} is of cluster "${first!.cluster}", and ${path} of cluster "${cluster}". Name directories of one cluster.`,
      )
    const other = hosts.get(host)
    if (other !== undefined)
      throw refused(
        'wrong-directory',
        `${other} and ${path} are both of host "${host}". Name each host once, by the directory that it used last.`,
      )
    hosts.set(host, path)
  }
}

/** Opens all of them to be read. @throws {RaftedError} `damaged-storage` if one can't be told what it holds. */
export async function withSurvivors<T>(
  given: readonly GivenDirectory[],
  { fileSystem }: RecoverySeams,
  run: (directories: readonly SurvivingDirectory[]) => Promise<T>,
): Promise<T> {
  const opened: SurvivingDirectory[] = []
  try {
    for (const { stored } of given) {
      const { path, host, id } = stored
      const log = await openStoredLog({ fileSystem, path, id }).catch((error: unknown) => {
        throw unusable(stored, error)
      })
      if (log === null) continue
      const directory = { path, host, log, snapshots: [] }
      opened.push(directory)
      Object.assign(directory, { snapshots: await readSnapshots({ fileSystem, path, id, content: true }) })
    }
    return await run(opened)
  } finally {
    for (const { log } of opened) await log.close()
  }
}

function unusable({ host }: StoredDirectory, error: unknown): unknown {
  if (!(error instanceof RaftedError) || error.code !== 'damaged-storage') return error
  return new RaftedError(
    'damaged-storage',
    `It can't be told how far host "${host}" goes, and it may know more than the others. ${error.message} Or leave this directory out: then what only it holds is lost.`,
    { outcome: 'not-applied', details: error.details, cause: error },
  )
}

function refused(
  code: 'invalid-argument' | 'wrong-directory' | 'directory-in-use',
  message: string,
): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}
