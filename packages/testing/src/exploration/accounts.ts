/** What a situation has besides members and messages: what may still happen, and what is committed. */
import type { MemberInput, MemberView } from './explored-member.ts'
import { type Committed, committedBy } from './group-promises.ts'
import type { Move } from './moves.ts'
import { Names } from './names.ts'
import type { Renaming } from './renaming.ts'

/** How many there may be in a whole run. */
export interface Budget {
  readonly commands: number
  /** Processes that end and start again. */
  readonly crashes: number
  /** Leaders that step down by themselves, as they seem to hear no majority. */
  readonly stepDowns: number
  /** Rounds of heartbeats that may arrive. */
  readonly heartbeats: number
  /** Messages that are lost, where they arrive in order. */
  readonly losses: number
}

export interface Account {
  readonly left: Budget
  readonly committed: Committed
}

export class Accounts {
  readonly #names: Names
  readonly #accounts: Account[] = []
  /** Accounts that follow from others by a cost alone, which is nearly always so. */
  readonly #spent = new Map<number, number>()

  constructor(renamings: readonly Renaming[]) {
    this.#names = new Names([], renamings)
  }

  get hashes(): Int32Array {
    return this.#names.hashes
  }

  at(number: number): Account {
    return this.#accounts[number]!
  }

  numberOf(account: Account): number {
    const number = this.#names.numberOf(JSON.stringify(account), () => account)
    if (number === this.#accounts.length) this.#accounts.push(account)
    return number
  }

  /**
   * @param move null if nothing came of a message. @param beats whether its heartbeats arrive one day. @param losses how many messages were lost.
   * @returns its number, or the promise that is broken.
   */
  after(
    before: number,
    move: Move | null,
    view: MemberView,
    beats: boolean,
    losses: number,
  ): number | string {
    const { left, committed: known } = this.#accounts[before]!
    const committed = committedBy(known, view)
    if (typeof committed === 'string') return committed
    const cost = move === null ? null : costOf(move.input)
    if (committed === known && cost === null && !beats && losses === 0) return before
    const spent = (before * 16 + losses) * 8 + (beats ? 4 : 0) + (cost === null ? 3 : costs.indexOf(cost))
    const key = committed === known ? spent : -1
    const found = key < 0 ? undefined : this.#spent.get(key)
    if (found !== undefined) return found
    const after = { ...left, losses: left.losses - losses }
    if (cost !== null) after[cost]--
    if (beats) after.heartbeats--
    const number = this.numberOf({ left: after, committed })
    if (key >= 0) this.#spent.set(key, number)
    return number
  }
}

const costs: readonly (keyof Budget)[] = ['commands', 'crashes', 'stepDowns']

/** What an input uses up, besides heartbeats. */
export function costOf(input: MemberInput): keyof Budget | null {
  switch (input.kind) {
    case 'propose':
      return 'commands'
    case 'restart':
      return 'crashes'
    case 'timeout':
      return input.timeout === 'quorum' ? 'stepDowns' : null
    default:
      return null
  }
}
