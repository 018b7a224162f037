/** The machine of schedules: any number of them by name, in one group. It knows occurrences, and nothing of how they follow from each other. */
import { type ApplyContext, CommandError, defineValue } from '@rafted/contracts'
import { checkedCount, checkedMs, checkedReason, checkedText, refuse } from '../checked-arguments.ts'
import { judged, MAX_AHEAD_MS, reported } from './clocks.ts'
import type { Claim, Claimed, FirstClaim, Refusal, ScheduleRun, ScheduleStatus, Wanted } from './run.ts'
import {
  MAX_ENDED,
  MAX_OPEN,
  MAX_SCHEDULES,
  type OpenRun,
  type ScheduleItem,
  ScheduleState,
} from './state.ts'

/** Milliseconds since 1970 that a date can hold. */
const MAX_DATE = 8.64e15
const MAX_NAME = 200

/**
 * A machine for any number of schedules. It grants each occurrence once, to one claimant, and none that is older than the last. Leases are of replicated time.
 * What is refused is a `command-error` with the reason `invalid-argument`, `full` (too many schedules), or `stale-claim`. `scheduler` gives the handle.
 */
export const schedules = defineValue({
  create: () => new ScheduleState(),
  deadline: (state) => state.deadline,
  atDeadline: 'settle',
  commands: {
    /** An occurrence is due, by the clock of the claimant. Asked again by the same process, it has the same answer, and its lease begins anew. */
    claim(state, name: string, occurrence: number, claim: FirstClaim): Claimed {
      checkedName(name)
      checkedDate('An occurrence', occurrence)
      const wanted = checkedFirst(claim)
      if (!state.isKnown(name) && state.schedules >= MAX_SCHEDULES)
        throw new CommandError('full', `A group holds ${MAX_SCHEDULES} schedules at most: forget some.`)
      state.settle(this.time)
      const refused = whyNot(state, name, occurrence, wanted, this)
      if (refused !== null) return { fence: null, refused }
      const { process, by, leaseMs, attempts } = wanted
      const before = state.run(name, occurrence)
      state.grant(name, occurrence)
      const { attempt, fence } = before ?? { attempt: 1, fence: this.index }
      const run = { occurrence, attempt, attempts, process, by, fence, leaseMs, isLapsed: false }
      state.put(name, { ...run, until: this.time + leaseMs })
      return { fence, refused: null }
    },
    /** What has lapsed is claimed again. @param attempt the one that lapsed. @returns a fence, or null if it is nobody's to claim. */
    claimAgain(state, name: string, occurrence: number, attempt: number, claim: Claim): number | null {
      checkedName(name)
      checkedDate('An occurrence', occurrence)
      const { process, by, leaseMs } = checkedClaim(claim)
      checkedCount('An attempt', attempt, 1, MAX_ATTEMPTS)
      state.settle(this.time)
      const run = state.run(name, occurrence)
      const until = this.time + leaseMs
      if (run?.isLapsed === true && run.attempt === attempt) {
        const next = { process, by, leaseMs, attempt: attempt + 1, fence: this.index, isLapsed: false }
        state.put(name, { ...run, ...next, until })
        return this.index
      }
      // Asked again by whoever was granted it.
      if (run?.attempt !== attempt + 1 || run.process !== process || run.isLapsed) return null
      state.put(name, { ...run, until })
      return run.fence
    },
    /** The claimant is still at it: its lease begins anew. */
    renew(state, name: string, occurrence: number, fence: number, leaseMs: number): null {
      const lease = checkedMs('A lease', leaseMs, 1)
      const run = heldBy(state, name, occurrence, fence, this)
      state.put(name, { ...run, until: Math.max(run.until, this.time + lease) })
      state.settle(this.time)
      return null
    },
    /** The claimant is done with it. */
    finish(
      state,
      name: string,
      occurrence: number,
      fence: number,
      outcome: 'done' | 'failed',
      reason: string,
    ): null {
      if (outcome !== 'done' && outcome !== 'failed') refuse("An occurrence ends as 'done' or 'failed'.")
      const why = checkedReason(reason)
      const run = heldBy(state, name, occurrence, fence, this)
      state.end(name, run, outcome, why)
      state.settle(this.time)
      return null
    },
    /** A process says what its wall clock shows: clocks were asked for. */
    report(state, process: string, wall: number): null {
      checkedText('A process', process, MAX_NAME)
      checkedDate('A wall clock', wall)
      state.clocks = reported(state.clocks, process, wall, this.term, this.time)
      state.settle(this.time)
      return null
    },
    /** The schedule, its history and what is granted of it. @returns whether it was known. */
    forget(state, name: string): boolean {
      checkedName(name)
      state.settle(this.time)
      return state.forget(name)
    },
    /** Sees to leases that are over. The leader has it applied when there are any. @returns how many. */
    settle(state): number {
      return state.settle(this.time)
    },
  },
  queries: {
    /** The latest occurrence that was granted or passed over, or null. */
    granted: (state, name: string): number | null => state.granted(checkedName(name)),
    /** The latest first. */
    history: (state, name: string, limit: number): readonly ScheduleRun[] =>
      state.history(checkedName(name), checkedCount('`limit`', limit, 1, MAX_ENDED)),
    /** Of all schedules, in the order of their names. @param after the last one that is known, or null. */
    statuses(state, limit: number, after: string | null): readonly ScheduleStatus[] {
      const most = checkedCount('`limit`', limit, 1, 1000)
      return state.statuses(most, after === null ? null : checkedName(after))
    },
    wanted: (state): Wanted => ({ ask: state.clocks.ask, lapsed: state.lapsed() }),
  },
  snapshot: (state) => state.items(),
  restore: (state, item: ScheduleItem) => state.restore(item),
})

const MAX_ATTEMPTS = 100

/** @returns why it is not granted; what is passed over by that is noted. */
function whyNot(
  state: ScheduleState,
  name: string,
  occurrence: number,
  { process, by, wall, overlap }: FirstClaim,
  { term, time, index }: ApplyContext,
): Refusal | null {
  state.clocks = reported(state.clocks, process, wall, term, time)
  const before = state.run(name, occurrence)
  // Its own, and the answer was lost.
  if (before?.process === process && before.attempt === 1 && !before.isLapsed) return null
  const granted = state.granted(name)
  if (granted !== null && occurrence <= granted) return 'older'
  const judgement = judged(state.clocks, process, time, index)
  state.clocks = judgement.clocks
  if (judgement.refused !== null) return judgement.refused
  // Whatever its clock shows, this is not due.
  if (occurrence - wall > MAX_AHEAD_MS) return 'ahead'
  const open = state.open(name)
  const refused = open.length >= MAX_OPEN ? 'too-many' : !overlap && open.length > 0 ? 'overlap' : null
  if (refused === null) return null
  state.grant(name, occurrence)
  state.note(name, { occurrence, attempt: 1, by, outcome: 'missed', reason: refused })
  return refused
}

/** @throws {CommandError} `stale-claim`: it is not, or no longer, its. */
function heldBy(
  state: ScheduleState,
  name: string,
  occurrence: number,
  fence: number,
  { time }: ApplyContext,
): OpenRun {
  checkedName(name)
  checkedDate('An occurrence', occurrence)
  checkedCount('A fence', fence, 0, Number.MAX_SAFE_INTEGER)
  const run = state.run(name, occurrence)
  // Its time may have come with nobody having seen to it yet.
  if (run !== undefined && run.fence === fence && !run.isLapsed && run.until > time) return run
  throw new CommandError(
    'stale-claim',
    'The claim is no longer good: its lease was over, or it has ended. Somebody else may have it; leave it.',
    { occurrence, fence },
  )
}

function checkedName(name: unknown): string {
  return checkedText('The name of a schedule', name, MAX_NAME)
}

function checkedDate(what: string, date: unknown): number {
  if (typeof date === 'number' && Math.abs(date) <= MAX_DATE) return date
  return refuse(`${what} is milliseconds since 1970.`)
}

function checkedClaim(claim: unknown): Claim {
  if (typeof claim !== 'object' || claim === null) return refuse('A claim is an object.')
  const { process, by, leaseMs } = claim as Partial<Claim>
  return {
    process: checkedText('A process', process, MAX_NAME),
    by: checkedText('`by`', by, MAX_NAME),
    leaseMs: checkedMs('A lease', leaseMs, 1),
  }
}

function checkedFirst(claim: unknown): FirstClaim {
  const checked = checkedClaim(claim)
  const { wall, attempts, overlap } = claim as Partial<FirstClaim>
  if (typeof overlap !== 'boolean') return refuse('`overlap` is true or false.')
  return {
    ...checked,
    wall: checkedDate('A wall clock', wall),
    attempts: checkedCount('`attempts`', attempts, 1, MAX_ATTEMPTS),
    overlap,
  }
}
