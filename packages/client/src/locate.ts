/** Where a group is, for people and for those who manage groups. */

import type { Asked } from './ask.ts'
import { attempt, pauseBeforeRetry } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { Context } from './context.ts'
import { noSuchGroup } from './failures.ts'
import { hear, locateRequest } from './leader-search.ts'
import type { Patience } from './patience.ts'
import { candidates, Round } from './round.ts'

/** Where a group is, as its members tell. */
export interface Location {
  readonly incarnation: string
  /** Address of the leader, or null if none is known now. */
  readonly leader: string | null
  /** Term of the member that said so. */
  readonly term: number
  /** Addresses of all members. */
  readonly members: readonly string[]
}

/**
 * Asks until a member names the leader, or until all were asked and a member at least was found.
 * @throws {RaftedError} `no-such-group`, `ambiguous-group`, or when it is given up.
 */
export async function locateGroup(context: Context, group: Asked, patience: Patience): Promise<Location> {
  const backoff = new Backoff(context.random)
  for (;;) {
    const round = new Round(candidates(context, group.name, group.known))
    const found = await askAll(context, group, round, patience)
    if (found !== null) return found
    if (round.nobodyKnows) throw patience.failed(noSuchGroup(group.name, round.addresses))
    await pauseBeforeRetry(context, group.name, backoff, patience)
  }
}

/** @returns the first location with a leader, else the one of the highest term, else null. */
async function askAll(
  context: Context,
  { name, known }: Asked,
  round: Round,
  patience: Patience,
): Promise<Location | null> {
  let best: Location | null = null
  while (!round.over) {
    patience.check()
    const address = round.next()!
    const response = await attempt(context, address, locateRequest(name, known), patience)
    if (response.kind === 'error') patience.note(response)
    const heard = hear(name, known, round, address, response)
    if (typeof heard === 'object') throw patience.failed(heard)
    if (response.kind !== 'located' || response.knows !== 'member' || response.incarnation === null) continue
    const { incarnation, leader, term, members } = response
    if (heard === 'leader') return { incarnation, leader, term, members }
    if (best === null || term > best.term) best = { incarnation, leader: null, term, members }
  }
  return best
}
