/**
 * Leadership transfer (thesis §3.10): the leader takes no more proposals, brings its successor up to date, and tells it to campaign
 * at once. The successor asks nobody for pre-votes, and its vote requests say that its leader wants it so: whoever hears that leader
 * heeds them (§4.2.3). Nothing here weakens the election itself: a successor that can't win is no leader.
 *
 * A transfer that has not come about within an election timeout is given up, and the leader leads on.
 */
import { hasCommittedOwnTerm } from './commit.ts'
import { effective, incomingVoter } from './configurations.ts'
import { isWhole } from './damage.ts'
import type { HostId, MemberId } from './entry.ts'
import type { Answer, Refusal } from './input.ts'
import type { Progress } from './progress.ts'
import { refuse } from './proposing.ts'
import type { State } from './state.ts'
import { bytesBetween, lastTime } from './term-runs.ts'

/** Election timeouts that a leader leads, and waits after each attempt, before it hands over unasked. */
const HAND_OVER_ELECTIONS = 10

const RANK = { damaged: 0, excluded: 0, normal: 1, preferred: 2 } as const satisfies Record<
  Progress['leadership'],
  number
>

/** How much this member wants to lead now: with a damaged log it can't, and without room it could take no proposals, so that it had better not. */
export function wish(s: State): Progress['leadership'] {
  if (!isWhole(s)) return 'damaged'
  return s.hasRoom ? s.options.leadership : 'excluded'
}

/** Begins to hand over to `to`, or to the best successor there is; or says why not. */
export function transfer(s: State, to: MemberId | null, now: number): Answer {
  const { leading } = s
  if (leading === null) return refuse('not-leader')
  // Asked again while it runs: the same transfer, with the deadline it has.
  if (leading.transfer !== null)
    return to === null || to === leading.transfer.to ? taken(s) : refuse('transferring')
  const successor = to ?? bestSuccessor(s, now)
  if (successor === null) return refuse(reasonOfNone(s))
  const reason = refusal(s, successor, now)
  if (reason !== null) return refuse(reason)
  begin(s, successor, now)
  return taken(s)
}

/** The leader leads on. A successor that has been told may still campaign, and win. */
export function cancelTransfer(s: State): Answer {
  if (s.leading === null) return refuse('not-leader')
  s.leading.transfer = null
  return taken(s)
}

function taken(s: State): Answer {
  return { taken: true, index: 0, term: s.term, count: 0, time: lastTime(s.log) }
}

function begin(s: State, to: MemberId, now: number): void {
  s.leading!.transfer = { to, since: now, deadline: now + s.settings.electionMs, offered: false }
}

function refusal(s: State, to: MemberId, now: number): Refusal | null {
  if (to === s.options.id || !isIncomingVoter(s, to)) return 'not-a-voter'
  const peer = peerOf(s, to)!
  if (!answers(s, peer, now)) return 'member-unresponsive'
  return peer.leadership === 'damaged' ? 'member-damaged' : null
}

function reasonOfNone(s: State): Refusal {
  const others = s.leading!.peers.some(({ id }) => id !== s.options.id && isIncomingVoter(s, id))
  return others ? 'member-unresponsive' : 'not-a-voter'
}

/** While the members change, leadership goes to one that stays (thesis §4.3). */
function isIncomingVoter(s: State, id: MemberId): boolean {
  const entry = effective(s.configurations)
  return entry !== null && incomingVoter(entry.configuration, id)
}

function peerOf(s: State, id: MemberId): Progress | undefined {
  return s.leading!.peers.find((peer) => peer.id === id)
}

function answers(s: State, peer: Progress, now: number): boolean {
  return now - peer.lastHeard < s.settings.electionMs
}

/**
 * Of those that vote, answer this leader, can lead and don't want to be spared: the one that wants it most, then the one that holds most.
 * Whoever has not acknowledged anything yet has not said what it wants either.
 * @param above only those that want it more than this.
 */
function bestSuccessor(s: State, now: number, above: number = RANK.excluded): MemberId | null {
  let best: Progress | null = null
  for (const peer of s.leading!.peers) {
    const rank = RANK[peer.leadership]
    if (peer.id === s.options.id || rank <= above || (peer.match === 0 && peer.round === 0)) continue
    if (!answers(s, peer, now) || !isIncomingVoter(s, peer.id)) continue
    const bestRank = best === null ? -1 : RANK[best.leadership]
    if (best === null || rank > bestRank || (rank === bestRank && peer.match > best.match)) best = peer
  }
  return best?.id ?? null
}

/** Carries on a transfer, or gives it up; begins one that nobody has to ask for. */
export function advanceTransfer(s: State, now: number): void {
  const leading = s.leading!
  if (leading.transfer === null) handOver(s, now)
  const under = leading.transfer
  if (under === null) return
  if (now >= under.deadline) {
    leading.transfer = null
    return
  }
  // All that this leader has is durable there. Said again with every heartbeat, as it may be lost.
  if (peerOf(s, under.to)?.match !== s.log.last || (under.offered && now < leading.heartbeatAt)) return
  under.offered = true
  offer(s, under.to)
}

function offer(s: State, to: MemberId): void {
  s.leading!.hasOffered = true
  s.outbox.push({ kind: 'timeout-now', from: s.options.id, to, term: s.term })
}

/** Whether a member that votes, and answers, wants to lead more than this one: it will be handed over to, sooner or later. */
export function isOutbid(s: State, now: number): boolean {
  const own = RANK[wish(s)]
  return s.leading!.peers.some(
    (peer) => RANK[peer.leadership] > own && isIncomingVoter(s, peer.id) && answers(s, peer, now),
  )
}

/** To a member that wants to lead more than this one, has all but the last entries, and answers. */
function handOver(s: State, now: number): void {
  const leading = s.leading!
  const own = RANK[wish(s)]
  const waitMs = HAND_OVER_ELECTIONS * s.settings.electionMs
  if (own === RANK.preferred || now - leading.handedOverAt < waitMs || !hasCommittedOwnTerm(s)) return
  const current = effective(s.configurations)
  if (current === null || current.index > s.commit || current.configuration.outgoing !== null) return
  const to = bestSuccessor(s, now, own)
  if (to === null || !isClose(s, peerOf(s, to)!)) return
  leading.handedOverAt = now
  begin(s, to, now)
}

/** One more append would bring it level. */
function isClose(s: State, peer: Progress): boolean {
  return (
    peer.state === 'stream' && bytesBetween(s.log, peer.match + 1, s.log.last) <= s.options.maxAppendBytes
  )
}

/** A leader that has removed itself steps down at once: the best of the others need not wait for a timeout. */
export function offerInFarewell(s: State, now: number): void {
  const to = bestSuccessor(s, now)
  if (to !== null) offer(s, to)
}

/** The successor's host is gone: there is nobody to hand over to. */
export function successorLost(s: State, host: HostId): void {
  const to = s.leading?.transfer?.to
  const voters = effective(s.configurations)?.configuration.voters
  if (voters?.some((voter) => voter.id === to && voter.host === host)) s.leading!.transfer = null
}
