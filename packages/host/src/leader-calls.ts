/** Asks the leader of a group something, wherever it is: tries who is known, and follows redirects. */
import type { Random } from '@rafted/contracts'
import type { ErrorResponse, Request, Response, WithoutId } from '@rafted/wire'

/** Redirects followed for one question. */
const MAX_REDIRECTS = 8

/** Pauses between attempts, milliseconds: doubled from the first to the last, each shortened by chance by up to a half. */
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 2000

/** How long to wait after the attempt of this number, counted from 0. */
export function pauseAfter(attempt: number, random: Random): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)) * (1 - random.number() / 2)
}

/** How a host asks another; never rejects. @param timeoutMs gives up earlier than usual. */
export type Call = (address: string, request: WithoutId<Request>, timeoutMs?: number) => Promise<Response>

/**
 * @returns the first answer that is no redirect and no silence, or the last error there was; null if there was nobody to ask. An error
 * leaves open what happened if any of those before it did.
 */
export async function askLeader(
  call: Call,
  addresses: readonly string[],
  request: WithoutId<Request>,
): Promise<Response | null> {
  const waiting = [...new Set(addresses)]
  let last: ErrorResponse | null = null
  let isOpen = false
  for (let redirects = 0; waiting.length > 0; ) {
    const address = waiting.shift()!
    const response = await call(address, request)
    if (response.kind !== 'error') return response
    isOpen ||= response.outcome === 'unknown'
    last = isOpen ? { ...response, outcome: 'unknown' } : response
    if (!isElsewhere(response.code)) return last
    const { leader } = response
    // A leader that has just redirected may have been elected since: an address is asked again if a later answer names it.
    if (leader !== null && leader !== address && redirects < MAX_REDIRECTS) {
      redirects++
      waiting.unshift(leader)
    }
  }
  return last
}

function isElsewhere(code: string): boolean {
  return (
    code === 'not-leader' ||
    code === 'no-such-group' ||
    code === 'unreachable' ||
    code === 'wrong-secret' ||
    code === 'wrong-certificate' ||
    code === 'wrong-cluster' ||
    code === 'timeout' ||
    code === 'member-stopped'
  )
}
