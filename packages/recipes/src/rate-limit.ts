/** Rate limits by name: so many in so much time, whichever process they come from. */

import type { ValueHandle } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import { bucketLimits, type buckets, type Rate, type Taken } from './buckets.ts'
import { invalidArgument } from './invalid-argument.ts'
import { isWhole } from './is-whole.ts'
import { type RecipeSeams, seamsOf } from './seams.ts'
import { Waiting, type WaitOptions } from './waiting.ts'

/** How many in how much time. */
export interface RateLimitOptions extends RecipeSeams {
  /** How many may be taken at once, and how many come again in `perMs`, one after the other: a whole number, 1,000,000 at most. */
  readonly tokens: number
  /** Milliseconds, whole, a week at most. */
  readonly perMs: number
}

/** One rate limit. Whoever asks says what the rate is: where a name gets another one, what was taken stays taken. */
export interface RateLimit {
  readonly name: string
  /**
   * Takes so many, 1 by default, if they are there, or none. @returns whether they were, how many are left, and how long it takes until they would be.
   * @throws {RaftedError} `invalid-argument` for more than there ever are; `command-error` with the reason `too-many-names`; what any command does.
   */
  take(count?: number): Promise<Taken>
  /**
   * Takes so many, and resolves once they are there: who asked first is first. @param options `timeoutMs` is a day unless it is said. @throws {RaftedError} `timeout`, at once, where they don't come in
   * time (`details.retryAfterMs`); `aborted`, and they are given back; as `take`.
   */
  wait(count?: number, options?: WaitOptions): Promise<void>
  /** How many are left. Linearizable. */
  remaining(): Promise<number>
}

/** @param handle `host.value(group, buckets)`, or a client's. Its options (`with`) hold for all calls. @throws {RaftedError} `invalid-argument`. */
export function rateLimit(
  handle: ValueHandle<typeof buckets>,
  name: string,
  options: RateLimitOptions,
): RateLimit {
  const { tokens, perMs } = options
  const { clock } = seamsOf(options)
  const rate: Rate = { tokens, perMs }
  if (typeof name !== 'string' || name.length > bucketLimits.nameLength)
    throw invalidArgument(`A name is a text of at most ${bucketLimits.nameLength} characters.`)
  checkWhole('tokens', tokens, bucketLimits.tokens)
  checkWhole('perMs', perMs, bucketLimits.perMs)

  return {
    name,
    async take(count = 1) {
      checkWhole('count', count, tokens)
      return handle.take(name, count, rate, 0)
    },
    async wait(count = 1, { timeoutMs = bucketLimits.waitMs, signal } = {}) {
      checkWhole('count', count, tokens)
      // The group has it reckoned whether they come in time.
      const waiting = new Waiting(clock, `Waiting for "${name}"`, { signal })
      try {
        if (!(timeoutMs > 0)) throw invalidArgument('`timeoutMs` is a number of milliseconds above zero.')
        if (waiting.error !== null) throw waiting.error
        const waitMs = Math.floor(Math.min(timeoutMs, bucketLimits.waitMs))
        const { ok, retryAfterMs } = await handle.take(name, count, rate, waitMs)
        if (!ok) throw tooLong(name, count, retryAfterMs)
        await waiting.pause(clock, retryAfterMs)
        if (waiting.error === null) return
        // If that can't be, they come again by themselves.
        void handle.giveBack(name, count, rate).catch(() => {})
        throw waiting.error
      } finally {
        waiting.end()
      }
    },
    remaining: () => handle.remaining(name, rate),
  }
}

function checkWhole(what: string, value: unknown, most: number): void {
  if (!isWhole(value, 1, most)) throw invalidArgument(`\`${what}\` is a whole number from 1 to ${most}.`)
}

function tooLong(name: string, count: number, retryAfterMs: number): RaftedError {
  return new RaftedError(
    'timeout',
    `Waiting for "${name}": ${count} would come in ${retryAfterMs} ms, which is longer than is to be waited. None were taken.`,
    { outcome: 'not-applied', details: { retryAfterMs } },
  )
}
