/** The arguments of commands of queues. */
import { checkedCount, checkedText, refuse } from '../checked-arguments.ts'
import { defaultLimits, MAX_AT_ONCE, MAX_NAME, MOST, type QueueLimits } from './limits.ts'
import type { Receipt } from './message.ts'

export function checkedName(name: unknown): string {
  return checkedText('The name of a queue', name, MAX_NAME)
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
