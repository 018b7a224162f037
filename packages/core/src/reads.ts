/**
 * Linearizable reads that write nothing (thesis §6.4): note the commit index, confirm by a round of heartbeats that this
 * member still led when it was noted, answer when the machine has applied that far. Reads that come while a round is
 * under way share the next one; so do those that followers have asked for (`asking.ts`). A lease takes the place of the round (`lease.ts`).
 */
import { countSelf, hasCommittedOwnTerm } from './commit.ts'
import type { MemberId } from './entry.ts'
import type { ReadInput } from './input.ts'
import { beganAt, leaseUntil } from './lease.ts'
import type { ReadRequest } from './message.ts'
import type { Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import type { Fresh, State } from './state.ts'

export function read(s: State, { id, lease = false, ask = false }: ReadInput): void {
  if (s.leading !== null) (lease ? s.leading.leaseReads : s.leading.reads).push(id)
  else if (ask) s.asking.waiting.push(id)
  else s.refused.push({ id, reason: 'not-leader' })
}

/** A follower asks. Of each only what it asked last waits: its answer is as good for what it asked before. */
export function onReadRequest(s: State, { from, attempt }: ReadRequest): void {
  const { leading } = s
  if (leading === null || !leading.peers.some((peer) => peer.id === from)) return
  leading.askers = leading.askers.filter((asker) => asker.from !== from)
  leading.askers.push({ from, attempt })
}

/** Hands out reads whose round a majority has answered, and begins the next round. */
export function advanceReads(s: State, now: number): void {
  const leading = s.leading!
  readByLease(s, now)
  for (;;) {
    const { batch } = leading
    if (batch !== null) {
      if (confirmedRound(s) < batch.round) return
      const { index, at: asOf } = batch
      for (const id of batch.ids) s.ready.push({ id, index, asOf, byLease: false })
      for (const asker of batch.askers) answer(s, asker.from, asker.attempt, index)
      leading.batch = null
    }
    // A new leader does not know yet what is committed: its reads wait for an entry of its own term.
    if (leading.reads.length + leading.askers.length === 0 || !hasCommittedOwnTerm(s)) return
    // The index is fixed before the round that confirms it begins, and a round is never used twice.
    leading.round++
    leading.batch = {
      ids: leading.reads,
      askers: leading.askers,
      index: s.commit,
      round: leading.round,
      at: now,
    }
    leading.reads = []
    leading.askers = []
    leading.heartbeatAt = now
  }
}

/** Where there is no lease, a round has to do. */
function readByLease(s: State, now: number): void {
  const leading = s.leading!
  if (leading.leaseReads.length === 0 || !hasCommittedOwnTerm(s)) return
  if (now < leaseUntil(s))
    for (const id of leading.leaseReads) s.ready.push({ id, index: s.commit, asOf: now, byLease: true })
  else for (const id of leading.leaseReads) leading.reads.push(id)
  leading.leaseReads = []
}

function answer(s: State, to: MemberId, attempt: number, index: number): void {
  s.outbox.push({ kind: 'read-answer', from: s.options.id, to, term: s.term, attempt, index })
}

/** The highest round that a majority has answered. */
function confirmedRound(s: State): number {
  countSelf(s, s.lastNow)
  return reachedByQuorum(s.roster, s.leading!.peers, roundOf)
}

const roundOf = (peer: Progress) => peer.round

/** A leader knows its commit index to be that of the group as of the last round that a majority has answered. */
export function freshness(s: State, now: number): Fresh {
  if (s.leading === null) return s.fresh
  if (!hasCommittedOwnTerm(s)) return { asOf: Number.NEGATIVE_INFINITY, index: 0 }
  const round = confirmedRound(s)
  return { asOf: isAlone(s) ? now : beganAt(s, round), index: s.commit }
}

/** Whether nobody but itself is asked. */
function isAlone(s: State): boolean {
  const { id } = s.options
  return reachedByQuorum(s.roster, s.leading!.peers, (peer) => (peer.id === id ? 1 : 0)) === 1
}
