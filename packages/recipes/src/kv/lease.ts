/** A lease that is renewed as long as its holder lives, and the keys that go with it. */
import type { Clock } from '@rafted/contracts'

/** How long a lease lasts. */
export interface KvLeaseOptions {
  /** Milliseconds of replicated time that it lasts unless it is renewed. */
  readonly ttlMs: number
  /** Renews itself three times within `ttlMs`, while this process lives. Default true. */
  readonly renew?: boolean | undefined
}

/** Keys that are put with its `id` go when it ends, all at once. */
export interface KvLease {
  readonly id: number
  readonly ttlMs: number
  /**
   * Aborted when it has ended, or may have: no renewal has come through for `ttlMs` by the clock of this process. Whoever does something on the strength of
   * the lease stops then.
   */
  readonly signal: AbortSignal
  /** Renews it now. @returns whether it had not ended before. */
  keep(): Promise<boolean>
  /** Renews it no more: it ends by itself, in `ttlMs` at most. */
  letGo(): void
  /** Ends it, and its keys go. */
  end(): Promise<void>
}

/** What it needs of the store. */
export interface LeaseCalls {
  readonly clock: Clock
  keep(timeoutMs: number): Promise<boolean>
  end(): Promise<boolean>
}

/** So often within its time. */
const RENEWALS = 3

export class HeldLease implements KvLease {
  readonly id: number
  readonly ttlMs: number
  readonly #calls: LeaseCalls
  readonly #ended = new AbortController()
  #stopRenewing = (): void => {}
  #stopCounting = (): void => {}
  #isRenewed: boolean

  /** @param since when it was asked for, by the clock: it lasts from then on at least. */
  constructor(id: number, { ttlMs, renew = true }: KvLeaseOptions, calls: LeaseCalls, since: number) {
    this.id = id
    this.ttlMs = ttlMs
    this.#calls = calls
    this.#isRenewed = renew
    this.#count(since)
    this.#renewLater()
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  async keep(): Promise<boolean> {
    const since = this.#calls.clock.now()
    const isKept = await this.#calls.keep(this.ttlMs)
    if (isKept && !this.signal.aborted) this.#count(since)
    else if (!isKept) this.#over()
    return isKept
  }

  letGo(): void {
    this.#isRenewed = false
    this.#stopRenewing()
  }

  async end(): Promise<void> {
    this.letGo()
    await this.#calls.end()
    this.#over()
  }

  #over(): void {
    this.letGo()
    this.#stopCounting()
    this.#ended.abort()
  }

  /** By this clock it lasts so long at least: that of the group has seen the renewal later. */
  #count(since: number): void {
    this.#stopCounting()
    const { clock } = this.#calls
    this.#stopCounting = clock.after(Math.max(0, since + this.ttlMs - clock.now()), () => this.#over())
  }

  #renewLater(): void {
    if (!this.#isRenewed) return
    this.#stopRenewing = this.#calls.clock.after(this.ttlMs / RENEWALS, () => {
      // What fails is tried again, until its time is over by this clock.
      this.keep()
        .catch(() => {})
        .then(() => this.#renewLater())
        .catch(() => {})
    })
  }
}
