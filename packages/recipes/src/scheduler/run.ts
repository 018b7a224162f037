/** One occurrence of a schedule, and what has become of it. */

/**
 * - `running`: somebody has claimed it, and has not said how it ended.
 * - `done`, `failed`: whoever claimed it has said so.
 * - `lapsed`: whoever claimed it was not heard of before the lease was over; it may be claimed again, or was.
 * - `missed`: nobody has done it, and nobody will.
 */
export type RunOutcome = 'running' | 'done' | 'failed' | 'lapsed' | 'missed'

/** One attempt at an occurrence. */
export interface ScheduleRun {
  /** Milliseconds since 1970 UTC: what the schedule says, not when it began. */
  readonly occurrence: number
  /** 1, or higher where one before it lapsed. */
  readonly attempt: number
  /** Who claimed it. */
  readonly by: string
  readonly outcome: RunOutcome
  /** What the work has thrown, or why it was missed: `lapsed`, `overlap`, `too-many`. */
  readonly reason: string
}

/** A schedule by its name, and its latest run. */
export interface ScheduleStatus {
  readonly name: string
  /** Null before the first. */
  readonly latest: ScheduleRun | null
  /** Occurrences that are claimed and have not ended. */
  readonly running: number
}

/** What a claimant says of the work it is going to do. */
export interface Claim {
  /** Drawn afresh by each process. */
  readonly process: string
  /** For people. */
  readonly by: string
  /** Milliseconds of replicated time until it has to be heard of again. */
  readonly leaseMs: number
}

/** What a claimant says the first time. */
export interface FirstClaim extends Claim {
  /** What its wall clock shows. */
  readonly wall: number
  /** How often the occurrence may be claimed. */
  readonly attempts: number
  /** Whether it may run while an earlier one does. */
  readonly overlap: boolean
}

/**
 * - `older`: this occurrence, or a later one, was granted before.
 * - `overlap`, `too-many`: an earlier one is still running, or very many are: this one is missed.
 * - `ask`: nobody else's clock is known; claim again a second later.
 * - `ahead`: the claimant's clock is ahead of the others'.
 */
export type Refusal = 'older' | 'overlap' | 'too-many' | 'ask' | 'ahead'

export type Claimed =
  | { readonly fence: number; readonly refused: null }
  | { readonly fence: null; readonly refused: Refusal }

/** What processes are to look at: a question for their clocks, and what may be claimed again. */
export interface Wanted {
  /** Another number each time clocks are asked for; 0 before. */
  readonly ask: number
  readonly lapsed: readonly LapsedRun[]
}

export interface LapsedRun {
  readonly name: string
  readonly occurrence: number
  /** The one that lapsed. */
  readonly attempt: number
}
