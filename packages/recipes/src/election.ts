/** Elections by name: one leader at a time, who shows the others who it is. */
import type { Watch } from '@rafted/contracts'
import { Claiming, type LeaseOptions } from './claiming.ts'
import { claimLimits, type Holder } from './claims.ts'
import type { Held } from './held.ts'
import { invalidArgument } from './invalid-argument.ts'
import { jsonOf } from './json.ts'
import type { ClaimsHandle } from './kept-claim.ts'
import { mapped } from './mapped-watch.ts'
import type { WaitOptions } from './waiting.ts'

/** How a candidate stands. */
export interface ElectionOptions<Candidate> extends LeaseOptions {
  /** What the others are shown of whoever leads: what JSON can say, in up to 1024 characters. Default: null. */
  readonly candidate?: Candidate | undefined
}

/** Who leads, as others see it. */
export interface Leader<Candidate> {
  /** Higher than that of any leader before. */
  readonly token: number
  readonly candidate: Candidate
}

/** One election, and a candidate for it. */
export interface Election<Candidate> {
  readonly name: string
  /**
   * Waits until this candidate leads. What it gives is led until it is released, or lost, which its signal tells; the next candidate follows.
   * @throws {RaftedError} as `acquire` of a lock.
   */
  campaign(options?: WaitOptions): Promise<Held>
  /**
   * Does `work` while it leads: each time it is elected, until the work ends by itself, or `signal` or `timeoutMs` end the wait for the next time. A leadership that is lost aborts the signal of
   * what the work is given; once that has ended, however it does, the candidate stands again. @returns what the work did. @throws what the work threw while it led, and what `campaign` does.
   */
  lead<T>(work: (held: Held) => Promise<T> | T, options?: WaitOptions): Promise<T>
  /** Gives back what this candidate leads, if it does. @returns whether it led. */
  resign(): Promise<boolean>
  /** Who leads, or null. Linearizable: but whoever is told may be overtaken at once, and what is done for a leader is fenced by its token. */
  leader(): Promise<Leader<Candidate> | null>
  /** Who leads, and again whenever it is another. What is overtaken before it is read is left out. */
  watch(): Watch<Leader<Candidate> | null>
}

/** @param handle `host.value(group, claims)`, or a client's. Its `timeoutMs` holds for each command; it must have no `key`. @throws {RaftedError} `invalid-argument`. */
export function election<Candidate = null>(
  handle: ClaimsHandle,
  name: string,
  options: ElectionOptions<Candidate> = {},
): Election<Candidate> {
  const claiming = new Claiming(handle, name, { ...options, permits: 1, once: false })
  const label = labelOf(options.candidate ?? null)
  const leading = new Set<Held>()

  async function campaign({ timeoutMs, signal }: WaitOptions = {}): Promise<Held> {
    const held = await claiming.acquire({ timeoutMs, signal, label })
    leading.add(held)
    held.signal.addEventListener('abort', () => leading.delete(held))
    return held
  }

  return {
    name,
    campaign,
    async lead(work, how) {
      for (;;) {
        const held = await campaign(how)
        try {
          const result = await work(held)
          if (!held.signal.aborted) return result
        } catch (error) {
          if (!held.signal.aborted) throw error
        } finally {
          await held[Symbol.asyncDispose]()
        }
      }
    },
    async resign() {
      const resigned = await Promise.all([...leading].map((held) => held.release()))
      return resigned.includes(true)
    },
    leader: async () => shown(await handle.holders(name)),
    watch: () => mapped(handle.watchQuery('holders', name), shown<Candidate>),
  }
}

function shown<Candidate>([holder]: readonly Holder[]): Leader<Candidate> | null {
  return holder === undefined ? null : { token: holder.token, candidate: candidateOf(holder.label) }
}

function labelOf(candidate: unknown): string {
  const text = jsonOf(candidate)
  if (text === undefined || text.length > claimLimits.labelLength)
    throw invalidArgument(`A candidate is what JSON can say, in up to ${claimLimits.labelLength} characters.`)
  return text
}

/** A lock of the same name has labels that say something else. */
function candidateOf<Candidate>(label: string): Candidate {
  try {
    return JSON.parse(label)
  } catch {
    return label as Candidate
  }
}
