/**
 * A situation of the whole group, as numbers: the state of each member, the account, and every message that was ever sent. A message
 * stays when it has arrived, so each may be lost, late, overtaken and repeated without any bound.
 *
 * What a member answers without changing is answered at once: that loses nothing, since nobody has to hear it. And what is of an older
 * term than the last is forgotten once its receiver has answered it and has the last term on disk: such a member refuses all that is
 * older, whatever else its state is (paper §5.1).
 */
import type { Accounts } from './accounts.ts'
import { stirFirst, stirSecond } from './hash-lanes.ts'
import type { Move, Moves } from './moves.ts'

/** The first word is the situation's own number. */
const HEADER = 1
const MAX_WORDS = 1 << 16

/** What is done about messages before others can see the situation; without it they just stay. */
export interface MessageReduction {
  /** No member ever has a later term. */
  readonly lastTerm: number
}

/** The hash of a situation, equal for all that differ by names only. */
export interface SituationHash {
  first: number
  second: number
  /** How many situations differ from this one by names only, itself included. */
  alike: number
}

export class Situation {
  readonly #moves: Moves
  readonly #accounts: Accounts
  readonly #members: number
  readonly #reduction: MessageReduction | null
  readonly words = new Int32Array(MAX_WORDS)
  length = 0
  /** For each renaming both lanes of a sum over all parts: it doesn't depend on the order of the messages. */
  readonly #sums: Int32Array
  #sent = new Uint8Array(1024)

  constructor(moves: Moves, accounts: Accounts, renamings: number, reduction: MessageReduction | null) {
    this.#moves = moves
    this.#accounts = accounts
    this.#members = moves.ids.length
    this.#reduction = reduction
    this.#sums = new Int32Array(renamings * 2)
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

  /** Nobody has done anything yet. */
  begin(account: number): void {
    this.load((words) => {
      words[0] = 0
      for (let place = 0; place < this.#members; place++) words[HEADER + place] = this.#moves.first(place)
      words[HEADER + this.#members] = account
      return this.mail
    })
  }

  /** @param fill sets the words and says how many they are. */
  load(fill: (words: Int32Array) => number): void {
    this.#clear()
    const length = fill(this.words)
    this.length = length
    this.#sums.fill(0)
    for (let place = 0; place < this.#members; place++) this.#add(this.#moves.stateHashes, this.state(place))
    this.#add(this.#accounts.hashes, this.account)
    for (let at = this.mail; at < length; at++) {
      this.#add(this.#moves.messageHashes, this.words[at]!)
      this.#mark(this.words[at]!)
    }
  }

  /** Becomes what `other` becomes by a move. */
  follow(other: Situation, place: number, move: Move, beats: boolean, account: number): void {
    this.#clear()
    for (let at = 0; at < other.length; at++) this.words[at] = other.words[at]!
    this.length = other.length
    this.#sums.set(other.#sums)
    for (let at = this.mail; at < this.length; at++) this.#mark(this.words[at]!)
    this.#subtract(this.#moves.stateHashes, this.state(place))
    this.#subtract(this.#accounts.hashes, this.account)
    this.words[HEADER + place] = move.next
    this.words[HEADER + this.#members] = account
    this.#add(this.#moves.stateHashes, move.next)
    this.#add(this.#accounts.hashes, account)
    const before = this.length
    for (const message of move.sent) this.#send(message)
    if (beats) for (const message of move.beats) this.#send(message)
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
        this.#subtract(this.#moves.messageHashes, number)
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

  /** Of the hashes under all renamings, together. */
  hash(into: SituationHash): void {
    const sums = this.#sums
    let first = 0
    let second = 0
    let same = 0
    for (let at = 0; at < sums.length; at += 2) {
      const a = sums[at]!
      const b = sums[at + 1]!
      const stirred = stirFirst(a, b)
      first = (first + stirred) | 0
      second = (second + stirSecond(stirred, b)) | 0
      if (a === sums[0] && b === sums[1]) same++
    }
    into.first = first
    into.second = second
    into.alike = sums.length / 2 / same
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
    this.#add(this.#moves.messageHashes, message)
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

  #add(hashes: Int32Array, number: number): void {
    const sums = this.#sums
    const from = number * sums.length
    for (let at = 0; at < sums.length; at++) sums[at]! += hashes[from + at]!
  }

  #subtract(hashes: Int32Array, number: number): void {
    const sums = this.#sums
    const from = number * sums.length
    for (let at = 0; at < sums.length; at++) sums[at]! -= hashes[from + at]!
  }
}
