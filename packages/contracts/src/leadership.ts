/** "Am I the leader now, and tell me when that changes." */
import type { EventStream, Subscription } from './events.ts'

/**
 * Tells leaderships of a group apart, and which is the later one: a higher term is. Whoever was told that it leads may be paused, and go on after
 * another leads. So what a leader does outside the group carries its token, and what it does it to (a database, a device) refuses a token
 * older than the newest it has seen: an old leader is fenced off, however late it wakes up.
 */
export interface FencingToken {
  readonly term: number
  /** Where the first entry of the term stands in the log. It was committed and applied when the token was given. */
  readonly index: number
}

/** How a leadership stands: the token is there while the member leads. */
export type LeadershipState =
  | { readonly isLeader: true; readonly token: FencingToken }
  | { readonly isLeader: false; readonly token: null }

/** Whether the member of a group on this host leads it. Goes on through leaving and joining again, until the host is closed. */
export interface Leadership {
  readonly group: string
  /**
   * Whether this member leads, as far as it knows: it says so once the first entry of its term is committed and applied, and no longer when it has
   * heard of a later term, has lost the majority, or has stopped. True is no proof that nobody else leads by now: that takes the token.
   */
  readonly isLeader: boolean
  /** Null unless it leads. */
  readonly token: FencingToken | null
  /**
   * Tells each change, in order, after the turn in which it happened; not how it stands now. See `EventSource.on` for what a listener may do.
   * @throws {RaftedError} `invalid-argument` for a listener that is no function.
   */
  on(listener: (state: LeadershipState) => unknown): Subscription
  /** First how it stands, then each change. Whoever reads slowly gets the last one only: what counts is how it stands. */
  changes(): EventStream<LeadershipState>
}
