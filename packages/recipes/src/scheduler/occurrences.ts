/** When a schedule is due: the same on every process, whatever its time zone. */

import { Cron } from 'croner'
import { invalidArgument } from '../invalid-argument.ts'

/** A cron expression, or so many milliseconds: counted from 1970, so that all processes mean the same moments. */
export type When = string | { readonly everyMs: number }

/** All times are milliseconds since 1970 UTC. */
export interface Occurrences {
  /** The first after this moment, or null if there is none. */
  after(time: number): number | null
  /** The last up to this moment, or null if there was none. */
  upTo(time: number): number | null
}

/** @throws {RaftedError} `invalid-argument`. */
export function occurrencesOf(when: When, timeZone: string): Occurrences {
  if (typeof when === 'string') return ofCron(when, timeZone)
  const everyMs = when?.everyMs
  if (!Number.isSafeInteger(everyMs) || everyMs < 1)
    throw invalidArgument('A schedule is a cron expression, or { everyMs }: a whole number above zero.')
  return {
    after: (time) => (Math.floor(time / everyMs) + 1) * everyMs,
    upTo: (time) => Math.floor(time / everyMs) * everyMs,
  }
}

function ofCron(expression: string, timeZone: string): Occurrences {
  try {
    const cron = new Cron(expression, { timezone: timeZone, paused: true })
    // A time zone that there isn't shows only when it is used.
    cron.nextRun(new Date(0))
    return {
      after: (time) => cron.nextRun(new Date(time))?.getTime() ?? null,
      // What it gives is before the moment it is asked for, in whole seconds.
      upTo: (time) => cron.previousRuns(1, new Date(Math.floor(time) + 1))[0]?.getTime() ?? null,
    }
  } catch (cause) {
    throw invalidArgument(
      `"${expression}" in the time zone "${timeZone}" is no schedule: ${String(cause)}`,
      cause,
    )
  }
}
