/** What somebody has who holds a lock, one of the permits of a semaphore, or leads. */
import { type KeptClaim, lostError } from './kept-claim.ts'

/** What somebody has who holds a lock or a permit, or leads: until it is released, or its lease is over. */
export interface Held {
  readonly name: string
  /** Higher than that of any claim that held before in this group. What is guarded refuses whoever comes with a lower one than it has seen. */
  readonly token: number
  /**
   * Aborts when it is held no more, or may not be: it was released, taken, or not renewed in time; its reason is a `RaftedError`, `lease-lost`. A process that was stopped
   * finds it aborted when it goes on, at the latest with the first timer.
   */
  readonly signal: AbortSignal
  /** Looks at the clock as well. @throws {RaftedError} `lease-lost` if the signal is aborted. */
  check(): void
  /** Gives it back. @returns whether it was still held. Harmless when done already. @throws {RaftedError} what any command does; then its lease ends it. */
  release(): Promise<boolean>
  /** Gives it back if that can be; if not, its lease ends it. */
  [Symbol.asyncDispose](): Promise<void>
}

export class HeldClaim implements Held {
  readonly name: string
  readonly token: number
  readonly #claim: KeptClaim
  readonly #over = new AbortController()
  #released: Promise<boolean> | null = null
  // These two are handed on by themselves.
  readonly check = (): void => this.signal.throwIfAborted()
  readonly release = (): Promise<boolean> => {
    this.#released ??= this.#claim.release()
    this.#end('it was released')
    return this.#released
  }

  constructor(claim: KeptClaim, name: string, token: number) {
    this.name = name
    this.token = token
    this.#claim = claim
    claim.held(() => this.#end('its lease is over'))
  }

  get signal(): AbortSignal {
    this.#claim.look()
    return this.#over.signal
  }

  /** Ends the name for good. @returns whether it did, which it can't where the claim is lost. */
  async finish(result: string): Promise<boolean> {
    const isDone = await this.#claim.finish(result)
    this.#released = Promise.resolve(false)
    this.#end(isDone ? 'its work is finished' : 'its lease is over')
    return isDone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {})
  }

  #end(why: string): void {
    if (!this.#over.signal.aborted) this.#over.abort(lostError(this.name, this.token, why))
  }
}
