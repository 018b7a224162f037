/** A machine for rate limits: buckets of tokens by name, filled by replicated time. */
import { CommandError, CowMap, defineValue, SortedCowMap } from '@rafted/contracts'
import { isWhole } from './is-whole.ts'
import { type DueAt, soonest } from './soonest.ts'

/** More than that is refused. */
export const bucketLimits = {
  /** Characters of a name. */
  nameLength: 256,
  /** Names whose buckets are not full. */
  names: 500_000,
  /** Tokens of a bucket, at most, and milliseconds in which it fills, and for which one may wait. */
  tokens: 1_000_000,
  perMs: 7 * 24 * 3600 * 1000,
  waitMs: 24 * 3600 * 1000,
} as const

/** What a bucket takes: so many tokens, and as many come again in so many milliseconds, one after the other. */
export interface Rate {
  readonly tokens: number
  readonly perMs: number
}

/** What came of asking for tokens. */
export interface Taken {
  /** Whether they were taken. */
  readonly ok: boolean
  /** What is left, whole ones; 0 where others wait for theirs. */
  readonly remaining: number
  /** Milliseconds until they are there: of those that were taken ahead of time, and else of those that were asked for. */
  readonly retryAfterMs: number
}

/**
 * A bucket that is not full. One token is `perMs` parts, and `tokens` parts come each millisecond: so there are whole numbers alone, and what comes in a
 * thousand small steps is what comes in a large one.
 */
interface Bucket extends Rate {
  /** Below zero where tokens were taken that are still to come. */
  readonly parts: number
  /** Replicated time at which it had so many. */
  readonly at: number
}

/** Buckets that are full and are forgotten with each command: more than one command can add. */
const FORGOTTEN_AT_ONCE = 2

class BucketsState {
  readonly #buckets = new CowMap<string, Bucket>()
  /** When they are full: then there is nothing to remember of them. */
  readonly #full = new SortedCowMap<DueAt, null>([], soonest)

  get size(): number {
    return this.#buckets.size
  }

  has(name: string): boolean {
    return this.#buckets.has(name)
  }

  /** The parts that a bucket has, and would have at another rate: what was taken of it stays taken. */
  parts(name: string, { tokens, perMs }: Rate, time: number): number {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) return tokens * perMs
    const parts = partsAt(bucket, time)
    if (bucket.tokens === tokens && bucket.perMs === perMs) return parts
    const taken = Math.ceil((bucket.tokens * bucket.perMs - parts) / bucket.perMs)
    // No longer than one may wait: so it is a safe integer as well.
    return Math.max(-bucketLimits.waitMs * tokens, (tokens - taken) * perMs)
  }

  set(name: string, bucket: Bucket): void {
    this.#forget(name)
    this.#buckets.set(name, bucket)
    this.#full.set({ at: fullAt(bucket), name }, null)
  }

  /** Whether there are any to forget. */
  hasFull(time: number): boolean {
    const { done, value } = this.#full.keys().next()
    return !done && value.at <= time
  }

  /** Those that have been full for longest. */
  forgetFull(time: number): void {
    let forgotten = 0
    for (const { at, name } of this.#full.keys()) {
      if (at > time || forgotten === FORGOTTEN_AT_ONCE) break
      this.#forget(name)
      forgotten++
    }
  }

  freeze(): Iterable<readonly [string, Bucket]> {
    return this.#buckets.freeze()
  }

  #forget(name: string): void {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) return
    this.#full.delete({ at: fullAt(bucket), name })
    this.#buckets.delete(name)
  }
}

/** By replicated time. */
export const buckets = defineValue({
  create: () => new BucketsState(),
  commands: {
    /**
     * Takes `count` tokens of a bucket; ahead of time if they come within `waitMs`, so that whoever asked first is first. The rate is that of who asks: of a bucket that
     * had another one, what was taken stays taken.
     */
    take(all, name: string, count: number, rate: Rate, waitMs: number): Taken {
      checkBucket(name, count, rate)
      if (!isWhole(waitMs, 0, bucketLimits.waitMs))
        throw refused('bad-rate', 'What is waited for at most is 0 to 86400000 whole milliseconds.')
      const { tokens, perMs } = rate
      if (!all.has(name) && all.size >= bucketLimits.names && !all.hasFull(this.time))
        throw refused('too-many-names', 'Too many names have been used of late.')
      all.forgetFull(this.time)
      const parts = all.parts(name, rate, this.time)
      const left = parts - count * perMs
      const afterMs = left >= 0 ? 0 : Math.ceil(-left / tokens)
      if (afterMs > waitMs) return { ok: false, remaining: wholeIn(parts, perMs), retryAfterMs: afterMs }
      all.set(name, { tokens, perMs, parts: left, at: this.time })
      return { ok: true, remaining: wholeIn(left, perMs), retryAfterMs: afterMs }
    },
    /** Gives tokens back that were taken and not used. @returns how many there are. */
    giveBack(all, name: string, count: number, rate: Rate): number {
      checkBucket(name, count, rate)
      all.forgetFull(this.time)
      const { tokens, perMs } = rate
      const parts = Math.min(all.parts(name, rate, this.time) + count * perMs, tokens * perMs)
      if (all.has(name)) all.set(name, { tokens, perMs, parts, at: this.time })
      return wholeIn(parts, perMs)
    },
  },
  queries: {
    /** How many tokens there are for whoever goes by this rate. */
    remaining(all, name: string, rate: Rate): number {
      checkBucket(name, 1, rate)
      return wholeIn(all.parts(name, rate, this.time), rate.perMs)
    },
  },
  snapshot: (all) => all.freeze(),
  restore: (all, [name, bucket]: readonly [string, Bucket]) => all.set(name, bucket),
})

function partsAt({ tokens, perMs, parts, at }: Bucket, time: number): number {
  const most = tokens * perMs
  // Sums that are no safe integers are not reckoned: by then it is full.
  const missing = most - parts
  return time - at >= Math.ceil(missing / tokens) ? most : parts + (time - at) * tokens
}

function fullAt({ tokens, perMs, parts, at }: Bucket): number {
  return at + Math.ceil((tokens * perMs - parts) / tokens)
}

function wholeIn(parts: number, perMs: number): number {
  return Math.max(0, Math.floor(parts / perMs))
}

function checkBucket(name: unknown, count: unknown, rate: unknown): void {
  if (typeof name !== 'string' || name.length > bucketLimits.nameLength)
    throw refused('bad-rate', 'A name is a text of at most 256 characters.')
  const { tokens, perMs } = (rate ?? {}) as Record<keyof Rate, unknown>
  if (!isWhole(tokens, 1, bucketLimits.tokens) || !isWhole(perMs, 1, bucketLimits.perMs))
    throw refused('bad-rate', 'A rate is 1 to 1000000 tokens in 1 to 604800000 whole milliseconds.')
  if (!isWhole(count, 1, tokens)) throw refused('bad-rate', 'So many are never there: ask for fewer.')
}

function refused(reason: string, message: string): CommandError {
  return new CommandError(reason, message)
}
