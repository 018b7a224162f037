/** One round of questions: every address that may know a group, each once. */
import type { Address, Context } from './context.ts'
import type { LeaderCache } from './leader-cache.ts'

/** The host this client lives in first, then the others from a random one on, so that clients spread; those that did not answer lately last. */
export function candidates(context: Context, group: string, known: LeaderCache): Address[] {
  const others = [...new Set([...context.addresses(group), ...known.members])]
  const start = Math.floor(context.random.number() * others.length)
  const turned = context.silent.last([...others.slice(start), ...others.slice(0, start)])
  return context.link.local ? [null, ...turned] : turned
}

export class Round {
  readonly addresses: readonly Address[]
  #asked = 0
  #ignorant = 0
  /** A member that knew no leader. */
  #member: Address | undefined
  #isMemberNext = false
  /** Whether somebody named a leader of a term that is over. */
  oldNews = false

  constructor(addresses: readonly Address[]) {
    this.addresses = addresses
  }

  /** The next to ask, or undefined when all were. */
  next(): Address | undefined {
    if (!this.#isMemberNext) return this.addresses[this.#asked++]
    this.#isMemberNext = false
    return this.#member
  }

  /** One of them is a member, and knows no leader yet. */
  knowsNoLeader(member: Address): void {
    this.#member = member
  }

  /** One of them did not answer, which took its time: who knew no leader before may know one by now, and is asked in between. Where many are silent the round would be over much later (F49i). */
  wasSilent(): void {
    this.#isMemberNext = this.#member !== undefined
  }

  get over(): boolean {
    return this.#asked >= this.addresses.length
  }

  /** One of them answered that it doesn't know the group. */
  doesNotKnow(): void {
    this.#ignorant++
  }

  /** Whether every one of them did. */
  get nobodyKnows(): boolean {
    return this.over && this.#ignorant === this.addresses.length
  }
}
