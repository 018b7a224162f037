/**
 * Queries that write nothing (thesis §6.4). All of a turn that want the same share one read of the core, and are answered once that much
 * is applied.
 */
import { type Codec, CommandError, type ErrorCode } from '@rafted/contracts'
import type { Core, Effects, Position, ReadyRead } from '@rafted/core'
import type { QueryRequest, ResultResponse } from '@rafted/wire'
import type { HookCalls } from './hooks.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { NO_PAYLOAD } from './replies.ts'
import { SeldomMap } from './seldom.ts'
import type { Answers, Caller, ReplyTo } from './waiters.ts'

/** The payload of a query of this host's own that only waits: the machine isn't asked. Told by identity, so none from outside is one. */
export const NO_QUERY = new Uint8Array(0)

/** Queries that may wait at a time. */
const MAX_WAITING = 65_536

interface Query extends Caller {
  readonly payload: Uint8Array
  readonly read: QueryRequest['read']
  readonly here: boolean
  /** How old the answer may be; Infinity unless it is bounded. */
  readonly maxAgeMs: number
  /** Who is told that it is due, in place of an answer. */
  readonly due: Due | null
}

/** So much is applied that it may be answered. */
export type Due = (caller: Caller, applied: Position) => void

/** What a member has answered. */
interface Result extends Pick<ResultResponse, 'status' | 'payload'> {
  /** What a hook is told of it; null where there is nothing to tell. */
  readonly told: { readonly query: unknown; readonly answer: unknown } | null
}

/** Answers are made for so many queries before the clocks are looked at for all of them. */
const LOOK_EVERY = 64

interface Ready extends Pick<ReadyRead, 'index' | 'asOf' | 'byLease'> {
  readonly queries: readonly Query[]
}

export interface QueriesOptions {
  readonly answers: Answers
  readonly codec: Codec
  readonly hooks: HookCalls
  readonly core: Core
  /** The time at this very moment, after a look at the clocks. */
  now(): number
  /** Something waits for the next turn. */
  wake(): void
}

export class Queries {
  readonly #o: QueriesOptions
  /** Of this turn. */
  #fresh: Query[] = []
  /** By the id of their read, fresh per attempt. */
  readonly #asked = new SeldomMap<number, readonly Query[]>()
  /** To be answered once applied. */
  #ready: Ready[] = []
  #lastRead = 0
  #waiting = 0

  constructor(options: QueriesOptions) {
    this.#o = options
  }

  /** Takes a query; one that is stale by name is answered at once. */
  add(
    { id, payload, read, maxStalenessMs, here }: QueryRequest,
    replyTo: ReplyTo,
    state: ReplicatedState,
    due: Due | null = null,
  ): void {
    const maxAgeMs = read === 'bounded' ? maxStalenessMs : Number.POSITIVE_INFINITY
    const query: Query = { id, replyTo, payload, read, here, maxAgeMs, due }
    if (this.#waiting >= MAX_WAITING) {
      const message = 'Too many queries wait. Slow down, and try again.'
      this.#o.answers.refuse(query, 'overloaded', 'not-applied', message)
    } else if (read === 'stale' && (here || this.#leads)) this.#answer(query, state, this.#run(query, state))
    else {
      this.#waiting++
      this.#fresh.push(query)
    }
  }

  /** None waits. */
  get isIdle(): boolean {
    return this.#waiting === 0
  }

  get #leads(): boolean {
    return this.#o.core.standing.role === 'leader'
  }

  /** One read for all queries of the turn that want the same. */
  ask(now: number): void {
    if (this.#fresh.length === 0) return
    const fresh = this.#fresh
    this.#fresh = []
    const waiting = fresh.filter((query) => query.read !== 'bounded' || !this.#isFresh(query, now))
    for (const lease of [false, true])
      for (const here of [false, true]) {
        const queries = waiting.filter((query) => (query.read === 'lease') === lease && query.here === here)
        if (queries.length === 0) continue
        const id = ++this.#lastRead
        this.#asked.set(id, queries)
        this.#o.core.step({ kind: 'read', id, lease, ask: here }, now)
      }
  }

  /** Whether what is known here is new enough: the query then waits for that to be applied, and for nobody else. */
  #isFresh(query: Query, now: number): boolean {
    if (!query.here && !this.#leads) return false
    const { asOf, index } = this.#o.core.freshness(now)
    if (now - asOf > query.maxAgeMs) return false
    this.#ready.push({ index, asOf, byLease: false, queries: [query] })
    return true
  }

  /** What the core has decided about reads. */
  onEffects({ reads, refused }: Effects): void {
    for (let i = 0; i < reads.length; i++) {
      const { id, index, asOf, byLease } = reads[i]!
      const queries = this.#asked.get(id)
      if (queries === undefined) continue
      this.#asked.delete(id)
      this.#ready.push({ index, asOf, byLease, queries })
    }
    for (let i = 0; i < refused.length; i++) {
      const { id, reason } = refused[i]!
      const queries = this.#asked.get(id) ?? []
      this.#asked.delete(id)
      this.#waiting -= queries.length
      for (const query of queries) this.#refuse(query, reason === 'removed')
    }
  }

  #refuse(query: Query, isRemoved: boolean): void {
    if (isRemoved)
      this.#o.answers.refuse(query, 'no-such-group', 'not-applied', 'It was removed from its group.')
    else if (query.here)
      this.#o.answers.refuse(query, 'no-leader', 'not-applied', 'The member that was asked hears no leader.')
    else this.#o.answers.refuse(query, 'not-leader', 'not-applied', 'Another member leads.')
  }

  /** Answers what `state` has applied enough for. */
  answerDue(state: ReplicatedState): void {
    if (this.#ready.length === 0) return
    const ready = this.#ready
    this.#ready = ready.filter(({ index }) => index > state.applied.index)
    for (const each of ready) {
      if (each.index > state.applied.index) continue
      for (let from = 0; from < each.queries.length; from += LOOK_EVERY)
        this.#answerReady(each.queries.slice(from, from + LOOK_EVERY), each, state)
    }
  }

  /** Made first and looked at again then: whatever time has passed meanwhile, what leaves here was true when it was made (F47). */
  #answerReady(queries: readonly Query[], { asOf, byLease }: Ready, state: ReplicatedState): void {
    this.#waiting -= queries.length
    const results = queries.map((query) => this.#run(query, state))
    const now = byLease || queries.some(({ read }) => read === 'bounded') ? this.#o.now() : 0
    const isLeaseOver = byLease && now >= this.#o.core.leaseUntil
    for (let i = 0; i < queries.length; i++) {
      const query = queries[i]!
      if (isLeaseOver) this.#askAgain(query)
      else if (query.read === 'bounded' && now - asOf > query.maxAgeMs) {
        const message = `What is known here was too old when it came: more than ${query.maxAgeMs} ms.`
        this.#o.answers.refuse(query, 'too-stale', 'not-applied', message)
      } else this.#answer(query, state, results[i]!)
    }
  }

  /** The lease has ended while it was answered. */
  #askAgain(query: Query): void {
    this.#waiting++
    this.#fresh.push({ ...query, read: 'linearizable' })
    this.#o.wake()
  }

  #answer(query: Query, { applied, instance }: ReplicatedState, { status, payload, told }: Result): void {
    const { id, replyTo, read, due } = query
    if (told !== null && this.#leads && (read === 'linearizable' || read === 'lease'))
      this.#o.hooks.answered(instance.value, told.query, told.answer)
    if (due !== null) {
      due(query, applied)
      return
    }
    const { index, term } = applied
    this.#o.answers.answer(replyTo, { kind: 'result', id, status, index, term, payload })
  }

  #run({ payload: bytes }: Query, { instance, time, version }: ReplicatedState): Result {
    const { codec } = this.#o
    if (bytes === NO_QUERY) return { status: 'ok', payload: NO_PAYLOAD, told: null }
    try {
      const query = codec.decode(bytes)
      const answer = instance.query(query, { time, version })
      return { status: 'ok', payload: codec.encode(answer), told: { query, answer } }
    } catch (error) {
      return { status: 'failed', payload: NO_PAYLOAD, ...this.#refusal(error), told: null }
    }
  }

  #refusal(error: unknown): Partial<Pick<ResultResponse, 'status' | 'payload'>> {
    if (!(error instanceof CommandError)) return {}
    try {
      return { status: 'refused', payload: this.#o.codec.encode([error.reason, error.message, error.data]) }
    } catch {
      return {}
    }
  }

  /** The member stops. */
  abandon(code: ErrorCode, message: string): void {
    const all = [...this.#asked.values(), ...this.#ready.map(({ queries }) => queries), this.#fresh].flat()
    this.#asked.clear()
    this.#ready = []
    this.#fresh = []
    this.#waiting = 0
    for (const query of all) this.#o.answers.refuse(query, code, 'not-applied', message)
  }
}
