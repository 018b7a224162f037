/**
 * What a set of groups has in it, as one number: two hosts with the same number have the same set, but for one chance in 2^53. It is kept up to date as groups come and go, at
 * a cost that doesn't depend on how many there are.
 */
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

/** FNV-1a, mixed at the end as in MurmurHash3: sums of marks come out the same only for the same groups. @returns 32 bits, signed. */
function hashOf(incarnation: string, term: number, seed: number): number {
  let hash = seed
  for (let i = 0; i < incarnation.length; i++) hash = Math.imul(hash ^ incarnation.charCodeAt(i), 0x01000193)
  hash = mixed(hash ^ term)
  return mixed(hash ^ Math.floor(term / 2 ** 32))
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
