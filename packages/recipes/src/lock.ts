/** Locks by name: one holder at a time, in the order in which they came, each under a token that only grows. */
import type { Watch } from '@rafted/contracts'
import { type AcquireOptions, Claiming, type LeaseOptions } from './claiming.ts'
import type { Holder } from './claims.ts'
import type { Held } from './held.ts'
import type { ClaimsHandle } from './kept-claim.ts'
import { mapped } from './mapped-watch.ts'

/** One lock. */
export interface Lock {
  readonly name: string
  /**
   * Waits for its turn. One that can't be heard of for a lease loses its place, and begins at the end again.
   * @throws {RaftedError} `timeout`, `aborted`: it does not hold, and will not. `command-error` with one of the reasons `too-many-claims`, `other-permits`
   * (the name is a semaphore's), `finished` (it is that of work that is done once). What any command does.
   */
  acquire(options?: AcquireOptions): Promise<Held>
  /** @returns null if another holds it, or waits for it. @throws {RaftedError} as `acquire`. */
  tryAcquire(options?: AcquireOptions): Promise<Held | null>
  /** Acquires it, does `work`, and gives it back, whatever comes of the work. @returns what the work did: also where the lock was lost meanwhile, which `check` tells. */
  run<T>(work: (held: Held) => Promise<T> | T, options?: AcquireOptions): Promise<T>
  /** Who holds it. Linearizable. */
  holder(): Promise<Holder | null>
  /** How many wait for it. */
  waiting(): Promise<number>
  /** Who holds it, and again whenever it is another one. What is overtaken before it is read is left out. */
  watch(): Watch<Holder | null>
}

/** @param handle `host.value(group, claims)`, or a client's. Its `timeoutMs` holds for each command; it must have no `key`. @throws {RaftedError} `invalid-argument`. */
export function lock(handle: ClaimsHandle, name: string, options: LeaseOptions = {}): Lock {
  const claiming = new Claiming(handle, name, { ...options, permits: 1, once: false })
  return {
    name,
    acquire: (how) => claiming.acquire(how),
    tryAcquire: (how) => claiming.tryAcquire(how),
    run: (work, how) => claiming.run(work, how),
    holder: async () => (await handle.holders(name))[0] ?? null,
    waiting: () => handle.waiting(name),
    watch: () => mapped(handle.watchQuery('holders', name), ([first]) => first ?? null),
  }
}
