/**
 * Reads at a member that doesn't lead: it asks its leader for an index, and answers once it has applied that much (thesis §6.4). The
 * leader answers only what a majority has confirmed after the question arrived, so a deposed one answers nothing.
 *
 * One question is under way at a time, for all that came before it; what comes meanwhile shares the next one. A question that may be
 * lost is asked again, under a number of its own. An answer to any of them is as good, since all were asked after these reads began; but
 * what the answer proves is as old as its question: that is the time that counts, never the one at which it arrives.
 */
import type { Refusal } from './input.ts'
import type { ReadAnswer } from './message.ts'
import type { State } from './state.ts'

/** Numbers begin at a place drawn below this: an answer to the member's process before this one is no answer to this one. */
const PLACES = 2 ** 40

/** Asks what is due to be asked. */
export function askLeader(s: State, now: number): void {
  const { asking, leader } = s
  if (asking.batch === null && asking.waiting.length === 0) return
  if (leader === null) {
    refuseAsked(s, 'not-leader')
    return
  }
  if (asking.batch === null) {
    if (asking.attempt === 0) asking.attempt = Math.floor(s.options.random() * PLACES)
    asking.batch = { ids: asking.waiting, first: asking.attempt + 1, firstAt: now, to: null, at: now }
    asking.waiting = []
  } else if (asking.batch.to === leader && now < retryAt(s)) return
  const { batch } = asking
  batch.to = leader
  batch.at = now
  asking.attempt++
  const { id: from } = s.options
  s.outbox.push({ kind: 'read-request', from, to: leader, term: s.term, attempt: asking.attempt })
}

/** When to ask again; Infinity if nothing has been asked. */
export function retryAt({ asking: { batch }, settings }: State): number {
  return batch === null ? Number.POSITIVE_INFINITY : batch.at + settings.heartbeatMs
}

export function onReadAnswer(s: State, { attempt, index }: ReadAnswer): void {
  const { asking } = s
  const { batch } = asking
  if (batch === null || attempt < batch.first || attempt > asking.attempt) return
  const asOf = attempt === asking.attempt ? batch.at : batch.firstAt
  if (asOf > s.fresh.asOf) s.fresh = { asOf, index }
  for (const id of batch.ids) s.ready.push({ id, index, asOf, byLease: false })
  asking.batch = null
}

/** There is nobody to ask. */
export function refuseAsked(s: State, reason: Refusal): void {
  for (const id of takeAsked(s)) s.refused.push({ id, reason })
}

/** All that waits: whoever leads now answers it itself. */
export function takeAsked({ asking }: State): number[] {
  const ids = [...(asking.batch?.ids ?? []), ...asking.waiting]
  asking.batch = null
  asking.waiting = []
  return ids
}
