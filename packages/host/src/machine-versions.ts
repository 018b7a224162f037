/**
 * The version of the user's machine by which a group's entries are applied (`docs/machine-versions.md`). It is one of the group's settings that rise by
 * themselves (`raising.ts`).
 */
import { type Machine, machineVersions, RaftedError } from '@rafted/contracts'
import type { Refusal } from './change-refusals.ts'
import { knows, type Versions } from './raising.ts'

/** Of each machine once, for all members of a host that run it. */
const versionsByMachine = new WeakMap<Pick<Machine, 'version' | 'oldestVersion'>, Versions>()

export function versionsOf(machine: Pick<Machine, 'version' | 'oldestVersion'>): Versions {
  let versions = versionsByMachine.get(machine)
  if (versions === undefined) {
    const { version, oldestVersion } = machineVersions(machine)
    versions = [oldestVersion, version]
    versionsByMachine.set(machine, versions)
  }
  return versions
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
