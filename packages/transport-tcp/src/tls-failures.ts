/** Why there is no connection, from the codes of OpenSSL and of the system. */
import { isRaftedError, type RaftedError } from '@rafted/contracts'
import { badBytes, type CertificateProblem, refusal, wrongCertificate } from './refusal.ts'

const PROBLEMS: Readonly<Record<string, readonly [CertificateProblem, string]>> = {
  CERT_HAS_EXPIRED: ['expired', 'has expired, or one between it and its authority has. Renew it'],
  CERT_NOT_YET_VALID: ['not-yet-valid', 'is not valid yet. Compare the clocks'],
  UNABLE_TO_GET_ISSUER_CERT: ['unknown-authority', 'is of an authority that is not in `ca`'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unknown-authority', 'is of an authority that is not in `ca`'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unknown-authority', 'is of an authority that is not in `ca`'],
  SELF_SIGNED_CERT_IN_CHAIN: ['unknown-authority', 'is of an authority that is not in `ca`'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['unknown-authority', 'is of nobody but itself'],
  CERT_SIGNATURE_FAILURE: ['unknown-authority', 'was not signed by the authority of that name in `ca`'],
  INVALID_PURPOSE: [
    'wrong-purpose',
    'is not for this: that of a host is for servers and clients (`extendedKeyUsage = serverAuth, clientAuth`)',
  ],
}

/** @param code as OpenSSL names it. */
export function unfit(code: string, cause?: unknown): RaftedError {
  const [reason, what] = PROBLEMS[code] ?? ['unfit', 'can not be used']
  return wrongCertificate(reason, `The certificate of the other side ${what} (${code}).`, cause)
}

/** Before TLS stands. */
export function tlsFailure(cause: Error): RaftedError {
  if (isRaftedError(cause)) return cause
  const { code = '' } = cause as NodeJS.ErrnoException
  if (Object.hasOwn(PROBLEMS, code)) return unfit(code, cause)
  if (/ALERT.*(CERT|UNKNOWN_CA)/.test(code))
    return wrongCertificate('refused', `The other side refuses the certificate of this one (${code}).`, cause)
  if (/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/.test(code))
    return refusal(
      'version-mismatch',
      `The other side speaks no TLS 1.3, and nothing else will do (${code}).`,
      cause,
    )
  if (code.startsWith('ERR_SSL_'))
    return badBytes(
      `What came was no TLS (${code}): the other side has none, or is something else. Give it \`tls\`.`,
    )
  return refusal('unreachable', `There is no connection: ${cause.message}.`, cause)
}
