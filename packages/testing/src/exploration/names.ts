/** Things that are known by a number: the first one met is 0. With each comes the hash of what it is under each renaming. */
import { hashText } from './hash-lanes.ts'
import { type Renaming, renamed } from './renaming.ts'

export class Names {
  readonly #members: readonly string[]
  readonly #renamings: readonly Renaming[]
  readonly #numbers = new Map<string, number>()
  /** For thing n, from n × 2 × renamings on: both lanes for each renaming. */
  hashes = new Int32Array(1024)

  constructor(members: readonly string[], renamings: readonly Renaming[]) {
    this.#members = members
    this.#renamings = renamings
  }

  get size(): number {
    return this.#numbers.size
  }

  /** @param text says all there is to `thing`. @param thing plain data; what does not tell situations apart is left out. */
  numberOf(text: string, thing: () => unknown): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(text, number)
    const value = thing()
    const stride = this.#renamings.length * 2
    if ((number + 1) * stride > this.hashes.length) {
      const more = new Int32Array(this.hashes.length * 2 + stride)
      more.set(this.hashes)
      this.hashes = more
    }
    this.#renamings.forEach((renaming, at) => {
      const [first, second] = hashText(JSON.stringify(renamed(value, this.#members, renaming)))
      this.hashes[number * stride + at * 2] = first
      this.hashes[number * stride + at * 2 + 1] = second
    })
    return number
  }
}
