import { type ErrorCode, RaftedError } from '@rafted/contracts'

/** Errors of things that were not begun: nothing has happened. */
export function refusal(code: ErrorCode, message: string, cause?: unknown): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied', cause })
}

export function invalidArgument(message: string, cause?: unknown): RaftedError {
  return refusal('invalid-argument', message, cause)
}
