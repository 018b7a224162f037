/** Finds out who leads a group: one search at a time, for all who wait. */
import {
  type ErrorResponse,
  errorResponse,
  type LocatedResponse,
  type LocateRequest,
  type Response,
  type WithoutId,
} from '@rafted/wire'
import { attempt, pauseBeforeRetry } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { Address, Context } from './context.ts'
import { ambiguousGroup, moreTelling, nameOf, noSuchGroup } from './failures.ts'
import type { LeaderCache } from './leader-cache.ts'
import { LOCATE_TIMEOUT_MS } from './limits.ts'
import { Patience } from './patience.ts'
import { candidates, Round } from './round.ts'

/** Called once when the search is over: a leader is known (null), or there is nothing to find. */
export type SearchEnded = (failure: ErrorResponse | null) => void

export class LeaderSearch {
  readonly #context: Context
  readonly #group: string
  readonly #known: LeaderCache
  /** Those who wait since before the round began that is under way, or with none. */
  readonly #waiting = new Set<SearchEnded>()
  /** Those who came since. That nobody knows the group is no answer for them: it may have been created where this round had been already (F99f). */
  readonly #late = new Set<SearchEnded>()
  #inRound = false
  #running = false
  /** What the latest host that could not help said. */
  #last: ErrorResponse | null = null

  constructor(context: Context, group: string, known: LeaderCache) {
    this.#context = context
    this.#group = group
    this.#known = known
  }

  /** Whether anybody waits for it. */
  get wanted(): boolean {
    return this.#waiting.size + this.#late.size > 0
  }

  get last(): ErrorResponse | null {
    return this.#last
  }

  /** Joins the search, or begins one. It goes on while anybody waits. @returns how to leave. */
  join(ended: SearchEnded): () => void {
    const among = this.#inRound ? this.#late : this.#waiting
    among.add(ended)
    if (!this.#running) void this.#run()
    return () => {
      this.#waiting.delete(ended)
      this.#late.delete(ended)
    }
  }

  /** Waits until a leader is known or the patience is over. @returns why there is nothing to find, or null. */
  async wait(patience: Patience): Promise<ErrorResponse | null> {
    const pause = this.#context.pauses.begin(patience.leftMs, patience.signal)
    let failure: ErrorResponse | null = null
    const leave = this.join((end) => {
      failure = end
      pause.end()
    })
    await pause.done
    leave()
    if (this.#last !== null) patience.noteReason(this.#last)
    return failure
  }

  async #run(): Promise<void> {
    this.#running = true
    this.#last = null
    // Nobody is called back before joining has returned.
    await null
    try {
      await this.#search()
    } catch (error) {
      // Where addresses come from, or the link, is broken: that can't be waited out.
      this.#end(errorResponse('invalid-argument', 'not-applied', `No leader can be looked for: ${error}`))
    }
    this.#inRound = false
    this.#running = false
    // Whoever came after the last look at who waits.
    if (this.wanted && !this.#context.closed) void this.#run()
  }

  async #search(): Promise<void> {
    const patience = new Patience(this.#context, {
      what: () => `The search for the leader of "${this.#group}"`,
      timeoutMs: Number.POSITIVE_INFINITY,
      effects: false,
      wanted: () => this.wanted,
    })
    const backoff = new Backoff(this.#context.random)
    let round = this.#newRound()
    while (this.wanted && !this.#context.closed) {
      const address = round.next()
      const heard = address === undefined ? 'nothing' : await this.#ask(address, round, patience)
      const failure = round.nobodyKnows ? noSuchGroup(this.#group, round.addresses) : null
      if (this.#known.leader !== undefined) this.#end(null)
      else if (typeof heard === 'object') this.#end(heard)
      else if (failure !== null) {
        this.#tell([this.#waiting], failure)
        round = this.#newRound()
      } else if (heard === 'nothing' || round.over) {
        if (round.over) {
          if (round.oldNews) this.#known.doubt()
          round = this.#newRound()
        }
        await pauseBeforeRetry(this.#context, this.#group, backoff, patience)
      }
    }
  }

  #newRound(): Round {
    for (const ended of this.#late) this.#waiting.add(ended)
    this.#late.clear()
    this.#inRound = true
    return new Round(candidates(this.#context, this.#group, this.#known))
  }

  async #ask(address: Address, round: Round, patience: Patience): Promise<Heard> {
    const response = await attempt(
      this.#context,
      address,
      locateRequest(this.#group, this.#known),
      patience,
      Math.min(this.#context.attemptTimeoutMs, LOCATE_TIMEOUT_MS),
    )
    const heard = hear(this.#group, this.#known, round, address, response)
    if (response.kind === 'error') this.#last = moreTelling(this.#last, response)
    else if (heard === 'ignorant')
      this.#last = errorResponse('no-such-group', 'not-applied', `There is no member at ${nameOf(address)}.`)
    else if (heard === 'nothing')
      this.#last = errorResponse('no-leader', 'not-applied', `No leader is known at ${nameOf(address)}.`)
    return heard
  }

  #end(failure: ErrorResponse | null): void {
    this.#tell([this.#waiting, this.#late], failure)
  }

  #tell(all: readonly Set<SearchEnded>[], failure: ErrorResponse | null): void {
    const told = all.flatMap((some) => [...some])
    for (const some of all) some.clear()
    for (const ended of told) ended(failure)
  }
}

export function locateRequest(group: string, { incarnation }: LeaderCache): WithoutId<LocateRequest> {
  return { kind: 'locate', group, incarnation }
}

/**
 * - `leader`: it named one, who is in `known` now.
 * - `ignorant`: it doesn't know the group: the next one can be asked at once.
 * - `nothing`: it was of no help.
 * - an error response: the end of it.
 */
export type Heard = 'leader' | 'ignorant' | 'nothing' | ErrorResponse

/** Takes in what a host says of the group. */
export function hear(
  group: string,
  known: LeaderCache,
  round: Round,
  address: Address,
  response: Response,
): Heard {
  if (response.kind === 'error') {
    if (response.code === 'group-mismatch' || response.code === 'not-allowed') return response
    if (response.code === 'timeout') round.wasSilent()
    if (response.code !== 'no-such-group') return 'nothing'
    round.doesNotKnow()
    return 'ignorant'
  }
  const { knows, incarnation, term, leader, members } = response as LocatedResponse
  if (knows !== 'member') {
    round.doesNotKnow()
    return 'ignorant'
  }
  if (incarnation !== null && !known.pin(incarnation))
    return ambiguousGroup(group, known.incarnation ?? '', incarnation)
  if (members.length > 0) known.learnMembers(members)
  if (leader === null) {
    round.knowsNoLeader(address)
    return 'nothing'
  }
  // The host this client lives in may itself be the leader: asked directly, it serves, or names the leader again.
  if (known.news(address === null ? null : leader, term)) return 'leader'
  round.oldNews = true
  return 'nothing'
}
