/**
 * Inputs that change no state. What they answered can be put in the order as soon as it fits, which saves most of the search. That
 * an input is a query is taken from the states seen so far, so a search that found no order has to look again at those it has seen since.
 */
import type { Transitions } from './transitions.ts'

export class Queries {
  readonly #transitions: Transitions<unknown, unknown, unknown>
  /** Up to which state each kind has been looked at. */
  readonly #seen = new Map<number, number>()
  readonly #commands = new Set<number>()

  constructor(transitions: Transitions<unknown, unknown, unknown>) {
    this.#transitions = transitions
  }

  /** @param kind with any answer. @returns whether it changes none of the states there are by now. */
  has(kind: number): boolean {
    if (this.#commands.has(kind)) return false
    const { states } = this.#transitions
    const seen = this.#seen.get(kind) ?? 0
    this.#seen.set(kind, states)
    for (let state = seen; state < states; state++)
      if (this.#transitions.compute(kind, state) !== state) {
        this.#seen.delete(kind)
        this.#commands.add(kind)
        return false
      }
    return true
  }

  /** @returns whether all that were found to be queries are so in all states there are by now. */
  areStill(): boolean {
    return [...this.#seen.keys()].every((kind) => this.has(kind))
  }
}
