/**
 * The search for an order: that of Wing and Gong, with Lowe's memory of configurations that have been tried. What may or may not have
 * happened is put in only where it makes a difference at once, so it costs next to nothing where it does not.
 */
import { Agenda } from './agenda.ts'
import type { Effects } from './effects.ts'
import type { Effort } from './effort.ts'
import { Optional, type OptionalCall } from './optional.ts'
import { type Call, Pending } from './pending.ts'
import type { Queries } from './queries.ts'
import { REFUSED, type Transitions } from './transitions.ts'
import { Tried } from './tried.ts'

/** What is searched: all `calls` have to be put in order, and those of `optional` may be. */
export interface Problem {
  readonly transitions: Transitions<unknown, unknown, unknown>
  readonly effects: Effects
  readonly queries: Queries
  readonly calls: readonly Call[]
  readonly optional: readonly OptionalCall[]
}

/** There is no order. */
export interface Failure {
  /** No order got beyond an answer at this time. */
  readonly latest: number
  /** The longest order that was found, as indexes in the history, the state after it, and the call whose answer can't follow. */
  readonly order: readonly number[]
  readonly state: number
  readonly stuck: Call
}

/** An optional operation was the last, and this is where it stood. */
interface Before {
  readonly state: number
  readonly place: number
}

/** A configuration: which operations are in the order, and the state they led to. */
interface Node {
  readonly parent: Node | null
  /** How many parents it has. */
  readonly level: number
  /** What was added to the order of the parent: places of answered calls, and `-1 - place` of optional ones. */
  readonly added: readonly number[]
  /** Answered calls in the order. */
  readonly taken: number
  readonly state: number
  /** Null if an answered operation led here. */
  readonly before: Before | null
  readonly open: readonly number[]
  /** Which are still to be tried, the next one last; null until somebody asks. */
  moves: Move[] | null
  /** Whether they are optional ones: these come when the answered ones have been tried. */
  isOptional: boolean
  /** Optional operations in the order. */
  readonly used: number
}

/** To add one operation, named as in `added`. */
interface Move {
  readonly what: number
  readonly next: number
}

/** An open call: where it leads from here, and from behind each optional operation. */
interface Follower {
  readonly without: number
  readonly after: Int32Array
}

/** Found by trial, on registers, sets and counters. */
const OPTIONAL_BEHIND = 8

/** @returns null if there is an order, and `spent` if the effort was spent before that could be said. */
export function search(problem: Problem, effort: Effort): Failure | 'spent' | null {
  for (;;) {
    const found = new Search(problem, effort).run()
    if (found === null || found === 'spent' || problem.queries.areStill()) return found
    // Something was put in too soon: it can change states after all.
  }
}

class Search {
  readonly #transitions: Transitions<unknown, unknown, unknown>
  readonly #effects: Effects
  readonly #queries: Queries
  readonly #effort: Effort
  readonly #pending: Pending
  readonly #optional: Optional
  readonly #tried = new Tried()
  readonly #agenda = new Agenda<Node>()
  /** Where `#pending` and `#optional` stand. */
  #at: Node | null = null
  #steps: number
  #failure: (Failure & { readonly taken: number }) | null = null

  constructor({ transitions, effects, queries, calls, optional }: Problem, effort: Effort) {
    this.#transitions = transitions
    this.#effects = effects
    this.#queries = queries
    this.#effort = effort
    this.#pending = new Pending(calls)
    this.#optional = new Optional(effects.kinds.length, optional)
    this.#steps = transitions.steps
  }

  run(): Failure | 'spent' | null {
    this.#enter({ parent: null, added: [], state: this.#transitions.init(), before: null })
    for (;;) {
      if (this.#pending.isEmpty) return null
      if (this.#effort.isSpent) return 'spent'
      const node = this.#agenda.take()
      if (node === undefined) return this.#failure
      this.#goTo(node)
      this.#tryNext(node)
    }
  }

  #tryNext(node: Node): void {
    node.moves ??= node.isOptional ? this.#optionalMoves(node) : this.#answeredMoves(node)
    const move = node.moves.pop()
    if (move !== undefined) {
      this.#agenda.add(node, priority(node))
      const { what, next } = move
      const before = what < 0 ? { state: node.state, place: -1 - what } : null
      this.#add(what)
      this.#enter({ parent: node, added: [what], state: next, before })
    } else if (!node.isOptional) {
      this.#noteFailure(node)
      node.isOptional = true
      node.moves = null
      this.#agenda.add(node, priority(node))
    }
  }

  /** Makes a node of where the search stands now, unless it has been here. */
  #enter({ parent, added, state, before }: Pick<Node, 'parent' | 'added' | 'state' | 'before'>): void {
    const all = [...added]
    const open = this.#absorb(state, all)
    const node: Node = {
      parent,
      level: parent === null ? 0 : parent.level + 1,
      added: all,
      taken: this.#pending.taken,
      state,
      before: all.length > added.length ? null : before,
      open,
      moves: null,
      isOptional: false,
      used: (parent?.used ?? 0) + (added[0]! < 0 ? 1 : 0),
    }
    this.#at = node
    if (this.#pending.isEmpty) return
    this.#effort.spend(1, this.#transitions.steps - this.#steps)
    this.#steps = this.#transitions.steps
    const isNew = this.#tried.add(`${state} ${this.#pending.key()}`, this.#optional.bits())
    if (isNew) this.#agenda.add(node, priority(node))
  }

  #add(what: number): void {
    if (what >= 0) this.#pending.take(what)
    else this.#optional.take(-1 - what)
  }

  /** Goes back to where the ways part, and on from there. */
  #goTo(node: Node): void {
    const way: Node[] = []
    let from = this.#at
    let to: Node | null = node
    while (from !== to) {
      if (to === null || (from !== null && from.level >= to.level)) from = this.#goBack(from!)
      else {
        way.push(to)
        to = to.parent
      }
    }
    for (const { added } of way.reverse()) for (const what of added) this.#add(what)
    this.#at = node
  }

  #goBack({ parent, added }: Node): Node | null {
    for (let i = added.length - 1; i >= 0; i--)
      if (added[i]! >= 0) this.#pending.putBack()
      else this.#optional.putBack()
    return parent
  }

  /** A query that fits is best put in at once: it is of no use later. @returns what is open behind. */
  #absorb(state: number, added: number[]): number[] {
    for (;;) {
      const open = this.#pending.open()
      const fitting = open.filter((place) => {
        const { kind, asked } = this.#pending.calls[place]!
        return this.#transitions.step(kind, state) === state && this.#queries.has(asked)
      })
      if (fitting.length === 0) return open
      for (const place of fitting) this.#pending.take(place)
      added.push(...fitting)
    }
  }

  #answeredMoves(node: Node): Move[] {
    const moves: (Move & { readonly urgency: number })[] = []
    for (const what of node.open) {
      const { kind, answeredAt } = this.#pending.calls[what]!
      const next = this.#transitions.step(kind, node.state)
      if (next === REFUSED || !this.#needsOptional(node, kind, next)) continue
      moves.push({ what, next, urgency: Math.min(answeredAt, this.#firstEnabled(node, next)) })
    }
    return moves.sort((a, b) => b.urgency - a.urgency)
  }

  /** The first answer among those that fit in the state `next` and do not fit before. */
  #firstEnabled({ open, state }: Node, next: number): number {
    let first = Infinity
    for (const place of open) {
      const { kind, answeredAt } = this.#pending.calls[place]!
      if (answeredAt < first && this.#transitions.step(kind, state) === REFUSED)
        if (this.#transitions.step(kind, next) !== REFUSED) first = answeredAt
    }
    return first
  }

  /**
   * Behind an optional operation only what would be different without it: not what leads to the same state (then the optional one is
   * not needed), nor what leads there when it comes first (then the optional one can come later).
   */
  #needsOptional({ before }: Node, kind: number, next: number): boolean {
    if (before === null) return true
    const { state, place } = before
    const without = this.#transitions.step(kind, state)
    if (without === REFUSED) return true
    if (without === next) return false
    return this.#transitions.step(this.#effects.kinds[place]!, without) !== next
  }

  #optionalMoves({ state, open, before }: Node): Move[] {
    if (before !== null) return this.#furtherMoves(state, before.state)
    const { answeredAt } = this.#pending.due()
    const moves = this.#varyingMoves(state, answeredAt)
    // What is looked at below may turn out to vary, but these are where all lead from here, and what follows there.
    const constants = this.#effects.constants.slice()
    const followers = open.map((place): Follower => {
      const { kind } = this.#pending.calls[place]!
      return { without: this.#transitions.step(kind, state), after: this.#effects.after(kind) }
    })
    for (let place = 0; place < constants.length; place++) {
      const next = constants[place]!
      if (next < 0 || next === state || !this.#optional.has(place, answeredAt)) continue
      if (isNoticed(place, followers) || this.#varyingMoves(next, answeredAt).length > 0)
        moves.push({ what: -1 - place, next })
    }
    return moves
  }

  /** Optional operations after an optional one: not those that lead to the same state without it. */
  #furtherMoves(state: number, before: number): Move[] {
    // Both states have to be known to the table: what it calls constant then leads from both to the same.
    this.#effects.of(before)
    const moves = this.#varyingMoves(state, this.#pending.due().answeredAt)
    return moves.filter(
      ({ what, next }) => this.#transitions.step(this.#effects.kinds[-1 - what]!, before) !== next,
    )
  }

  #varyingMoves(state: number, time: number): Move[] {
    const moves: Move[] = []
    for (const { place, next } of this.#effects.of(state))
      if (this.#optional.has(place, time)) moves.push({ what: -1 - place, next })
    return moves
  }

  #noteFailure(node: Node): void {
    const { taken, state } = node
    const stuck = this.#pending.due()
    const latest = Math.max(stuck.answeredAt, this.#failure?.latest ?? stuck.answeredAt)
    if (this.#failure !== null && taken <= this.#failure.taken) {
      if (latest > this.#failure.latest) this.#failure = { ...this.#failure, latest }
      return
    }
    this.#failure = { latest, order: this.#orderOf(node), state, stuck, taken }
  }

  #orderOf(last: Node): number[] {
    const order: number[] = []
    const used = new Map<number, number>()
    const nodes: Node[] = []
    for (let node: Node | null = last; node !== null; node = node.parent) nodes.push(node)
    for (const { added } of nodes.reverse())
      for (const what of added)
        if (what >= 0) order.push(this.#pending.calls[what]!.index)
        else {
          const place = -1 - what
          const count = used.get(place) ?? 0
          used.set(place, count + 1)
          order.push(this.#optional.indexOf(place, count))
        }
    return order
  }
}

/**
 * The longest order first, as it would be found without going back. To use an optional operation is mostly the wrong way out: they
 * fit in many places and run out, and that shows late. So first comes whatever is a few answers behind, and each one used counts.
 */
function priority({ taken, isOptional, used }: Node): number {
  return Math.max(0, taken - used - (isOptional ? OPTIONAL_BEHIND : 0))
}

/** Whether a call could follow, and would not lead to the same state without it. */
function isNoticed(place: number, followers: readonly Follower[]): boolean {
  return followers.some(({ without, after }) => after[place] !== REFUSED && after[place] !== without)
}
