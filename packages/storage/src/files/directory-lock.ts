/**
 * One owner at a time for a directory.
 *
 * Who wants it listens on a socket of its own in the directory, then claims a generation above all that are claimed, by creating the
 * file of that generation (which only one can), then looks at all others. It owns the directory if no higher generation is claimed
 * and all who claimed lower ones are dead; else it takes its claim back.
 *
 * Why there are never two. Let A own generation a and B own b, a < b (no two have the same). A looked and saw no claim of b, so B
 * made its claim after A looked, hence after A listened and its claim could be read. B looked at A's claim after making its own. Then A's
 * socket accepted, unless A was gone: so B did not find A dead. What was thought of A before plays no part, nor who removes whose
 * files when: only files of lower generations than an owner's are ever removed, and each by an owner or its maker. A claim below
 * an owner's is never good, for its maker sees the owner's claim, or one above it.
 *
 * On another boot of the machine, or on another machine, a socket proves nothing. There the owner is dead when it stays silent
 * for three intervals. One that was only slow finds its claim removed when it looks, which it does before it writes when it may be late.
 */
import { join } from 'node:path'
import { drawId, RaftedError } from '@rafted/contracts'
import { HeldLock } from './held-lock.ts'
import { type Claim, claimName, encodeClaim, listClaims, listSockets, socketName } from './lock-claim.ts'
import { judge, type Silent } from './lock-judgement.ts'
import { inUse } from './lock-refusals.ts'
import type { LockSetting } from './lock-setting.ts'
import type { Listener } from './machine.ts'
import { codeOf } from './text-record.ts'

/** Every attempt but the last met somebody else's. */
const MAX_ATTEMPTS = 100

/** Holds a directory. */
export interface DirectoryLock {
  /** More than an interval has passed since the owner last knew that the lock is its own: `check` before writing. */
  readonly isStale: boolean
  /**
   * Looks whether the lock is still its own.
   * @throws {RaftedError} `directory-in-use` if it is another's, now and ever after; `storage-failed` if it can't be read;
   * `closed` after `release`.
   */
  check(): Promise<void>
  /** Gives the directory back. Nothing may be written after it. */
  release(): Promise<void>
}

/**
 * @param lost called once if the lock turns out to be another's.
 * @throws {RaftedError} `directory-in-use`, naming who has it.
 */
export async function takeDirectoryLock(
  setting: LockSetting,
  lost: (error: RaftedError) => void,
): Promise<DirectoryLock> {
  const silent: Silent = new Map()
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const lock = await attemptOnce(setting, silent, lost)
    if (lock !== null) return lock
  }
  throw inUse(setting.directory, null)
}

/** @returns null if somebody else was faster, so that it has to be looked at anew. */
async function attemptOnce(
  setting: LockSetting,
  silent: Silent,
  lost: (error: RaftedError) => void,
): Promise<DirectoryLock | null> {
  const claims = await listClaims(setting.fileSystem, setting.directory)
  for (const generation of claims) await refuseLiving(setting, generation, silent, null)
  const generation = (claims.at(-1) ?? 0) + 1
  const claim = await newClaim(setting)
  const listener = await listen(setting, claim)
  let claimed = false
  try {
    claimed = await create(setting, generation, claim)
    if (claimed && (await mayOwn(setting, generation, claim, silent)))
      return await own(new HeldLock(setting, generation, claim, listener, lost), setting, generation)
  } catch (error) {
    await withdraw(setting, claimed ? generation : null, listener)
    throw error
  }
  await withdraw(setting, claimed ? generation : null, listener)
  return null
}

async function own(lock: HeldLock, setting: LockSetting, generation: number): Promise<DirectoryLock> {
  try {
    await lock.begin()
    await clear(setting, generation)
    return lock
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function newClaim({ random, machine, clock, interval }: LockSetting): Promise<Claim> {
  return {
    nonce: drawId(random),
    state: 'held',
    boot: await machine.bootId(),
    interval,
    beats: 0,
    pid: machine.processId,
    machine: machine.hostName,
    since: new Date(clock.wall()).toISOString(),
  }
}

async function listen({ machine, directory }: LockSetting, { nonce }: Claim): Promise<Listener> {
  return await machine.listen(directory, socketName(nonce)).catch((error: unknown) => {
    if (!/^(EOPNOTSUPP|ENOTSUP|EPERM|EINVAL)$/.test(codeOf(error) ?? '')) throw error
    throw noSockets(directory, codeOf(error)!, error)
  })
}

/** @returns false if this generation is claimed by another. */
async function create(
  { fileSystem, directory }: LockSetting,
  generation: number,
  claim: Claim,
): Promise<boolean> {
  const file = await fileSystem
    .open(join(directory, claimName(generation)), 'create')
    .catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return null
      throw error
    })
  if (file === null) return false
  try {
    await file.write([encodeClaim(claim)], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  return true
}

/** The look at all others, after the claim was made; and that others would hear us. */
async function mayOwn(
  setting: LockSetting,
  generation: number,
  { nonce }: Claim,
  silent: Silent,
): Promise<boolean> {
  const claims = await listClaims(setting.fileSystem, setting.directory)
  if (claims.at(-1) !== generation) return false
  const own = socketName(nonce)
  for (const lower of claims.slice(0, -1)) await refuseLiving(setting, lower, silent, own)
  const heard = await setting.machine.probe(setting.directory, own)
  if (heard === 'refused') throw noSockets(setting.directory, 'they refuse connections', null)
  return heard === 'accepted'
}

async function refuseLiving(
  setting: LockSetting,
  generation: number,
  silent: Silent,
  own: string | null,
): Promise<void> {
  const verdict = await judge(setting, generation, silent, own)
  if (typeof verdict === 'object') throw inUse(setting.directory, verdict.holder)
}

function noSockets(directory: string, why: string, cause: unknown): RaftedError {
  return new RaftedError(
    'unsupported',
    `Unix sockets don't work in ${directory} (${why}), and without one nobody can tell whether its owner is alive. Use a directory on a file system that has them.`,
    { outcome: 'not-applied', details: { directory }, cause },
  )
}

/** The claim goes before the socket: nobody may find a claim whose maker seems dead and is not. */
async function withdraw(
  { fileSystem, directory }: LockSetting,
  generation: number | null,
  listener: Listener,
): Promise<void> {
  if (generation !== null) await fileSystem.remove(join(directory, claimName(generation))).catch(() => {})
  await listener.close()
}

/** Removes what those before left. By this a slow former owner learns that it is one, so it comes before anything else is written. */
async function clear({ fileSystem, directory, machine }: LockSetting, own: number): Promise<void> {
  for (const generation of await listClaims(fileSystem, directory))
    if (generation < own) await fileSystem.remove(join(directory, claimName(generation)))
  for (const name of await listSockets(fileSystem, directory))
    if ((await machine.probe(directory, name)) === 'refused') await fileSystem.remove(join(directory, name))
}
