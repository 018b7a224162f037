/** Linearizable queries: all of a turn share one read of the core, and are answered once that much is applied (thesis §6.4). */
import { type Codec, CommandError, type ErrorCode } from '@rafted/contracts'
import type { Core, Effects } from '@rafted/core'
import type { QueryRequest, ResultResponse } from '@rafted/wire'
import type { HookCalls } from './hooks.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { NO_PAYLOAD } from './replies.ts'
import type { Answers, Caller, ReplyTo } from './waiters.ts'

/** Queries that may wait at a time. */
const MAX_WAITING = 65_536

interface Query extends Caller {
  readonly payload: Uint8Array
}

interface Ready {
  readonly index: number
  readonly queries: readonly Query[]
}

export class Queries {
  readonly #answers: Answers
  readonly #codec: Codec
  readonly #hooks: HookCalls
  /** Of this turn. */
  #fresh: Query[] = []
  /** By the id of their read, fresh per attempt. */
  readonly #asked = new Map<number, readonly Query[]>()
  /** Linearizable once applied; ascending. */
  #ready: Ready[] = []
  #lastRead = 0
  #waiting = 0

  constructor(answers: Answers, codec: Codec, hooks: HookCalls) {
    this.#answers = answers
    this.#codec = codec
    this.#hooks = hooks
  }

  add({ id, payload }: QueryRequest, replyTo: ReplyTo): void {
    if (this.#waiting >= MAX_WAITING) {
      const message = 'Too many queries wait. Slow down, and try again.'
      this.#answers.refuse({ id, replyTo }, 'overloaded', 'not-applied', message)
      return
    }
    this.#waiting++
    this.#fresh.push({ id, replyTo, payload })
  }

  /** One read for all queries of the turn. */
  ask(core: Core, now: number): void {
    if (this.#fresh.length === 0) return
    const id = ++this.#lastRead
    this.#asked.set(id, this.#fresh)
    this.#fresh = []
    core.step({ kind: 'read', id }, now)
  }

  /** What the core has decided about reads. */
  onEffects({ reads, refused }: Effects): void {
    for (let i = 0; i < reads.length; i++) {
      const { id, index } = reads[i]!
      const queries = this.#asked.get(id)
      if (queries === undefined) continue
      this.#asked.delete(id)
      this.#ready.push({ index, queries })
    }
    for (let i = 0; i < refused.length; i++) {
      const { id, reason } = refused[i]!
      const queries = this.#asked.get(id) ?? []
      this.#asked.delete(id)
      this.#waiting -= queries.length
      const code = reason === 'removed' ? 'no-such-group' : 'not-leader'
      for (const query of queries) this.#answers.refuse(query, code, 'not-applied', 'Another member leads.')
    }
  }

  /** Answers what `state` has applied enough for. */
  answerDue(state: ReplicatedState): void {
    let due = 0
    while (due < this.#ready.length && this.#ready[due]!.index <= state.applied.index) {
      const { queries } = this.#ready[due++]!
      this.#waiting -= queries.length
      for (let i = 0; i < queries.length; i++) this.#answer(queries[i]!, state, true)
    }
    if (due > 0) this.#ready.splice(0, due)
  }

  /** Answers at once, from what is applied here. */
  answerStale({ id, payload }: QueryRequest, replyTo: ReplyTo, state: ReplicatedState): void {
    this.#answer({ id, replyTo, payload }, state, false)
  }

  #answer({ id, replyTo, payload }: Query, state: ReplicatedState, linearizable: boolean): void {
    const { index, term } = state.applied
    const head = { kind: 'result', id, index, term } as const
    this.#answers.answer(replyTo, { ...head, ...this.#run(payload, state, linearizable) })
  }

  #run(
    bytes: Uint8Array,
    { instance }: ReplicatedState,
    linearizable: boolean,
  ): Pick<ResultResponse, 'status' | 'payload'> {
    try {
      const query = this.#codec.decode(bytes)
      const answer = instance.query(query)
      const payload = this.#codec.encode(answer)
      if (linearizable) this.#hooks.call('queryAnswered', instance.value, query, answer)
      return { status: 'ok', payload }
    } catch (error) {
      return { status: 'failed', payload: NO_PAYLOAD, ...this.#refusal(error) }
    }
  }

  #refusal(error: unknown): Partial<Pick<ResultResponse, 'status' | 'payload'>> {
    if (!(error instanceof CommandError)) return {}
    try {
      return { status: 'refused', payload: this.#codec.encode([error.reason, error.message, error.data]) }
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
    for (const query of all) this.#answers.refuse(query, code, 'not-applied', message)
  }
}
