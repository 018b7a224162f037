/**
 * What the exploration touches of a saved core. Time: every step happens at 0, so that equal situations are equal; what would
 * happen later is made due by hand, at any moment. So any clock and any speed is covered, and no deadline is relied on.
 */
import type { SavedCore } from '@rafted/core'

/** An infinite number as `save` spells it. */
interface Spelt {
  readonly number: string
}

interface Peer {
  readonly id: string
  lastHeard: number
  round: number
}

interface CoreState {
  vote: string | null
  wakeAt: number | Spelt
  electionDeadline: number
  heardLeaderAt: number | Spelt
  leading: { round: number; heartbeatAt: number; noticeAt: number | Spelt; peers: Peer[] } | null
  durability: { lastSeq: number; writes: { seq: number }[] }
}

/** What time can do to a member. */
export type Timeout = 'election' | 'heartbeat' | 'notice' | 'quorum'

/** Longer than any time a core is given here. */
const LONG_AGO = -1_000_000

/**
 * Puts a just saved core into the form that equal situations share: woken at 0, its writes numbered from 1. A leader answers its own
 * round of heartbeats whenever it is called, so it has.
 */
export function normalise(saved: SavedCore, id: string): void {
  const state = saved.state as CoreState
  state.wakeAt = 0
  state.heardLeaderAt = 0
  const { durability } = state
  const done = durability.lastSeq - durability.writes.length
  durability.lastSeq -= done
  for (const write of durability.writes) write.seq -= done
  const { leading } = state
  for (const peer of leading?.peers ?? []) if (peer.id === id) peer.round = leading!.round
}

/** Whether a commit index waits for the moment at which the others are told of it. */
export function hasNotice(saved: SavedCore): boolean {
  const { leading } = saved.state as CoreState
  return leading !== null && typeof leading.noticeAt === 'number'
}

/** Whom the core has voted for in its term. */
export function voteOf(saved: SavedCore): string | null {
  return (saved.state as CoreState).vote
}

/** Makes a timeout due. */
export function makeDue(saved: SavedCore, timeout: Timeout): void {
  const state = saved.state as CoreState
  const { leading } = state
  if (timeout === 'election') state.electionDeadline = 0
  if (leading === null) return
  if (timeout === 'heartbeat') leading.heartbeatAt = 0
  if (timeout === 'notice') leading.noticeAt = 0
  if (timeout === 'quorum') for (const peer of leading.peers) peer.lastHeard = LONG_AGO
}

/** The leader was last heard long ago: whoever asks for votes is heeded (thesis §4.2.3). */
export function losePatience(saved: SavedCore): void {
  const state = saved.state as CoreState
  state.heardLeaderAt = LONG_AGO
}
