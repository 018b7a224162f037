/**
 * Versions of a machine's code (`docs/machine-versions.md`). A machine knows the behaviours of all versions from `oldestVersion` to `version`, and each
 * entry is applied by the one that is in force in its group: code can be replaced on one host after another, and members never differ.
 */
import { RaftedError } from './errors.ts'

/** The highest that a version may be. Part of the formats: never lowered. */
export const MAX_MACHINE_VERSION = 2 ** 31 - 1

/** What a definition says of its versions. */
export interface MachineVersionOptions {
  /**
   * The newest behaviour that this code knows: a positive integer, raised with every change of what commands do or how the state is kept. Default 1.
   * A group begins with that of the machine it is created with, and rises to a newer one once all of its members offer it.
   */
  readonly version?: number | undefined
  /**
   * The oldest behaviour that this code still knows: it then goes by `version` of the context it is given, wherever the two differ. Default:
   * `version`, code that knows no other. Such code is refused where another is in force, rather than let members differ.
   */
  readonly oldestVersion?: number | undefined
}

/**
 * @returns the versions that a machine's code knows.
 * @throws {RaftedError} `invalid-argument` if they are no positive integers, or the oldest is newer than the newest.
 */
export function machineVersions({ version = 1, oldestVersion = version }: MachineVersionOptions): {
  readonly version: number
  readonly oldestVersion: number
} {
  checkVersion('version', version)
  checkVersion('oldestVersion', oldestVersion)
  if (oldestVersion > version)
    throw invalid(
      `oldestVersion of a machine, ${oldestVersion}, must not be newer than its version, ${version}.`,
    )
  return { version, oldestVersion }
}

function checkVersion(name: keyof MachineVersionOptions, version: number): void {
  if (Number.isSafeInteger(version) && version >= 1 && version <= MAX_MACHINE_VERSION) return
  throw invalid(`${name} of a machine must be an integer from 1 to ${MAX_MACHINE_VERSION}, not ${version}.`)
}

function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
