import { type ErrorCode, RaftedError } from '@rafted/contracts'

/** The errors of this transport: nothing has happened, whatever they are about. */
export function refusal(code: ErrorCode, message: string, cause?: unknown): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied', cause })
}

export function invalidArgument(message: string): RaftedError {
  return refusal('invalid-argument', message)
}

export function badBytes(message: string): RaftedError {
  return refusal('bad-bytes', message)
}
