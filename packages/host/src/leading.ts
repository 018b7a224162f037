/** What a leader has done without being asked: raising what rises by itself, and saying what time it is. */
import type { Machine } from '@rafted/contracts'
import type { Core } from '@rafted/core'
import type { RisingSetting } from '@rafted/wire'
import { versionsOf } from './machine-versions.ts'
import { Risings } from './raising.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { LogTail } from './tail.ts'
import { TimeEntries, type TimeEntriesOptions } from './time-entries.ts'

export interface LeadingOptions extends TimeEntriesOptions {
  readonly machine: Machine
  readonly core: Core
  readonly tail: LogTail
}

/** A time that doesn't come. */
export const NEVER = Number.POSITIVE_INFINITY

export class Leading {
  readonly #risings: Risings
  readonly #time: TimeEntries

  constructor(options: LeadingOptions) {
    this.#risings = new Risings(versionsOf(options.machine), options)
    this.#time = new TimeEntries(options)
  }

  /** When it wants to be called, if nothing else happens; Infinity for never. */
  get dueAt(): number {
    return this.#time.dueAt
  }

  /** Makes what is due. @param leads it has applied the first entry of its term. */
  ask(state: ReplicatedState, leads: boolean, now: number): void {
    this.#time.ask(now)
    if (leads) this.#risings.ask(state, now)
  }

  /** What is applied may have changed, and who leads. */
  look(state: ReplicatedState, leads: boolean, now: number): void {
    this.#time.look(state, leads, now)
  }

  /** What members must know of what rises by itself. */
  required(setting: RisingSetting, state: ReplicatedState): number {
    return this.#risings.required(setting, state)
  }
}
