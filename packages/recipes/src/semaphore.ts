/** Semaphores by name: so many holders at a time, in the order in which they came. */
import type { Watch } from '@rafted/contracts'
import { type AcquireOptions, Claiming, type LeaseOptions } from './claiming.ts'
import type { Holder } from './claims.ts'
import type { Held } from './held.ts'
import type { ClaimsHandle } from './kept-claim.ts'

/** How many may hold at a time, and for how long they are held unheard of. */
export interface SemaphoreOptions extends LeaseOptions {
  /** How many may hold at a time, 1 to 1000. All who use one name at a time agree on it. */
  readonly permits: number
}

/** One semaphore. */
export interface Semaphore {
  readonly name: string
  readonly permits: number
  /**
   * Waits for a permit. One that can't be heard of for a lease loses its place, and begins at the end again.
   * @throws {RaftedError} `timeout`, `aborted`: it has none, and will get none. `command-error` with one of the reasons `other-permits` (the name has others at the time:
   * `details` has them), `too-many-claims`, `finished`. What any command does.
   */
  acquire(options?: AcquireOptions): Promise<Held>
  /** @returns null if there is none left, or others wait for one. @throws {RaftedError} as `acquire`. */
  tryAcquire(options?: AcquireOptions): Promise<Held | null>
  /** Acquires a permit, does `work`, and gives it back, whatever comes of the work. */
  run<T>(work: (held: Held) => Promise<T> | T, options?: AcquireOptions): Promise<T>
  /** Who holds one, in the order in which they came. Linearizable. */
  holders(): Promise<readonly Holder[]>
  /** How many wait for one. */
  waiting(): Promise<number>
  /** Who holds one, and again whenever others do. What is overtaken before it is read is left out. */
  watch(): Watch<readonly Holder[]>
  /**
   * Gives the name as many permits as this semaphore has, if it has others. Of fewer, whoever holds one keeps it. @returns false if nobody claims the name: then there is nothing to change.
   */
  resize(): Promise<boolean>
}

/** @param handle `host.value(group, claims)`, or a client's. Its `timeoutMs` holds for each command; it must have no `key`. @throws {RaftedError} `invalid-argument`. */
export function semaphore(handle: ClaimsHandle, name: string, options: SemaphoreOptions): Semaphore {
  const { permits } = options
  const claiming = new Claiming(handle, name, { ...options, once: false })
  return {
    name,
    permits,
    acquire: (how) => claiming.acquire(how),
    tryAcquire: (how) => claiming.tryAcquire(how),
    run: (work, how) => claiming.run(work, how),
    holders: () => handle.holders(name),
    waiting: () => handle.waiting(name),
    watch: () => handle.watchQuery('holders', name),
    resize: () => handle.resize(name, permits),
  }
}
