/** A situation as numbers: the state of each member, the account, and the inbox of each member. */
import type { Accounts } from './accounts.ts'
import type { DeadLetters } from './dead-letters.ts'
import { HashSums, type SituationHash } from './hash-sums.ts'
import type { Inboxes } from './inboxes.ts'
import type { Moves } from './moves.ts'
import type { Situation, Step } from './network.ts'

/** The first word is the situation's own number. */
const HEADER = 1

export class InOrderSituation implements Situation {
  readonly #moves: Moves
  readonly #accounts: Accounts
  readonly #inboxes: Inboxes
  readonly #deadLetters: DeadLetters
  readonly #members: number
  readonly #sums: HashSums
  readonly words: Int32Array
  readonly length: number

  constructor(
    moves: Moves,
    accounts: Accounts,
    inboxes: Inboxes,
    deadLetters: DeadLetters,
    renamings: number,
  ) {
    this.#moves = moves
    this.#accounts = accounts
    this.#inboxes = inboxes
    this.#deadLetters = deadLetters
    this.#members = moves.ids.length
    this.#sums = new HashSums(renamings)
    this.length = HEADER + this.#members * 2 + 1
    this.words = new Int32Array(this.length)
  }

  get account(): number {
    return this.words[HEADER + this.#members]!
  }

  state(place: number): number {
    return this.words[HEADER + place]!
  }

  inbox(place: number): number {
    return this.words[HEADER + this.#members + 1 + place]!
  }

  begin(account: number): void {
    this.words[0] = 0
    this.words[HEADER + this.#members] = account
    for (let place = 0; place < this.#members; place++) {
      this.words[HEADER + place] = this.#moves.first(place)
      this.#setInbox(place, this.#inboxes.empty)
    }
  }

  load(fill: (words: Int32Array) => number): void {
    fill(this.words)
  }

  /** Becomes what `other` becomes by a step. */
  follow(other: InOrderSituation, place: number, { state, inbox, account, move, beats }: Step): void {
    this.words.set(other.words)
    this.words[HEADER + place] = state
    this.words[HEADER + this.#members] = account
    this.#setInbox(place, inbox)
    if (move !== null) for (const message of move.sent) this.#send(message)
    if (move !== null && beats) for (const message of move.beats) this.#send(message)
    this.#bury()
  }

  hash(into: SituationHash): void {
    const sums = this.#sums
    sums.clear()
    sums.add(this.#accounts.hashes, this.account)
    for (let place = 0; place < this.#members; place++) {
      sums.add(this.#moves.stateHashes, this.state(place))
      sums.add(this.#inboxes.hashes, this.inbox(place))
    }
    sums.hash(into)
  }

  #send(message: number): void {
    const { to } = this.#moves.message(message)
    this.#setInbox(to, this.#inboxes.with(this.inbox(to), message))
  }

  #bury(): void {
    const mayCrash = this.#accounts.at(this.account).left.crashes > 0
    const states = this.words.subarray(HEADER, HEADER + this.#members)
    const settled = this.#deadLetters.settled(states, mayCrash)
    for (let place = 0; place < this.#members; place++)
      this.#setInbox(
        place,
        this.#deadLetters.without(this.inbox(place), this.state(place), settled, mayCrash),
      )
  }

  #setInbox(place: number, inbox: number): void {
    this.words[HEADER + this.#members + 1 + place] = inbox
  }
}
