/**
 * Whether a history is linearizable (Herlihy and Wing 1990): whether its operations can be put in one order that a
 * sequential value could have gone through, none before its call and none behind its answer. The search is that of Wing and Gong,
 * with Lowe's memory of configurations that have been tried.
 */
import type { Operation, SequentialModel } from './history.ts'

export type Verdict =
  | { readonly linearizable: true }
  /** `stuckAt`: the longest order that could be found ended before any of these answers. */
  | { readonly linearizable: false; readonly explained: number; readonly stuckAt: readonly number[] }

interface Frame<State> {
  /** The turn of the operation that was chosen: its place in the order of calls, or that plus their number. */
  readonly turn: number
  readonly state: State
}

/** @param operations in any order. Exponential in the number that overlap, linear in their number otherwise. */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Verdict {
  const sorted = operations
    .map((operation, index) => ({ operation, index }))
    .sort((a, b) => a.operation.calledAt - b.operation.calledAt)
  const search = new Search(
    model,
    sorted.map(({ operation }) => operation),
  )
  const stuck = search.run()
  if (stuck === null) return { linearizable: true }
  return {
    linearizable: false,
    explained: stuck.explained,
    stuckAt: stuck.places.map((place) => sorted[place]!.index),
  }
}

class Search<State, Input, Output> {
  readonly #model: SequentialModel<State, Input, Output>
  /** By the time of their calls. */
  readonly #operations: readonly Operation<Input, Output>[]
  readonly #done: Uint8Array
  /** Answered ones that have been put in order, and how many there are. */
  #answered = 0
  readonly #toAnswer: number
  /** Every operation before it has been put in order. */
  #first = 0
  readonly #tried = new Set<string>()

  constructor(model: SequentialModel<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model
    this.#operations = operations
    this.#done = new Uint8Array(operations.length)
    this.#toAnswer = operations.filter(({ answer }) => answer !== null).length
  }

  /** @returns null if there is an order. */
  run(): { readonly explained: number; readonly places: readonly number[] } | null {
    const frames: Frame<State>[] = []
    let state = this.#model.init()
    let from = 0
    let best = { explained: -1, places: [] as readonly number[] }
    for (;;) {
      if (this.#answered === this.#toAnswer) return null
      const next = this.#choose(state, from)
      if (next !== null) {
        frames.push({ turn: next.turn, state })
        state = next.state
        this.#take(next.turn % this.#operations.length)
        from = this.#first
        continue
      }
      if (this.#answered > best.explained) best = { explained: this.#answered, places: this.#open() }
      const back = frames.pop()
      if (back === undefined) return best
      this.#untake(back.turn % this.#operations.length)
      state = back.state
      from = back.turn + 1
    }
  }

  /**
   * The next operation that may come now and leads where the search has not been. Those without an answer are tried last: they
   * fit anywhere, and most of them nowhere. @param from the turn to begin with: each place has one, and in a second round one more.
   */
  #choose(state: State, from: number): Frame<State> | null {
    const { length } = this.#operations
    const deadline = this.#deadline()
    for (let turn = from; turn < 2 * length; turn++) {
      const place = turn < length ? turn : turn - length
      const { input, calledAt, answer } = this.#operations[place]!
      if (calledAt > deadline) {
        // All behind it were called even later.
        if (turn >= length) return null
        turn = length + this.#first - 1
        continue
      }
      if (this.#done[place] === 1 || (answer === null) !== turn >= length) continue
      const next = this.#model.step(state, input, answer?.output)
      if (next === null) continue
      this.#done[place] = 1
      const key = this.#key(next)
      this.#done[place] = 0
      if (this.#tried.has(key)) continue
      this.#tried.add(key)
      return { turn, state: next }
    }
    return null
  }

  /** The first answer among those not in order yet: whatever comes next was called before it. */
  #deadline(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (let i = this.#first; i < this.#operations.length; i++) {
      const { answer, calledAt } = this.#operations[i]!
      if (calledAt > earliest) break
      if (this.#done[i] === 0 && answer !== null && answer.at < earliest) earliest = answer.at
    }
    return earliest
  }

  /** What has been put in order, and the state it led to. */
  #key(state: State): string {
    let bits = ''
    let last = this.#first
    for (let i = this.#first; i < this.#done.length; i++) if (this.#done[i] === 1) last = i + 1
    for (let i = this.#first; i < last; i++) bits += this.#done[i]
    return `${this.#first} ${bits} ${this.#model.key(state)}`
  }

  #take(place: number): void {
    this.#done[place] = 1
    if (this.#operations[place]!.answer !== null) this.#answered++
    while (this.#done[this.#first] === 1) this.#first++
  }

  #untake(place: number): void {
    this.#done[place] = 0
    if (this.#operations[place]!.answer !== null) this.#answered--
    this.#first = Math.min(this.#first, place)
  }

  /** Answered operations that could come next, were it not for what they answered. */
  #open(): number[] {
    const deadline = this.#deadline()
    const places: number[] = []
    for (let i = this.#first; i < this.#operations.length; i++) {
      const { calledAt, answer } = this.#operations[i]!
      if (calledAt > deadline) break
      if (this.#done[i] === 0 && answer !== null) places.push(i)
    }
    return places
  }
}
