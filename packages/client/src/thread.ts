/**
 * A list threaded through its members, from which any of them can be taken in no time. A `Set` would do, but for its tables:
 * they are thrown away every few hundred changes, and one that grew old before keeps everything it names alive until the
 * next full collection. Measured, that took longer than all the rest that is done for a command.
 */

/** What can be in one thread at a time. Both are null to begin with, and of no concern to anybody else. */
export interface Threaded<T> {
  earlier: T | null
  later: T | null
}

export class Thread<T extends Threaded<T>> {
  #first: T | null = null
  #last: T | null = null
  #size = 0

  /** The one that was added before all others that are still there. */
  get first(): T | null {
    return this.#first
  }

  get size(): number {
    return this.#size
  }

  /** @param member must not be in it. */
  add(member: T): void {
    member.earlier = this.#last
    if (this.#last === null) this.#first = member
    else this.#last.later = member
    this.#last = member
    this.#size++
  }

  /** @returns false if it was not in it. */
  delete(member: T): boolean {
    const { earlier, later } = member
    if (earlier === null && this.#first !== member) return false
    if (earlier === null) this.#first = later
    else earlier.later = later
    if (later === null) this.#last = earlier
    else later.earlier = earlier
    member.earlier = null
    member.later = null
    this.#size--
    return true
  }
}
