/**
 * A situation of the whole group, as numbers: the state of each member, the account, and every message that was ever sent. A message
 * stays when it has arrived, so each may be lost, late, overtaken and repeated without any bound.
 *
 * What a member answers without changing is answered at once: that loses nothing, since nobody has to hear it. And what is of an older
 * term than the last is forgotten once its receiver has answered it and has the last term on disk: such a member refuses all that is
 * older, whatever else its state is (paper §5.1).
 */
import type { Accounts } from './accounts.ts'
import { HashSums, type SituationHash } from './hash-sums.ts'
import type { Move, Moves } from './moves.ts'
import type { Situation, Step } from './network.ts'

/** The first word is the situation's own number. */
const HEADER = 1
const MAX_WORDS = 1 << 16

/** What is done about messages before others can see the situation; without it they just stay. */
export interface MessageReduction {
  /** No member ever has a later term. */
  readonly lastTerm: number
}

export class AnyOrderSituation implements Situation {
  readonly #moves: Moves
  readonly #accounts: Accounts
  readonly #members: number
  readonly #reduction: MessageReduction | null
  readonly words = new Int32Array(MAX_WORDS)
  length = 0
  readonly #sums: HashSums
  #sent = new Uint8Array(1024)

  constructor(moves: Moves, accounts: Accounts, renamings: number, reduction: MessageReduction | null) {
    this.#moves = moves
    this.#accounts = accounts
    this.#members = moves.ids.length
    this.#reduction = reduction
    this.#sums = new HashSums(renamings)
  }

  /** Where the messages begin. */
  get mail(): number {
    return HEADER + this.#members + 1
  }

  get account(): number {
    return this.words[HEADER + this.#members]!
  }

  state(place: number): number {
    return this.words[HEADER + place]!
  }

  wasSent(message: number): boolean {
    return this.#sent[message] === 1
  }

  begin(account: number): void {
    this.load((words) => {
      words[0] = 0
      for (let place = 0; place < this.#members; place++) words[HEADER + place] = this.#moves.first(place)
      words[HEADER + this.#members] = account
      return this.mail
    })
  }

  load(fill: (words: Int32Array) => number): void {
    this.#clear()
    const length = fill(this.words)
    this.length = length
    this.#sums.clear()
    for (let place = 0; place < this.#members; place++)
      this.#sums.add(this.#moves.stateHashes, this.state(place))
    this.#sums.add(this.#accounts.hashes, this.account)
    for (let at = this.mail; at < length; at++) {
      this.#sums.add(this.#moves.messageHashes, this.words[at]!)
      this.#mark(this.words[at]!)
    }
  }

  /** Becomes what `other` becomes by a step. */
  follow(other: AnyOrderSituation, place: number, { move, state, beats, account }: Step): void {
    this.#clear()
    for (let at = 0; at < other.length; at++) this.words[at] = other.words[at]!
    this.length = other.length
    this.#sums.copy(other.#sums)
    for (let at = this.mail; at < this.length; at++) this.#mark(this.words[at]!)
    this.#sums.subtract(this.#moves.stateHashes, this.state(place))
    this.#sums.subtract(this.#accounts.hashes, this.account)
    this.words[HEADER + place] = state
    this.words[HEADER + this.#members] = account
    this.#sums.add(this.#moves.stateHashes, state)
    this.#sums.add(this.#accounts.hashes, account)
    const before = this.length
    if (move !== null) for (const message of move.sent) this.#send(message)
    if (move !== null && beats) for (const message of move.beats) this.#send(message)
    if (this.#reduction === null) return
    for (let at = this.mail; at < this.length; at++) {
      const message = this.words[at]!
      // The others have answered what was there before.
      if (at >= before || this.#moves.message(message).to === place) this.#answer(message)
    }
    this.#forget(place, before, this.#reduction.lastTerm)
  }

  /** Forgets messages, of those to the member at `place` and those from the position `from` on. */
  #forget(place: number, from: number, lastTerm: number): void {
    let kept = this.mail
    for (let at = this.mail; at < this.length; at++) {
      const number = this.words[at]!
      const { to, message } = this.#moves.message(number)
      const touched = at >= from || to === place
      if (touched && message.term < lastTerm && this.#isDone(number, to, lastTerm)) {
        this.#sent[number] = 0
        this.#sums.subtract(this.#moves.messageHashes, number)
      } else {
        this.words[kept++] = number
      }
    }
    this.length = kept
  }

  #isDone(number: number, to: number, lastTerm: number): boolean {
    const state = this.state(to)
    if (this.#moves.view(state).diskTerm !== lastTerm) return false
    const move = this.#moves.onMessage(state, number, false)
    return move === null || move.next === state
  }

  hash(into: SituationHash): void {
    this.#sums.hash(into)
  }

  #clear(): void {
    for (let at = this.mail; at < this.length; at++) this.#sent[this.words[at]!] = 0
  }

  #mark(message: number): void {
    if (message >= this.#sent.length) {
      const more = new Uint8Array(message * 2)
      more.set(this.#sent)
      this.#sent = more
    }
    this.#sent[message] = 1
  }

  #send(message: number): void {
    if (this.#sent[message] === 1) return
    if (this.length === MAX_WORDS)
      throw new Error(`a situation of more than ${MAX_WORDS} words: use smaller bounds`)
    this.#mark(message)
    this.words[this.length++] = message
    this.#sums.add(this.#moves.messageHashes, message)
  }

  #answer(message: number): void {
    const { to, asksForVote } = this.#moves.message(message)
    const state = this.state(to)
    this.#answerBy(state, this.#moves.onMessage(state, message, false))
    if (asksForVote) this.#answerBy(state, this.#moves.onMessage(state, message, true))
  }

  #answerBy(state: number, move: Move | null): void {
    if (move !== null && move.next === state && move.broken === null)
      for (const message of move.sent) this.#send(message)
  }
}
