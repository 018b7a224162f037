/** What error responses mean to a client, and the errors its callers get. */
import { type CallSignal, type ErrorCode, type Outcome, RaftedError } from '@rafted/contracts'
import { type ErrorResponse, errorResponse, type Response, valueCodec } from '@rafted/wire'
import type { Address } from './context.ts'

/**
 * - `retry`: this attempt is over; another one, here or elsewhere, may do it.
 * - `expired`: the session is gone for good.
 * - `mismatch`: that host holds another group of this name.
 * - `refused`: asking again gives the same.
 */
export type Verdict = 'retry' | 'expired' | 'mismatch' | 'refused'

const RETRIED: ReadonlySet<ErrorCode> = new Set([
  'not-leader',
  'no-leader',
  'timeout',
  'aborted',
  'overloaded',
  'closed',
  'unreachable',
  'wrong-secret',
  'wrong-certificate',
  'wrong-cluster',
  'sequence-gap',
  'no-own-term-entry',
  'transferring',
  'too-stale',
  'not-caught-up',
  // One host's trouble: others may be well.
  'no-such-group',
  'member-lost',
  'member-stopped',
  'member-removed',
  'damaged-storage',
  'storage-failed',
])

/** Whether the host that answered this may still lead the group. */
export function mayStillLead(code: ErrorCode): boolean {
  return (
    code === 'overloaded' ||
    code === 'sequence-gap' ||
    code === 'no-own-term-entry' ||
    code === 'transferring' ||
    code === 'not-caught-up'
  )
}

export function verdictOf({ code, outcome }: ErrorResponse): Verdict {
  if (code === 'session-expired') return 'expired'
  if (code === 'group-mismatch' || code === 'ambiguous-group') return 'mismatch'
  // Codes are added over time. One that is new here and leaves it open what happened must be asked about again.
  return RETRIED.has(code) || (outcome === 'unknown' && !KNOWN_REFUSALS.has(code)) ? 'retry' : 'refused'
}

const KNOWN_REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'already-exists',
  'peers-unreachable',
  'change-pending',
  'configuration-changed',
  'settings-changed',
  'quorum-at-risk',
  'invalid-configuration',
  'transfer-failed',
  'withdrawn',
  'forgotten',
  'invalid-argument',
  'not-allowed',
  'too-large',
  'unsupported',
])

/** Which of two failed attempts tells a person more: that a host was not there says the least. */
export function moreTelling(before: ErrorResponse | null, latest: ErrorResponse): ErrorResponse {
  return before !== null && isRefusal(before) && isSilence(latest) ? before : latest
}

function isRefusal({ code }: ErrorResponse): boolean {
  return code === 'wrong-secret' || code === 'wrong-certificate' || code === 'wrong-cluster'
}

function isSilence({ code }: ErrorResponse): boolean {
  return code === 'unreachable' || code === 'timeout'
}

export function nameOf(address: Address): string {
  return address === null ? 'the host this client lives in' : `"${address}"`
}

/** What `link.call` gave, made certain: a link that rejects, or answers what was not asked, has left it open what happened. */
export function expectResponse(value: unknown, kind: Response['kind']): Response {
  const response = value as Partial<Response> | null | undefined
  if (response?.kind === 'error' || response?.kind === kind) return response as Response
  const what = response instanceof Error ? `failed: ${response.message}` : 'gave an answer that does not fit'
  return errorResponse('unreachable', 'unknown', `The link ${what}.`)
}

/** What the wire carries of an error's details; nothing if that can't be read. */
export function detailsOf(response: ErrorResponse): Readonly<Record<string, unknown>> {
  if (response.details.length === 0) return {}
  try {
    const details = valueCodec.decode(response.details)
    return typeof details === 'object' && details !== null ? { ...details } : {}
  } catch {
    return {}
  }
}

/** The caller's error for a response that ends its call. */
export function errorOf(response: ErrorResponse, outcome: Outcome): RaftedError {
  const code = response.code === 'group-mismatch' ? 'ambiguous-group' : response.code
  return new RaftedError(code, response.message, { outcome, details: detailsOf(response) })
}

/** The caller's error when its time is over. `last` is what the latest failed attempt came to. */
export function timeoutError(
  what: string,
  timeoutMs: number,
  outcome: Outcome,
  last: ErrorResponse | null,
  details: Readonly<Record<string, unknown>> = {},
): RaftedError {
  const advice =
    outcome === 'unknown' ? 'it may have happened, or may still happen' : 'it has not happened and will not'
  const why = last === null ? '' : ` The last attempt: ${last.code}. ${last.message}`
  return new RaftedError('timeout', `${what} was not answered within ${timeoutMs} ms: ${advice}.${why}`, {
    outcome,
    details: last === null ? { timeoutMs, ...details } : { timeoutMs, last: last.code, ...details },
  })
}

export function abortedError(
  what: string,
  outcome: Outcome,
  signal: CallSignal | undefined,
  details: Readonly<Record<string, unknown>> = {},
): RaftedError {
  const advice = outcome === 'unknown' ? 'it may have happened, or may still happen' : 'it has not happened'
  return new RaftedError('aborted', `${what} was aborted by its signal: ${advice}.`, {
    outcome,
    details,
    cause: signal?.reason,
  })
}

export function closedError(
  what: string,
  outcome: Outcome,
  details: Readonly<Record<string, unknown>> = {},
): RaftedError {
  const advice =
    outcome === 'unknown'
      ? 'it may have happened, or may still happen'
      : 'it has not happened. Open a new one'
  return new RaftedError('closed', `${what} ended as the client was closed: ${advice}.`, { outcome, details })
}

export function overloadedError(what: string, limit: string): RaftedError {
  return new RaftedError(
    'overloaded',
    `${what} was not taken: ${limit} wait in this client already. Wait for some of them first.`,
    { outcome: 'not-applied' },
  )
}

export function invalidArgument(message: string, cause?: unknown): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied', cause })
}

/** No host that can be asked knows the group: says how to create it. */
export function noSuchGroup(group: string, addresses: readonly Address[]): ErrorResponse {
  if (addresses.length === 0)
    return errorResponse(
      'unreachable',
      'not-applied',
      `There is no address to ask for the group "${group}". Give the client some in its \`addresses\`.`,
    )
  const at = addresses.find((address) => address !== null)
  const how =
    at === undefined
      ? `host.createGroup('${group}', { machine })`
      : `client.createGroup('${group}', { at: '${at}' }), or host.createGroup('${group}', { machine }) there`
  return errorResponse(
    'no-such-group',
    'not-applied',
    `No host knows the group "${group}" (asked: ${addresses.map(nameOf).join(', ')}). Create it once: ${how}.`,
  )
}

export function ambiguousGroup(group: string, one: string, other: string): ErrorResponse {
  return errorResponse(
    'ambiguous-group',
    'not-applied',
    `There are two groups named "${group}": incarnations ${one} and ${other}. Check the addresses, remove the one that ` +
      'is not meant, then open a new client.',
  )
}
