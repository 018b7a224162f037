/** A claim of this process, renewed until it is let go of or lost. */
import { type Clock, RaftedError, type ValueHandle } from '@rafted/contracts'
import type { Ask, claims } from './claims.ts'
import { Lease } from './lease.ts'

/** A handle to a group of claims: `host.value(group, claims)`, or a client's. */
export type ClaimsHandle = ValueHandle<typeof claims>

export interface KeptClaimOptions {
  readonly handle: ClaimsHandle
  readonly clock: Clock
  readonly name: string
  readonly id: string
  readonly marginMs: number
}

export class KeptClaim {
  readonly #o: KeptClaimOptions
  readonly #ask: Ask
  readonly #lease: Lease
  /** Ends what it has asked the group. */
  readonly #ending = new AbortController()
  #cancelRenewal = (): void => {}
  #cancelLook = (): void => {}
  #lost: (() => void) | null = null

  constructor(options: KeptClaimOptions, ask: Ask) {
    this.#o = options
    this.#ask = ask
    this.#lease = new Lease(options.clock, ask.leaseMs - options.marginMs)
  }

  /** Asks for it, once however often this is called. @returns its token; 0 if it has to wait, null if it must not. */
  async claim(signal: AbortSignal): Promise<number | null> {
    const { handle, name, id } = this.#o
    const sent = this.#lease.moment()
    const token = await handle.with({ signal }).claim(name, id, this.#ask)
    if (token !== null) this.#confirm(sent)
    return token
  }

  /** @returns its token, once it holds; null if it is there no more. */
  async granted(signal: AbortSignal): Promise<number | null> {
    const { handle, name, id } = this.#o
    for await (const token of handle.with({ signal }).watchQuery('claimed', name, id))
      if (token !== 0) return token
    return null
  }

  /** Whether there is time enough to begin with something: else it is renewed first. */
  get isFresh(): boolean {
    return this.#lease.leftMs > this.#ask.leaseMs / 2
  }

  /** @returns its token; null if it is there no more. */
  async renew(signal: AbortSignal): Promise<number | null> {
    const { handle, name, id } = this.#o
    const sent = this.#lease.moment()
    const token = await handle.with({ signal, timeoutMs: this.#ask.leaseMs }).renew(name, id)
    if (token !== null) this.#confirm(sent)
    return token
  }

  /** @param lost called once, as soon as it is seen that it is held no more, or may not be. */
  held(lost: () => void): void {
    this.#lost = lost
    this.#lookLater()
  }

  /** Whether it is still held, by what is known here. To be asked whenever this process may have been stopped meanwhile. */
  look(): void {
    if (this.#lost !== null && this.#lease.leftMs <= 0) this.#lose()
  }

  /** Is renewed no more. */
  end(): void {
    this.#ending.abort()
    this.#cancelRenewal()
    this.#cancelLook()
    this.#lost = null
  }

  /** Lets go of it. @returns whether it was still there. */
  release(): Promise<boolean> {
    this.end()
    return this.#o.handle.release(this.#o.name, this.#o.id)
  }

  /** Ends the name with this result, and is there no more. @returns whether it did: one that is lost can't. */
  async finish(result: string): Promise<boolean> {
    const isDone = await this.#o.handle.finish(this.#o.name, this.#o.id, result)
    this.end()
    return isDone
  }

  /** Lets go of it if that can be: if not, its lease ends it. */
  async letGo(): Promise<void> {
    await this.release().catch(() => {})
  }

  #confirm(sent: ReturnType<Lease['moment']>): void {
    // What comes late revives nothing that was lost meanwhile.
    this.look()
    if (this.#ending.signal.aborted) return
    this.#lease.confirm(sent)
    this.look()
    this.#renewIn(this.#ask.leaseMs / 3 - this.#lease.ageMs)
  }

  #renewIn(ms: number): void {
    this.#cancelRenewal()
    if (this.#ending.signal.aborted) return
    this.#cancelRenewal = this.#o.clock.after(Math.max(0, ms), () => void this.#renewInTime())
  }

  async #renewInTime(): Promise<void> {
    this.look()
    try {
      // One that waits hears of it from what it watches.
      if ((await this.renew(this.#ending.signal)) === null && this.#lost !== null) this.#lose()
    } catch {
      // Whatever it is may pass before the lease is over.
      this.#renewIn(this.#ask.leaseMs / 10)
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#o.clock.after(Math.max(0, this.#lease.leftMs), () => {
      this.look()
      if (this.#lost !== null) this.#lookLater()
    })
  }

  #lose(): void {
    const lost = this.#lost
    this.end()
    lost?.()
  }
}

export function lostError(name: string, token: number, why: string): RaftedError {
  return new RaftedError(
    'lease-lost',
    `"${name}" is not held under the token ${token} any more, or may not be: ${why}. Stop what is done under it.`,
    { outcome: 'not-applied', details: { name, token } },
  )
}
