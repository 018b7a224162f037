/**
 * Which calls of others have been appended to a log here, in this process. A transport may bring a call twice, and its copy may come when the
 * member leads no more, has stopped or is gone: "not applied" would be true of the copy, and a lie about the call.
 *
 * The calls of one sender are numbered upwards, so what was appended of them is a few runs of numbers.
 */
import type { Outcome } from '@rafted/contracts'
import type { Caller, ReplyTo } from './waiters.ts'

interface Run {
  readonly first: number
  last: number
}

/** Senders that are remembered, those that sent last. */
const MAX_SENDERS = 4096
/** Runs of one sender: others' answers lie between them, and a copy that comes later than so many is not told from a new call. */
const MAX_RUNS = 64

export class Appended {
  readonly #runs = new Map<string, Run[]>()
  /** Who sent last, most often sends next. */
  #sender: ReplyTo = null
  #last: Run[] = []

  /** The call stands in a log from now on. Callers of this process are called once. */
  note(sender: ReplyTo, id: number): void {
    if (sender === null) return
    if (sender !== this.#sender) this.#turnTo(sender)
    const runs = this.#last
    const run = runs.at(-1)
    if (run !== undefined && run.last === id - 1) run.last = id
    else if (runs.push({ first: id, last: id }) > MAX_RUNS) runs.shift()
  }

  /** What is true of a call whose copy, or only one, is refused. */
  outcomeOf({ id, replyTo }: Caller): Outcome {
    const runs = replyTo === null ? undefined : this.#runs.get(replyTo)
    return runs?.some(({ first, last }) => first <= id && id <= last) ? 'unknown' : 'not-applied'
  }

  #turnTo(sender: string): void {
    const runs = this.#runs.get(sender) ?? []
    // Put last, so that who has been silent for longest is forgotten first.
    this.#runs.delete(sender)
    this.#runs.set(sender, runs)
    if (this.#runs.size > MAX_SENDERS) this.#runs.delete(this.#runs.keys().next().value!)
    this.#sender = sender
    this.#last = runs
  }
}
