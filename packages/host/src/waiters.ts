/** Who waits for what: calls that have been taken and will be answered later. */
import type { ErrorCode, Outcome } from '@rafted/contracts'
import type { Response } from '@rafted/wire'

/** Where an answer goes: the address a request came from, or null for this host's own callers. */
export type ReplyTo = string | null

/** One call as the host keeps it until it is answered. */
export interface Caller {
  readonly id: number
  readonly replyTo: ReplyTo
}

/** What the parts of a member answer through. */
export interface Answers {
  answer(replyTo: ReplyTo, response: Response): void
  /** An error, with the leader as this member knows it. */
  refuse(caller: Caller, code: ErrorCode, outcome: Outcome, message: string): void
}

/** A caller whose command stands at `index`. */
export interface Waiter extends Caller {
  readonly index: number
  readonly term: number
}

/** Callers by the index they wait for, which only grows: a queue, not a map. */
export class Waiters<W extends Waiter = Waiter> {
  /** A place before the first is empty: who has been answered must not grow old in it. */
  #queue: (W | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#queue.length - this.#head
  }

  add(waiter: W): void {
    this.#queue.push(waiter)
  }

  /** The waiter for `index`, if there is one; those before it are gone. */
  take(index: number): W | undefined {
    const waiter = this.#queue[this.#head]
    if (waiter === undefined || waiter.index > index) return undefined
    this.#queue[this.#head++] = undefined
    if (this.#head === this.#queue.length) {
      this.#queue = []
      this.#head = 0
    } else if (this.#head >= 4096) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return waiter
  }

  /** All of them; none is left. */
  drain(): W[] {
    const all = this.#queue.slice(this.#head) as W[]
    this.#queue = []
    this.#head = 0
    return all
  }
}
