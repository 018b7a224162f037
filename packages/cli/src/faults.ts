/** What is wrong, as it is printed, and what that means for the exit status. */
import { type Outcome, RaftedError } from '@rafted/contracts'
import type { LogDamage } from '@rafted/storage'
import { Status, WrongUse } from './command.ts'

export interface FaultReport {
  /** That of the `RaftedError`; `failed` for an error of another kind. */
  readonly code: string
  readonly message: string
  /** Where, if it is one place: the file, from the directory on where others are told so, and the offset in it. */
  readonly file: string | null
  readonly offset: number | null
}

/** @param directory paths in it are told from there on; null to tell them whole. */
export function faultReport({ code, message, details }: RaftedError, directory: string | null): FaultReport {
  const { file, offset } = details
  return {
    code,
    message: directory === null ? message : message.replaceAll(`${directory}/`, ''),
    file: typeof file !== 'string' ? null : directory === null ? file : within(directory, file),
    offset: typeof offset === 'number' ? offset : null,
  }
}

/** What has ended a command. */
export interface FailureReport extends FaultReport {
  /** Whether what it was to do could have happened; null where nothing is known of that. */
  readonly outcome: Outcome | null
}

/** Of an error that ended a command. */
export function failureReport(error: unknown): FailureReport {
  if (error instanceof RaftedError) return { ...faultReport(error, null), outcome: error.outcome }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof WrongUse)
    return { code: 'invalid-argument', message, file: null, offset: null, outcome: 'not-applied' }
  return { code: 'failed', message, file: null, offset: null, outcome: null }
}

export function statusOfFailure(report: FailureReport): Status {
  if (report.outcome === 'unknown') return Status.unknown
  return statusOf([report])
}

/** A path in the directory, from there on. */
export function within(directory: string, path: string): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
}

/** What is wrong with a place in the log that a host gets over, in a sentence for people. */
export function shownDamage({ file, offset, why }: LogDamage): string {
  return `${file} at byte ${offset}: ${why}.`
}

/** @param damages what is damaged though the log can be opened. */
export function statusOf(
  faults: readonly FaultReport[],
  damages: readonly unknown[] = [],
): Exclude<Status, typeof Status.unknown> {
  if (damages.length > 0) return Status.amiss
  if (faults.length === 0) return Status.fine
  return faults.some(({ code }) => code === 'damaged-storage') ? Status.amiss : Status.failed
}
