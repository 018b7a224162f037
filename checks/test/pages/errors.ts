/** The program of docs/errors.md. */
import { type ErrorCode, isRaftedError } from 'rafted-memory'

/** What a program may do about a command that has failed. */
export function whatNow(error: unknown): 'tell the caller' | 'ask again' | 'ask again with the same key' {
  if (!isRaftedError(error)) throw error
  if (error.outcome === 'unknown') return 'ask again with the same key'
  switch (error.code) {
    case 'command-error': // The machine refused it: error.details.reason says why.
    case 'command-failed':
    case 'invalid-argument':
    case 'too-large':
      return 'tell the caller'
    default:
      return mayPass.has(error.code) ? 'ask again' : 'tell the caller'
  }
}

const mayPass = new Set<ErrorCode>(['timeout', 'overloaded', 'session-expired', 'too-many-sessions'])
