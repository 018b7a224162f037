/**
 * What a set of groups has in it, as one number: two hosts with the same number have the same set, but for one chance in 2^53. It is kept up to date as groups come and go, at
 * a cost that doesn't depend on how many there are.
 */
import { fnv1a, mixed } from '@rafted/contracts'
import type { QuietGroup } from '@rafted/wire'

/** What one group adds to the digest; 53 bits in two integers, which stay unboxed. */
export interface Mark {
  readonly low: number
  readonly high: number
}

export class SetDigest {
  #low = 0
  #high = 0

  /** From 0 to 2^53 − 1; 0 if nothing is in the set. */
  get value(): number {
    return (this.#high & 0x1fffff) * 2 ** 32 + (this.#low >>> 0)
  }

  /** Adds what is not in the set, and removes what is. */
  toggle({ low, high }: Mark): void {
    this.#low ^= low
    this.#high ^= high
  }
}

/** A pure function of both: the same on all hosts. */
export function markOf({ incarnation, term }: QuietGroup): Mark {
  return { low: hashOf(incarnation, term, 0x811c9dc5), high: hashOf(incarnation, term, 0x9e3779b9) }
}

/** Sums of marks come out the same only for the same groups. @returns 32 bits, signed. */
function hashOf(incarnation: string, term: number, basis: number): number {
  const hash = mixed(fnv1a(incarnation, basis) ^ term)
  return mixed(hash ^ Math.floor(term / 2 ** 32))
}
