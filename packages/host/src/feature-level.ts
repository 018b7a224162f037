/**
 * The feature level of a group: by which version of Rafted its log is written (`docs/upgrading.md`). It is a version of the wire that all
 * members read, and it never falls. What a newer version adds to logs, a new kind of entry or another form of one, is used only where the level allows it, since
 * entries outlive the builds that wrote them, and since each member has to apply all of them. How hosts talk to each other is settled between any two of them
 * instead (`outbox.ts`): a batch is read once.
 */
import { RaftedError } from '@rafted/contracts'
import { WIRE_VERSIONS } from '@rafted/wire'
import type { Refusal } from './change-refusals.ts'
import { knows, type Versions } from './raising.ts'

/** Why a member whose host reads these can't take part where `level` is in force, or null. */
export function levelProblem(wire: Versions, level: number, where: string): Refusal | null {
  if (knows(wire, level)) return null
  const [oldest, newest] = wire
  const known = oldest === newest ? `only ${newest}` : `${oldest} to ${newest}`
  const what = `Feature level ${level} is in force ${where}, and the Rafted there knows ${known}.`
  const todo =
    level > newest
      ? 'Start the host with the newer version of Rafted that the others have: there is no way back once the level has risen.'
      : 'Start the host with a version of Rafted that knows both, and go on from there once the level has risen.'
  return { code: 'version-mismatch', message: `${what} ${todo}` }
}

/** @throws {RaftedError} `version-mismatch` if the build doesn't know it: nothing is applied, and nothing lost. */
export function checkLevel(level: number, where: string, wire: Versions = WIRE_VERSIONS): void {
  const problem = levelProblem(wire, level, where)
  if (problem === null) return
  const [oldest, newest] = wire
  throw new RaftedError(problem.code, problem.message, {
    outcome: 'not-applied',
    details: { level, oldest, newest },
  })
}
