/** A group that is no such thing as a command takes it for. */
import { isRaftedError, RaftedError } from '@rafted/contracts'
import { shownName } from '../shown.ts'

/** @param what it should be. @throws {RaftedError} what `run` does, in other words where the machine of the group has no such operation. */
export async function asKind<T>(group: string, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!isRaftedError(error, 'command-error')) throw error
    const { code, outcome, details } = error
    if (details.reason !== 'unknown-command' && details.reason !== 'unknown-query') throw error
    const message = `Group ${shownName(group)} is no ${what}: name another one with --group.`
    throw new RaftedError(code, message, { outcome, details, cause: error })
  }
}
