/**
 * Messages under way of which nothing can come any more, where they arrive in order. Whether they still arrive makes no difference, so
 * situations that differ by them only are one.
 */
import type { Message } from '@rafted/core'
import type { MemberView } from './explored-member.ts'
import type { Inboxes } from './inboxes.ts'
import type { Move, Moves } from './moves.ts'

/** What it depends on whether a message to a member is dead. */
interface Receiver {
  readonly state: number
  readonly view: MemberView
  /** Whether the process may end: then it comes back with what its disk holds. */
  readonly mayCrash: boolean
  /** Members that can't fall behind the last term any more, itself included: bit p for the place p. */
  readonly settled: number
}

export class DeadLetters {
  readonly #moves: Moves
  readonly #inboxes: Inboxes
  readonly #lastTerm: number
  readonly #reduce: boolean
  /** By state, then by inbox and all else. */
  readonly #known: Map<number, number>[] = []

  /** @param reduce without it only the refusals go that this network never delivers. */
  constructor(moves: Moves, inboxes: Inboxes, lastTerm: number, reduce: boolean) {
    this.#moves = moves
    this.#inboxes = inboxes
    this.#lastTerm = lastTerm
    this.#reduce = reduce
  }

  /** @returns the bits of `Receiver.settled`. */
  settled(states: Int32Array, mayCrash: boolean): number {
    let bits = 0
    states.forEach((state, place) => {
      if (floorOf(this.#moves.view(state), mayCrash) === this.#lastTerm) bits |= 1 << place
    })
    return bits
  }

  /** The inbox of a member in this state, without what is dead. */
  without(inbox: number, state: number, settled: number, mayCrash: boolean): number {
    if (inbox === this.#inboxes.empty) return inbox
    this.#known[state] ??= new Map()
    const known = this.#known[state]
    const key = (inbox * 64 + settled) * 2 + (mayCrash ? 1 : 0)
    let left = known.get(key)
    if (left === undefined) {
      const receiver = { state, view: this.#moves.view(state), mayCrash, settled }
      left = this.#inboxes.without(inbox, (message) => this.#isDead(message, receiver))
      known.set(key, left)
    }
    return left
  }

  #isDead(number: number, receiver: Receiver): boolean {
    const { message, from } = this.#moves.message(number)
    if (message.kind === 'vote' && !message.granted && message.term <= receiver.view.term) return true
    if (!this.#reduce) return false
    const dead = isAnswer(message)
      ? countsNoMore(message, receiver, this.#lastTerm)
      : this.#changesNoMore(message, receiver, (receiver.settled & (1 << from)) !== 0)
    return dead && this.#isIdle(number, receiver)
  }

  /** Whether nothing comes of a message now, nor if the process ends: what is said of dead messages has to be so, or else they stay. */
  #isIdle(number: number, { state, view, mayCrash }: Receiver): boolean {
    if (!this.#isIdleIn(state, number)) return false
    for (let kept = 0; mayCrash && kept <= view.writes; kept++) {
      const restarted = this.#moves.restart(state, kept)
      if (restarted !== null && !this.#isIdleIn(restarted.next, number)) return false
    }
    return true
  }

  #isIdleIn(state: number, number: number): boolean {
    const { asksForVote } = this.#moves.message(number)
    return (
      this.#isIdleMove(state, this.#moves.onMessage(state, number, false)) &&
      (!asksForVote || this.#isIdleMove(state, this.#moves.onMessage(state, number, true)))
    )
  }

  #isIdleMove(state: number, move: Move | null): boolean {
    return (
      move === null ||
      (move.next === state && move.broken === null && move.sent.every((sent) => this.#isRefusal(sent)))
    )
  }

  #isRefusal(number: number): boolean {
    const { message } = this.#moves.message(number)
    return message.kind === 'stale' || (message.kind === 'vote' && !message.granted)
  }

  /** A request that changes nothing at the receiver, whatever else becomes of it, and the answer to which is dead as well. */
  #changesNoMore(
    { kind, term, from }: Message,
    { view, mayCrash }: Receiver,
    senderIsSettled: boolean,
  ): boolean {
    if (floorOf(view, mayCrash) < this.#lastTerm) return false
    // It is told of the last term, and knows it.
    if (term < this.#lastTerm) return senderIsSettled
    // "Each server will vote for at most one candidate in a given term" (paper §5.2).
    const vote = mayCrash ? view.diskVote : view.vote
    return kind === 'vote-request' && vote !== null && vote !== from
  }
}

function isAnswer({ kind }: Message): boolean {
  return kind === 'vote' || kind === 'ack' || kind === 'conflict' || kind === 'stale'
}

/** Answers count for whoever asked, in the term and the role in which it did. In the last term it comes to neither again. */
function countsNoMore({ kind, term }: Message, { view, mayCrash }: Receiver, lastTerm: number): boolean {
  if (floorOf(view, mayCrash) < term) return false
  if (kind === 'stale' || view.term > term) return true
  return term === lastTerm && view.role !== (kind === 'vote' ? 'candidate' : 'leader')
}

/** The term below which a member never is again. */
function floorOf({ term, diskTerm }: MemberView, mayCrash: boolean): number {
  return mayCrash ? diskTerm : term
}
