/**
 * Linearizable reads that write nothing (thesis §6.4): note the commit index, confirm by a round of heartbeats that this
 * member still led when it was noted, answer when the machine has applied that far. Reads that come while a round is
 * under way share the next one.
 */
import { countSelf, hasCommittedOwnTerm } from './commit.ts'
import type { Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import type { State } from './state.ts'

export function read(s: State, id: number): void {
  if (s.leading === null) s.refused.push({ id, reason: 'not-leader' })
  else s.leading.reads.push(id)
}

/** Hands out reads whose round a majority has answered, and begins the next round. */
export function advanceReads(s: State, now: number): void {
  const leading = s.leading!
  for (;;) {
    const { batch } = leading
    if (batch !== null) {
      if (confirmedRound(s) < batch.round) return
      for (const id of batch.ids) s.ready.push({ id, index: batch.index })
      leading.batch = null
    }
    // A new leader does not know yet what is committed: its reads wait for an entry of its own term.
    if (leading.reads.length === 0 || !hasCommittedOwnTerm(s)) return
    // The index is fixed before the round that confirms it begins, and a round is never used twice.
    leading.round++
    leading.batch = { ids: leading.reads, index: s.commit, round: leading.round }
    leading.reads = []
    leading.heartbeatAt = now
  }
}

/** The highest round that a majority has answered. */
function confirmedRound(s: State): number {
  countSelf(s, s.lastNow)
  return reachedByQuorum(s.roster, s.leading!.peers, roundOf)
}

const roundOf = (peer: Progress) => peer.round
