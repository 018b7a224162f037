/** How long this process may still believe that a lease of the group's is its own, by what it knows itself. */
import type { Clock } from '@rafted/contracts'

/** A moment by both clocks: that which stands still while a computer sleeps, and that which people may set. */
export interface Moment {
  readonly now: number
  readonly wall: number
}

/**
 * The group reckons a lease from when a command was appended; whoever sent it knows only that this was not before it was sent. So by this lease, which is
 * reckoned from there and ends a margin earlier, it is over before the group gives what it is for to another: as long as this process looks, and as its clock
 * loses less than the margin against that of the leader in the time of a lease.
 */
export class Lease {
  readonly #clock: Clock
  readonly #ms: number
  #from: Moment

  /** @param ms less the margin. */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
    this.#from = this.moment()
  }

  /** To be taken before a command is sent. */
  moment(): Moment {
    return { now: this.#clock.now(), wall: this.#clock.wall() }
  }

  /** A command that was sent at that moment has been applied: the lease lasts from there. */
  confirm(sent: Moment): void {
    this.#from = sent
  }

  /** Milliseconds since the command was sent by which it lasts. */
  get ageMs(): number {
    const { now, wall } = this.moment()
    // Where the clocks disagree, the computer may have slept, and the one that stood still tells too little.
    return Math.max(now - this.#from.now, wall - this.#from.wall)
  }

  get leftMs(): number {
    return this.#ms - this.ageMs
  }
}
