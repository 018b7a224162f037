/** One schedule in one process: claims each occurrence when the wall clock has come to it, and does the work if that is granted. */
import {
  type CallSignal,
  type Cancel,
  type Clock,
  isRaftedError,
  RaftedError,
  type ValueHandle,
} from '@rafted/contracts'
import { isFinal, pause, reasonOf, retryMs } from '../failing.ts'
import { LeasedWork } from '../leased-work.ts'
import { ASK_MS } from './clocks.ts'
import type { schedules } from './machine.ts'
import type { Occurrences } from './occurrences.ts'
import type { Claim, LapsedRun } from './run.ts'

/** What is to be done, and that it is this process's to do. */
export interface DueWork {
  readonly name: string
  /** What the schedule says, milliseconds since 1970 UTC. */
  readonly occurrence: number
  /** 1, or higher where another process has claimed it before, and was not heard of. */
  readonly attempt: number
  /** Index in the log at which it was granted: higher for each attempt, so what is written elsewhere can be guarded by it. */
  readonly fence: number
}

/** @param signal aborted when the occurrence may be somebody else's, or the schedule is to end at once. */
export type Work = (due: DueWork, signal: AbortSignal) => unknown

export interface ScheduleOptions {
  readonly name: string
  readonly occurrences: Occurrences
  readonly work: Work
  readonly handle: ValueHandle<typeof schedules>
  readonly clock: Clock
  readonly process: string
  readonly by: string
  readonly leaseMs: number
  readonly attempts: number
  readonly overlap: boolean
  readonly catchUp: 'none' | 'last'
  onError(error: unknown): void
  /** It can't go on. */
  failed(error: unknown): void
}

/** The wall clock is looked at again after so long at the latest: it may have been set. */
const LOOK_MS = 10_000
/** Of a call. */
const TIMEOUT_MS = 30_000
/** How late an occurrence may be claimed where nothing is caught up with. */
const LATE_MS = 60_000
/** Claims that wait for their answers. */
const MAX_CLAIMS = 100

export class Schedule {
  readonly #o: ScheduleOptions
  readonly #stopping = new AbortController()
  readonly #held = new Set<LeasedWork>()
  /** Claims, and what is done of them. */
  readonly #under = new Set<Promise<void>>()
  /** Occurrences that are claimed again. */
  readonly #again = new Set<number>()
  /** The claim that was made last. */
  #claims: Promise<unknown> = Promise.resolve()
  /** The occurrence that this process came to last. */
  #latest: number | null = null
  #next: number | null
  #cancel: Cancel = () => {}

  constructor(options: ScheduleOptions) {
    this.#o = options
    const now = options.clock.wall()
    this.#next = options.occurrences.after(now)
    if (options.catchUp === 'last') this.#begin(() => this.#catchUp(now))
    this.#arm()
  }

  get next(): number | null {
    return this.#next
  }

  /** Claims nothing more. @returns when the work that is under way has ended. */
  async stop(): Promise<void> {
    this.#cancel()
    this.#stopping.abort()
    await Promise.all(this.#under)
  }

  abort(reason: unknown): void {
    for (const held of this.#held) held.abort(reason)
  }

  /** An occurrence may be claimed again. */
  lapsed({ occurrence, attempt }: LapsedRun): void {
    if (this.#stopping.signal.aborted || this.#again.has(occurrence)) return
    this.#begin(() => this.#claimAgain(occurrence, attempt))
  }

  #arm(): void {
    if (this.#next === null || this.#stopping.signal.aborted) return
    const { clock } = this.#o
    const leftMs = Math.max(0, this.#next - clock.wall())
    this.#cancel = clock.after(Math.min(leftMs, LOOK_MS), () => this.#look())
  }

  #look(): void {
    const { clock, occurrences, catchUp } = this.#o
    const now = clock.wall()
    const next = this.#next!
    if (now >= next) {
      // Where several have come at once, this process was held up: all but the last are passed over.
      const due = occurrences.upTo(now) ?? next
      this.#next = occurrences.after(now)
      if (catchUp === 'last' || now - due <= LATE_MS) this.#begin(() => this.#claim(due))
    }
    this.#arm()
  }

  #begin(work: () => Promise<void>): void {
    // So many only where nobody answers for long: what is due meanwhile is passed over here.
    if (this.#under.size >= MAX_CLAIMS) return
    const under = work().finally(() => this.#under.delete(under))
    this.#under.add(under)
  }

  /** The last occurrence is claimed if the schedule is known and nobody has. */
  async #catchUp(now: number): Promise<void> {
    const { handle, name, occurrences } = this.#o
    const granted = await this.#persistently(() => handle.granted(name))
    const due = occurrences.upTo(now)
    if (granted !== undefined && granted !== null && due !== null && due > granted) await this.#claim(due)
  }

  async #claim(occurrence: number): Promise<void> {
    const { name, clock, catchUp } = this.#o
    const end = clock.now() + LATE_MS
    this.#latest = occurrence
    const isWanted = (): boolean => clock.now() <= end || (catchUp === 'last' && occurrence === this.#latest)
    // One after the other: a later one that is granted first makes this one too old.
    const claimed = this.#claims.then(() => this.#claimed(occurrence, isWanted))
    this.#claims = claimed
    const grant = await claimed
    if (grant !== null) await this.#run({ name, occurrence, attempt: 1, fence: grant.fence }, grant.askedAt)
  }

  /** Null if it is not granted. */
  async #claimed(
    occurrence: number,
    isWanted: () => boolean,
  ): Promise<{ readonly fence: number; readonly askedAt: number } | null> {
    const { handle, name, clock, attempts, overlap } = this.#o
    const { signal } = this.#stopping
    for (;;) {
      let askedAt = 0
      const claimed = await this.#persistently((timeoutMs) => {
        askedAt = clock.now()
        const claim = { ...this.#claimant, wall: clock.wall(), attempts, overlap }
        return handle.with({ timeoutMs }).claim(name, occurrence, claim)
      }, isWanted)
      if (claimed === undefined) return null
      const { fence, refused } = claimed
      if (fence !== null) return { fence, askedAt }
      if (refused === 'ahead') this.#o.onError(aheadError(name, occurrence))
      if (refused !== 'ask') return null
      await pause(clock, ASK_MS, signal)
    }
  }

  async #claimAgain(occurrence: number, attempt: number): Promise<void> {
    const { handle, name, clock } = this.#o
    let askedAt = 0
    this.#again.add(occurrence)
    const fence = await this.#persistently((timeoutMs) => {
      askedAt = clock.now()
      return handle.with({ timeoutMs }).claimAgain(name, occurrence, attempt, this.#claimant)
    })
    if (typeof fence === 'number') await this.#run({ name, occurrence, attempt: attempt + 1, fence }, askedAt)
  }

  async #run(due: DueWork, askedAt: number): Promise<void> {
    const { handle, clock, leaseMs, work, onError } = this.#o
    const { name, occurrence, fence } = due
    const held = new LeasedWork({
      clock,
      leaseMs,
      askedAt,
      extend: (ms, leftMs) =>
        handle.with({ timeoutMs: Math.min(leftMs, TIMEOUT_MS) }).renew(name, occurrence, fence, ms),
    })
    this.#held.add(held)
    let reason: string | null = null
    try {
      await work(due, held.signal)
    } catch (error) {
      reason = reasonOf(error)
      onError(error)
    }
    held.release()
    this.#held.delete(held)
    const leaseEnd = clock.now() + leaseMs
    const outcome = reason === null ? 'done' : 'failed'
    // Until it is known: what is not finished is done again.
    await this.#persistently(
      (timeoutMs) => handle.with({ timeoutMs }).finish(name, occurrence, fence, outcome, reason ?? ''),
      // Then its lease is over.
      () => clock.now() <= leaseEnd,
      new AbortController().signal,
    )
  }

  get #claimant(): Claim {
    const { process, by, leaseMs } = this.#o
    return { process, by, leaseMs }
  }

  /** @returns what the call gives, or undefined if it was given up. What can't be is told. */
  async #persistently<T>(
    call: (timeoutMs: number) => Promise<T>,
    isWanted: () => boolean = () => true,
    signal: CallSignal & AbortSignal = this.#stopping.signal,
  ): Promise<T | undefined> {
    const { clock, leaseMs, onError, failed } = this.#o
    for (let failures = 0; !signal.aborted && isWanted(); failures++)
      try {
        return await call(Math.min(leaseMs, TIMEOUT_MS))
      } catch (error) {
        onError(error)
        if (isRaftedError(error, 'command-error')) return undefined
        if (isFinal(error)) {
          failed(error)
          return undefined
        }
        await pause(clock, retryMs(failures), signal)
      }
    return undefined
  }
}

function aheadError(name: string, occurrence: number): RaftedError {
  return new RaftedError(
    'command-error',
    `The wall clock here is ahead of the others', so the occurrence of "${name}" is not granted yet. Set the clock of this host.`,
    { outcome: 'not-applied', details: { reason: 'ahead', occurrence } },
  )
}
