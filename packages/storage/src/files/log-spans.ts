/**
 * Where in an extent the entries of its group lie, if much that is others' lies between. Where a thousand groups are busy at a time, each has an entry here
 * and there in the same segments; a host that read all that lies between would read the logs of all, for each of them.
 */

/** Smaller gaps are read through: a further read of the disk takes about as long as that of so many bytes, records looked at included. */
const MAX_GAP = 16 * 1024

/** How far from where its extent begins a span may end. */
export const MAX_REACH = 2 ** 24
/** Bounds of a span: see `packed`. As a record takes 40 bytes or more, so many entries don't fit into such a length. */
const LENGTHS = 2 ** 17
const COUNTS = 2 ** 12

/** So few are kept without room for more, which the engine makes for many at once. */
const FEW = 8

/** Records of the group and, between them, less than MAX_GAP of others and heads of batches. Begins and ends with a record of the group. */
export interface Span {
  /** From where the extent begins. */
  readonly begin: number
  readonly end: number
}

export class Spans {
  /** Index of the first entry in the first span. */
  readonly #first: number
  /** Each in one number, with how many entries it holds: groups that are idle by now keep hundreds of them. */
  #packed: number[]
  /** All together: what it takes to read the extent. */
  #bytes: number

  /** @param count entries of the first span. */
  constructor(first: number, span: Span, count: number) {
    this.#first = first
    this.#packed = [packed(span, count)]
    this.#bytes = span.end - span.begin
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether `next`, which follows `span`, has to begin a new one. */
  static areApart(span: Span, next: Span): boolean {
    return next.begin - span.end > MAX_GAP || next.end - span.begin >= LENGTHS
  }

  append(next: Span, count: number): void {
    const place = this.#packed.length - 1
    const before = this.#packed[place]!
    const span = spanOf(before)
    if (Spans.areApart(span, next)) {
      this.#bytes += next.end - next.begin
      this.#add(packed(next, count))
    } else {
      this.#bytes += next.end - span.end
      this.#packed[place] = packed({ begin: span.begin, end: next.end }, countOf(before) + count)
    }
  }

  /** Those that hold entries with these indexes. */
  between(first: number, last: number): Span[] {
    const spans: Span[] = []
    let index = this.#first
    for (const span of this.#packed) {
      if (index > last) break
      index += countOf(span)
      if (index > first) spans.push(spanOf(span))
    }
    return spans
  }

  #add(span: number): void {
    if (this.#packed.length < FEW) this.#packed = this.#packed.concat(span)
    else this.#packed.push(span)
  }
}

/** 24 bits for the begin, 17 for the length, 12 for the count: 53 are exact. */
function packed({ begin, end }: Span, count: number): number {
  if (begin >= MAX_REACH || end - begin >= LENGTHS || count >= COUNTS)
    throw new Error(`no span: ${count} entries from ${begin} to ${end}`)
  return (begin * LENGTHS + (end - begin)) * COUNTS + count
}

function spanOf(packed: number): Span {
  const place = Math.floor(packed / COUNTS)
  const begin = Math.floor(place / LENGTHS)
  return { begin, end: begin + (place % LENGTHS) }
}

function countOf(packed: number): number {
  return packed % COUNTS
}
