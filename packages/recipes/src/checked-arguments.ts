/** What clients send may be anything: all of it is looked at before anything is changed. */
import { CommandError } from '@rafted/contracts'
import { isWhole } from './is-whole.ts'

/** @throws {CommandError} `invalid-argument` unless it is a text of 1 to `most` UTF-16 units. */
export function checkedText(what: string, text: unknown, most: number): string {
  if (typeof text === 'string' && text !== '' && text.length <= most) return text
  return refuse(`${what} is a text of 1 to ${most} characters.`)
}

/** @returns the text, cut to its greatest length. @throws {CommandError} `invalid-argument` */
export function checkedReason(reason: unknown): string {
  if (typeof reason === 'string') return reason.slice(0, MAX_REASON)
  return refuse('A reason is a text.')
}

/** @throws {CommandError} `invalid-argument` */
export function checkedMs(what: string, ms: unknown, least: number): number {
  if (typeof ms === 'number' && ms >= least && ms <= MAX_MS) return ms
  return refuse(`${what} is a number of milliseconds from ${least} to ${MAX_MS}.`)
}

/** @throws {CommandError} `invalid-argument` */
export function checkedCount(what: string, count: unknown, least: number, most: number): number {
  if (isWhole(count, least, most)) return count
  return refuse(`${what} is a whole number from ${least} to ${most}.`)
}

/** Milliseconds of a delay, a visibility or a lease. */
export const MAX_MS = 366 * 24 * 3600 * 1000
/** UTF-16 units of a reason that are kept. */
export const MAX_REASON = 500

/** @throws {CommandError} always: `invalid-argument`. */
export function refuse(message: string): never {
  throw new CommandError('invalid-argument', message)
}
