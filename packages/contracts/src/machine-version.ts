import { RaftedError } from './errors.ts'

/**
 * @returns the version of a machine's code; 1 if its author named none.
 * @throws {RaftedError} `invalid-argument` if it is no positive integer.
 */
export function machineVersion(version: number | undefined): number {
  if (version === undefined) return 1
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RaftedError(
      'invalid-argument',
      `The version of a machine must be a positive integer, not ${version}.`,
      {
        outcome: 'not-applied',
      },
    )
  }
  return version
}
