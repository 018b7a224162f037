/** Calls other than commands: to the leader, to any member, to one certain host. Each is tried until it is answered or given up. */
import type { ErrorCode } from '@rafted/contracts'
import {
  type DirectRequest,
  type ErrorResponse,
  errorResponse,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import { attempt, attemptAtLeader, pauseBeforeRetry } from './attempt.ts'
import { Backoff } from './backoff.ts'
import { type Address, type Context, count } from './context.ts'
import { ambiguousGroup, noSuchGroup, verdictOf } from './failures.ts'
import type { LeaderCache } from './leader-cache.ts'
import { hear, type LeaderSearch, locateRequest } from './leader-search.ts'
import { MAX_REDIRECTS } from './limits.ts'
import type { Patience } from './patience.ts'
import { candidates, Round } from './round.ts'

/** What a call needs to know of its group. */
export interface Asked {
  readonly name: string
  readonly known: LeaderCache
  readonly search: LeaderSearch
}

export type Answer = Exclude<Response, ErrorResponse>

/**
 * Asks the leader.
 * @param make the request, for the incarnation known when it is sent.
 * @throws {RaftedError} when it is refused or given up.
 */
export async function askLeader(
  context: Context,
  group: Asked,
  make: (incarnation: string | null) => WithoutId<DirectRequest>,
  patience: Patience,
): Promise<Answer> {
  const { known } = group
  let backoff: Backoff | null = null
  let redirects = 0
  for (;;) {
    patience.check()
    const leader = known.leader
    if (leader === undefined) {
      const failure = await group.search.wait(patience)
      if (failure !== null) throw patience.failed(failure)
      continue
    }
    const response = await attemptAtLeader(context, known, leader, make(known.incarnation), patience)
    if (response.kind !== 'error') return pinned(group, response, patience)
    patience.note(response)
    if (verdictOf(response) !== 'retry') throw patience.failed(response)
    // That the caller has given up says nothing about the leader.
    if (response.code === 'aborted') patience.check()
    if (known.failed(leader, response) && ++redirects <= MAX_REDIRECTS) {
      count(context, 'client_redirects', group.name)
      continue
    }
    redirects = 0
    backoff ??= new Backoff(context.random)
    await pauseBeforeRetry(context, group.name, backoff, patience)
  }
}

/** An answer of a host that holds another group of this name is no answer. */
function pinned(group: Asked, response: Answer, patience: Patience): Answer {
  const incarnation =
    response.kind === 'status'
      ? response.status.incarnation
      : response.kind === 'session' || response.kind === 'done' || response.kind === 'settings'
        ? response.incarnation
        : null
  if (incarnation === null || group.known.pin(incarnation)) return response
  throw patience.failed(ambiguousGroup(group.name, group.known.incarnation ?? '', incarnation))
}

/**
 * Asks any member: the host this client lives in if it has one, else who answered last, else whoever does.
 * @param maxMs how long one may take, if that is not the client's `attemptTimeoutMs`.
 */
export async function askAnyMember(
  context: Context,
  group: Asked,
  make: (incarnation: string | null) => WithoutId<DirectRequest>,
  patience: Patience,
  maxMs?: number,
): Promise<Answer> {
  const { known } = group
  const backoff = new Backoff(context.random)
  let round = new Round(readers(context, group))
  for (;;) {
    patience.check()
    const address = round.next()
    let refused: ErrorResponse | null = null
    if (address !== undefined) {
      const response = await askMember(context, group, address, make, round, patience, maxMs)
      if (response.kind !== 'error') {
        known.reader = address
        return response
      }
      patience.note(response)
      const verdict = verdictOf(response)
      if (verdict !== 'retry') throw patience.failed(response)
      // Others are asked first from now on: a call that is short of time may get no further than to the first one.
      if (known.reader === address) known.reader = undefined
      refused = response
    }
    if (round.nobodyKnows) throw patience.failed(noSuchGroup(group.name, round.addresses))
    if (round.over) round = new Round(readers(context, group))
    else if (refused?.code === 'no-such-group') continue
    await pauseBeforeRetry(context, group.name, backoff, patience)
  }
}

/** The host this client lives in, then who answered last, then the others. */
function readers(context: Context, { name, known }: Asked): Address[] {
  const all = candidates(context, name, known)
  const { reader } = known
  if (reader === undefined || reader === null) return all
  const others = all.filter((address) => address !== reader && address !== null)
  return context.link.local ? [null, reader, ...others] : [reader, ...others]
}

async function askMember(
  context: Context,
  { name, known }: Asked,
  address: Address,
  make: (incarnation: string | null) => WithoutId<DirectRequest>,
  round: Round,
  patience: Patience,
  maxMs?: number,
): Promise<Response> {
  if (known.incarnation === null) {
    // A query's answer doesn't tell the incarnation: it is asked for first, once.
    const located = await attempt(context, address, locateRequest(name, known), patience)
    const heard = hear(name, known, round, address, located)
    if (typeof heard === 'object') return heard
    if (heard === 'ignorant')
      return errorResponse('no-such-group', 'not-applied', 'It does not know the group.')
    if (located.kind === 'error') return located
  }
  const response = await attempt(context, address, make(known.incarnation), patience, maxMs)
  if (response.kind === 'error' && response.code === 'no-such-group') round.doesNotKnow()
  return response
}

/** What may be over soon where there is one host to ask and no other. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['timeout', 'unreachable', 'closed', 'overloaded', 'aborted'])

/** Asks one certain host, again and again while it can't be reached. */
export async function askHost(
  context: Context,
  group: string,
  address: Address,
  request: WithoutId<DirectRequest>,
  patience: Patience,
): Promise<Response> {
  const backoff = new Backoff(context.random)
  for (;;) {
    patience.check()
    const response = await attempt(context, address, request, patience)
    if (response.kind !== 'error') return response
    patience.note(response)
    if (!PASSING.has(response.code)) return response
    await pauseBeforeRetry(context, group, backoff, patience)
  }
}
