import { type ErrorCode, RaftedError } from '@rafted/contracts'

/** The errors of this transport: nothing has happened, whatever they are about. */
export function refusal(code: ErrorCode, message: string, cause?: unknown): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied', cause })
}

export function invalidArgument(message: string, cause?: unknown): RaftedError {
  return refusal('invalid-argument', message, cause)
}

export function badBytes(message: string): RaftedError {
  return refusal('bad-bytes', message)
}

/** Why a certificate is not accepted, in `details.reason` of the error. */
export type CertificateProblem =
  /** None was shown. */
  | 'none'
  | 'expired'
  | 'not-yet-valid'
  /** It was issued by nobody of `ca`. */
  | 'unknown-authority'
  /** It is not for what it is used for: a host's is for servers and for clients. */
  | 'wrong-purpose'
  /** It doesn't name who the other side says it is. */
  | 'wrong-name'
  /** A client's where a host's is needed, or the other way round. */
  | 'wrong-role'
  /** It can't be used, for another reason of OpenSSL's. */
  | 'unfit'
  /** The other side has refused that of this side, and its own observer is told why. */
  | 'refused'

export function wrongCertificate(reason: CertificateProblem, message: string, cause?: unknown): RaftedError {
  return new RaftedError('wrong-certificate', message, { outcome: 'not-applied', details: { reason }, cause })
}
