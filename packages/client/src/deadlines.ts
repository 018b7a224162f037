/** The deadlines of all commands under one timer. */
import type { Cancel, Clock } from '@rafted/contracts'
import { Thread, type Threaded } from './thread.ts'

/** Something that ends at its deadline. */
export interface Due extends Threaded<Due> {
  /** On the clock. */
  readonly deadline: number
  expire(): void
}

/** A sweep looks at everything that waits. With more than this many per millisecond of pause, the pause gets longer. */
const SWEPT_PER_MS = 1000

/** A deadline may be noticed late by one millisecond for every thousand that wait. */
export class Deadlines {
  readonly #clock: Clock
  readonly #waiting = new Thread<Due>()
  readonly #run: () => void
  #cancel: Cancel | null = null
  /** When the timer runs; none is armed at infinity. */
  #armedFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
    this.#run = () => this.#sweep()
  }

  add(due: Due): void {
    this.#waiting.add(due)
    if (due.deadline < this.#armedFor) this.#arm(due.deadline)
  }

  /** Harmless if it doesn't wait any more. */
  delete(due: Due): void {
    this.#waiting.delete(due)
  }

  /** Nothing waits any more. */
  close(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#armedFor = Number.POSITIVE_INFINITY
  }

  #arm(at: number): void {
    this.#cancel?.()
    this.#armedFor = at
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), this.#run)
  }

  #sweep(): void {
    this.#cancel = null
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    const expired: Due[] = []
    let next = Number.POSITIVE_INFINITY
    for (let due = this.#waiting.first; due !== null; due = due.later)
      if (due.deadline <= now) expired.push(due)
      else next = Math.min(next, due.deadline)
    for (const due of expired) this.#waiting.delete(due)
    // Armed first: what expires may add others, and arms for them only what is earlier than this.
    if (next < Number.POSITIVE_INFINITY) this.#arm(Math.max(next, now + this.#waiting.size / SWEPT_PER_MS))
    // The newest first: a command with nothing behind it may still be known not to have happened.
    for (const due of expired.reverse()) due.expire()
  }
}
