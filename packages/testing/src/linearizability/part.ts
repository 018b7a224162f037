/** What concerns one key of a history, made ready for the search; and again with fewer of the answers. */
import { Effects } from './effects.ts'
import type { Effort } from './effort.ts'
import type { Operation, SequentialModel } from './history.ts'
import type { OptionalCall } from './optional.ts'
import type { Call } from './pending.ts'
import { Queries } from './queries.ts'
import { type Failure, search } from './search.ts'
import { Transitions } from './transitions.ts'

export class Part {
  /** Null if the model has no keys. */
  readonly key: string | null
  readonly transitions: Transitions<unknown, unknown, unknown>
  /** All that were answered. */
  readonly calls: readonly Call[]
  readonly #queries: Queries
  readonly #operations: readonly Operation<unknown, unknown>[]
  /** Of this part, as indexes in the history. */
  readonly #indexes: readonly number[]

  /** @param indexes of its operations, among all `operations`. */
  constructor(
    model: SequentialModel<unknown, unknown, unknown>,
    operations: readonly Operation<unknown, unknown>[],
    key: string | null,
    indexes: readonly number[],
  ) {
    this.key = key
    this.transitions = new Transitions(model)
    this.#queries = new Queries(this.transitions)
    this.#operations = operations
    this.#indexes = indexes
    this.calls = indexes.flatMap((index): Call[] => {
      const { input, calledAt, answer } = operations[index]!
      if (answer === null) return []
      const asked = this.transitions.kindOf(input, null)
      const kind = this.transitions.kindOf(input, answer)
      return [{ index, kind, asked, calledAt, answeredAt: answer.at }]
    })
  }

  /** @returns null if there is an order for all. */
  search(effort: Effort): Failure | 'spent' | null {
    const unanswered = this.#indexes.filter((index) => this.#operations[index]!.answer === null)
    return this.withOptional(unanswered)(this.calls, effort)
  }

  /**
   * A search in which those at `indexes` may have happened at any time after their calls, or never, but for those that are among
   * the calls it is given.
   */
  withOptional(
    indexes: readonly number[],
  ): (calls: readonly Call[], effort: Effort) => Failure | 'spent' | null {
    const places = new Map<number, number>()
    const all = indexes.map((index): OptionalCall => {
      const { input, calledAt } = this.#operations[index]!
      const kind = this.transitions.kindOf(input, null)
      const place = places.get(kind) ?? places.size
      places.set(kind, place)
      return { index, place, calledAt }
    })
    const effects = new Effects(this.transitions, [...places.keys()])
    return (calls, effort) => {
      const required = new Set(calls.map(({ index }) => index))
      const optional = all.filter(({ index }) => !required.has(index))
      return search(
        { transitions: this.transitions, effects, queries: this.#queries, calls, optional },
        effort,
      )
    }
  }

  /** Operations called by then, as indexes in the history, in the order of their calls. */
  calledBy(time: number): number[] {
    const called = this.#indexes.filter((index) => this.#operations[index]!.calledAt <= time)
    return called.sort((a, b) => this.#operations[a]!.calledAt - this.#operations[b]!.calledAt)
  }
}
