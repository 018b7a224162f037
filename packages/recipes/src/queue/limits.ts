/** What a queue holds at most, and what one command may do. */

/** Of one queue. The same for all who use it, since the group keeps them. */
export interface QueueLimits {
  /** How often a message is given before it goes to the dead letters. Default 5. */
  readonly maxAttempts: number
  /** Messages that it holds, dead letters and those that are with workers included. Default 100,000. */
  readonly maxMessages: number
  /** Bytes of their bodies, roughly: a text counts one for each UTF-16 unit, and every other part eight. Default 64 MiB. */
  readonly maxBytes: number
}

export const defaultLimits: QueueLimits = { maxAttempts: 5, maxMessages: 100_000, maxBytes: 64 * 1024 * 1024 }

/** What limits themselves may be. */
export const MOST: QueueLimits = { maxAttempts: 1_000_000, maxMessages: 10_000_000, maxBytes: 2 ** 40 }

/** Queues of one group that hold something, or have limits of their own. */
export const MAX_QUEUES = 10_000
/** UTF-16 units of a queue's name. */
export const MAX_NAME = 200
/** Messages that one command puts in, gives, lists or removes. */
export const MAX_AT_ONCE = 1000
/** Bytes that one command gives or lists, but for its last message. */
export const BYTES_AT_ONCE = 1024 * 1024
/** Messages whose time has come that one command sees to: the next one sees to more. */
export const DUE_AT_ONCE = 1000
