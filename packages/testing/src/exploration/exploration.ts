/**
 * The search, breadth first. A step is what one member does until the others can notice: any number of inputs of which nothing
 * is seen outside, then one that is. What is unseen can be put off until then, as nothing that another member does takes anything
 * away from this one; so steps are interleaved, and not the inputs in them. The promises are checked after every input.
 */
import { Accounts, type Budget } from './accounts.ts'
import { AnyOrder } from './any-order.ts'
import type { CoreClass, MemberView } from './explored-member.ts'
import { Frontier } from './frontier.ts'
import { brokenPromise } from './group-promises.ts'
import type { SituationHash } from './hash-sums.ts'
import { InOrder } from './in-order.ts'
import { type Move, Moves } from './moves.ts'
import type { Network, Situation, Step } from './network.ts'
import { renamingsOf } from './renaming.ts'
import { StateSet } from './state-set.ts'

export interface Bounds extends Budget {
  readonly members: number
  readonly terms: number
  /** Messages between two members arrive in the order they were sent, and once. */
  readonly inOrder: boolean
}

export interface Reductions {
  /** Situations that differ by names only are one. */
  readonly symmetry: boolean
  /** Steps are interleaved, not the inputs in them. */
  readonly steps: boolean
}

/** One input of a member, and what came of it. */
export interface Event {
  readonly place: number
  readonly move: Move
  readonly beats: boolean
  /** Messages to it that were lost since the event before. */
  readonly losses: number
}

interface Violation {
  readonly broken: string
  /** Number of the situation in which the step began that broke the promise. */
  readonly from: number
  readonly events: readonly Event[]
}

export class Exploration {
  readonly moves: Moves
  readonly #bounds: Bounds
  readonly #accounts: Accounts
  readonly #seen = new StateSet()
  readonly #frontier = new Frontier()
  readonly #views: MemberView[] = []
  readonly #network: Network
  readonly #hash: SituationHash = { first: 0, second: 0, alike: 1 }
  #levelEnd = 1

  violation: Violation | null = null
  /** Inputs tried in situations. */
  transitions = 0
  /** Situations without the symmetry: those that were found, and all that differ from them by names only. */
  unreduced = 0
  /** All situations that fewer steps lead to have been explored. */
  depth = 0

  constructor(bounds: Bounds, { symmetry, steps }: Reductions, core: CoreClass) {
    this.#bounds = bounds
    const ids = [...'abcdefg'].slice(0, bounds.members)
    const all = renamingsOf(bounds.members)
    const renamings = symmetry ? all : all.slice(0, 1)
    this.moves = new Moves(ids, renamings, core)
    this.#accounts = new Accounts(renamings)
    const Travelling = bounds.inOrder ? InOrder : AnyOrder
    this.#network = new Travelling(this.moves, this.#accounts, renamings.length, bounds.terms, steps)
    this.#begin()
    this.#add(this.#here, -1)
  }

  get states(): number {
    return this.#seen.size
  }

  /** Situations that were found and not explored yet. */
  get waiting(): number {
    return this.#frontier.size
  }

  get bytesPerState(): number {
    return this.#seen.bytesPerState
  }

  get waitingBytes(): number {
    return this.#frontier.bytes
  }

  /** Explores one situation. @returns whether there was one, and no promise is broken. */
  advance(): boolean {
    if (this.#frontier.size === 0 || this.violation !== null) return false
    const here = this.#here
    here.load((words) => this.#frontier.shift(words))
    const number = here.words[0]!
    if (number >= this.#levelEnd) {
      this.depth++
      this.#levelEnd = this.#seen.size
    }
    for (let place = 0; place < this.moves.ids.length; place++)
      this.#views[place] = this.moves.view(here.state(place))
    this.#network.eachStep((place, step, seen) => {
      this.transitions++
      const isNew = step.broken !== null || !seen || this.#follow(place, step, number)
      const broken = step.broken ?? (isNew ? this.#check(place, step) : null)
      if (broken !== null) this.violation ??= { broken, from: number, events: eventsOf(place, step) }
    })
    return this.violation === null
  }

  /** The events of the violation, or of the way to the situation found last. */
  schedule(): Event[] {
    const path = this.#seen.pathTo(this.violation?.from ?? this.#seen.size - 1)
    const events: Event[] = []
    this.#begin()
    for (const number of path.slice(1)) events.push(...this.#retrace(number))
    return [...events, ...(this.violation?.events ?? [])]
  }

  /** Takes the step that leads from here to the situation of this number, or to one that differs by names only. */
  #retrace(number: number): Event[] {
    const { next } = this.#network
    let found: Event[] | null = null
    const words = new Int32Array(next.words.length)
    let length = 0
    this.#network.eachStep((place, step, seen) => {
      if (found !== null || !seen || step.broken !== null) return
      this.#network.follow(place, step)
      next.hash(this.#hash)
      if (!this.#seen.isAt(number, this.#hash.first, this.#hash.second)) return
      found = eventsOf(place, step)
      words.set(next.words)
      length = next.length
    })
    this.#here.load((into) => {
      into.set(words)
      return length
    })
    return found!
  }

  get #here(): Situation {
    return this.#network.here
  }

  #begin(): void {
    const { commands, crashes, stepDowns, heartbeats, losses } = this.#bounds
    const left = { commands, crashes, stepDowns, heartbeats, losses }
    this.#here.begin(this.#accounts.numberOf({ left, committed: { terms: [], knownIn: [] } }))
    this.#here.hash(this.#hash)
  }

  /** @returns whether the step leads to a situation that is new. */
  #follow(place: number, step: Step, from: number): boolean {
    this.#network.follow(place, step)
    this.#network.next.hash(this.#hash)
    return this.#add(this.#network.next, from)
  }

  #add(situation: Situation, from: number): boolean {
    if (!this.#seen.add(this.#hash.first, this.#hash.second, from)) return false
    this.unreduced += this.#hash.alike
    situation.words[0] = this.#seen.size - 1
    this.#frontier.push(situation.words, situation.length)
    return true
  }

  #check(place: number, { state, account }: Step): string | null {
    const before = this.#views[place]!
    this.#views[place] = this.moves.view(state)
    const broken = brokenPromise(this.moves.ids, this.#views, this.#accounts.at(account).committed, place)
    this.#views[place] = before
    return broken
  }
}

/** The inputs of one step. */
function eventsOf(place: number, last: Step): Event[] {
  const events: Event[] = []
  let losses = 0
  for (let at: Step | null = last; at !== null; at = at.before) {
    losses += at.losses
    if (at.move === null) continue
    events.push({ place, move: at.move, beats: at.beats, losses })
    losses = 0
  }
  return events.reverse()
}
