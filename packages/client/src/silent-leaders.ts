/**
 * Leaders that say nothing while somebody waits for them. A host that vanishes without a word keeps its connections, and an attempt there ends by its timeout
 * alone. Others know sooner: they elect another leader after an election timeout. So they are asked meanwhile who leads, and what waits moves there as
 * soon as another leader is known (F49g). A command may get to both: it is told apart by session and sequence, as after any attempt that was not answered.
 *
 * - Whatever is heard of a host, be it an error, is life: of a leader that answers something nobody is asked anything. One that has nothing to answer but what takes it
 *   long is asked itself first, and its answer begins the silence anew.
 * - Questions are `locate`, which hosts answer from memory. One leaves for each group at a time, the next when the silence has lasted a twentieth longer: some thirty
 *   in an attempt of two seconds, a hundred in one of a minute. Each takes a token of the retry budget, and is left out where there is none.
 */
import type { ErrorCode } from '@rafted/contracts'
import { type ErrorResponse, errorResponse, type Response } from '@rafted/wire'
import { type Attempt, attempt } from './attempt.ts'
import type { Address, Context } from './context.ts'
import { nameOf } from './failures.ts'
import type { LeaderCache } from './leader-cache.ts'
import { hear, locateRequest } from './leader-search.ts'
import { LOCATE_TIMEOUT_MS } from './limits.ts'
import { Patience } from './patience.ts'
import { candidates, Round } from './round.ts'

/** Parts of the time of an attempt: after which silence is doubted, and how often it is looked at. */
const DOUBTED = 1 / 4
const LOOKED_AT = 1 / 40
/** Not more often than that, milliseconds. */
const LEAST_MS = 10
/** The next question leaves when the silence has lasted longer by this part of it. */
const GROWTH = 1 / 20

/** Errors that no host has to be there for. */
const UNHEARD: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'aborted', 'closed'])

/** Something that waits for the answer of a leader. */
export interface LeaderCall {
  readonly group: string
  readonly known: LeaderCache
  /** Who was believed to lead. */
  readonly address: Address
  /** Another leads: it need not wait for this one. */
  overtaken(response: ErrorResponse): void
}

/** Calls that come and go in one place, and wait from time to time. */
export interface LeaderCalls extends LeaderCall {
  readonly isWaiting: boolean
  /** Whether it is looked at. */
  isLookedAt: boolean
}

/** A host that is waited for. */
interface Waited {
  /** Since when nothing was heard of it. */
  since: number
  /** When it was asked itself, in this silence. */
  askedAt: number | null
}

/** Who is asked in a leader's place. */
interface Doubt {
  round: Round
  /** When the next question is due. */
  dueAt: number
}

export class SilentLeaders {
  /** The context that it is a part of. */
  readonly #context: () => Context
  /** Heard of since it was looked last; the latest apart, as it is mostly the same one. */
  readonly #heard = new Set<Address>()
  #latest: Address | undefined = undefined
  #hosts = new Map<string, Waited>()
  #doubts = new Map<LeaderCache, Doubt>()
  readonly #calls = new Set<LeaderCalls>()
  #cancel: (() => void) | null = null
  #lookedAt = 0
  /** Counts the times it has looked. */
  looks = 0

  constructor(context: () => Context) {
    this.#context = context
  }

  /** An answer of that host, or what became of a call instead. */
  heard(address: Address, response: Response): void {
    if (address === this.#latest || (response.kind === 'error' && UNHEARD.has(response.code))) return
    this.#latest = address
    this.#heard.add(address)
  }

  /** These may wait from now on. */
  add(calls: LeaderCalls): void {
    calls.isLookedAt = true
    this.#calls.add(calls)
    this.begin()
  }

  /** Somebody waits for a leader. */
  begin(): void {
    if (this.#cancel !== null) return
    this.#lookedAt = this.#context().clock.now()
    this.#arm()
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #arm(): void {
    const { clock, attemptTimeoutMs } = this.#context()
    const ms = Math.max(LEAST_MS, attemptTimeoutMs * LOOKED_AT)
    const dueAt = clock.now() + ms
    this.#cancel = clock.after(ms, () => this.#look(ms, clock.now() - dueAt))
  }

  #look(everyMs: number, late: number): void {
    this.#cancel = null
    const { clock, attemptTimeoutMs, closed } = this.#context()
    if (closed) return
    const now = clock.now()
    const waiting = this.#waiting()
    // This process was busy, or paused: what others have answered meanwhile may wait unread.
    this.#note(waiting, now, late > everyMs ? late : 0)
    this.#heard.clear()
    this.#latest = undefined
    this.#lookedAt = now
    this.looks++
    if (waiting.length === 0) return
    const doubts = this.#doubts
    this.#doubts = new Map()
    for (const call of waiting) {
      const host = this.#hosts.get(call.address ?? '')
      if (host === undefined || now - host.since < attemptTimeoutMs * DOUBTED) continue
      const doubt = this.#doubts.get(call.known) ??
        doubts.get(call.known) ?? { round: this.#round(call), dueAt: now }
      this.#doubts.set(call.known, doubt)
      this.#doubt(call, host, doubt, now, everyMs)
    }
    this.#arm()
  }

  /** Calls to leaders that have waited since it was looked last, or for less. */
  #waiting(): LeaderCall[] {
    const waiting: LeaderCall[] = []
    for (
      let call = this.#context().attempts.first;
      call !== null && call.look < this.looks;
      call = call.later
    )
      if (isOfLeader(call)) waiting.push(call)
    for (const calls of this.#calls)
      if (calls.isWaiting) waiting.push(calls)
      else {
        calls.isLookedAt = false
        this.#calls.delete(calls)
      }
    return waiting
  }

  /** Of whom something was heard, and of whom nothing. */
  #note(waiting: readonly LeaderCall[], now: number, late: number): void {
    const before = this.#hosts
    this.#hosts = new Map()
    for (const { address } of waiting) {
      if (address === null || this.#hosts.has(address)) continue
      const known = this.#heard.has(address) ? { since: now, askedAt: null } : before.get(address)
      const { since, askedAt } = known ?? { since: this.#lookedAt, askedAt: null }
      this.#hosts.set(address, { since: Math.min(now, since + late), askedAt })
    }
  }

  /** All but the one that is silent. */
  #round({ group, known, address }: LeaderCall): Round {
    return new Round(candidates(this.#context(), group, known).filter((other) => other !== address))
  }

  #doubt(call: LeaderCall, host: Waited, doubt: Doubt, now: number, everyMs: number): void {
    const { address, known } = call
    if (known.leader !== undefined && known.leader !== address) {
      call.overtaken(overtaken(address))
      return
    }
    // What the host itself says is waited for first.
    if (now < doubt.dueAt || host.askedAt === now) return
    const { budget } = this.#context()
    if (budget.take() > 0) {
      budget.giveBack()
      return
    }
    doubt.dueAt = now + (now - host.since) * GROWTH - everyMs / 2
    if (host.askedAt === null) {
      host.askedAt = now
      void this.#ask(call, address, doubt.round)
      return
    }
    if (doubt.round.over) doubt.round = this.#round(call)
    const other = doubt.round.next()
    if (other !== undefined) void this.#ask(call, other, doubt.round)
  }

  async #ask({ group, known, address }: LeaderCall, at: Address, round: Round): Promise<void> {
    const context = this.#context()
    const patience = new Patience(context, {
      what: () => `The question who leads "${group}"`,
      timeoutMs: Number.POSITIVE_INFINITY,
      effects: false,
    })
    const timeoutMs = Math.min(context.attemptTimeoutMs, LOCATE_TIMEOUT_MS)
    const response = await attempt(context, at, locateRequest(group, known), patience, timeoutMs)
    hear(group, known, round, at, response)
    if (known.leader === undefined || known.leader === address) return
    for (const call of this.#waiting())
      if (call.known === known && call.address === address) call.overtaken(overtaken(address))
  }
}

function isOfLeader(call: Attempt): call is Attempt & LeaderCall {
  return call.known !== null
}

function overtaken(address: Address): ErrorResponse {
  return errorResponse('timeout', 'unknown', `${nameOf(address)} does not answer, and another leads by now.`)
}
