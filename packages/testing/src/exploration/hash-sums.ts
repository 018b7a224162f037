/** The hash of a situation, from those of its parts. It doesn't depend on the order in which they are added. */
import { stirFirst, stirSecond } from './hash-lanes.ts'

/** The hash of a situation, equal for all that differ by names only. */
export interface SituationHash {
  first: number
  second: number
  /** How many situations differ from this one by names only, itself included. */
  alike: number
}

export class HashSums {
  /** For each renaming both lanes of a sum over all parts. */
  readonly #sums: Int32Array

  constructor(renamings: number) {
    this.#sums = new Int32Array(renamings * 2)
  }

  clear(): void {
    this.#sums.fill(0)
  }

  copy(other: HashSums): void {
    this.#sums.set(other.#sums)
  }

  /** @param hashes for each part both lanes for each renaming. */
  add(hashes: Int32Array, number: number): void {
    const sums = this.#sums
    const from = number * sums.length
    for (let at = 0; at < sums.length; at++) sums[at]! += hashes[from + at]!
  }

  subtract(hashes: Int32Array, number: number): void {
    const sums = this.#sums
    const from = number * sums.length
    for (let at = 0; at < sums.length; at++) sums[at]! -= hashes[from + at]!
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
}
