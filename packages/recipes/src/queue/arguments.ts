/** What clients send may be anything: all of it is looked at before anything is changed. */
import { CommandError } from '@rafted/contracts'
import { defaultLimits, MAX_AT_ONCE, MAX_MS, MAX_NAME, MAX_REASON, MOST, type QueueLimits } from './limits.ts'
import type { Receipt } from './message.ts'

export function checkedName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME) return name
  return refuse(`The name of a queue is a text of 1 to ${MAX_NAME} characters.`)
}

export function checkedMs(what: string, ms: unknown, least: number): number {
  if (typeof ms === 'number' && ms >= least && ms <= MAX_MS) return ms
  return refuse(`${what} is a number of milliseconds from ${least} to ${MAX_MS}.`)
}

export function checkedCount(what: string, count: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(count) && (count as number) >= least && (count as number) <= most)
    return count as number
  return refuse(`${what} is a whole number from ${least} to ${most}.`)
}

export function checkedMany<T>(what: string, values: readonly T[]): readonly T[] {
  if (Array.isArray(values) && values.length >= 1 && values.length <= MAX_AT_ONCE) return values
  return refuse(`${what} are an array of 1 to ${MAX_AT_ONCE}.`)
}

export function checkedIds(ids: readonly number[]): readonly number[] {
  for (const id of checkedMany('Ids of messages', ids))
    checkedCount('The id of a message', id, 0, Number.MAX_SAFE_INTEGER)
  return ids
}

export function checkedReceipt(receipt: unknown): Receipt {
  const { id, fence } = (typeof receipt === 'object' && receipt !== null ? receipt : {}) as Partial<Receipt>
  if (Number.isSafeInteger(id) && Number.isSafeInteger(fence)) return { id: id!, fence: fence! }
  return refuse('A receipt is what `take` gave with the message: { id, fence }.')
}

/** @returns the reason, cut to its greatest length. */
export function checkedReason(reason: unknown): string {
  if (typeof reason === 'string') return reason.slice(0, MAX_REASON)
  return refuse('A reason is a text.')
}

export function checkedLimits(limits: unknown): QueueLimits {
  if (typeof limits !== 'object' || limits === null) return refuse('The limits of a queue are an object.')
  const given = limits as Partial<QueueLimits>
  const limit = (name: keyof QueueLimits): number =>
    checkedCount(`\`${name}\``, given[name] ?? defaultLimits[name], 1, MOST[name])
  return {
    maxAttempts: limit('maxAttempts'),
    maxMessages: limit('maxMessages'),
    maxBytes: limit('maxBytes'),
  }
}

/** @throws {CommandError} always: `invalid-argument`. */
export function refuse(message: string): never {
  throw new CommandError('invalid-argument', message)
}
