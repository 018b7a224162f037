/**
 * The search, breadth first. A step is what one member does until the others can notice: any number of inputs of which nothing
 * is seen outside, then one that sends something, commits something, or uses up what is bounded. What is unseen can be put off until
 * then, as nothing that another member does takes anything away from this one; so steps are interleaved, and not the inputs in them.
 * The promises are checked after every input.
 */
import { Accounts, type Budget, costOf } from './accounts.ts'
import type { CoreClass, MemberView } from './explored-member.ts'
import { Frontier } from './frontier.ts'
import { brokenPromise } from './group-promises.ts'
import { type Move, Moves } from './moves.ts'
import { renamingsOf } from './renaming.ts'
import { Situation, type SituationHash } from './situation.ts'
import { StateSet } from './state-set.ts'

export interface Bounds extends Budget {
  readonly members: number
  readonly terms: number
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
  /** Its heartbeats may arrive; otherwise they are lost. */
  readonly beats: boolean
}

interface Violation {
  readonly broken: string
  /** Number of the situation in which the step began that broke the promise. */
  readonly from: number
  readonly events: readonly Event[]
}

/** How a member has come to a state that nobody has noticed. */
interface Unseen {
  readonly state: number
  readonly before: Unseen | null
  readonly move: Move | null
}

/** Is told of a step that leads to `next`. */
type Visit = (before: Unseen, place: number, move: Move, beats: boolean) => void

export class Exploration {
  readonly moves: Moves
  readonly #bounds: Bounds
  readonly #steps: boolean
  readonly #accounts: Accounts
  readonly #seen = new StateSet()
  readonly #frontier = new Frontier()
  readonly #views: MemberView[] = []
  readonly #here: Situation
  readonly #next: Situation
  readonly #hash: SituationHash = { first: 0, second: 0, alike: 1 }
  /** For each state of a member, the last search in which it was met. */
  #metIn = new Int32Array(1024)
  #search = 0
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
    this.#steps = steps
    const ids = [...'abcdefg'].slice(0, bounds.members)
    const all = renamingsOf(bounds.members)
    const renamings = symmetry ? all : all.slice(0, 1)
    this.moves = new Moves(ids, renamings, core)
    this.#accounts = new Accounts(renamings)
    const reduction = steps ? { lastTerm: bounds.terms } : null
    this.#here = new Situation(this.moves, this.#accounts, renamings.length, reduction)
    this.#next = new Situation(this.moves, this.#accounts, renamings.length, reduction)
    this.#here.begin(this.#firstAccount())
    this.#here.hash(this.#hash)
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
    this.#eachStep((before, place, move, beats) => {
      const account = this.#accounts.after(here.account, move, this.moves.view(move.next), beats)
      const broken = typeof account === 'string' ? account : this.#check(place, move, account)
      if (broken !== null) this.#break(broken, number, eventsOf(before, place, move, beats))
      else this.#follow(place, move, beats, account as number, number)
    })
    return this.violation === null
  }

  /** The events of the violation, or of the way to the situation found last. */
  schedule(): Event[] {
    const path = this.#seen.pathTo(this.violation?.from ?? this.#seen.size - 1)
    const events: Event[] = []
    this.#here.begin(this.#firstAccount())
    for (const number of path.slice(1)) events.push(...this.#retrace(number))
    return [...events, ...(this.violation?.events ?? [])]
  }

  /** Takes the step that leads from here to the situation of this number, or to one that differs by names only. */
  #retrace(number: number): Event[] {
    const here = this.#here
    let found: Event[] | null = null
    const words = new Int32Array(here.words.length)
    let length = 0
    this.#eachStep((before, place, move, beats) => {
      const account = this.#accounts.after(here.account, move, this.moves.view(move.next), beats)
      if (found !== null || typeof account === 'string') return
      this.#next.follow(here, place, move, beats, account)
      this.#next.hash(this.#hash)
      if (!this.#seen.isAt(number, this.#hash.first, this.#hash.second)) return
      found = eventsOf(before, place, move, beats)
      words.set(this.#next.words)
      length = this.#next.length
    })
    here.load((into) => {
      into.set(words)
      return length
    })
    return found!
  }

  #firstAccount(): number {
    const { commands, crashes, stepDowns, heartbeats } = this.#bounds
    const left = { commands, crashes, stepDowns, heartbeats }
    return this.#accounts.numberOf({ left, committed: { terms: [], knownIn: [] } })
  }

  #follow(place: number, move: Move, beats: boolean, account: number, from: number): void {
    this.#next.follow(this.#here, place, move, beats, account)
    this.#next.hash(this.#hash)
    this.#add(this.#next, from)
  }

  #add(situation: Situation, from: number): void {
    if (!this.#seen.add(this.#hash.first, this.#hash.second, from)) return
    this.unreduced += this.#hash.alike
    situation.words[0] = this.#seen.size - 1
    this.#frontier.push(situation.words, situation.length)
  }

  #check(place: number, move: Move, account: number): string | null {
    if (move.broken !== null) return move.broken
    const before = this.#views[place]!
    this.#views[place] = this.moves.view(move.next)
    const broken = brokenPromise(this.moves.ids, this.#views, this.#accounts.at(account).committed, place)
    this.#views[place] = before
    return broken
  }

  #break(broken: string, from: number, events: readonly Event[]): void {
    this.violation ??= { broken, from, events }
  }

  /** Every step that some member can take here. */
  #eachStep(visit: Visit): void {
    for (let place = 0; place < this.moves.ids.length; place++)
      this.#views[place] = this.moves.view(this.#here.state(place))
    for (let place = 0; place < this.moves.ids.length; place++) this.#eachStepOf(place, visit)
  }

  /** Searches the states that a member reaches unseen. */
  #eachStepOf(place: number, visit: Visit): void {
    this.#search++
    const waiting: Unseen[] = []
    const meet = (unseen: Unseen): void => {
      if (this.#isMet(unseen.state)) return
      waiting.push(unseen)
    }
    meet({ state: this.#here.state(place), before: null, move: null })
    for (let at = 0; at < waiting.length; at++) {
      const from = waiting[at]!
      const take = (move: Move | null): void => this.#take(from, place, move, meet, visit)
      this.#messagesTo(place, from.state, take)
      this.#ownInputs(from.state, take)
    }
  }

  #isMet(state: number): boolean {
    if (state >= this.#metIn.length) {
      const more = new Int32Array(state * 2)
      more.set(this.#metIn)
      this.#metIn = more
    }
    if (this.#metIn[state] === this.#search) return true
    this.#metIn[state] = this.#search
    return false
  }

  #take(from: Unseen, place: number, move: Move | null, meet: (unseen: Unseen) => void, visit: Visit): void {
    if (move === null) return
    const { input, next, beats } = move
    this.transitions++
    if (beats.length > 0 && this.#accounts.at(this.#here.account).left.heartbeats > 0)
      visit(from, place, move, true)
    // Nothing comes of these but heartbeats.
    if (input.kind === 'timeout' && (input.timeout === 'heartbeat' || input.timeout === 'notice')) return
    if (this.#isSeen(move)) {
      visit(from, place, move, false)
    } else if (next !== from.state) {
      const broken = this.#check(place, move, this.#here.account)
      const unseen: Unseen = { state: next, before: from, move }
      if (broken !== null) this.#break(broken, this.#here.words[0]!, eventsOf(from, place, move, false))
      else meet(unseen)
    }
  }

  /** Whether a move is seen outside, or uses up what is bounded, or commits. */
  #isSeen({ input, next, sent, broken }: Move): boolean {
    if (!this.#steps || broken !== null || costOf(input) !== null) return true
    for (const message of sent) if (!this.#here.wasSent(message)) return true
    const { committed } = this.#accounts.at(this.#here.account)
    const { commit, log } = this.moves.view(next)
    for (let at = 0; at < commit; at++) if (log[at] !== committed.terms[at]) return true
    return false
  }

  #messagesTo(place: number, state: number, take: (move: Move | null) => void): void {
    const { moves } = this
    const here = this.#here
    for (let at = here.mail; at < here.length; at++) {
      const message = here.words[at]!
      const { to, asksForVote } = moves.message(message)
      if (to !== place) continue
      take(moves.onMessage(state, message, false))
      if (asksForVote) take(moves.onMessage(state, message, true))
    }
  }

  /** What can happen to a member without a message. */
  #ownInputs(state: number, take: (move: Move | null) => void): void {
    const { moves } = this
    const { left } = this.#accounts.at(this.#here.account)
    const view = moves.view(state)
    if (view.writes > 0) take(moves.onWritten(state))
    if (left.crashes > 0) for (let kept = 0; kept <= view.writes; kept++) take(moves.restart(state, kept))
    if (view.role !== 'leader') {
      if (view.role === 'pre-candidate') take(moves.onPreVotes(state))
      if (view.term < this.#bounds.terms) take(moves.onTimeout(state, 'election'))
      return
    }
    if (left.heartbeats > 0) take(moves.onTimeout(state, 'heartbeat'))
    if (left.heartbeats > 0 && view.noticeDue) take(moves.onTimeout(state, 'notice'))
    if (left.stepDowns > 0) take(moves.onTimeout(state, 'quorum'))
    if (left.commands > 0) take(moves.propose(state))
  }
}

/** The inputs of one step. */
function eventsOf(before: Unseen, place: number, move: Move, beats: boolean): Event[] {
  const events: Event[] = [{ place, move, beats }]
  for (let at: Unseen | null = before; at?.move; at = at.before)
    events.push({ place, move: at.move, beats: false })
  return events.reverse()
}
