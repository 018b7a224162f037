/**
 * What the log does where a write finds no room: it writes the same bytes again, at the same place, until they fit. Nothing of them is
 * acknowledged before, and nothing else is written. docs/durability.md says why that can be believed after this error and no other.
 */
import type { Cancel, Clock, RaftedEvent } from '@rafted/contracts'
import type { DirectoryLock } from './directory-lock.ts'
import { isFull } from './storage-failed.ts'

const TRY_EVERY_MS = 1000

export interface FullDiskOptions {
  readonly clock: Clock
  readonly lock: Pick<DirectoryLock, 'check'>
  event(event: RaftedEvent): void
  /** A write has begun to wait. */
  onWaiting(): void
}

export class FullDisk {
  readonly #o: FullDiskOptions
  /** While a log is being opened it does not wait: whoever opens it hears of it, and need not guess why that takes so long. */
  #isPatient = false
  #isWaiting = false
  #cancel: Cancel = () => {}
  #wake: () => void = () => {}

  constructor(options: FullDiskOptions) {
    this.#o = options
  }

  /** A write waits for room now. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** The log is open: from here on writes wait. */
  begin(): void {
    this.#isPatient = true
  }

  /** Nothing waits any more: what does rejects with what it met last. */
  stop(): void {
    this.#isPatient = false
    this.#cancel()
    this.#wake()
  }

  /** @param act may be done again when it has failed half-way, to the same end. */
  async untilItFits<T>(file: string, offset: number, act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const done = await act()
        if (this.#isWaiting) this.#tell('over', file, offset)
        return done
      } catch (error) {
        if (!isFull(error) || !this.#isPatient) throw error
        if (!this.#isWaiting) this.#tell('waiting', file, offset)
        await this.#pause()
        if (!this.#isPatient) throw error
      }
      // Somebody else may have been given the directory meanwhile.
      await this.#o.lock.check()
    }
  }

  #tell(what: 'waiting' | 'over', file: string, offset: number): void {
    this.#isWaiting = what === 'waiting'
    this.#o.event({ kind: 'disk-full', level: what === 'waiting' ? 'warn' : 'info', what, file, offset })
    if (what === 'waiting') this.#o.onWaiting()
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      this.#cancel = this.#o.clock.after(TRY_EVERY_MS, resolve)
    })
  }
}
