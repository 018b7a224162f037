/** What everything in one client shares. */
import type { Clock, Codec, Observer, Random } from '@rafted/contracts'
import type { DirectRequest, Link, Receiver, Response, WithoutId } from '@rafted/wire'
import type { Attempt } from './attempt.ts'
import type { Deadlines } from './deadlines.ts'
import type { Pauses } from './pauses.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { SilentHosts } from './silent-hosts.ts'
import type { SilentLeaders } from './silent-leaders.ts'
import type { Thread } from './thread.ts'
import type { Turns } from './turns.ts'
import type { WaitingRoom } from './waiting-room.ts'
import { askBy, type Ways } from './ways.ts'

/** Where a host is reached. Null is the host this client lives in. */
export type Address = string | null

export interface Context {
  readonly link: Link
  /** Null: hosts are asked directly, or not at all. */
  readonly ways: Ways | null
  readonly silent: SilentHosts
  readonly leaders: SilentLeaders
  readonly clock: Clock
  readonly random: Random
  /** Addresses the client was given for this group. */
  readonly addresses: (group: string) => readonly string[]
  readonly codec: Codec
  readonly timeoutMs: number
  readonly attemptTimeoutMs: number
  readonly budget: RetryBudget
  readonly deadlines: Deadlines
  readonly pauses: Pauses
  /** Questions under way, but for commands. */
  readonly attempts: Thread<Attempt>
  readonly observer: Observer | null
  /** What waits beyond what is queued or under way. */
  readonly room: WaitingRoom
  /** Of queries and administrative calls. */
  readonly turns: Turns
  closed: boolean
}

/** Counts for whoever observes. What an observer throws is dropped. */
export function count(context: Context, name: string, group: string): void {
  try {
    context.observer?.count?.(name, 1, group)
  } catch {
    // An observer is outside every decision.
  }
}

/** Asks once, and has the receiver told. As `Link.ask`. */
export function ask(
  { link, ways }: Context,
  address: Address,
  request: WithoutId<DirectRequest>,
  timeoutMs: number,
  receiver: Receiver,
): void {
  if (ways === null) askBy(link, address, request, timeoutMs, receiver)
  else ways.ask(address, request, timeoutMs, receiver)
}

/** Asks once. As `Link.call`. */
export function call(
  { link, ways }: Context,
  address: Address,
  request: WithoutId<DirectRequest>,
  timeoutMs: number,
): Promise<Response> {
  return ways === null ? link.call(address, request, timeoutMs) : ways.call(address, request, timeoutMs)
}
