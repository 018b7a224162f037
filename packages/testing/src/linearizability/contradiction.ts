/**
 * What is wrong with a history that has no order, in as few operations as possible: answers that contradict each other even
 * if everything else happened at any time after its call, or never. Leaving operations out altogether would prove nothing: a read is
 * always wrong without the write that it saw.
 */
import { Effort } from './effort.ts'
import type { Part } from './part.ts'
import type { Call } from './pending.ts'
import type { Failure } from './search.ts'

export interface Contradiction {
  /** In the order of their calls. To take the answer from any one of them would leave an order, or it could not be said. */
  readonly calls: readonly Call[]
  /** There is no order of these calls. */
  readonly failure: Failure
}

/** One of so many parts of the effort goes into one attempt. */
const ATTEMPTS = 20

/** @param failure of all calls of the part. @param configurations that may be tried. */
export function contradictionIn(part: Part, failure: Failure, configurations: number): Contradiction {
  return new Reduction(part, failure, configurations).run()
}

class Reduction {
  readonly #effort: Effort
  readonly #attempt: number
  readonly #search: ReturnType<Part['withOptional']>
  #best: Contradiction

  constructor(part: Part, failure: Failure, configurations: number) {
    this.#effort = new Effort(configurations)
    this.#attempt = configurations / ATTEMPTS
    // No order got as far as what was called later.
    const calls = part.calls.filter(({ calledAt }) => calledAt <= failure.latest)
    const end = Math.max(...calls.map(({ answeredAt }) => answeredAt))
    this.#search = part.withOptional(part.calledBy(end))
    this.#best = { calls, failure }
  }

  run(): Contradiction {
    this.#takeLast()
    // Who is needed among many is needed among fewer: at the end each is looked at once.
    for (let size = this.#best.calls.length >> 1; size >= 1; size >>= 1) this.#leaveOut(size)
    const calls = [...this.#best.calls].sort((a, b) => a.calledAt - b.calledAt)
    return { calls, failure: this.#best.failure }
  }

  /** The last answers are often enough: one, two, four, … of them. */
  #takeLast(): void {
    const byAnswer = [...this.#best.calls].sort((a, b) => b.answeredAt - a.answeredAt)
    for (let count = 1; count < byAnswer.length; count *= 2)
      if (this.#isEnough(byAnswer.slice(0, count))) return
  }

  /** Tries without each `size` of them. The earliest go first: they are at the end. */
  #leaveOut(size: number): void {
    for (let end = this.#best.calls.length; end > 0; end -= size) {
      const start = Math.max(0, end - size)
      this.#isEnough(this.#best.calls.filter((_, i) => i < start || i >= end))
    }
  }

  #isEnough(calls: readonly Call[]): boolean {
    if (calls.length === 0 || this.#effort.left === 0) return false
    const attempt = new Effort(Math.min(this.#attempt, this.#effort.left))
    const before = attempt.left
    const failure = this.#search(calls, attempt)
    this.#effort.spend(before - attempt.left, 0)
    if (failure === null || failure === 'spent') return false
    this.#best = { calls, failure }
    return true
  }
}
