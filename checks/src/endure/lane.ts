/** A client that is closed now and then, with what it has in flight, and followed by a new one. */
import type { SeededRandom } from '@rafted/testing'
import { type Client, createClient, type ValueHandle } from 'rafted'
import { GROUP, ledger } from './ledger.ts'

export interface LaneSetup {
  readonly cluster: string
  readonly addresses: readonly string[]
  readonly secret?: string | undefined
  /** Reads what any member has, whatever the others have committed: a run has to find that out. */
  readonly staleReads?: boolean | undefined
}

/** How long a client lives, milliseconds. */
const LIFE_MS = [4000, 12_000] as const
/** How often it is looked whether the run is over. */
const LOOK_MS = 100
/** How long most calls wait, and how long a few, whose callers then don't know what became of them. */
const PATIENCE_MS = 8000
const IMPATIENT = 0.005
const IMPATIENCE_MS = [5, 1000] as const

export class Lane {
  /** Calls of one era take effect in their order: of one client, with none of its commands given up between them. */
  era = 1
  opened = 1
  readonly #setup: LaneSetup
  readonly #random: SeededRandom
  #client: Client

  private constructor(setup: LaneSetup, random: SeededRandom, client: Client) {
    this.#setup = setup
    this.#random = random
    this.#client = client
  }

  static async open(setup: LaneSetup, random: SeededRandom): Promise<Lane> {
    return new Lane(setup, random, await createClient(setup))
  }

  /** The value, for one call. */
  handle(): ValueHandle<typeof ledger> {
    const random = this.#random
    const timeoutMs = random.chance(IMPATIENT) ? random.between(...IMPATIENCE_MS) : PATIENCE_MS
    const read = this.#setup.staleReads === true ? 'stale' : undefined
    return this.#client.value(GROUP, ledger).with({ timeoutMs, read })
  }

  /** Replaces the client again and again. */
  async renewing(active: () => boolean): Promise<void> {
    let left = this.#random.between(...LIFE_MS)
    while (active()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      left -= LOOK_MS
      if (left > 0) continue
      left = this.#random.between(...LIFE_MS)
      const former = this.#client
      this.#client = await createClient(this.#setup)
      this.opened++
      this.era++
      await former.close()
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}
