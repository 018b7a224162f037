/** Waits for what the registry comes to. */
import type { CallSignal, Clock } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import { tooLate } from './failures.ts'
import type { RegistryView } from './registry/view.ts'

/** How long a call of a fleet may take. */
export interface FleetWaitOptions {
  /** Milliseconds. Default: the fleet's. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait; what was asked for may still happen. */
  readonly signal?: CallSignal | undefined
}

/** What is waited for. */
interface Wait extends FleetWaitOptions {
  readonly what: string
  readonly timeoutMs: number
  /** It depends on members here, too. */
  readonly isAlsoHere?: boolean
}

/** All that wait on this host. */
export class Waits {
  readonly #view: RegistryView
  readonly #clock: Clock
  readonly #aborts = new Set<() => void>()
  readonly #looks = new Set<() => void>()
  #isClosed = false

  constructor(view: RegistryView, clock: Clock) {
    this.#view = view
    this.#clock = clock
  }

  /**
   * Resolves with what `look` finds, asked again whenever the registry has changed, and where it depends on them, whenever members here have.
   * @throws {RaftedError} `timeout`, `aborted`, and what `look` throws.
   */
  found<Found>(
    { what, timeoutMs, signal, isAlsoHere = false }: Wait,
    look: () => Found | null,
  ): Promise<Found> {
    return new Promise((resolve, reject) => {
      const ends: (() => void)[] = []
      const done = (settle: () => void): void => {
        for (const one of ends.splice(0)) one()
        settle()
      }
      const again = (): void => {
        try {
          const found = look()
          if (found !== null) done(() => resolve(found))
        } catch (error) {
          done(() => reject(error))
        }
      }
      const abort = (): void => done(() => reject(givenUp(what, signal?.reason)))
      ends.push(this.#clock.after(timeoutMs, () => done(() => reject(tooLate(what, timeoutMs)))))
      ends.push(this.#view.onChange(again))
      if (isAlsoHere) this.#looks.add(again)
      ends.push(() => this.#looks.delete(again))
      signal?.addEventListener('abort', abort)
      ends.push(() => signal?.removeEventListener('abort', abort))
      this.#aborts.add(abort)
      ends.push(() => this.#aborts.delete(abort))
      if (this.#isClosed || signal?.aborted === true) abort()
      else again()
    })
  }

  /** Members here stand otherwise. */
  again(): void {
    for (const look of [...this.#looks]) look()
  }

  /** Ends them all. */
  close(): void {
    this.#isClosed = true
    for (const abort of this.#aborts) abort()
  }
}

function givenUp(what: string, cause: unknown): RaftedError {
  return new RaftedError('aborted', `${what} was given up; it may still be done.`, {
    outcome: 'unknown',
    cause,
  })
}
