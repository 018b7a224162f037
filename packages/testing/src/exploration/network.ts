/** How messages travel: what a situation holds of them, and which steps lead from it to others. */
import type { SituationHash } from './hash-sums.ts'
import type { Move } from './moves.ts'

/** A situation of the whole group, as numbers. The first word is its own number, the next are the members' states. */
export interface Situation {
  readonly words: Int32Array
  readonly length: number
  readonly account: number
  state(place: number): number
  /** Nobody has done anything yet. */
  begin(account: number): void
  /** @param fill sets the words and says how many they are. */
  load(fill: (words: Int32Array) => number): void
  /** Equal for all that differ by names only. */
  hash(into: SituationHash): void
}

/** One input of a member, what came of it, and what it did before unseen. */
export interface Step {
  /** The step before it; null at the beginning, and then nothing has happened yet. */
  readonly before: Step | null
  /** Null at the beginning, and if nothing came of a message. */
  readonly move: Move | null
  readonly state: number
  /** What is still under way to the member, where that is known by a number. */
  readonly inbox: number
  readonly account: number
  /** Its heartbeats may arrive; otherwise they are lost. */
  readonly beats: boolean
  /** Messages that were lost as this one came before them. */
  readonly losses: number
  /** A promise that is broken, whatever the others do. */
  readonly broken: string | null
}

/** Is told what the member at `place` may do. @param seen whether others can notice: then it leads to another situation. */
export type Visit = (place: number, step: Step, seen: boolean) => void

export interface Network {
  /** The situation that is looked at. */
  readonly here: Situation
  readonly next: Situation
  /** All that a single member can do here. */
  eachStep(visit: Visit): void
  /** `next` becomes what follows from here. */
  follow(place: number, step: Step): void
}

export function beginning(state: number, inbox: number, account: number): Step {
  return { before: null, move: null, state, inbox, account, beats: false, losses: 0, broken: null }
}
