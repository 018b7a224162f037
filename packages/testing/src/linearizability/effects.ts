/**
 * What operations that may or may not have happened would do. There can be thousands of them, open from their calls on, and
 * nearly all are of no use at a given point. So it is known of each whether it leads to the same state from wherever it
 * was tried (a plain write does): two such in a row are as good as the second alone.
 */
import { REFUSED, type Transitions } from './transitions.ts'

const UNKNOWN = -2
const VARIES = -1

/** What an operation does whose result depends on the state. */
interface Effect {
  readonly place: number
  readonly next: number
}

interface Known {
  readonly effects: readonly Effect[]
  /** Of the table when this was found. */
  readonly version: number
}

export class Effects {
  readonly #transitions: Transitions<unknown, unknown, unknown>
  /** By place: with any answer, so that none is ever refused. */
  readonly kinds: readonly number[]
  /** Where each leads from every state looked at so far, or `VARIES`. */
  readonly #constants: Int32Array
  readonly #byState = new Map<number, Known>()
  readonly #rows = new Map<number, Int32Array>()
  #version = 0

  constructor(transitions: Transitions<unknown, unknown, unknown>, kinds: readonly number[]) {
    this.#transitions = transitions
    this.kinds = kinds
    this.#constants = new Int32Array(kinds.length).fill(UNKNOWN)
  }

  /** What has an effect in `state` that it has not everywhere. All others lead from `state`, too, to their constant. */
  of(state: number): readonly Effect[] {
    const known = this.#byState.get(state)
    if (known?.version === this.#version) return known.effects
    const effects: Effect[] = []
    for (const [place, kind] of this.kinds.entries()) {
      const next = this.#transitions.compute(kind, state)
      const constant = this.#constants[place]!
      if (constant === UNKNOWN) {
        this.#constants[place] = next
        continue
      }
      if (next === constant) continue
      if (constant !== VARIES) {
        this.#constants[place] = VARIES
        // Where it was looked at before, it is now among the effects.
        this.#version++
      }
      if (next !== state) effects.push({ place, next })
    }
    this.#byState.set(state, { effects, version: this.#version })
    return effects
  }

  /** By place: where each leads from every state that `of` was asked for; negative if that depends. Not to be changed. */
  get constants(): Int32Array {
    return this.#constants
  }

  /** For each place with a constant: where `kind` leads from there, or `REFUSED`. */
  after(kind: number): Int32Array {
    const known = this.#rows.get(kind)
    if (known !== undefined) return known
    const row = new Int32Array(this.kinds.length).fill(REFUSED)
    for (let place = 0; place < row.length; place++) {
      const from = this.#constants[place]!
      if (from >= 0) row[place] = this.#transitions.compute(kind, from)
    }
    this.#rows.set(kind, row)
    return row
  }
}
