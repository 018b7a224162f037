/**
 * Writes under way, and what the disk has answered. Everything that promises durability (acks, votes, and requests for
 * votes) is derived from here and from nowhere else, so no message ever waits in a queue for a write.
 *
 * Writes complete in the order they were handed out. A truncation lowers what is durable at once and clamps the writes
 * under way: an old write's completion can never vouch for an index that was written again (no ABA).
 */
import { invariant } from './assert.ts'
import type { MemberId } from './entry.ts'

interface PendingWrite {
  seq: number
  term: number
  vote: MemberId | null
  /** The last index the log will durably hold when this write completes, as far as it is still valid. */
  upTo: number
}

export interface Durability {
  /** What the disk has confirmed. */
  term: number
  vote: MemberId | null
  index: number
  /** What the disk will hold when every write under way has completed. */
  handedTerm: number
  handedVote: MemberId | null
  handedIndex: number
  lastSeq: number
  writes: PendingWrite[]
  /** Since when the disk has been asked and has answered nothing; Infinity while no write is under way. */
  waitingSince: number
}

export function newDurability(term: number, vote: MemberId | null, index: number): Durability {
  return {
    term,
    vote,
    index,
    handedTerm: term,
    handedVote: vote,
    handedIndex: index,
    lastSeq: 0,
    writes: [],
    waitingSince: Number.POSITIVE_INFINITY,
  }
}

/** A write of everything up to `index` is handed to the disk. @returns its sequence number. */
export function hand(
  durability: Durability,
  term: number,
  vote: MemberId | null,
  index: number,
  now: number,
): number {
  durability.handedTerm = term
  durability.handedVote = vote
  durability.handedIndex = index
  durability.lastSeq++
  if (durability.writes.length === 0) durability.waitingSince = now
  durability.writes.push({ seq: durability.lastSeq, term, vote, upTo: index })
  return durability.lastSeq
}

/** The write `seq`, and every one before it, has completed. */
export function persisted(durability: Durability, seq: number, now: number): void {
  const { writes } = durability
  invariant(
    3,
    seq <= durability.lastSeq,
    'write {} completed, but the last one handed out is {}',
    seq,
    durability.lastSeq,
  )
  let done = 0
  for (; done < writes.length && writes[done]!.seq <= seq; done++) {
    const write = writes[done]!
    durability.term = write.term
    durability.vote = write.vote
    durability.index = Math.max(durability.index, write.upTo)
  }
  if (done > 0) durability.waitingSince = done === writes.length ? Number.POSITIVE_INFINITY : now
  for (; done > 0; done--) writes.shift()
}

/** Entries from `from` on are no longer those that were handed out. */
export function clamp(durability: Durability, from: number): void {
  durability.index = Math.min(durability.index, from - 1)
  durability.handedIndex = Math.min(durability.handedIndex, from - 1)
  for (const write of durability.writes) write.upTo = Math.min(write.upTo, from - 1)
}
