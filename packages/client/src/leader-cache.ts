/** What a client knows of where one group is led. */
import type { ErrorResponse } from '@rafted/wire'
import type { Address } from './context.ts'
import { mayStillLead } from './failures.ts'
import { MAX_LEARNED } from './limits.ts'

export class LeaderCache {
  /** Who answered the latest stale query. */
  reader: Address | undefined = undefined
  /** Whom to ask, or undefined while nobody is known to lead. */
  #leader: Address | undefined = undefined
  /** Term of the newest leader heard of. What is said of lower terms is old news. */
  #term = 0
  /** The incarnation first seen: the only one this client speaks to. */
  #incarnation: string | null = null
  #members: readonly string[] = []

  get leader(): Address | undefined {
    return this.#leader
  }

  get term(): number {
    return this.#term
  }

  get incarnation(): string | null {
    return this.#incarnation
  }

  /** Addresses of members as some host last told them, some of them at least. */
  get members(): readonly string[] {
    return this.#members
  }

  /** @returns whether this is the group's incarnation, which it is if none was seen before. */
  pin(incarnation: string): boolean {
    this.#incarnation ??= incarnation
    return this.#incarnation === incarnation
  }

  /** Somebody decided which incarnation is meant: it was just created. */
  repin(incarnation: string): void {
    if (this.#incarnation === incarnation) return
    this.#incarnation = incarnation
    this.#leader = undefined
    this.#term = 0
    this.#members = []
  }

  learnMembers(members: readonly string[]): void {
    this.#members = members.slice(0, MAX_LEARNED)
  }

  /** A host says who leads. @returns whether that is news to follow: not of a lower term than what was followed before. */
  news(leader: Address, term: number): boolean {
    if (term < this.#term) return false
    this.#leader = leader
    this.#term = term
    return true
  }

  /** Everybody was asked and told old news only: then what was followed before was never true. */
  doubt(): void {
    this.#term = 0
  }

  /**
   * An attempt at `address` failed like this. @returns whether there is somebody else to ask at once: who it named, or who
   * was found to lead while it was under way.
   */
  failed(address: Address, { code, leader, term }: ErrorResponse): boolean {
    if (mayStillLead(code)) return false
    if (this.#leader === address) this.#leader = undefined
    // Who says that it doesn't lead and names itself has nothing to say.
    if (code === 'not-leader' && leader !== null && leader !== address)
      if (term > this.#term || this.#leader === undefined)
        // Two leaders of one term can't be: the one known stays, and answers for itself.
        this.news(leader, term)
    return this.#leader !== undefined
  }
}
