/** Changes of role and of term. Every message kind meets a higher term here and nowhere else (paper §5.1). */
import { takeAsked } from './asking.ts'
import { invariant } from './assert.ts'
import { effective } from './configurations.ts'
import { restartElectionTimer } from './election-timer.ts'
import type { MemberId } from './entry.ts'
import { newProgress } from './progress.ts'
import { emptyRoster, rosterOf } from './quorum.ts'
import type { State } from './state.ts'
import { wasUnderWay } from './succession.ts'
import { lastTime } from './term-runs.ts'

/** Becomes a follower of `leader` (null: of nobody known) in `term`, which is not below the current one. */
export function becomeFollower(s: State, term: number, leader: MemberId | null, now: number): void {
  invariant(5, term >= s.term, 'term would fall from {} to {}', s.term, term)
  if (term > s.term) {
    s.term = term
    s.vote = null
    s.voteOwed = null
  }
  if (s.leading !== null || s.isQuiet) restartElectionTimer(s, now)
  stopLeading(s)
  s.role = 'follower'
  s.campaign = null
  s.leader = leader
  // Whoever leads holds every committed entry (paper §5.4.3), so this log agrees with the leader's at least that far.
  s.following = { verified: s.commit, ackOwed: false, acked: 0, round: 0, ackedRound: 0 }
}

/** Heard from the leader of the current term. */
export function heardLeader(s: State, leader: MemberId, now: number): void {
  if (s.leader !== leader || s.role !== 'follower') {
    invariant(
      6,
      s.leader === null && s.role !== 'leader',
      'two leaders in term {}: {} and {}',
      s.term,
      s.leader,
      leader,
    )
    becomeFollower(s, s.term, leader, now)
  }
  if (wasUnderWay(s, leader, now)) return
  s.heardLeaderAt = now
  s.candidateLacked = false
  s.succession = null
  restartElectionTimer(s, now)
}

/** Won the election of the current term (paper §5.2). The entry of its own term follows with the next drain. */
export function becomeLeader(s: State, now: number): void {
  const lost = s.succession?.lost
  s.role = 'leader'
  s.campaign = null
  s.succession = null
  s.leader = s.options.id
  s.leading = {
    peers: s.roster.ids.map((id) => newProgress(id, s.log.last + 1, now, id === lost)),
    round: 0,
    sentRound: 0,
    heartbeatAt: now,
    stirredAt: Number.NEGATIVE_INFINITY,
    wokenAt: now,
    isQuiet: false,
    absent: [],
    transfer: null,
    hasOffered: false,
    handedOverAt: now,
    noticeAt: Number.POSITIVE_INFINITY,
    timeBase: lastTime(s.log),
    electedAt: now,
    termStart: s.log.last,
    hadRoom: s.hasRoom,
    reads: takeAsked(s),
    askers: [],
    batch: null,
    leaseReads: [],
    marks: [],
    leaseAt: 0,
  }
}

function stopLeading(s: State): void {
  if (s.leading === null) return
  for (const id of s.leading.reads) s.refused.push({ id, reason: 'not-leader' })
  for (const id of s.leading.leaseReads) s.refused.push({ id, reason: 'not-leader' })
  for (const id of s.leading.batch?.ids ?? []) s.refused.push({ id, reason: 'not-leader' })
  s.leading = null
}

/** The log brought or took a configuration: count by the effective one from here on. */
export function configurationChanged(s: State, now: number): void {
  const entry = effective(s.configurations)
  const before = s.roster
  s.roster = entry === null ? emptyRoster : rosterOf(entry.configuration)
  if (s.leading !== null) {
    const { peers } = s.leading
    s.leading.peers = s.roster.ids.map(
      (id) => peers.find((peer) => peer.id === id) ?? newProgress(id, s.log.last + 1, now),
    )
  }
  if (s.campaign !== null) {
    const { votes } = s.campaign
    s.campaign.votes = s.roster.ids.map((id) => votes[before.ids.indexOf(id)] ?? 0)
  }
}
