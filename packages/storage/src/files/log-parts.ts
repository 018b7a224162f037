/**
 * Where in an extent the entries of its group lie, if much that is others' lies between. Where many groups are busy at a time, each has an entry here and
 * there in the same segments: who read each group's through all others' would read the logs of all as often as there are groups.
 */

/** What is less is read with the rest: to ask the disk once more takes as long. */
const MAX_GAP = 16 * 1024

/** Places are counted from where the extent begins, and are at most this: see MAX_SPAN of extents. */
const BEGINS = 2 ** 20
const ENDS = 2 ** 21

/** Of one or more batches: records of the group and of others, and heads of batches. Begins and ends with one of the group's. */
export interface Part {
  readonly begin: number
  readonly end: number
}

export class Parts {
  /** Index of the first entry in the first part. */
  readonly #first: number
  /** Each in one number, with how many entries it holds: groups that are idle by now keep hundreds of them. */
  readonly #packed: number[]

  /** @param count entries of the first part, which begins where the extent does. */
  constructor(first: number, count: number, end: number) {
    this.#first = first
    this.#packed = [packed(0, end, count)]
  }

  /** Whether what begins there is a part of its own, behind one that ends at `end`. */
  static isApart(end: number, begin: number): boolean {
    return begin - end > MAX_GAP
  }

  /** What follows the last part, or becomes part of it. */
  append(begin: number, end: number, count: number): void {
    const last = this.#packed.length - 1
    const before = this.#packed[last]!
    if (Parts.isApart(endOf(before), begin)) this.#packed.push(packed(begin, end, count))
    else this.#packed[last] = packed(beginOf(before), end, countOf(before) + count)
  }

  /** Those that hold entries with these indexes. */
  between(first: number, last: number): Part[] {
    const parts: Part[] = []
    let index = this.#first
    for (const part of this.#packed) {
      if (index > last) break
      index += countOf(part)
      if (index > first) parts.push({ begin: beginOf(part), end: endOf(part) })
    }
    return parts
  }
}

function packed(begin: number, end: number, count: number): number {
  return (count * ENDS + end) * BEGINS + begin
}

function beginOf(part: number): number {
  return part % BEGINS
}

function endOf(part: number): number {
  return Math.floor(part / BEGINS) % ENDS
}

function countOf(part: number): number {
  return Math.floor(part / (BEGINS * ENDS))
}
