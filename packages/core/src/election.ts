/**
 * Elections: pre-vote, votes, stickiness, check-quorum (thesis §3.4, §9.6, §4.2.3, §6.2).
 *
 * A campaign runs in two steps. As a pre-candidate a member asks who would vote for it, and changes nothing anywhere; only
 * with a majority of such answers does it raise its term and ask for votes. So a member that was cut off comes back without
 * deposing a leader that works. A leader that hears no majority for an election timeout steps down.
 */
import { absentSince, addedAt, effective, holds, incomingVoter, votesIn } from './configurations.ts'
import { hasLost, isWhole, mayHaveLostNewsBehind } from './damage.ts'
import { restartElectionTimer } from './election-timer.ts'
import type { MemberId } from './entry.ts'
import { cutFrom } from './following.ts'
import { abstains } from './lease.ts'
import type { PreVote, PreVoteRequest, Removed, TimeoutNow, Vote, VoteRequest } from './message.ts'
import type { Progress } from './progress.ts'
import { isVoter, reachedByQuorum } from './quorum.ts'
import { becomeFollower, becomeLeader, configurationChanged, heardLeader } from './role.ts'
import type { State } from './state.ts'
import { countTry, letFinish, restartCampaignTimer } from './succession.ts'
import { lastTerm, termAt } from './term-runs.ts'
import { isStalled } from './yielding.ts'

/** The election timeout has passed: campaign, if this member may. */
export function electionTimeout(s: State, now: number): void {
  countTry(s)
  restartCampaignTimer(s, now)
  s.leader = null
  // It has asked nobody yet, as its own disk is late. Another term would be one more write to wait for, and so on for ever.
  if (s.campaign !== null && !s.campaign.asked) return
  if (mayCampaign(s) && isWilling(s) && !isStalled(s, now)) {
    startPreVote(s, now)
    return
  }
  if (s.campaign !== null) becomeFollower(s, s.term, null, now)
  // A learner asks as well, one that is unwilling, and whoever waits for its disk. No answer can elect it, but if it has been removed it is told so,
  // however late.
  if (knowsOnlyItself(s)) askForPreVote(s, s.options.id)
  else askForPreVotes(s)
}

/**
 * Its configuration holds nobody else, and it can't elect itself: its log has lost those that joined, and maybe its own removal. It names itself as the
 * receiver: its host asks at the addresses where it was told to look, and whoever is there takes nothing of the message but who may have to be told.
 *
 * It believes that by the rule of `onRemoved`, as any other member does, and may: what a log loses is its end, so a configuration that it still holds
 * stands where it stood. If one that holds this member is followed by a committed one that doesn't, it has been removed in between. If it was added again
 * since, and is counted on, its log said so before it lost that: who tells it of its removal has to know all that its log ever went up to.
 */
function knowsOnlyItself({ roster, options }: State): boolean {
  return roster.ids.length === 1 && roster.ids[0] === options.id
}

/**
 * A voter of the effective configuration campaigns, and one of the configuration before it while the effective one is not
 * known to be committed. The second matters for a leader that appended its own removal and was interrupted: its log may be
 * the only one with that entry, and then nobody else can win (thesis §4.2.2). A restarted member knows of hardly any
 * commit; but no configuration is appended before the one before it is committed, so that one needn't be known to be.
 */
function mayCampaign(s: State): boolean {
  if (s.removedAt !== null || s.reset !== null || !isWhole(s)) return false
  if (isVoter(s.roster, s.options.id)) return true
  const last = effective(s.configurations)
  if (last === null || last.index <= s.commit) return false
  const before = s.configurations[s.configurations.length - 2]
  return before !== undefined && votesIn(before.configuration, s.options.id)
}

/** One that is excluded from leading leaves it to the others, as far as they can. */
function isWilling(s: State): boolean {
  return s.options.leadership !== 'excluded' || s.candidateLacked || isSoleVoter(s)
}

/**
 * "…when the target server receives the TimeoutNow request, it times out its election timer" (thesis §3.10). Whatever its timers say,
 * and without pre-votes: its leader has told it that it can win.
 */
export function onTimeoutNow(s: State, m: TimeoutNow, now: number): void {
  heardLeader(s, m.from, now)
  const entry = effective(s.configurations)
  if (entry === null || !incomingVoter(entry.configuration, s.options.id) || !mayCampaign(s)) return
  startCampaign(s, true, now)
}

/** Whether this member's vote alone decides: then there is nobody to wait for. */
export function isSoleVoter(s: State): boolean {
  const { ids, voters, outgoing } = s.roster
  return voters.length === 1 && outgoing === null && ids[voters[0]!] === s.options.id
}

/** Whether it decides alone, and could now. If it can't yet, it asks no more often than others do: each answer would have it ask again. */
export function canElectItself(s: State, now: number): boolean {
  return isSoleVoter(s) && mayCampaign(s) && !isStalled(s, now)
}

function startPreVote(s: State, now: number): void {
  s.role = 'pre-candidate'
  s.campaign = {
    votes: s.roster.ids.map((id) => (id === s.options.id ? 1 : 0)),
    asked: true,
    transfer: false,
  }
  askForPreVotes(s)
  count(s, now)
}

/** Asks learners as well: theirs is no vote that counts, but where all voters have changed they may be the only ones that know. */
function askForPreVotes(s: State): void {
  for (const to of s.roster.ids) if (to !== s.options.id) askForPreVote(s, to)
}

function askForPreVote(s: State, to: MemberId): void {
  s.outbox.push({
    kind: 'pre-vote-request',
    from: s.options.id,
    to,
    term: s.term,
    campaign: s.term + 1,
    lastIndex: s.log.last,
    lastTerm: lastTerm(s.log),
  })
}

/** Raise the term and vote for oneself. The requests leave once that is durable: `askForVotes`. */
function startCampaign(s: State, transfer: boolean, now: number): void {
  s.term++
  s.vote = s.options.id
  s.voteOwed = null
  s.role = 'candidate'
  s.leader = null
  s.campaign = { votes: s.roster.ids.map(() => 0), asked: false, transfer }
  restartCampaignTimer(s, now)
}

/**
 * Sends the vote requests of a campaign, once term, vote and the log they speak of are durable. Asking earlier can lose
 * a committed entry: after a crash a stale grant would be counted for a log that is shorter than the one it was given to.
 */
export function askForVotes(s: State, now: number): void {
  const { campaign, durability } = s
  if (s.role !== 'candidate' || campaign === null || campaign.asked) return
  if (
    s.truncateFrom !== null ||
    durability.term !== s.term ||
    durability.vote !== s.vote ||
    durability.index < s.log.last
  )
    return
  campaign.asked = true
  // The others have the whole time to answer, however long the own disk took.
  restartCampaignTimer(s, now)
  const self = s.roster.ids.indexOf(s.options.id)
  if (self >= 0) campaign.votes[self] = 1
  const term = lastTerm(s.log)
  for (const to of votersButSelf(s))
    s.outbox.push({
      kind: 'vote-request',
      from: s.options.id,
      to,
      term: s.term,
      lastIndex: s.log.last,
      lastTerm: term,
      transfer: campaign.transfer,
    })
  count(s, now)
}

function votersButSelf(s: State): MemberId[] {
  return s.roster.ids.filter((id) => id !== s.options.id && isVoter(s.roster, id))
}

const asIs = (vote: number) => vote

/** Has the campaign been won, or lost for good? */
function count(s: State, now: number): void {
  const { votes } = s.campaign!
  if (reachedByQuorum(s.roster, votes, asIs) === 1) {
    if (s.role === 'candidate') becomeLeader(s, now)
    else startCampaign(s, false, now)
  } else if (reachedByQuorum(s.roster, votes, asIs) === -1) {
    // No majority can come together any more. Wait for a leader or for the next timeout.
    becomeFollower(s, s.term, null, now)
  }
}

export function onPreVote(s: State, m: PreVote, now: number): void {
  if (s.role !== 'pre-candidate' || m.campaign !== s.term + 1) return
  tally(s, m.from, m.granted, now)
}

export function onVote(s: State, m: Vote, now: number): void {
  if (s.role !== 'candidate' || !s.campaign!.asked) return
  tally(s, m.from, m.granted, now)
}

function tally(s: State, from: MemberId, granted: boolean, now: number): void {
  const place = s.roster.ids.indexOf(from)
  if (place < 0) return
  s.campaign!.votes[place] = granted ? 1 : -1
  count(s, now)
}

/** Answers "would you?": changes nothing here but what is told (thesis §9.6). */
export function onPreVoteRequest(s: State, m: PreVoteRequest, now: number): void {
  const upToDate = isUpToDate(s, m.lastIndex, m.lastTerm)
  // A vote that the disk can't take would only hold up the campaign.
  const couldVote = !mayNotVote(s, m.from, now) && !isStalled(s, now)
  const granted = couldVote && m.campaign > s.term && upToDate
  if (!upToDate && s.options.leadership === 'excluded') s.candidateLacked = true
  s.outbox.push({
    kind: 'pre-vote',
    from: s.options.id,
    to: m.from,
    term: s.term,
    campaign: m.campaign,
    granted,
  })
  if (granted) letFinish(s, now)
  tellIfRemoved(s, m.from)
}

/** A vote request of the current term (an older one is `stale`, a newer one has raised the term). */
export function onVoteRequest(s: State, m: VoteRequest, now: number): void {
  const free = (s.vote === null || s.vote === m.from) && (m.transfer || !abstains(s, m.from, now))
  if (s.leader === null && free && isUpToDate(s, m.lastIndex, m.lastTerm)) {
    s.vote = m.from
    s.role = 'follower'
    s.campaign = null
    // The grant itself leaves when it is durable: `grantOwedVote`.
    s.voteOwed = m.from
    restartElectionTimer(s, now)
  } else {
    refuseVote(s, m.from)
  }
  tellIfRemoved(s, m.from)
}

export function refuseVote(s: State, to: MemberId): void {
  s.outbox.push({ kind: 'vote', from: s.options.id, to, term: s.term, granted: false })
}

/** Tells a candidate of this member's vote once the disk holds it (paper, figure 2: before responding). */
export function grantOwedVote(s: State): void {
  const { durability, voteOwed } = s
  if (voteOwed === null || durability.term !== s.term || durability.vote !== voteOwed) return
  s.voteOwed = null
  s.outbox.push({ kind: 'vote', from: s.options.id, to: voteOwed, term: s.term, granted: true })
}

/**
 * Heard a leader within the minimum election timeout: no vote, and no higher term, from anyone (thesis §4.2.3). The
 * leader itself is excepted: if it asks for votes, it no longer leads.
 */
function isSticky(s: State, candidate: MemberId, now: number): boolean {
  if (s.role === 'leader') return true
  return s.leader !== null && s.leader !== candidate && now - s.heardLeaderAt < s.settings.electionMs
}

/** Hears a leader, or has promised one to abstain. */
export function mayNotVote(s: State, candidate: MemberId, now: number): boolean {
  return isSticky(s, candidate, now) || abstains(s, candidate, now)
}

/**
 * "…the one with the later term is more up-to-date … whichever log is longer" (paper §5.4.1). No log is known to be so by a member that
 * has lost entries of its own and no longer knows which.
 */
function isUpToDate(s: State, index: number, term: number): boolean {
  if (hasLost(s)) return false
  const own = lastTerm(s.log)
  return term > own || (term === own && index >= s.log.last)
}

/** Says "you are removed" to a member that the committed configuration doesn't hold, as often as it asks. */
export function tellIfRemoved(s: State, to: MemberId): void {
  const index = absentSince(s.configurations, s.commit, to)
  const now = effective(s.configurations)
  if (index === null || now === null || holds(now.configuration, to)) return
  const term = termAt(s.log, s.commit)!
  s.outbox.push({ kind: 'removed', from: s.options.id, to, term, index, commit: s.commit })
}

/**
 * Believed only above the index that added this member: below it the speaker may just not know it yet. (A host that was not answered asks again for a member
 * that was added and removed meanwhile. So one may be a voter by its second addition, and have its first one and its removal in its log as well: F35m.) If
 * the speaker knows more than that index, it was another entry that was committed there: the addition was lost with its leader. So it was if a later term than its own is committed
 * before that index: what will come there is of no earlier one, and where nothing more happens it never comes. The addition goes from this log, with all that follows it, and the member
 * is as it was before it was added.
 */
export function onRemoved(s: State, { index, commit, term }: Removed, now: number): void {
  const added = addedAt(s.configurations, s.options.id)
  if (added === null) return
  if (index > added) {
    if (mayHaveLostNewsBehind(s, commit)) return
    becomeFollower(s, s.term, null, now)
    s.removedAt = index
    return
  }
  const isLost = added <= commit || termAt(s.log, added)! < term
  if (isLost && added > Math.max(s.commit, s.following.verified) && s.leading === null) {
    // Whatever it campaigns for, it did so with a log that it no longer has.
    becomeFollower(s, s.term, null, now)
    cutFrom(s, added)
    configurationChanged(s, now)
  }
}

/** When a leader must have heard a majority, or step down (thesis §6.2). */
export function checkQuorumAt(s: State): number {
  if (s.leading!.isQuiet) return Number.POSITIVE_INFINITY
  const { electionMs, since } = s.settings
  // By a shorter timeout than there was until now, those that answered as often as they had to would be late at once.
  return Math.max(reachedByQuorum(s.roster, s.leading!.peers, lastHeardOf), since) + electionMs
}

const lastHeardOf = (peer: Progress) => peer.lastHeard
