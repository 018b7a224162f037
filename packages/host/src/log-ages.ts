/** How old what a log and a snapshot hold is, by the group's replicated time, in bounded memory. */

/** Marks that are kept: with more, every second goes. */
const MARKS = 64

/** A place in the log, and its replicated time. */
export interface LogPlace {
  readonly index: number
  readonly time: number
}

export class LogAges {
  /**
   * Of each mark its index, and behind that its time: a host has many. Ascending. The entries after a mark are not older than its time; the first stands at or before where the log
   * begins.
   */
  #marks: number[]
  /** Replicated time of the last entry applied, and the monotonic time since which there was none. */
  #time: number
  #noted: number

  /** @param begins the place after which the log begins, and its time. @param now monotonic milliseconds. */
  constructor({ index, time }: LogPlace, now: number) {
    this.#marks = [index, time]
    this.#time = time
    this.#noted = now
  }

  /** Everything up to `index` is applied, and its last entry has this replicated time. */
  applied(index: number, time: number, now: number): void {
    this.#time = time
    this.#noted = now
    if (index <= this.#marks[this.#marks.length - 2]!) return
    this.#marks.push(index, time)
    if (this.#marks.length <= 2 * MARKS) return
    this.#marks = this.#marks.filter((_, i) => (i >> 1) % 2 === 0 || i >> 1 === MARKS)
  }

  /** Nothing is applied for a while: no more room is taken than is needed. */
  restLightly(): void {
    this.#marks = this.#marks.slice()
  }

  /** The log begins after this place. */
  compacted(base: number): void {
    let keep = 0
    while (keep + 2 < this.#marks.length && this.#marks[keep + 2]! <= base) keep += 2
    if (keep > 0) this.#marks.splice(0, keep)
  }

  /** Milliseconds since the first entry after `base` was appended, or a little more; 0 if the log ends there. */
  ofOldest(base: number, last: number, now: number): number {
    this.compacted(base)
    return last <= base ? 0 : this.since(this.#marks[1]!, now)
  }

  /** Milliseconds since this replicated time. What passed while no member that led ran is not counted. */
  since(time: number, now: number): number {
    return Math.max(0, this.#time - time) + Math.max(0, now - this.#noted)
  }
}
