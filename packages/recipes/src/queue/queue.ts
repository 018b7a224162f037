/** The handle of one queue. */
import { createHash } from 'node:crypto'
import { RaftedError, type ValueHandle, type Watch } from '@rafted/contracts'
import { type RecipeSeams, seamsOf } from '../seams.ts'
import { beginConsuming, type ConsumeOptions, type Consumer, type Handler } from './consumer.ts'
import { MAX_NAME, type QueueLimits } from './limits.ts'
import type { queues } from './machine.ts'
import type { DeadLetter, QueueCounts, Receipt, TakenMessage } from './message.ts'

/** How messages are put in. */
export interface PushOptions {
  /** Milliseconds until it is ready. Default 0. */
  readonly delayMs?: number | undefined
  /**
   * The caller's own name for this push: given again, by whatever process, it puts nothing in and has the same answer, as long as the group keeps it
   * (`retainedResults`).
   */
  readonly key?: string | undefined
}

/** How many messages are taken, and for how long. */
export interface TakeOptions {
  /** Milliseconds for which nobody else is given the message. Default 30,000. */
  readonly visibilityMs?: number | undefined
  /** Messages, at most; of large ones there may be fewer. Default 1, at most 1000. */
  readonly max?: number | undefined
}

/** When a message is given again, and why it was given back. */
export interface NackOptions {
  /** Milliseconds until it is ready again. Default 0. */
  readonly delayMs?: number | undefined
  /** Why: it stands with the dead letter, if this was the last attempt. The first 500 characters are kept. */
  readonly reason?: string | undefined
}

/** Which dead letters are listed. */
export interface DeadLettersOptions {
  /** Default 100, at most 1000; of large ones there may be fewer. */
  readonly limit?: number | undefined
  /** The id of the last one that is known. Default: from the first. */
  readonly after?: number | undefined
}

/**
 * One queue. Every call may be made from any process. What is refused rejects with a `RaftedError` of the code `command-error`, and
 * `details.reason` is `full`, `stale-receipt` or `invalid-argument`.
 */
export interface Queue<Body = unknown> {
  readonly name: string
  /** Puts a message behind the others. @returns its id. @throws {RaftedError} reason `full`. */
  push(body: Body, options?: PushOptions): Promise<number>
  /** Puts up to 1000 in at once, all of them or none. @returns their ids, in order. @throws {RaftedError} reason `full`. */
  pushMany(bodies: readonly Body[], options?: PushOptions): Promise<readonly number[]>
  /** Gives what is ready: what was put in first comes first. Waits for nothing. */
  take(options?: TakeOptions): Promise<readonly TakenMessage<Body>[]>
  /** The message is done with, and gone. @throws {RaftedError} reason `stale-receipt`: it may be somebody else's. */
  ack(receipt: Receipt): Promise<void>
  /** The message is to be given again, or is dead if this was its last attempt. @returns where it stands now. @throws {RaftedError} reason `stale-receipt`. */
  nack(receipt: Receipt, options?: NackOptions): Promise<'ready' | 'delayed' | 'dead'>
  /** The message stays with its worker for `ms` from now on, and never less than it would have. @throws {RaftedError} reason `stale-receipt`. */
  extend(receipt: Receipt, ms: number): Promise<void>
  /** Messages that were given too often, in the order in which they were put in. */
  deadLetters(options?: DeadLettersOptions): Promise<readonly DeadLetter<Body>[]>
  /** Puts dead letters back where they stood, as if they had never been given. @returns those that were dead. */
  redrive(ids: readonly number[]): Promise<readonly number[]>
  /** Removes dead letters: these, or all; or all messages that are there now, those with workers too. @returns how many. */
  purge(which: 'dead' | 'all' | readonly number[]): Promise<number>
  /** How many messages stand where. */
  counts(): Promise<QueueCounts>
  /** The counts, and again whenever they are others. What is overtaken before it is read is left out. */
  watch(): Watch<QueueCounts>
  /** What it holds at most: what `configure` has set, or the usual. */
  limits(): Promise<QueueLimits>
  /** Sets the limits for all who use the queue; those that are left out are the usual ones. What it holds already stays. @returns all of them. */
  configure(limits: Partial<QueueLimits>): Promise<QueueLimits>
  /** Runs the handler with each message, from now on. @throws {RaftedError} `invalid-argument`. */
  consume(handler: Handler<Body>, options?: ConsumeOptions<Body>): Consumer
}

/**
 * @param handle `host.value(group, queues)`, or a client's. Its options (`with`) hold for all calls.
 * @throws {RaftedError} `invalid-argument` for a name that can't be: 1 to 200 characters.
 */
export function queue<Body = unknown>(
  handle: ValueHandle<typeof queues>,
  name: string,
  options: RecipeSeams = {},
): Queue<Body> {
  checkName(name)
  const seams = seamsOf(options)
  const pushMany = (
    bodies: readonly Body[],
    { delayMs = 0, key }: PushOptions = {},
  ): Promise<readonly number[]> =>
    handle.with({ key: key === undefined ? undefined : keyOf(name, key) }).push(name, bodies, delayMs)
  const self: Queue<Body> = {
    name,
    push: async (body, how) => (await pushMany([body], how))[0]!,
    pushMany,
    take: ({ visibilityMs = 30_000, max = 1 } = {}) =>
      handle.take(name, visibilityMs, max) as Promise<readonly TakenMessage<Body>[]>,
    ack: async (receipt) => void (await handle.ack(name, receipt)),
    nack: (receipt, { delayMs = 0, reason = '' } = {}) => handle.nack(name, receipt, delayMs, reason),
    extend: async (receipt, ms) => void (await handle.extend(name, receipt, ms)),
    deadLetters: ({ limit = 100, after = 0 } = {}) =>
      handle.deadLetters(name, limit, after) as Promise<readonly DeadLetter<Body>[]>,
    redrive: (ids) => handle.redrive(name, ids),
    purge: async (which) =>
      typeof which === 'string' ? purge(handle, name, which) : (await handle.remove(name, which)).length,
    counts: () => handle.counts(name),
    watch: () => handle.watchQuery('counts', name),
    limits: () => handle.limits(name),
    configure: (limits) => handle.configure(name, limits),
    consume: (handler, how = {}) => beginConsuming({ handle, name, handler, seams, ...how }),
  }
  return self
}

async function purge(
  handle: ValueHandle<typeof queues>,
  name: string,
  which: 'dead' | 'all',
): Promise<number> {
  let removed = 0
  let upTo: number | null = null
  for (;;) {
    const step = await handle.purge(name, which, upTo)
    removed += step.removed
    if (!step.isMore) return removed
    upTo = step.upTo
  }
}

/** The keys of a group are those of all its queues, and are short. */
function keyOf(name: string, key: string): string {
  return `push ${createHash('sha256')
    .update(JSON.stringify([name, key]))
    .digest('base64url')}`
}

function checkName(name: unknown): void {
  const isOne = typeof name === 'string' && name !== '' && name.length <= MAX_NAME
  // Half a character is sent as another one: two names would be one.
  if (isOne && !/\p{Surrogate}/u.test(name)) return
  throw new RaftedError(
    'invalid-argument',
    `The name of a queue is a well-formed text of 1 to ${MAX_NAME} characters.`,
    { outcome: 'not-applied' },
  )
}
