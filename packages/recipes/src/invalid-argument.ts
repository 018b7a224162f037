/** What a handle is given that can't be: refused before anything is asked of the group. */
import { RaftedError } from '@rafted/contracts'

export function invalidArgument(message: string, cause?: unknown): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied', cause })
}
