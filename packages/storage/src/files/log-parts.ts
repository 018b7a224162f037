/**
 * Where in an extent the entries of its group lie, if much that is others' lies between. Where many groups are busy at a time, each has an entry here and
 * there in the same segments: who read each group's through all others' would read the logs of all as often as there are groups.
 */

/** What is less is read with the rest: to ask the disk once more takes as long. */
const MAX_GAP = 16 * 1024

/** How far from where the extent begins its last part may end. */
export const MAX_SPAN = 2 ** 24
/** Bounds of what else is told of a part: see `packed`. An extent has 2,048 entries at most, for each counts as 32 bytes or more. */
const LENGTHS = 2 ** 17
const COUNTS = 2 ** 12

/** Records of the group and of others, and heads of batches. Begins and ends with a record of the group. */
export interface Part {
  /** From where the extent begins. */
  readonly begin: number
  readonly end: number
}

export class Parts {
  /** Index of the first entry in the first part. */
  readonly #first: number
  /** Each in one number, with how many entries it holds: groups that are idle by now keep hundreds of them. */
  readonly #packed: number[]

  /** @param count entries of the first part. */
  constructor(first: number, part: Part, count: number) {
    this.#first = first
    this.#packed = [packed(part, count)]
  }

  /** Whether what follows a part is one of its own. */
  static isApart(part: Part, next: Part): boolean {
    return next.begin - part.end > MAX_GAP || next.end - part.begin >= LENGTHS
  }

  /** What follows the last part, or becomes part of it. */
  append(next: Part, count: number): void {
    const last = this.#packed.length - 1
    const before = this.#packed[last]!
    const part = partOf(before)
    if (Parts.isApart(part, next)) this.#packed.push(packed(next, count))
    else this.#packed[last] = packed({ begin: part.begin, end: next.end }, countOf(before) + count)
  }

  /** Those that hold entries with these indexes. */
  between(first: number, last: number): Part[] {
    const parts: Part[] = []
    let index = this.#first
    for (const part of this.#packed) {
      if (index > last) break
      index += countOf(part)
      if (index > first) parts.push(partOf(part))
    }
    return parts
  }
}

/** 24 bits for the begin, 17 for the length, 12 for the count: 53 are exact. */
function packed({ begin, end }: Part, count: number): number {
  return (begin * LENGTHS + (end - begin)) * COUNTS + count
}

function partOf(packed: number): Part {
  const place = Math.floor(packed / COUNTS)
  const begin = Math.floor(place / LENGTHS)
  return { begin, end: begin + (place % LENGTHS) }
}

function countOf(packed: number): number {
  return packed % COUNTS
}
