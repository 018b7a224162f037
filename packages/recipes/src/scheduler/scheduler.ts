/** The handle of schedules: what is due is done once in the cluster. */

import { drawId, type ValueHandle, type Watch } from '@rafted/contracts'
import { MAX_MS } from '../checked-arguments.ts'
import { isFinal, pause, retryMs } from '../failing.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { isWhole } from '../is-whole.ts'
import { LEAST_LEASE_MS } from '../leased-work.ts'
import { type RecipeSeams, seamsOf } from '../seams.ts'
import type { schedules } from './machine.ts'
import { occurrencesOf, type When } from './occurrences.ts'
import type { ScheduleRun, ScheduleStatus } from './run.ts'
import { Schedule, type Work } from './schedule.ts'

/** Who claims here, and who is told of trouble. */
export interface SchedulerOptions extends RecipeSeams {
  /** Who claims, for people: it stands in the history. Default: a name that is drawn. */
  readonly by?: string | undefined
  /** Is told what work has thrown, which calls have failed, and that the clock here is ahead of the others'. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** How a schedule is kept. The same on every process. */
export interface EveryOptions {
  /** An IANA name, for cron expressions. Default `UTC`, so that all processes mean the same moments. */
  readonly timeZone?: string | undefined
  /** When no process was there to claim: whether the last occurrence that nobody has claimed is still to be done. Default `none`. */
  readonly catchUp?: 'none' | 'last' | undefined
  /** Milliseconds after which another process may take over from one that was not heard of. Extended while the work runs. Default 30,000, at least 100. */
  readonly leaseMs?: number | undefined
  /** How often an occurrence may be claimed: 1 if what somebody has begun must not be begun again. Default 2. */
  readonly attempts?: number | undefined
  /** Whether an occurrence may run while an earlier one does, be it here or elsewhere. If not, it is missed. Default true. */
  readonly overlap?: boolean | undefined
}

/** A schedule in this process. */
export interface Scheduled {
  /** The occurrence that is waited for, or null if there is none any more. */
  readonly next: Date | null
  /** Claims nothing more here; other processes go on. Resolves when the work that is under way here has ended. */
  stop(): Promise<void>
}

/** The schedules of a group, as this process has them. */
export interface Scheduler {
  /**
   * Does the work at each occurrence, if this process is the one to do it. Every process of the service calls this, with the same schedule.
   * @param when a cron expression of five fields, or six with seconds first; or `{ everyMs }`. @throws {RaftedError} `invalid-argument`.
   */
  every(name: string, when: When, work: Work, options?: EveryOptions): Scheduled
  /** The latest runs of a schedule, by whatever process, the latest first. @param limit default and most: 100. */
  history(name: string, limit?: number): Promise<readonly ScheduleRun[]>
  /** All schedules with their latest runs, up to 1000, and again whenever that has changed. What is overtaken before it is read is left out. */
  watch(): Watch<readonly ScheduleStatus[]>
  /** Removes a schedule that no process runs any more, with its history. @returns whether it was known. */
  forget(name: string): Promise<boolean>
  /** Claims nothing more, and resolves when the work that is under way here has ended. */
  close(): Promise<void>
  /** Resolves when it was closed. Rejects if it can't go on: the client is closed, it has no right … A group that isn't there yet is waited for. */
  readonly done: Promise<void>
}

/** @param handle `host.value(group, schedules)`, or a client's. Its options (`with`) hold for all calls. */
export function scheduler(handle: ValueHandle<typeof schedules>, options: SchedulerOptions = {}): Scheduler {
  return new Scheduling(handle, options)
}

class Scheduling implements Scheduler {
  readonly done: Promise<void>
  readonly #handle: ValueHandle<typeof schedules>
  readonly #seams: ReturnType<typeof seamsOf>
  readonly #process: string
  readonly #by: string
  readonly #onError: (error: unknown) => void
  readonly #schedules = new Map<string, Schedule>()
  readonly #closing = new AbortController()
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #isWatching = false

  constructor(handle: ValueHandle<typeof schedules>, { by, onError, ...seams }: SchedulerOptions) {
    this.#handle = handle
    this.#seams = seamsOf(seams)
    this.#process = drawId(this.#seams.random)
    this.#by = by ?? this.#process.slice(0, 8)
    if (!isName(this.#by)) throw invalidArgument('`by` is a text of 1 to 200 characters.')
    this.#onError = (error) => {
      try {
        onError?.(error)
      } catch {
        // What listens does not decide what is done.
      }
    }
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever waits for it is told.
    this.done.catch(() => {})
  }

  every(
    name: string,
    when: When,
    work: Work,
    { timeZone = 'UTC', catchUp = 'none', leaseMs = 30_000, attempts = 2, overlap = true }: EveryOptions = {},
  ): Scheduled {
    if (!isName(name))
      throw invalidArgument('The name of a schedule is a well-formed text of 1 to 200 characters.')
    if (typeof work !== 'function') throw invalidArgument('A schedule needs work: a function.')
    if (catchUp !== 'none' && catchUp !== 'last') throw invalidArgument("`catchUp` is 'none' or 'last'.")
    if (!(leaseMs >= LEAST_LEASE_MS && leaseMs <= MAX_MS))
      throw invalidArgument(`\`leaseMs\` is a number of milliseconds from ${LEAST_LEASE_MS} to ${MAX_MS}.`)
    if (!isWhole(attempts, 1, 100)) throw invalidArgument('`attempts` is a whole number from 1 to 100.')
    if (this.#closing.signal.aborted) throw invalidArgument('This scheduler is closed.')
    if (this.#schedules.has(name))
      throw invalidArgument(`"${name}" is scheduled here already: stop that first, or take another name.`)
    const schedule = new Schedule({
      name,
      occurrences: occurrencesOf(when, timeZone),
      work,
      handle: this.#handle,
      clock: this.#seams.clock,
      process: this.#process,
      by: this.#by,
      leaseMs,
      attempts,
      overlap: overlap !== false,
      catchUp,
      onError: this.#onError,
      failed: (error) => this.#fail(error),
    })
    this.#schedules.set(name, schedule)
    if (!this.#isWatching) void this.#watchWanted()
    return {
      get next() {
        return schedule.next === null ? null : new Date(schedule.next)
      },
      stop: async () => {
        if (this.#schedules.get(name) === schedule) this.#schedules.delete(name)
        await schedule.stop()
      },
    }
  }

  history(name: string, limit = 100): Promise<readonly ScheduleRun[]> {
    return this.#handle.history(name, limit)
  }

  watch(): Watch<readonly ScheduleStatus[]> {
    return this.#handle.watchQuery('statuses', 1000, null)
  }

  forget(name: string): Promise<boolean> {
    return this.#handle.forget(name)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const schedules = [...this.#schedules.values()]
    this.#schedules.clear()
    await Promise.all(schedules.map((schedule) => schedule.stop()))
    this.#resolve()
  }

  /** Says what the clock shows when that is asked for, and hands over what may be claimed again. */
  async #watchWanted(): Promise<void> {
    this.#isWatching = true
    const { signal } = this.#closing
    let answered = 0
    for (let failures = 0; !signal.aborted; failures++)
      try {
        for await (const { ask, lapsed } of this.#handle.with({ signal }).watchQuery('wanted')) {
          failures = 0
          if (ask > answered) {
            answered = ask
            void this.#report()
          }
          for (const run of lapsed) this.#schedules.get(run.name)?.lapsed(run)
        }
      } catch (error) {
        if (signal.aborted) return
        this.#onError(error)
        if (isFinal(error)) return this.#fail(error)
        await pause(this.#seams.clock, retryMs(failures), signal)
      }
  }

  async #report(): Promise<void> {
    const { clock } = this.#seams
    const { signal } = this.#closing
    for (let failures = 0; failures < 3 && !signal.aborted; failures++)
      try {
        await this.#handle.report(this.#process, clock.wall())
        return
      } catch (error) {
        this.#onError(error)
        if (isFinal(error)) return
        await pause(clock, retryMs(failures), signal)
      }
  }

  #fail(error: unknown): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    this.#reject(error)
    for (const schedule of this.#schedules.values()) {
      schedule.abort(error)
      void schedule.stop()
    }
  }
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && name.length <= 200 && !/\p{Surrogate}/u.test(name)
}
