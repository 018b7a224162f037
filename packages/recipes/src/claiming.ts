/** How a name is claimed: what locks, semaphores, elections and work that is done once have in common. */
import { drawId, isRaftedError } from '@rafted/contracts'
import { claimLimits } from './claims.ts'
import { type Held, HeldClaim } from './held.ts'
import { invalidArgument } from './invalid-argument.ts'
import { isWhole } from './is-whole.ts'
import { type ClaimsHandle, KeptClaim } from './kept-claim.ts'
import { type RecipeSeams, seamsOf } from './seams.ts'
import { Waiting, type WaitOptions } from './waiting.ts'

/** How long something is held by whoever is not heard of. */
export interface LeaseOptions extends RecipeSeams {
  /**
   * Milliseconds after which a holder that is not heard of is held for dead, and one that waits as well. Default 10,000. It should be several times the election timeout
   * of the group: while there is no leader nothing is renewed. A whole number, 100 to a week.
   */
  readonly leaseMs?: number | undefined
  /**
   * So many milliseconds earlier a holder gives up what it can't renew: for the difference of two clocks, and for what it takes to stop. Less than a third of the lease. Default: a tenth of it.
   */
  readonly marginMs?: number | undefined
}

/** How to wait for one's turn, and what others are shown of whoever has it. */
export interface AcquireOptions extends WaitOptions {
  /** What others are shown of whoever holds: a text of up to 1024 characters. Default: empty. */
  readonly label?: string | undefined
}

export interface ClaimingOptions extends LeaseOptions {
  readonly permits: number
  /** Whether the name is to be finished. */
  readonly once: boolean
}

/** A shorter lease is over before its holder can have heard of it. */
const LEAST_MS = 100

export class Claiming {
  readonly handle: ClaimsHandle
  readonly name: string
  readonly #o: ClaimingOptions
  readonly #leaseMs: number
  readonly #marginMs: number
  readonly #seams: ReturnType<typeof seamsOf>

  /** @throws {RaftedError} `invalid-argument`. */
  constructor(handle: ClaimsHandle, name: string, options: ClaimingOptions) {
    const { leaseMs = 10_000, marginMs = leaseMs / 10, permits } = options
    if (typeof name !== 'string' || name.length > claimLimits.nameLength)
      throw invalidArgument(`A name is a text of at most ${claimLimits.nameLength} characters.`)
    if (!isWhole(leaseMs, LEAST_MS, claimLimits.leaseMs))
      throw invalidArgument(`\`leaseMs\` is a whole number of milliseconds, ${LEAST_MS} to a week.`)
    if (!(marginMs >= 0 && marginMs < leaseMs / 3))
      throw invalidArgument('`marginMs` is a number of milliseconds, less than a third of the lease.')
    if (!isWhole(permits, 1, claimLimits.permits))
      throw invalidArgument(`\`permits\` is a whole number from 1 to ${claimLimits.permits}.`)
    this.handle = handle
    this.name = name
    this.#o = options
    this.#leaseMs = leaseMs
    this.#marginMs = marginMs
    this.#seams = seamsOf(options)
  }

  /** Waits until it holds. */
  async acquire(options: AcquireOptions = {}): Promise<HeldClaim> {
    const held = await this.#claim(options, true)
    // Only a claim that must not wait is refused.
    return held!
  }

  /** @returns null if it can't hold at once. */
  tryAcquire(options: AcquireOptions = {}): Promise<HeldClaim | null> {
    return this.#claim(options, false)
  }

  /** Acquires it for `work`, and gives it back when that is done. */
  async run<T>(work: (held: Held) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    const held = await this.acquire(options)
    try {
      return await work(held)
    } finally {
      await held[Symbol.asyncDispose]()
    }
  }

  async #claim(options: AcquireOptions, wait: boolean): Promise<HeldClaim | null> {
    const { label = '' } = options
    if (typeof label !== 'string' || label.length > claimLimits.labelLength)
      throw invalidArgument(`\`label\` is a text of at most ${claimLimits.labelLength} characters.`)
    const waiting = new Waiting(this.#seams.clock, `Acquiring "${this.name}"`, options)
    try {
      for (;;) {
        const held = await this.#once(label, wait, waiting)
        // It was lost while it waited: it begins anew.
        if (held !== 'lost') return held
      }
    } finally {
      waiting.end()
    }
  }

  async #once(label: string, wait: boolean, waiting: Waiting): Promise<HeldClaim | null | 'lost'> {
    const { handle, name } = this
    const { clock, random } = this.#seams
    const { permits, once } = this.#o
    const id = drawId(random)
    const options = { handle, clock, name, id, marginMs: this.#marginMs }
    const claim = new KeptClaim(options, { permits, leaseMs: this.#leaseMs, label, wait, once })
    try {
      let token = await patiently(() => claim.claim(waiting.signal), wait)
      if (token === null) {
        claim.end()
        return null
      }
      if (token === 0) token = await claim.granted(waiting.signal)
      while (token !== null && !claim.isFresh)
        token = await patiently(() => claim.renew(waiting.signal), true)
      // Between two answers it may have been lost, and 0 can't come after a token.
      if (token !== null && token > 0 && waiting.error === null) return new HeldClaim(claim, name, token)
      if (waiting.error !== null) throw waiting.error
      claim.end()
      return 'lost'
    } catch (error) {
      if (isRaftedError(error, 'command-error')) claim.end()
      // It may have been claimed, or be about to be.
      else void claim.letGo()
      throw waiting.error ?? error
    }
  }
}

/** One that waits goes on asking where the handle gives up. */
async function patiently<T>(ask: () => Promise<T>, wait: boolean): Promise<T> {
  for (;;)
    try {
      return await ask()
    } catch (error) {
      if (!wait || !isRaftedError(error, 'timeout')) throw error
    }
}
