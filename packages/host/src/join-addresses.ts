/** Where a group is looked for: a list, or what a function gives each time, as where hosts are found by name. */
import type { RaftedEvent } from '@rafted/contracts'
import { checkJoin } from './checks.ts'

/**
 * Addresses; or what gives them at the moment, for the group of this name. It is asked often: let it answer from memory, as `discover` does.
 * `isPartial` as of a `Find`.
 */
export type Join =
  | readonly string[]
  | (((group: string) => readonly string[]) & { readonly isPartial?: true })

const NOBODY: readonly string[] = []

export class JoinAddresses {
  readonly #join: Join
  readonly #group: string
  readonly #event: (event: RaftedEvent) => void
  #last: readonly string[] = NOBODY
  #hasFailed = false

  /** @throws {RaftedError} `invalid-argument` unless it is a list of addresses, or a function. */
  constructor(join: Join, group: string, event: (event: RaftedEvent) => void) {
    if (typeof join !== 'function') checkJoin(join)
    this.#join = join
    this.#group = group
    this.#event = event
  }

  /** Whether others are to be looked for at all. */
  get areWanted(): boolean {
    return typeof this.#join === 'function' || this.#join.length > 0
  }

  /** Whether others may be there that it doesn't find, as long as they are down. */
  get arePartial(): boolean {
    return typeof this.#join === 'function' && this.#join.isPartial === true
  }

  /** Those that there are now. Where the function fails, or gives no list of addresses, those that it gave last; it is told once each time that begins. */
  now(): readonly string[] {
    if (typeof this.#join !== 'function') return this.#join
    try {
      const found = this.#join(this.#group)
      checkJoin(found)
      this.#last = found
      this.#hasFailed = false
    } catch (error) {
      if (!this.#hasFailed)
        this.#event({ kind: 'join', level: 'error', group: this.#group, what: 'failed', error })
      this.#hasFailed = true
    }
    return this.#last
  }
}
