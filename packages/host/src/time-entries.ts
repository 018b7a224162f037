/**
 * Entries of kind `time`: where a machine waits for a replicated time to come (`StateMachine.deadline`) and nothing else is done by then, its leader says
 * what time it is, and has the machine's own command for that applied (`Machine.atDeadline`). Only a leader asks for the deadline, so what a member
 * that follows would answer decides nothing; what the entry does is in the entry.
 */
import type { Codec, Machine } from '@rafted/contracts'
import { type Core, EntryKind } from '@rafted/core'
import type { HookCalls } from './hooks.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { NO_PAYLOAD } from './replies.ts'
import type { LogTail } from './tail.ts'
import { UnaskedEntry } from './unasked-entry.ts'

/** Between two of them, at least: a deadline that doesn't move when it has come must not fill the log. */
const SPACING_MS = 20

export interface TimeEntriesOptions {
  readonly machine: Pick<Machine, 'atDeadline'>
  readonly codec: Codec
  readonly core: Core
  readonly tail: LogTail
  /** Told where the machine can't tell its deadline. */
  readonly hooks: Pick<HookCalls, 'commandFailed'>
}

export class TimeEntries {
  readonly #o: TimeEntriesOptions
  readonly #payload: Uint8Array
  readonly #entry: UnaskedEntry
  #notBefore = Number.NEGATIVE_INFINITY
  #dueAt = Number.POSITIVE_INFINITY

  constructor(options: TimeEntriesOptions) {
    this.#o = options
    const { machine, codec, core, tail } = options
    this.#entry = new UnaskedEntry(core, tail, EntryKind.time)
    this.#payload = machine.atDeadline === undefined ? NO_PAYLOAD : codec.encode(machine.atDeadline)
  }

  /** When the next one is due, by the clock of this host; Infinity where none is. */
  get dueAt(): number {
    return this.#dueAt
  }

  /** What is applied may have changed, and who leads. @param leads it has applied the first entry of its term, so it knows what the deadline is. */
  look(state: ReplicatedState, leads: boolean, now: number): void {
    const deadline = leads && !this.#entry.isUnderWay(state.applied) ? this.#deadlineOf(state) : null
    const stamp = deadline === null ? null : this.#o.core.stampAt(now)
    this.#dueAt =
      deadline === null || stamp === null
        ? Number.POSITIVE_INFINITY
        : Math.max(this.#notBefore, now + Math.max(0, deadline - stamp))
  }

  /** Makes one if it is due. */
  ask(now: number): void {
    if (now < this.#dueAt) return
    this.#notBefore = now + SPACING_MS
    // Where it can't be, another leads by now, or it hands over, or there is no room for a moment.
    this.#dueAt = this.#entry.make(this.#payload, now) ? Number.POSITIVE_INFINITY : this.#notBefore
  }

  #deadlineOf({ instance, applied, time }: ReplicatedState): number | null {
    let deadline: number | null
    try {
      deadline = instance.deadline?.() ?? null
    } catch (error) {
      this.#o.hooks.commandFailed(applied.index, error)
      return null
    }
    // Without a command for it there is nothing to be done but to let time pass.
    const isOver = deadline !== null && deadline <= time && this.#payload === NO_PAYLOAD
    return isOver ? null : deadline
  }
}
