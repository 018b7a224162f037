/** What a resource refuses a holder by that has lost what it held, and doesn't know. */
import { RaftedError } from '@rafted/contracts'
import { invalidArgument } from './invalid-argument.ts'

/** What a resource has that remembers the highest token it has seen. */
export interface Fence {
  /** The highest token that has been seen. */
  readonly highest: number
  /** To be called with each write. @throws {RaftedError} `stale-token` if a higher one has been seen. */
  check(token: number): void
}

/**
 * For a resource in this process. One that outlives it keeps the highest token with what it guards, in the same transaction, and gives it here when it begins.
 * @param highest the highest token that has been seen before. @throws {RaftedError} `invalid-argument`.
 */
export function fence(highest = 0): Fence {
  if (!Number.isSafeInteger(highest) || highest < 0) throw invalidArgument('The highest token is a number.')
  return {
    get highest() {
      return highest
    },
    check(token) {
      if (!Number.isSafeInteger(token) || token < 1) throw invalidArgument('A token is a number above zero.')
      if (token < highest)
        throw new RaftedError(
          'stale-token',
          `The token ${token} is too old: ${highest} has been seen. Whoever has it holds nothing any more.`,
          { outcome: 'not-applied', details: { token, highest } },
        )
      highest = token
    },
  }
}
