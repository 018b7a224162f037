/**
 * The network in which a message that was sent may arrive at any time, any number of times, or never. A step ends with something
 * that is sent for the first time, is committed, or uses up what is bounded.
 */
import { type Accounts, costOf } from './accounts.ts'
import { AnyOrderSituation } from './any-order-situation.ts'
import type { Move, Moves } from './moves.ts'
import { beginning, type Network, type Step, type Visit } from './network.ts'
import { eachOwnInput, onlyBeats } from './own-inputs.ts'

export class AnyOrder implements Network {
  readonly here: AnyOrderSituation
  readonly next: AnyOrderSituation
  readonly #moves: Moves
  readonly #accounts: Accounts
  readonly #terms: number
  readonly #reduce: boolean
  /** For each state of a member, the last search in which it was met. */
  #metIn = new Int32Array(1024)
  #search = 0

  /** @param reduce steps are interleaved, not the inputs in them. */
  constructor(moves: Moves, accounts: Accounts, renamings: number, terms: number, reduce: boolean) {
    this.#moves = moves
    this.#accounts = accounts
    this.#terms = terms
    this.#reduce = reduce
    const reduction = reduce ? { lastTerm: terms } : null
    this.here = new AnyOrderSituation(moves, accounts, renamings, reduction)
    this.next = new AnyOrderSituation(moves, accounts, renamings, reduction)
  }

  eachStep(visit: Visit): void {
    for (let place = 0; place < this.#moves.ids.length; place++) this.#eachStepOf(place, visit)
  }

  follow(place: number, step: Step): void {
    this.next.follow(this.here, place, step)
  }

  /** Searches the states that a member reaches unseen. */
  #eachStepOf(place: number, visit: Visit): void {
    this.#search++
    const waiting: Step[] = []
    const meet = (step: Step): void => {
      if (!this.#isMet(step.state)) waiting.push(step)
    }
    meet(beginning(this.here.state(place), 0, this.here.account))
    for (let at = 0; at < waiting.length; at++) {
      const from = waiting[at]!
      const take = (move: Move | null): void => this.#take(from, place, move, meet, visit)
      this.#messagesTo(place, from.state, take)
      const { left } = this.#accounts.at(this.here.account)
      eachOwnInput(this.#moves, from.state, left, this.#terms, take)
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

  #take(from: Step, place: number, move: Move | null, meet: (step: Step) => void, visit: Visit): void {
    if (move === null) return
    if (move.beats.length > 0 && this.#accounts.at(this.here.account).left.heartbeats > 0)
      visit(place, this.#step(from, move, true), true)
    if (onlyBeats(move)) return
    if (this.#isSeen(move)) {
      visit(place, this.#step(from, move, false), true)
    } else if (move.next !== from.state) {
      const { account } = this.here
      const step = { ...beginning(move.next, 0, account), before: from, move }
      visit(place, step, false)
      meet(step)
    }
  }

  #step(before: Step, move: Move, beats: boolean): Step {
    const view = this.#moves.view(move.next)
    const after = this.#accounts.after(this.here.account, move, view, beats, 0)
    const [account, contradiction] = typeof after === 'number' ? [after, null] : [before.account, after]
    const broken = contradiction ?? move.broken
    return { before, move, state: move.next, inbox: 0, account, beats, losses: 0, broken }
  }

  /** Whether a move is seen outside, or uses up what is bounded, or commits. */
  #isSeen({ input, next, sent, broken }: Move): boolean {
    if (!this.#reduce || broken !== null || costOf(input) !== null) return true
    for (const message of sent) if (!this.here.wasSent(message)) return true
    const { committed } = this.#accounts.at(this.here.account)
    const { commit, log } = this.#moves.view(next)
    for (let at = 0; at < commit; at++) if (log[at] !== committed.terms[at]) return true
    return false
  }

  #messagesTo(place: number, state: number, take: (move: Move | null) => void): void {
    const { here } = this
    for (let at = here.mail; at < here.length; at++) {
      const message = here.words[at]!
      const { to, asksForVote } = this.#moves.message(message)
      if (to !== place) continue
      take(this.#moves.onMessage(state, message, false))
      if (asksForVote) take(this.#moves.onMessage(state, message, true))
    }
  }
}
