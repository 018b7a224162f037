/** Which members of a host have something to do, and which of them when. What a turn costs depends on these, and not on how many there are. */
import { Timetable } from './timetable.ts'

/** What there is to know of a member. */
export interface Busy {
  /** It has something to do. Whoever makes this true tells the agenda. */
  readonly isDirty: boolean
  /** When it wants to be drained if nothing else happens. It changes where the member is drained, and then settles. */
  readonly wakeAt: number
}

export class Agenda<M extends Busy> {
  /** The members there are, and in which order they came. */
  readonly #order = new Map<M, number>()
  readonly #stirred = new Set<M>()
  readonly #times = new Timetable<M>()
  #count = 0

  add(member: M): void {
    this.#order.set(member, this.#count++)
    if (member.isDirty) this.#stirred.add(member)
    this.note(member)
  }

  remove(member: M): void {
    this.#order.delete(member)
    this.#stirred.delete(member)
    this.#times.set(member, Number.POSITIVE_INFINITY)
  }

  /** It has something to do. */
  stir(member: M): void {
    if (this.#order.has(member)) this.#stirred.add(member)
  }

  /** What it wants to be woken for may have changed. */
  note(member: M): void {
    if (this.#order.has(member)) this.#times.set(member, member.wakeAt)
  }

  /** Those with something to do, or whose time has come, in the order in which they came to the host. They are to be drained. */
  take(now: number): M[] {
    const due = this.#times.takeUntil(now)
    for (const member of due) this.#stirred.delete(member)
    for (const member of this.#stirred) if (member.isDirty) due.push(member)
    this.#stirred.clear()
    return due.length > 1 ? due.sort((a, b) => this.#order.get(a)! - this.#order.get(b)!) : due
  }

  /** Whether anybody has something to do. */
  get isDue(): boolean {
    for (const member of this.#stirred) if (member.isDirty) return true
    return false
  }

  /** When the first wants to be woken. */
  get next(): number {
    return this.#times.next
  }
}
