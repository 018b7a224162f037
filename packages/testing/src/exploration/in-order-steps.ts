/**
 * What a member can do until the others can notice, where messages arrive in order: that depends on its state, on what is under way
 * to it, and on what may still happen, so it is searched once for each of these and looked up from then on.
 *
 * A step ends when the member sends something. What it does before can be put off until then, as nothing that others do takes
 * anything away from it: what they send comes behind what is under way. That holds for a loss, a crash and a commit, too.
 */
import type { Accounts } from './accounts.ts'
import type { MemberView } from './explored-member.ts'
import type { Committed } from './group-promises.ts'
import type { Inboxes } from './inboxes.ts'
import type { Move, Moves } from './moves.ts'
import { beginning, type Step } from './network.ts'
import { eachOwnInput, onlyBeats } from './own-inputs.ts'

/** What a member can do from where it is. */
export interface MemberSteps {
  /** One for each way in which it looks different to a check. */
  readonly unseen: readonly Step[]
  readonly seen: readonly Step[]
}

/** How many of these are remembered; then all are forgotten, and searched again. */
const REMEMBERED = 100_000

export class InOrderSteps {
  readonly #moves: Moves
  readonly #accounts: Accounts
  readonly #inboxes: Inboxes
  readonly #terms: number
  readonly #reduce: boolean
  /** By state, then by inbox and account. */
  #known: Map<number, MemberSteps>[] = []
  #remembered = 0

  /** @param reduce otherwise each single input ends a step. */
  constructor(moves: Moves, accounts: Accounts, inboxes: Inboxes, terms: number, reduce: boolean) {
    this.#moves = moves
    this.#accounts = accounts
    this.#inboxes = inboxes
    this.#terms = terms
    this.#reduce = reduce
  }

  of(state: number, inbox: number, account: number): MemberSteps {
    this.#known[state] ??= new Map()
    const known = this.#known[state].get(pair(account, inbox))
    if (known !== undefined) return known
    if (this.#remembered++ === REMEMBERED) {
      this.#known = []
      this.#remembered = 0
    }
    const found = this.#search(beginning(state, inbox, account))
    this.#known[state] ??= new Map()
    this.#known[state].set(pair(account, inbox), found)
    return found
  }

  #search(first: Step): MemberSteps {
    const unseen: Step[] = []
    const seen: Step[] = []
    const waiting: Step[] = []
    const met = new Map<number, Set<number>>()
    const looks = new Map<MemberView, Set<Committed>>()
    this.#looksNew(first, looks)
    const meet = (step: Step): void => {
      const known = met.get(step.state) ?? new Set()
      const key = pair(step.account, step.inbox)
      if (known.has(key)) return
      met.set(step.state, known.add(key))
      waiting.push(step)
      if (this.#looksNew(step, looks)) unseen.push(step)
    }
    const take = (step: Step): void => {
      if (this.#isSeen(step)) seen.push(step)
      else meet(step)
    }
    meet(first)
    for (let at = 0; at < waiting.length; at++) {
      this.#arrivals(waiting[at]!, take)
      this.#own(waiting[at]!, take)
    }
    return { unseen, seen }
  }

  #looksNew({ state, account }: Step, looks: Map<MemberView, Set<Committed>>): boolean {
    const view = this.#moves.view(state)
    const { committed } = this.#accounts.at(account)
    const known = looks.get(view) ?? new Set()
    if (known.has(committed)) return false
    looks.set(view, known.add(committed))
    return true
  }

  #isSeen({ move, beats, broken }: Step): boolean {
    return !this.#reduce || beats || broken !== null || (move !== null && move.sent.length > 0)
  }

  /** What may arrive next at a member. */
  #arrivals(from: Step, take: (step: Step) => void): void {
    const { left } = this.#accounts.at(from.account)
    for (const { message, losses, rest } of this.#inboxes.arrivals(from.inbox)) {
      if (losses > left.losses) continue
      this.#take(from, this.#moves.onMessage(from.state, message, false), rest, losses, take)
      if (!this.#moves.message(message).asksForVote) continue
      const move = this.#moves.onMessage(from.state, message, true)
      if (move !== null) this.#take(from, move, rest, losses, take)
    }
  }

  #own(from: Step, take: (step: Step) => void): void {
    const { left } = this.#accounts.at(from.account)
    eachOwnInput(this.#moves, from.state, left, this.#terms, (move) => {
      if (move === null) return
      const inboxes = move.input.kind === 'restart' ? this.#inboxes.leftovers(from.inbox) : [from.inbox]
      for (const inbox of inboxes) this.#take(from, move, inbox, 0, take)
    })
  }

  #take(from: Step, move: Move | null, inbox: number, losses: number, take: (step: Step) => void): void {
    const beating =
      move !== null && move.beats.length > 0 && this.#accounts.at(from.account).left.heartbeats > 0
    if (beating) take(this.#step(from, move, inbox, losses, true))
    if (move === null || !onlyBeats(move)) take(this.#step(from, move, inbox, losses, false))
  }

  #step(before: Step, move: Move | null, inbox: number, losses: number, beats: boolean): Step {
    const state = move?.next ?? before.state
    const after = this.#accounts.after(before.account, move, this.#moves.view(state), beats, losses)
    const [account, contradiction] = typeof after === 'number' ? [after, null] : [before.account, after]
    const broken = contradiction ?? move?.broken ?? null
    return { before, move, state, inbox, account, beats, losses, broken }
  }
}

/** A key of two numbers, each below 2²⁶. */
function pair(one: number, other: number): number {
  return one * 2 ** 26 + other
}
