/**
 * Who campaigns when, after the leader's host is said to be lost (`host-suspect`).
 *
 * All who follow it are told at nearly the same moment, and no election timeout has to pass (thesis §4.2.3: it is there so that nobody disturbs a leader that
 * lives). Short waits that each draws by itself often lie close together, and candidates that campaign at once split the votes (thesis §3.4): then a whole
 * timeout is lost. So they go in turn: the voters stand in a ring by their ids, and whoever comes next behind the lost leader goes first, the next one a
 * step later, and so on. Ids are drawn, for each member of each group: groups that one host led go to all others alike.
 *
 * - Nobody waits for anybody but for the time of the steps before: the first may be gone as well, or its log behind (§3.6.1). A candidate that is
 *   refused for that has changed nothing with those that refuse, as it has only asked for pre-votes (§9.6), and they go when it is their turn.
 * - Who would vote for a candidate lets it finish: its disk, and those of its voters, may take longer than a step.
 * - A campaign that comes to nothing is tried again soon, in steps twice as long, and then in steps twice as long again: whatever was in the way may
 *   have been the disks. Behind that it is as in any other election. So is all of it once a leader is heard: the hint was wrong, or another one was elected.
 *
 * Safety rests on none of it: this decides when somebody asks for votes, never who gets them, and a promise that a lease rests on is kept (§6.4.1).
 * A wrong hint costs a refused pre-vote.
 */
import { effective, memberOf } from './configurations.ts'
import { restartElectionTimer } from './election-timer.ts'
import type { HostId, MemberId } from './entry.ts'
import { isVoter } from './quorum.ts'
import type { State } from './state.ts'

/** The leader is lost, and no other has been heard since. */
export interface Succession {
  /** Who led. */
  readonly lost: MemberId
  readonly since: number
  /** Campaigns begun since. */
  tried: number
}

/** Steps are this part of an election timeout: many times what a vote takes, messages and disks. */
const STEP = 0.1
/** Campaigns in turn, the first one included. */
const TRIES = 3
/** Before the first one: time for the others to hear of the loss as well, and for what was under way to arrive. In steps; up to twice that, by chance. */
const LEAD = 0.25

/** A host seems lost. If it is the leader's: its silence is no reason to wait, and no reason to refuse others. */
export function suspectLeader(s: State, host: HostId, now: number): void {
  if (s.leader === null || s.role === 'leader') return
  if (memberOf(effective(s.configurations)?.configuration, s.leader)?.host !== host) return
  if (s.isQuiet) restartElectionTimer(s, now)
  s.heardLeaderAt = Number.NEGATIVE_INFINITY
  s.succession = { lost: s.leader, since: now, tried: 0 }
  moveUp(s, now)
}

/** A campaign begins, or another part of one: until when it may take before the next. */
export function restartCampaignTimer(s: State, now: number): void {
  restartElectionTimer(s, now)
  moveUp(s, now)
}

/** Whether the leader has been said to be lost so lately that what arrives of it may have left before: that says nothing. */
export function wasUnderWay({ succession, settings }: State, leader: MemberId, now: number): boolean {
  return succession?.lost === leader && now - succession.since < LEAD * STEP * settings.electionMs
}

/** The election timer has run out. */
export function countTry(s: State): void {
  if (s.succession !== null && ++s.succession.tried === TRIES) s.succession = null
}

/** It would vote for another, which is about to ask: campaigning now would split the votes. */
export function letFinish(s: State, now: number): void {
  if (s.succession === null) return
  s.electionDeadline = Math.max(s.electionDeadline, now + stepOf(s, 1))
}

/** Not later than its turn. */
function moveUp(s: State, now: number): void {
  const { succession, options } = s
  if (succession === null || !isVoter(s.roster, options.id)) return
  const { tried } = succession
  const rank = rankBehind(s, succession.lost)
  // Before another try: what the votes of the one before may take.
  const lead = tried === 0 ? LEAD * (1 + options.random()) : 1 + 0.5 * options.random()
  // Nobody may vote earlier than that, and all of them at that same moment.
  const from = Math.max(now, s.abstention.until)
  s.electionDeadline = Math.min(s.electionDeadline, from + stepOf(s, tried) * (rank + lead))
}

function stepOf(s: State, tried: number): number {
  return STEP * 2 ** tried * s.settings.electionMs
}

/** How many go before this member, if its leader is lost. */
export function placeInTurn(s: State): number | null {
  const { leader, role, roster, options } = s
  if (leader === null || role === 'leader' || !isVoter(roster, options.id)) return null
  return rankBehind(s, leader)
}

/** How many voters come before this member, in the ring of ids that begins behind `lost`. */
function rankBehind({ roster, options }: State, lost: MemberId): number {
  const isBehind = (id: MemberId): boolean => id > lost
  const own = isBehind(options.id)
  let rank = 0
  for (const id of roster.ids) {
    if (id === lost || !isVoter(roster, id)) continue
    if (isBehind(id) === own ? id < options.id : !own) rank++
  }
  return rank
}
