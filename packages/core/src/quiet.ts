/**
 * Quiescence: a group in which nothing happens says nothing. It takes a setting, `quietAfterMs`.
 *
 * - A leader falls quiet when nothing has been wanted of it for that long, and every peer holds all there is, durably; but for those that have been silent for
 *   an election timeout, or whose host was lost when it campaigned, as long as a majority is there. It says so once, and with that what is committed, and sends no heartbeats from then on. It asks itself no longer whether a majority hears it.
 *   What happens among members alone, an election, one that comes back, is over as soon as all are level: a host has many thousands of groups, and what happens to it
 *   happens to all of them.
 * - A follower that is told so, and holds just that, waits for no heartbeats: its election timer stands still, and it votes for nobody else, as if it had just
 *   heard its leader. Instead its host watches the leader's host, once for all its groups (`host-suspect`).
 * - Whatever happens wakes them. A leader: being asked for anything, any message that says more than that all is as it was, and the loss of so many hosts that those that are
 *   left are no majority. (The loss of one host of a thousand groups wakes those that it led, and no others; members that come back with it ask for pre-votes.) A
 *   follower: whatever its leader says next, a member that asks for votes, being asked for a read or told that somebody wants something of the group (`nudge`), and
 *   the loss of its leader's host. Its election timer begins anew then, and the leader, if it is still there, hears it ask for pre-votes.
 *
 * Nothing that is promised rests on any of this. Whether a quiet leader still leads is found out by the round that a read waits for, or by the entry that is to be
 * committed; a lease ends while it is quiet, since promises are not renewed. What may be lost by a quiet member is time: so every way in which one might go
 * on waiting for nobody ends in its timer.
 */
import { effective, membersOf } from './configurations.ts'
import { isWhole } from './damage.ts'
import { restartElectionTimer } from './election-timer.ts'
import type { HostId, MemberId } from './entry.ts'
import { learnCommit } from './following.ts'
import type { Input } from './input.ts'
import type { Ack, PreVoteRequest, Quiet } from './message.ts'
import { excuse, type Progress } from './progress.ts'
import { reachedByQuorum } from './quorum.ts'
import { heardLeader } from './role.ts'
import type { State } from './state.ts'
import { isOutbid } from './transfer.ts'

/** Whether this member waits for something to happen, and for no time to pass. */
export function isQuiet(s: State): boolean {
  return s.leading === null ? s.isQuiet : s.leading.isQuiet
}

/** A leader falls quiet, if it may. */
export function fallQuiet(s: State, now: number): void {
  const leading = s.leading!
  const { quietAfterMs } = s.settings
  if (quietAfterMs === 0 || leading.isQuiet || now - leading.stirredAt < quietAfterMs) return
  const absent = isSettled(s, now) ? absentPeers(s, now) : null
  if (absent === null || !isMajorityWithout(s, absent)) return
  leading.isQuiet = true
  leading.marks = leading.marks.slice(-1)
  giveBack(s)
  leading.absent = absent
  leading.heartbeatAt = Number.POSITIVE_INFINITY
  leading.noticeAt = Number.POSITIVE_INFINITY
  for (const peer of leading.peers) {
    if (peer.id === s.options.id || absent.includes(peer.id)) continue
    s.outbox.push({ kind: 'quiet', from: s.options.id, to: peer.id, term: s.term, index: s.log.last })
    peer.sentCommit = s.commit
  }
}

/** Lists have taken room for what comes next: a host has many thousands of members that are quiet. */
function giveBack(s: State): void {
  s.log.runs = s.log.runs.slice()
  s.configurations = s.configurations.slice()
  s.durability.writes = s.durability.writes.slice()
}

/** Whether nothing is under way here: no entry, no read, no change of members, no transfer. */
function isSettled(s: State, now: number): boolean {
  const leading = s.leading!
  const { commit, log, durability } = s
  if (commit !== log.last || commit <= leading.termStart || durability.index !== log.last) return false
  if (leading.transfer !== null || leading.batch !== null) return false
  if (leading.reads.length + leading.askers.length + leading.leaseReads.length > 0) return false
  const entry = effective(s.configurations)
  if (entry === null || entry.configuration.outgoing !== null) return false
  // Those are about to vote, and a member that wants to lead more is about to.
  if (entry.configuration.learners.some(({ id, promote }) => promote && !isSilent(s, id, now))) return false
  return s.hasRoom && isWhole(s) && !isOutbid(s, now)
}

/** Peers that have been silent for an election timeout; null if one that is there lacks something. */
function absentPeers(s: State, now: number): readonly MemberId[] | null {
  let absent: readonly MemberId[] = NOBODY
  for (const peer of s.leading!.peers) {
    if (peer.id === s.options.id || isLevel(s, peer)) continue
    if (!isSilent(s, peer.id, now)) return null
    absent = [...absent, peer.id]
  }
  return absent
}

/** For an election timeout, and since this leader woke; or its host was lost before that. */
function isSilent(s: State, id: MemberId, now: number): boolean {
  const { peers, wokenAt } = s.leading!
  const { isMissed, lastHeard: heardAt } = peers.find((peer) => peer.id === id)!
  return isMissed || now - Math.max(heardAt, wokenAt) >= s.settings.electionMs
}

const NOBODY: readonly MemberId[] = []

/** Whether it holds all there is, and has answered the last round. That it is committed, `quiet` says. */
function isLevel(s: State, peer: Progress): boolean {
  if (peer.state !== 'stream' || peer.match !== s.log.last) return false
  return peer.round === s.leading!.round && peer.repair === null && peer.leadership !== 'damaged'
}

/** Whether those that are there could decide something. */
function isMajorityWithout(s: State, absent: readonly MemberId[]): boolean {
  return reachedByQuorum(s.roster, s.leading!.peers, ({ id }) => (absent.includes(id) ? 0 : 1)) === 1
}

/** Somebody wants something of the group of this leader, and may want more. */
function stir(s: State, now: number): void {
  // Where none ever falls quiet it is nobody's affair when that was.
  if (s.settings.quietAfterMs > 0) s.leading!.stirredAt = now
  wakeLeader(s, now)
}

/** All have to answer before it is quiet again. */
function askAll(s: State, now: number): void {
  const leading = s.leading!
  if (leading.isQuiet) leading.round++
  wakeLeader(s, now)
}

/** It is quiet no more until all is level again. */
function wakeLeader(s: State, now: number): void {
  const leading = s.leading!
  if (!leading.isQuiet) return
  leading.isQuiet = false
  leading.wokenAt = now
  leading.heartbeatAt = now
  // Nobody was asked meanwhile: those that were there have an election timeout to answer. What a change of members rests on, they have to say first.
  for (const peer of leading.peers) {
    if (!leading.absent.includes(peer.id)) excuse(peer, Number.POSITIVE_INFINITY, now)
    peer.isMissed = false
  }
  leading.absent = NOBODY
}

/** A host is lost. The leader stays quiet without its member, as long as a majority is there. */
function missHost(s: State, host: HostId, now: number): void {
  const leading = s.leading!
  if (!leading.isQuiet) return
  const missed = othersOn(s, host).filter((id) => !leading.absent.includes(id))
  if (missed.length === 0) return
  const absent = [...leading.absent, ...missed]
  if (!isMajorityWithout(s, absent)) {
    askAll(s, now)
    return
  }
  leading.absent = absent
  // Until now its host was heard.
  for (const peer of leading.peers) if (missed.includes(peer.id)) excuse(peer, Number.POSITIVE_INFINITY, now)
}

/** Wakes this member if it is quiet, and what has come is a reason. Told of each input before it is taken. */
export function stirBy(s: State, input: Input, now: number): void {
  if (s.leading !== null) {
    if (input.kind === 'host-suspect') missHost(s, input.host, now)
    else if (isAmongMembers(input)) {
      if (saysMore(s, input.message)) askAll(s, now)
    } else if (!IDLE.has(input.kind) && !isLateVote(input)) stir(s, now)
  } else if (s.isQuiet && stirsFollower(s, input)) wakeFollower(s, now)
}

/** It has come after those that were enough. */
function isLateVote(input: Input): boolean {
  return input.kind === 'message' && (input.message.kind === 'vote' || input.message.kind === 'pre-vote')
}

type AmongMembers = { readonly kind: 'message'; readonly message: Ack | PreVoteRequest }

/** A member is there again, or has come further: nobody wants anything but to be level. A host that comes back has thousands that do. */
function isAmongMembers(input: Input): input is AmongMembers {
  return (
    input.kind === 'message' && (input.message.kind === 'ack' || input.message.kind === 'pre-vote-request')
  )
}

/** What wants nothing of the group. */
const IDLE: ReadonlySet<Input['kind']> = new Set([
  'persisted',
  'host-alive',
  'snapshot-taken',
  'snapshot-sent',
  'restored',
  // Promises are void then, or last longer. It comes to all groups of a host at once.
  'clock-doubt',
])

/** Whether a message says more than that all is as it was. */
function saysMore(s: State, m: Ack | PreVoteRequest): boolean {
  if (m.kind === 'ack') return m.term > s.term || isNews(s, m)
  // Those that are no members are told so, and nobody else need hear of it.
  return s.roster.ids.includes(m.from)
}

function isNews(s: State, { from, match, leadership }: Ack): boolean {
  const peer = s.leading!.peers.find(({ id }) => id === from)
  return peer === undefined || match !== peer.match || match !== s.log.last || leadership !== peer.leadership
}

function stirsFollower(s: State, input: Input): boolean {
  if (input.kind === 'read' || input.kind === 'nudge' || input.kind === 'propose') return true
  if (input.kind !== 'message') return false
  const { kind, from } = input.message
  return (kind === 'pre-vote-request' || kind === 'vote-request') && s.roster.ids.includes(from)
}

/** Its timer begins, as if it had heard its leader at this moment. */
function wakeFollower(s: State, now: number): void {
  s.heardLeaderAt = now
  restartElectionTimer(s, now)
}

/** The leader has fallen quiet. A follower that lacks something tells it so, and that wakes it; so does one that has heard since that its host is lost. */
export function onQuiet(s: State, { from, index }: Quiet, now: number): void {
  heardLeader(s, from, now)
  const { following, durability, log } = s
  const holds =
    s.succession === null && log.last === index && following.verified >= index && durability.index >= index
  if (!holds || durability.term !== s.term || s.truncateFrom !== null || !isWhole(s)) {
    following.ackOwed = true
    return
  }
  learnCommit(s, index)
  s.isQuiet = true
  giveBack(s)
  s.electionDeadline = Number.POSITIVE_INFINITY
}

function othersOn(s: State, host: HostId): MemberId[] {
  const entry = effective(s.configurations)
  if (entry === null) return []
  const there = membersOf(entry.configuration).filter((member) => member.host === host)
  return there.map(({ id }) => id).filter((id) => id !== s.options.id)
}
