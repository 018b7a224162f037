/**
 * The version of the user's machine by which a group's entries are applied (`docs/machine-versions.md`). It is one of the group's settings, so it changes
 * at one index on every member, and stands in snapshots. Each member's record in the configuration says which versions its code knows; the leader has the
 * version raised to the newest that all of them know.
 *
 * Why no member ever applies an entry by a version that it doesn't know: what is in force at an index follows from the entries before it alone, and a
 * member looks at that before it applies anything. One that doesn't know it stops there, alone, and goes on from there once it is started with code that does.
 * That this doesn't happen to members in order is what the records are for. The entry that raises the version follows the configuration that it was decided
 * by with nothing between them that offers less, and is void otherwise (`changeSettings`). What has been replaced by older code since then has
 * offered what it took back too late: its log holds the raise, or gets it.
 */
import { type Machine, machineVersions, RaftedError } from '@rafted/contracts'
import { type Configuration, type Core, EntryKind, membersOf } from '@rafted/core'
import { encodeSettingsPayload } from '@rafted/wire'
import type { Refusal } from './change-refusals.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { LogTail } from './tail.ts'
import { UnaskedEntry } from './unasked-entry.ts'

/** `[oldest, newest]` that a machine's code knows. */
export type Versions = readonly [oldest: number, newest: number]

export function versionsOf(machine: Pick<Machine, 'version' | 'oldestVersion'>): Versions {
  const { version, oldestVersion } = machineVersions(machine)
  return [oldestVersion, version]
}

function knows([oldest, newest]: Versions, version: number): boolean {
  return oldest <= version && version <= newest
}

/** Whether each member, voting or not, offers it. */
export function isOfferedByAll(configuration: Configuration, version: number): boolean {
  return membersOf(configuration).every(({ machine }) => knows(machine, version))
}

/** The newest that all members offer, or null if there is none. */
export function newestOfAll(configuration: Configuration): number | null {
  const newest = Math.min(...membersOf(configuration).map(({ machine }) => machine[1]))
  return isOfferedByAll(configuration, newest) ? newest : null
}

/** Why a member with code that knows these can't take part where `version` is in force, or null. */
export function versionProblem(versions: Versions, version: number, where: string): Refusal | null {
  return knows(versions, version) ? null : unknownVersion(versions, version, where)
}

function unknownVersion(versions: Versions, version: number, where: string): Refusal {
  const [oldest, newest] = versions
  const known = oldest === newest ? `only ${newest}` : `${oldest} to ${newest}`
  const what = `Version ${version} of the machine is in force ${where}, and the code there knows ${known}.`
  return version > newest
    ? { code: 'machine-too-old', message: `${what} Start the host with code that knows it.` }
    : {
        code: 'machine-too-new',
        message: `${what} Start the host with code that still knows it, and says so: oldestVersion.`,
      }
}

/**
 * Asked for every command: says nothing, and makes nothing, where all is well.
 * @param index ends `where`, if it is given.
 * @throws {RaftedError} `machine-too-old`, `machine-too-new`: nothing is applied, and nothing lost.
 */
export function checkVersion(versions: Versions, version: number, where: string, index?: number): void {
  if (knows(versions, version)) return
  const { code, message } = unknownVersion(
    versions,
    version,
    index === undefined ? where : `${where} ${index}`,
  )
  const [oldest, newest] = versions
  const details = { version, oldest, newest }
  throw new RaftedError(code, message, { outcome: 'not-applied', details })
}

export interface VersionRaisingOptions {
  /** Those that the code here knows. */
  readonly versions: Versions
  readonly core: Core
  readonly tail: LogTail
}

/** A leader's asking for the newest version that all offer. */
export class VersionRaising {
  readonly #o: VersionRaisingOptions
  /** The configuration that was looked at last, and what its members offer: it is a value, and mostly the same. */
  #looked: Configuration | null = null
  #newest: number | null = null
  readonly #entry: UnaskedEntry
  /** What was asked for last. */
  #asked = 0

  constructor(options: VersionRaisingOptions) {
    this.#o = options
    this.#entry = new UnaskedEntry(options.core, options.tail, EntryKind.settings)
  }

  /** Called in every turn of a leader that has applied the first entry of its term: so it knows of all that others have raised. */
  ask({ settings: { machineVersion: inForce }, applied }: ReplicatedState, now: number): void {
    const { versions } = this.#o
    const newest = this.#newestOffered()
    // Its own record may be of code that it was replaced by.
    if (newest === null || newest <= inForce || newest > versions[1] || this.#entry.isUnderWay(applied))
      return
    const payload = encodeSettingsPayload({
      ifSettingsAt: null,
      changes: [{ setting: 'machineVersion', value: newest }],
    })
    // If it can't be now, there is another turn.
    if (this.#entry.make(payload, now)) this.#asked = newest
  }

  /** Which version a member must know that is to be added, or whose code is to be recorded: the one in force, or the one asked for, if that comes to be. */
  required({ settings: { machineVersion: inForce }, applied }: ReplicatedState): number {
    return this.#entry.isUnderWay(applied) ? this.#asked : inForce
  }

  #newestOffered(): number | null {
    const configuration = this.#o.core.configuration?.configuration ?? null
    if (configuration !== this.#looked) {
      this.#looked = configuration
      this.#newest = configuration === null ? null : newestOfAll(configuration)
    }
    return this.#newest
  }
}
