/** Runs a handler with the messages of a queue, as they become ready. */

import type { CallSignal, ValueHandle, Watch } from '@rafted/contracts'
import { MAX_MS } from '../checked-arguments.ts'
import { isFinal, pause, reasonOf, retryMs } from '../failing.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { isWhole } from '../is-whole.ts'
import { LEAST_LEASE_MS, LeasedWork } from '../leased-work.ts'
import type { seamsOf } from '../seams.ts'
import { MAX_AT_ONCE } from './limits.ts'
import type { queues } from './machine.ts'
import type { TakenMessage } from './message.ts'

/**
 * What is done with a message. When it has returned, the message is acknowledged; when it has thrown, it is given back. @param signal aborted when the
 * message may be somebody else's, or the consumer is to end: what is left to do should be left.
 */
export type Handler<Body = unknown> = (message: TakenMessage<Body>, signal: AbortSignal) => unknown

/** How messages are worked on. */
export interface ConsumeOptions<Body = unknown> {
  /** Messages under way at once. Default 1, at most 1000. */
  readonly concurrency?: number | undefined
  /**
   * Milliseconds after which a message is given to somebody else if nothing was heard of this process. It is extended while the handler runs, so it is
   * not how long a handler may take. Default 30,000, at least 100.
   */
  readonly visibilityMs?: number | undefined
  /** Milliseconds until a message whose handler has thrown is given again. Default: a second, doubled with each attempt, five minutes at most, up to half of it less by chance. */
  readonly backoffMs?: ((attempt: number) => number) | undefined
  /** Ends it: nothing more is taken, and the signals of the handlers are aborted. */
  readonly signal?: CallSignal | undefined
  /** Is told what a handler has thrown, what was refused (`stale-receipt`: somebody else may do it once more), and why nothing could be taken (then there is no message). */
  readonly onError?: ((error: unknown, message: TakenMessage<Body> | null) => void) | undefined
}

/** What works on the messages of a queue, in this process. */
export interface Consumer {
  /** Resolves when it was ended and no handler runs any more. Rejects if it can't go on: the client is closed, it has no right … A group that isn't there yet is waited for. */
  readonly done: Promise<void>
  /** Takes nothing more, and lets the handlers finish what they have. @returns `done`. */
  stop(): Promise<void>
}

export interface ConsumingOptions<Body> extends ConsumeOptions<Body> {
  readonly handle: ValueHandle<typeof queues>
  readonly name: string
  readonly handler: Handler<Body>
  readonly seams: ReturnType<typeof seamsOf>
}

/** Of a take, or an extension, and of an acknowledgement. */
const TIMEOUT_MS = 30_000
const BACKOFF_MS = { first: 1000, most: 300_000 }

/** @throws {RaftedError} `invalid-argument`. */
export function beginConsuming<Body>(options: ConsumingOptions<Body>): Consumer {
  const { handler, concurrency = 1, visibilityMs = 30_000 } = options
  if (typeof handler !== 'function') throw invalidArgument('A consumer needs a handler: a function.')
  if (!isWhole(concurrency, 1, MAX_AT_ONCE))
    throw invalidArgument(`\`concurrency\` is a whole number from 1 to ${MAX_AT_ONCE}.`)
  if (!(visibilityMs >= LEAST_LEASE_MS && visibilityMs <= MAX_MS))
    throw invalidArgument(`\`visibilityMs\` is a number of milliseconds from ${LEAST_LEASE_MS} to ${MAX_MS}.`)
  return new Consuming(options, concurrency, visibilityMs)
}

class Consuming<Body> implements Consumer {
  readonly done: Promise<void>
  readonly #o: ConsumingOptions<Body>
  readonly #concurrency: number
  readonly #visibilityMs: number
  /** Aborted when nothing more is to be taken. */
  readonly #stopping = new AbortController()
  readonly #held = new Set<LeasedWork>()
  readonly #running = new Set<Promise<void>>()
  #arrivals: Watch<number>
  #isAborted = false

  constructor(options: ConsumingOptions<Body>, concurrency: number, visibilityMs: number) {
    this.#o = options
    this.#concurrency = concurrency
    this.#visibilityMs = visibilityMs
    this.#arrivals = this.#watch()
    const { signal } = options
    const onAbort = (): void => this.#abort(signal!.reason)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    this.done = this.#run().finally(() => signal?.removeEventListener('abort', onAbort))
    // Whoever waits for it is told.
    this.done.catch(() => {})
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return this.done
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  #abort(reason: unknown): void {
    this.#isAborted = true
    this.#stopping.abort()
    for (const held of this.#held) held.abort(reason)
  }

  async #run(): Promise<void> {
    const { clock } = this.#o.seams
    const { signal } = this.#stopping
    try {
      for (let failures = 0; !signal.aborted; ) {
        const free = this.#concurrency - this.#running.size
        if (free === 0) {
          await Promise.race(this.#running)
          continue
        }
        const taken = await this.#take(free)
        const isDone = taken !== null && (taken > 0 || (await this.#arrival()))
        failures = isDone ? 0 : failures + 1
        if (!isDone) await pause(clock, retryMs(failures), signal)
      }
    } finally {
      this.#stopping.abort()
      await this.#arrivals.return()
      await Promise.all(this.#running)
    }
  }

  /** @returns how many messages; null if it failed, and may be tried again. */
  async #take(max: number): Promise<number | null> {
    const { handle, name, seams } = this.#o
    const askedAt = seams.clock.now()
    try {
      // What is given later than that is somebody else's already.
      const timeoutMs = Math.min(this.#visibilityMs, TIMEOUT_MS)
      const taken = await handle.with({ timeoutMs }).take(name, this.#visibilityMs, max)
      for (const message of taken) this.#begin(message as TakenMessage<Body>, askedAt)
      return taken.length
    } catch (error) {
      if (isFinal(error)) throw error
      this.#tell(error, null)
      return null
    }
  }

  #watch(): Watch<number> {
    const { handle, name } = this.#o
    return handle.with({ signal: this.#stopping.signal }).watchQuery('arrival', name)
  }

  /** Something was put in, or came back, since the last time. @returns false if it failed, and may be tried again. */
  async #arrival(): Promise<boolean> {
    try {
      for (;;) {
        const { done, value } = await this.#arrivals.next()
        if (done === true || value !== 0) return true
      }
    } catch (error) {
      if (this.#isStopped) return true
      if (isFinal(error)) throw error
      this.#tell(error, null)
      this.#arrivals = this.#watch()
      return false
    }
  }

  #begin(message: TakenMessage<Body>, askedAt: number): void {
    const work = this.#work(message, askedAt).finally(() => this.#running.delete(work))
    this.#running.add(work)
  }

  async #work(message: TakenMessage<Body>, askedAt: number): Promise<void> {
    const { handle, name, handler, seams } = this.#o
    const { receipt } = message
    // It came after it was to end.
    if (this.#isAborted) return this.#giveBack(message, 0, 'aborted')
    const held = new LeasedWork({
      clock: seams.clock,
      leaseMs: this.#visibilityMs,
      askedAt,
      extend: (ms, leftMs) =>
        handle.with({ timeoutMs: Math.min(leftMs, TIMEOUT_MS) }).extend(name, receipt, ms),
    })
    this.#held.add(held)
    try {
      await handler(message, held.signal)
    } catch (error) {
      this.#tell(error, message)
      const delayMs = this.#isAborted ? 0 : this.#backoffMs(message)
      return await this.#giveBack(message, delayMs, reasonOf(error))
    } finally {
      held.release()
      this.#held.delete(held)
    }
    // The group knows by the receipt whether it is still this worker's.
    await handle
      .with({ timeoutMs: TIMEOUT_MS })
      .ack(name, receipt)
      .catch((error: unknown) => this.#tell(error, message))
  }

  async #giveBack(message: TakenMessage<Body>, delayMs: number, reason: string): Promise<void> {
    const { handle, name } = this.#o
    try {
      await handle.with({ timeoutMs: TIMEOUT_MS }).nack(name, message.receipt, delayMs, reason)
    } catch (error) {
      this.#tell(error, message)
    }
  }

  #backoffMs(message: TakenMessage<Body>): number {
    const { backoffMs, seams } = this.#o
    const { attempt } = message
    try {
      const own = backoffMs?.(attempt)
      if (own !== undefined && own >= 0) return Math.min(own, MAX_MS)
    } catch (error) {
      this.#tell(error, message)
    }
    const most = Math.min(BACKOFF_MS.first * 2 ** (attempt - 1), BACKOFF_MS.most)
    return most * (1 - seams.random.number() / 2)
  }

  #tell(error: unknown, message: TakenMessage<Body> | null): void {
    try {
      this.#o.onError?.(error, message)
    } catch {
      // What listens does not decide what is done with messages.
    }
  }
}
